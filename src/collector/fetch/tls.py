"""TLS: verified always, and its refusals said so that somebody can act on them."""

from __future__ import annotations

import ssl

import certifi

from collector.errors import UsageError

_EXPIRED, _SELF_SIGNED, _SELF_SIGNED_CHAIN, _NO_ISSUER, _NO_ISSUER_LOCALLY, _WRONG_HOST = 10, 18, 19, 2, 20, 62


def context(ca_bundle: str | None) -> ssl.SSLContext:
    """Return a verifying context that trusts the system, certifi's list and, where given, ``ca_bundle``.

    Raises:
        UsageError: the file cannot be read or holds no certificate.
    """
    made = ssl.create_default_context()
    # A slim container has no system list, an operator's system may have more than certifi: both.
    made.load_verify_locations(certifi.where())
    if ca_bundle is not None:
        try:
            made.load_verify_locations(ca_bundle)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"[http] ca_bundle {ca_bundle} cannot be used: {error}") from error
    return made


def explained(error: ssl.SSLError, host: str) -> str:
    """Say in one line what is wrong with a host's TLS and what to do; switching verification off is never it."""
    code = getattr(error, "verify_code", None)
    if code == _EXPIRED:
        return f"the certificate of {host} has expired; only the portal can mend that"
    if code == _WRONG_HOST:
        return f"the certificate of {host} is for another host; check the address"
    if code in {_SELF_SIGNED, _SELF_SIGNED_CHAIN}:
        return (
            f"the certificate of {host} is signed by an unknown authority; if you trust it, name its file in ca_bundle"
        )
    if code in {_NO_ISSUER, _NO_ISSUER_LOCALLY}:
        return (
            f"{host} does not send its intermediate certificate, or its authority is unknown; "
            "put the missing certificate into a file and name it in [http] ca_bundle"
        )
    return f"no TLS connection to {host}: {error}"
