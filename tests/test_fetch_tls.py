"""TLS is always verified, and a refusal says what to do (FAULTS 23)."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
import trustme

from collector.errors import Unreachable, UsageError
from faulty_portal import FaultyPortal, fetcher, response, settings

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def server(certificate: trustme.LeafCert) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


def saved(ca: trustme.CA, folder: Path) -> str:
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    return str(folder / "ca.pem")


def refusal(context: ssl.SSLContext, ca_bundle: str | None) -> str:
    with FaultyPortal(response(), tls=context) as portal:
        with fetcher(portal.url, settings(ca_bundle=ca_bundle, retries=2)) as web, pytest.raises(Unreachable) as caught:
            web.get(f"{portal.url}/tin")
        assert portal.requests == []
    assert caught.value.cause == "tls"
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_certificate_of_a_named_authority_is_accepted_under_the_portals_name(tmp_path: Path) -> None:
    ca = trustme.CA()
    with FaultyPortal(response(), tls=server(ca.issue_cert("localhost"))) as portal:
        base = f"https://localhost:{portal.port}"
        with fetcher(base, settings(ca_bundle=saved(ca, tmp_path)), addresses=lambda host, port: ["127.0.0.1"]) as web:
            assert web.get(f"{base}/tin").status == 200
        assert f"Host: localhost:{portal.port}" in portal.requests[0]


def test_an_unknown_authority_names_the_way_out() -> None:
    assert "ca_bundle" in refusal(server(trustme.CA().issue_cert("127.0.0.1")), None)


def test_a_missing_intermediate_is_mended_by_naming_it(tmp_path: Path) -> None:
    root = trustme.CA()
    between = root.create_child_ca()
    leaf = between.issue_cert("127.0.0.1")
    forgetful = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chain = tmp_path / "leaf.pem"
    chain.write_bytes(leaf.private_key_pem.bytes() + leaf.cert_chain_pems[0].bytes())
    forgetful.load_cert_chain(chain)
    assert "intermediate" in refusal(forgetful, saved(root, tmp_path))
    # The intermediate alone is enough: what the operator trusts ends the chain.
    http = settings(ca_bundle=saved(between, tmp_path))
    with FaultyPortal(response(), tls=forgetful) as portal, fetcher(portal.url, http) as web:
        assert web.get(f"{portal.url}/tin").status == 200


def test_an_expired_certificate_stays_an_error_even_of_a_named_authority(tmp_path: Path) -> None:
    ca = trustme.CA()
    assert "expired" in refusal(server(ca.issue_cert("127.0.0.1", not_after=LONG_AGO)), saved(ca, tmp_path))


def test_a_certificate_of_another_host_stays_an_error(tmp_path: Path) -> None:
    ca = trustme.CA()
    assert "another host" in refusal(server(ca.issue_cert("portal.gov.vn")), saved(ca, tmp_path))


def test_a_port_without_tls_is_said_to_be_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak_plainly() -> None:
            line, _ = listener.accept()
            with line:
                line.recv(1000)
                line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        plain = Thread(target=speak_plainly)
        plain.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        with fetcher(url) as web, pytest.raises(Unreachable) as caught:
            web.get(url)
        plain.join()
    assert caught.value.cause == "tls"
    assert "http://" in str(caught.value)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unusable_ca_bundle_is_the_users_mistake(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UsageError, match="ca_bundle"):
        fetcher("https://portal.gov.vn/", settings(ca_bundle=str(file)))


def test_an_unusable_proxy_is_the_users_mistake() -> None:
    with pytest.raises(UsageError, match="proxy"):
        fetcher("https://portal.gov.vn/", settings(proxy="gopher://x"))
