"""TLS: verified always, and its refusals said so that somebody can act on them."""

from __future__ import annotations

import ssl

import certifi

from collector.errors import UsageError

#: OpenSSL's X509_V_ERR_* numbers, as ``SSLCertVerificationError.verify_code`` gives them.
_NOT_YET, _EXPIRED = 9, 10
_SELF_SIGNED, _SELF_SIGNED_CHAIN = 18, 19
_NO_ISSUER = frozenset({2, 20, 21})
_WRONG_HOST = frozenset({62, 64})
#: What OpenSSL 3 says to servers that only speak what it has given up.
_TOO_OLD = (
    "UNSUPPORTED_PROTOCOL",
    "PROTOCOL_VERSION",
    "UNSAFE_LEGACY_RENEGOTIATION",
    "DH_KEY_TOO_SMALL",
    "HANDSHAKE_FAILURE",
)


def context(ca_bundle: str | None) -> ssl.SSLContext:
    """Return a verifying context that trusts the system, certifi's list and, where given, ``ca_bundle``.

    Raises:
        UsageError: the file cannot be read or holds no certificate.
    """
    made = ssl.create_default_context()
    # A slim container has no system list, an operator's system may have more than certifi: both.
    made.load_verify_locations(certifi.where())
    # The same answers on every Python: 3.13 set both flags. A trusted intermediate ends a chain, so that naming the one
    # that a server forgets to send is enough; RFC 5280 to the letter would refuse authorities that browsers accept.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
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
        return (
            f"the certificate of {host} has expired; only the portal can mend that (or this machine's clock is wrong)"
        )
    if code == _NOT_YET:
        return f"the certificate of {host} is not valid yet; check this machine's clock"
    if code in _WRONG_HOST:
        return f"the certificate of {host} is for another host; check the address"
    if code in {_SELF_SIGNED, _SELF_SIGNED_CHAIN}:
        return (
            f"the certificate of {host} is signed by itself or by an unknown authority; "
            "if you trust it, name its file in [http] ca_bundle"
        )
    if code in _NO_ISSUER:
        return (
            f"{host} does not send its intermediate certificate, or its authority is unknown; "
            "put the missing certificate into a file and name it in [http] ca_bundle"
        )
    reason = str(error.reason or error)
    if reason == "WRONG_VERSION_NUMBER":
        return f"{host} does not speak TLS on this port; is it an http:// address?"
    if any(old in reason for old in _TOO_OLD):
        return (
            f"{host} only offers TLS that is too old or too weak for this system ({reason}); the portal must renew it"
        )
    return f"no TLS connection to {host}: {reason}"
