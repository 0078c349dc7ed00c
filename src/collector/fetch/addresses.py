"""Where we may connect to: public addresses, the portal's own, and nothing else."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from collector.errors import FetchRefused, Unreachable

#: Turns a host name and a port into addresses; raises OSError as ``socket.getaddrinfo`` does.
Resolve = Callable[[str, int], Sequence[str]]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PORTS = {"http": 80, "https": 443}
#: 64:ff9b::/96, 2002::/16 and 2001::/32 carry an IPv4 address that the packet ends up at.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver; duplicates are dropped, the order is kept."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def host_and_port(url: str) -> tuple[str, int]:
    """Return the lower-case host, without a trailing dot, and the port of an http(s) address.

    Raises:
        FetchRefused: another scheme, no host, or a port that is none.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise FetchRefused(f"{url!r} is no address: {error}", cause="scheme", url=url) from error
    if parts.scheme not in _PORTS or not host:
        raise FetchRefused(f"only http and https addresses are fetched, not {url!r}", cause="scheme", url=url)
    return host, port or _PORTS[parts.scheme]


def literal(host: str) -> Address | None:
    """Return the address that a host spells, in any notation that a resolver would accept; None for a name.

    ``inet_aton`` reads ``127.1``, ``2130706433``, ``0x7f.1`` and ``0177.0.0.1`` as 127.0.0.1, so we read them so too.
    """
    try:
        return ipaddress.ip_address(host.partition("%")[0].strip("[]"))
    except ValueError:
        pass
    if not host or not all(part[:2].lower() == "0x" or part.isdigit() for part in host.split(".")):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeEncodeError):
        return None


def is_public(address: Address) -> bool:
    """Say whether an address, or the IPv4 address embedded in it, lies on the public internet."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    # is_global is false for private, loopback, link-local, shared (100.64/10), reserved and unspecified addresses.
    return address.is_global and not address.is_multicast


class Door:
    """Decides for one portal which addresses may be connected to.

    A ``base_url`` that is itself private permits exactly its own host and port (CONTRACT 2).
    """

    def __init__(self, base_url: str, hosts: Sequence[str], *, resolve: Resolve) -> None:
        self._base = host_and_port(base_url)
        self._secure = urlsplit(base_url).scheme == "https"
        self._declared = {entry.lower().rstrip(".") for entry in hosts}
        self._resolve = resolve

    def lets_in(self, url: str) -> bool:
        """Say whether a redirect or a link may lead there: the portal's own host, or a declared one."""
        host, port = host_and_port(url)
        own, own_port = self._base
        usual = port in _PORTS.values()
        if host == own and (port == own_port or (usual and own_port in _PORTS.values())):
            return True
        return f"{host}:{port}" in self._declared or (usual and host in self._declared)

    def addresses(self, url: str) -> list[str]:
        """Return the checked addresses of a URL's host, to connect to exactly these: no second look-up can differ.

        Raises:
            FetchRefused: one of them is not public, and the portal does not live there.
            Unreachable: ``name``: there is no such host; ``timeout``: nobody could say.
        """
        host, port = host_and_port(url)
        spelled = literal(host)
        found = [str(spelled)] if spelled is not None else self._looked_up(host, port, url)
        own = (host, port) == self._base
        for text in found:
            if not own and not is_public(ipaddress.ip_address(text.partition("%")[0])):
                raise FetchRefused(
                    f"{host} leads to {text}, which is no public address; it was not contacted",
                    cause="address",
                    url=url,
                )
        return found

    def _looked_up(self, host: str, port: int, url: str) -> list[str]:
        try:
            return list(self._resolve(host, port))
        except (socket.gaierror, UnicodeError) as error:
            if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
                raise Unreachable(f"the name {host} cannot be looked up just now", cause="timeout", url=url) from error
            raise Unreachable(
                f"there is no host {host} (any more): check the address, or whether a successor took the portal over",
                cause="name",
                url=url,
            ) from error
