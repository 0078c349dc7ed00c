"""One request and its answer: checked address, cookies, bounds, counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from collector import __version__
from collector.errors import Interrupted, UsageError
from collector.fetch.addresses import Door, Resolve, host_and_port, literal
from collector.fetch.failures import FOREIGN, Setback, setback
from collector.fetch.robots import LIMIT
from collector.fetch.settings import HttpSettings
from collector.fetch.tls import context
from collector.fetch.transfer import Rate, is_html, read_body
from collector.fetch.wire import Wire


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for."""

    url: str  #: without fragment
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    robots: bool = False  #: it is a robots.txt


@dataclass(frozen=True, slots=True)
class Answer:
    """One response, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Line:
    """Carries requests straight over httpx's transport.

    So the address that was checked is the address that is connected to, cookies follow the portal's name and not that
    address, and nothing is read from the environment. Every request has a connection of its own: pages are seconds
    apart, a form must not meet a connection that is just being closed, and two names on one address must not share one
    that was verified for the other.
    """

    def __init__(
        self,
        settings: HttpSettings,
        door: Door,
        resolve: Resolve,
        transport: httpx.BaseTransport | None,
        monotonic: Callable[[], float],
    ) -> None:
        self._settings, self._door, self._resolve, self._monotonic = settings, door, resolve, monotonic
        self._transport = transport or _transport(settings)
        self._cookies = httpx.Cookies()
        self._good: dict[str, str] = {}  # host → the address that answered last
        self._wire = Wire()
        contact = " ".join(settings.contact.split())
        self._agent = f"collector/{__version__} (+{contact})" if contact else f"collector/{__version__}"
        self.requests = self.robots_requests = self.page_views = self.bytes = 0

    def send(self, ask: Ask) -> Answer:
        """Send one request to the first of the host's addresses that takes it.

        Raises:
            Setback: no answer.
            FetchRefused: ``address``, ``size`` or ``scheme``.
            Interrupted: aborted.
        """
        host, _ = host_and_port(ask.url)
        for left, address in reversed(list(enumerate(reversed(self._addresses(ask, host))))):
            try:
                answer = self._over(ask, host, address)
            except Setback as failed:
                if not (left and failed.connecting and failed.passing):
                    raise
            else:
                if address is not None:
                    self._good[host] = address
                return answer
        raise self._failed(OSError("it has no address"), ask, host)

    def _addresses(self, ask: Ask, host: str) -> Sequence[str | None]:
        self._door.refuse_spelled(ask.url)
        spelled = literal(host)
        if spelled is not None:
            return [str(spelled)]
        if self._settings.proxy is not None:
            return [None]  # the proxy looks the name up
        _, port = host_and_port(ask.url)
        try:
            found = self._wire.look_up(self._resolve, host, port, self._settings.connect_timeout)
        except (OSError, UnicodeError) as error:
            raise self._failed(error, ask, host) from error
        self._door.check(ask.url, found)
        # Where IPv6 leads nowhere, only the first request waits for it.
        return sorted(found, key=lambda address: address != self._good.get(host))

    def _over(self, ask: Ask, host: str, address: str | None) -> Answer:
        if self._wire.aborted:
            raise Interrupted("stopped by a signal")
        try:
            return self._exchange(ask, address)
        except FOREIGN as error:
            raise self._failed(error, ask, host) from error

    def _failed(self, error: Exception, ask: Ask, host: str) -> Exception:
        if self._wire.aborted:
            return Interrupted("stopped by a signal")
        failed = setback(error, ask.url, host, self._settings, late=self._wire.late)
        if not failed.connecting:
            self._count(ask)
        return failed

    def _exchange(self, ask: Ask, address: str | None) -> Answer:
        named = httpx.Request(ask.method, ask.url, headers=self._headers(ask), content=ask.content)
        self._cookies.set_cookie_header(named)
        asked = named.url if address is None else named.url.copy_with(host=address)
        settings = self._settings
        patience = min(settings.timeout, settings.deadline)
        timeouts = {"connect": settings.connect_timeout, "pool": settings.connect_timeout}
        with self._wire.on(settings.deadline) as trace:
            request = httpx.Request(
                ask.method,
                asked,
                headers=named.headers,  # the Host among them is the portal's name
                content=ask.content,
                extensions={
                    "timeout": {**timeouts, "read": patience, "write": patience},
                    "sni_hostname": named.url.raw_host.decode("ascii"),
                    "trace": trace,
                },
            )
            response = self._transport.handle_request(request)
            try:
                return self._read(ask, named, response)
            finally:
                response.close()

    def _read(self, ask: Ask, named: httpx.Request, response: httpx.Response) -> Answer:
        response.request = named
        self._cookies.extract_cookies(response)
        # The portal counts a view when it answers, whether or not the page arrives.
        if not ask.robots and response.status_code == httpx.codes.OK and is_html(response):
            self.page_views += 1
        body = read_body(
            response,
            max_bytes=LIMIT if ask.robots else self._settings.max_bytes,
            url=ask.url,
            received=self._received,
            rate=Rate(self._settings.rate_window, self._settings.least_bytes, self._monotonic),
            late=lambda: self._wire.late or self._wire.aborted,
            shorten=ask.robots,
        )
        self._count(ask)
        return Answer(response.status_code, dict(response.headers), body)

    def _received(self, size: int) -> None:
        self.bytes += size

    def _count(self, ask: Ask) -> None:
        if ask.robots:
            self.robots_requests += 1
        else:
            self.requests += 1

    def _headers(self, ask: Ask) -> list[tuple[bytes, bytes]]:
        headers = {
            "User-Agent": self._agent,
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.5",
            "Accept-Language": "vi,en;q=0.5",
            # gzip only: what we do not ask for we need not bound.
            "Accept-Encoding": "gzip",
            **ask.headers,
        }
        # As UTF-8, because a contact, a referer or an ETag may hold any letter; control characters end a header.
        return [
            (name.encode(), "".join(letter for letter in value if letter.isprintable()).encode())
            for name, value in headers.items()
        ]

    def abort(self) -> None:
        """Make the request under way, and every later one, raise :class:`Interrupted`."""
        self._wire.abort()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


def _transport(settings: HttpSettings) -> httpx.BaseTransport:
    try:
        return httpx.HTTPTransport(
            verify=context(settings.ca_bundle),
            trust_env=False,
            proxy=settings.proxy,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=0),
        )
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise UsageError(f"[http] proxy {settings.proxy} cannot be used: {error}") from error
