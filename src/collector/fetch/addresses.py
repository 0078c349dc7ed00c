"""Where we may connect to: public addresses, the portal's own, and nothing else."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from collector.errors import FetchRefused

#: Turns a host name and a port into addresses; raises OSError as ``socket.getaddrinfo`` does.
Resolve = Callable[[str, int], Sequence[str]]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PORTS = {"http": 80, "https": 443}

# Our own tables, because ``is_global`` changed with the patch releases of Python: 3.11.7 calls ::127.0.0.1 and
# 64:ff9b:1::/48 global. Source: the IANA IPv4 and IPv6 special-purpose address registries.
_CLOSED4 = [
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
    ).split()
]
_OPEN6 = ipaddress.IPv6Network("2000::/3")
#: Protocol assignments with Teredo, documentation (two), benchmarking lies in the first.
_CLOSED6 = [ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20")]
#: 64:ff9b::/96 is how networks without IPv4 reach an IPv4 portal: the address inside decides.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

#: Endings that no public name has: RFC 6761 (localhost, test), 6762 with its appendix G, 8375, and ICANN's .internal.
_LOCAL_ENDINGS = frozenset("localhost test local internal intranet private corp home lan arpa".split())


def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver; duplicates are dropped, the order is kept."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def host_and_port(url: str) -> tuple[str, int]:
    """Return the lower-case host and the port of an http(s) address.

    A name loses its trailing dot; a spelled-out address keeps it, so that ``127.0.0.1.`` is not ``127.0.0.1``.

    Raises:
        FetchRefused: ``scheme``: neither http nor https, or no address at all.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or ""), parts.port
    except ValueError as error:
        raise FetchRefused(f"{url!r} is no address: {error}", cause="scheme", url=url) from error
    if parts.scheme not in _PORTS or not host.strip("."):
        raise FetchRefused(f"only http and https addresses are fetched, not {url!r}", cause="scheme", url=url)
    if literal(host) is None:
        host = host.rstrip(".")
    return host, port or _PORTS[parts.scheme]


def literal(host: str) -> Address | None:
    """Return the address that a host spells, in any notation that a resolver would accept; None for a name.

    ``inet_aton`` reads ``127.1``, ``2130706433``, ``0x7f.1`` and ``0177.0.0.1`` as 127.0.0.1, so we read them so too.
    """
    host = host.removesuffix(".")
    try:
        return ipaddress.ip_address(host.partition("%")[0].strip("[]"))
    except ValueError:
        pass
    if not host or not all(part[:2].lower() == "0x" or part.isdigit() for part in host.split(".")):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def is_public(address: Address) -> bool:
    """Say whether an address, or the IPv4 address that packets to it end up at, lies on the public internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _CLOSED4)
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is not None:
        return is_public(inner)
    return address in _OPEN6 and not any(address in network for network in _CLOSED6)


def is_local_name(host: str) -> bool:
    """Say whether a name can only mean a machine nearby: ``localhost``, a bare name, ``portal.internal``."""
    return "." not in host or host.rpartition(".")[2] in _LOCAL_ENDINGS


class Door:
    """Decides for one portal which addresses may be connected to.

    A ``base_url`` that is itself private, as an address or as a name that is only known locally, permits exactly its
    own host and port (CONTRACT 2). A public name permits no private address: its name server may lie tomorrow.
    """

    def __init__(self, base_url: str, hosts: Sequence[str]) -> None:
        self._base = host_and_port(base_url)
        self._plain = urlsplit(base_url).scheme == "http"
        self._declared = {entry.lower().rstrip(".") for entry in hosts}
        spelled = literal(self._base[0])
        self._nearby = not is_public(spelled) if spelled is not None else is_local_name(self._base[0])

    def lets_in(self, url: str) -> bool:
        """Say whether a redirect or a link may lead there: the portal's own host, or a declared one.

        A declared ``host`` means its ports 80 and 443, ``host:port`` that port; the portal's own host has its own port,
        and where that is one of 80 and 443 the other too.

        Raises:
            FetchRefused: ``scheme``.
        """
        host, port = host_and_port(url)
        own, own_port = self._base
        usual = port in _PORTS.values()
        if host == own and (port == own_port or (usual and own_port in _PORTS.values())):
            return True
        shown = f"[{host}]" if ":" in host else host
        return f"{shown}:{port}" in self._declared or (usual and not self._declared.isdisjoint({host, shown}))

    def may_be_plain(self, url: str) -> bool:
        """Say whether the operator accepted unencrypted pages there, by declaring ``base_url`` so."""
        return self._plain and host_and_port(url)[0] == self._base[0]

    def refuse_spelled(self, url: str) -> None:
        """Refuse an address that is spelled out and private, in whatever notation.

        Raises:
            FetchRefused: ``address`` or ``scheme``.
        """
        host, port = host_and_port(url)
        spelled = literal(host)
        if spelled is not None:
            self._check(url, host, port, spelled)
        elif host.rpartition(".")[2] == "localhost" and not self._is_home(host, port):
            raise _inward(url, host, "this machine")

    def check(self, url: str, found: Sequence[str]) -> None:
        """Refuse a name when any of the addresses it leads to is private: one of them is where we might end up.

        Raises:
            FetchRefused: ``address``.
        """
        host, port = host_and_port(url)
        for text in found:
            self._check(url, host, port, ipaddress.ip_address(text.partition("%")[0]))

    def _check(self, url: str, host: str, port: int, address: Address) -> None:
        if not is_public(address) and not self._is_home(host, port):
            raise _inward(url, host, str(address))

    def _is_home(self, host: str, port: int) -> bool:
        return self._nearby and (host, port) == self._base


def _inward(url: str, host: str, where: str) -> FetchRefused:
    leads = "is" if host == where else f"leads to {where}, which is"
    return FetchRefused(
        f"{host} {leads} not a public address and was not contacted; "
        "a portal in a private network is declared by that address in base_url",
        cause="address",
        url=url,
    )
