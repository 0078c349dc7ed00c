"""What the network raises, told in our own words: the one place where foreign errors become :mod:`collector.errors`."""

from __future__ import annotations

import errno
import socket
import ssl

import httpx

from collector.errors import FetchError, FetchRefused, Unreachable
from collector.fetch.settings import HttpSettings
from collector.fetch.tls import explained
from collector.fetch.transfer import BrokenBody, TooSlow

#: Everything that one attempt is expected to raise, besides our own errors.
FOREIGN = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError, BrokenBody)


class Setback(Exception):
    """One attempt brought no answer."""

    def __init__(self, told: FetchError, *, connecting: bool = False, passing: bool = True) -> None:
        super().__init__(str(told))
        self.told = told  #: what is raised when nobody tries again
        self.connecting = connecting  #: the request was never sent
        self.passing = passing  #: it may be better in a moment


def setback(error: Exception, url: str, host: str, settings: HttpSettings, *, late: bool) -> Setback:
    """Tell what an attempt at ``url`` failed of; ``late``: its deadline had passed."""
    if late:
        # Not tried again: a server that drips would hold us for the deadline each time.
        limit = f"{host} did not finish its answer within {settings.deadline:g} s"
        return Setback(Unreachable(limit, cause="timeout", url=url), passing=False)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
        refused = FetchRefused(f"{url!r} is no address: {error}", cause="scheme", url=url)
        return Setback(refused, connecting=True, passing=False)
    if isinstance(error, BrokenBody):
        return Setback(Unreachable(f"the answer of {host} is broken: {error}", cause="broken", url=url))
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError | OSError):
        return _not_connected(error, url, host, settings)
    if isinstance(error, TooSlow):
        drips = f"{host} drips: {error}, where {settings.least_bytes} are the least in {settings.rate_window:g} s"
        return Setback(Unreachable(drips, cause="timeout", url=url))
    if isinstance(error, httpx.TimeoutException):
        silent = f"{host} was silent for {settings.timeout:g} s"
        return Setback(Unreachable(silent, cause="timeout", url=url))
    reason = str(error) or type(error).__name__
    return Setback(Unreachable(f"{host} broke off its answer: {reason}", cause="broken", url=url))


def _not_connected(error: Exception, url: str, host: str, settings: HttpSettings) -> Setback:
    chain = _chain(error)
    for cause in chain:
        if isinstance(cause, socket.gaierror):
            return _unnamed(cause, url, host)
        if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            gone = f"{host} broke off while TLS was being agreed on"
            return Setback(Unreachable(gone, cause="broken", url=url), connecting=True)
        if isinstance(cause, ssl.SSLError):
            # The same certificate would come again.
            return Setback(Unreachable(explained(cause, host), cause="tls", url=url), connecting=True, passing=False)
    if isinstance(error, httpx.ProxyError):
        told = f"the proxy does not lead to {host}: {error}"
        return Setback(Unreachable(told, cause="refused", url=url), connecting=True)
    numbers = {cause.errno for cause in chain if isinstance(cause, OSError)}
    if isinstance(error, httpx.ConnectTimeout | TimeoutError) or errno.ETIMEDOUT in numbers:
        told = f"no connection to {host} within {settings.connect_timeout:g} s"
        return Setback(Unreachable(told, cause="timeout", url=url), connecting=True)
    told = f"{host} refuses connections" if errno.ECONNREFUSED in numbers else f"no way to {host}: {error}"
    return Setback(Unreachable(told, cause="refused", url=url), connecting=True)


#: What says that a name does not exist, or has no address; the other numbers say that nobody could tell.
_NO_SUCH_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


def _unnamed(error: socket.gaierror, url: str, host: str) -> Setback:
    if error.errno not in _NO_SUCH_NAME:
        told = f"no name server could say where {host} is; try again later"
        return Setback(Unreachable(told, cause="resolver", url=url), connecting=True)
    told = f"there is no host {host} (any more): check the address, or whether a successor took the portal over"
    return Setback(Unreachable(told, cause="name", url=url), connecting=True, passing=False)


def _chain(error: BaseException | None) -> list[BaseException]:
    """Both ways down: httpcore's pool raises ``from None``, which leaves the TLS error in ``__context__`` only."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
