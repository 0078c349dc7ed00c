"""The only place with a network: pace, robots, validators, retries, limits → ``Page``.

Synchronous: one polite request at a time needs no event loop. Requests go straight to httpx's transport, so that the
address that was checked is the address that is connected to, cookies follow the portal's name and not that address, and
nothing is read from the environment.
"""

from __future__ import annotations

import random
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Protocol
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx
import tenacity

from collector import __version__
from collector.errors import FetchError, FetchRefused, Interrupted, RobotsForbid, Unreachable
from collector.fetch.addresses import Door, Resolve, host_and_port, resolve
from collector.fetch.pace import HostGate
from collector.fetch.robots import FRESH, Rules
from collector.fetch.tls import context, explained
from collector.fetch.transfer import Wire, read_body
from collector.model import Page, RobotsCopy, Validators

__all__ = ["Fetcher", "ForgetfulMemory", "HostGate", "HostMemory", "HttpSettings"]

#: A Retry-After up to this is waited for in the run; a longer one is remembered and ends the asking.
_LONGEST_WAIT = timedelta(seconds=120)
_LONGEST_BACKOFF = 60.0
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """How a portal is asked; times in seconds."""

    contact: str = ""  #: address or URL of whoever runs this, sent with every request
    delay: float = 2.0  #: pause between two requests to one host
    connect_timeout: float = 10.0
    timeout: float = 60.0  #: for one read
    deadline: float = 180.0  #: for one answer, headers and body
    retries: int = 3  #: further attempts after a passing fault
    max_bytes: int = 10_000_000  #: of a body, raw and inflated
    robots: bool = True
    ca_bundle: str | None = None  #: certificates trusted beside the system's
    proxy: str | None = None


class HostMemory(Protocol):
    """What must not be forgotten between runs; the archive has one."""

    def robots(self, origin: str) -> RobotsCopy | None: ...  # noqa: D102
    def keep_robots(self, origin: str, copy: RobotsCopy) -> None: ...  # noqa: D102
    def not_before(self, host: str) -> datetime | None: ...  # noqa: D102
    def keep_not_before(self, host: str, instant: datetime) -> None: ...  # noqa: D102


class ForgetfulMemory:
    """Remembers for as long as it lives: for commands that write nothing."""

    def __init__(self) -> None:
        self._robots: dict[str, RobotsCopy] = {}
        self._not_before: dict[str, datetime] = {}

    def robots(self, origin: str) -> RobotsCopy | None:
        """Return the copy of an origin's robots.txt."""
        return self._robots.get(origin)

    def keep_robots(self, origin: str, copy: RobotsCopy) -> None:
        """Replace the copy of an origin's robots.txt."""
        self._robots[origin] = copy

    def not_before(self, host: str) -> datetime | None:
        """Return the instant before which a host asked not to be asked."""
        return self._not_before.get(host)

    def keep_not_before(self, host: str, instant: datetime) -> None:
        """Remember a host's Retry-After."""
        self._not_before[host] = instant


class Fetcher:
    """Fetches the pages of one portal for one run."""

    def __init__(
        self,
        settings: HttpSettings,
        *,
        base_url: str,
        hosts: Sequence[str] = (),
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        chance: random.Random,
        memory: HostMemory,
        resolve: Resolve = resolve,
        transport: httpx.BaseTransport | None = None,
        origin: str = "live",
        gate: HostGate | None = None,
    ) -> None:
        """Build a fetcher; ``sleep`` raises :class:`Interrupted` to stop, and everything that waits goes through it.

        Raises:
            UsageError: ``ca_bundle`` cannot be used.
        """
        self._settings, self._now, self._monotonic, self._sleep = settings, now, monotonic, sleep
        self._chance, self._memory, self._origin = chance, memory, origin
        self._door = Door(base_url, hosts, resolve=resolve)
        self._gate = gate or HostGate(monotonic)
        self._transport = transport or httpx.HTTPTransport(
            verify=context(settings.ca_bundle), trust_env=False, proxy=settings.proxy
        )
        self._cookies = httpx.Cookies()
        self._wire = Wire()
        self._rules: dict[str, Rules] = {}
        self._aborted = False
        contact = f" (+{settings.contact})" if settings.contact else ""
        self._agent = f"collector/{__version__}{contact}"
        self.requests = 0  #: requests for pages, redirects and retries included
        self.robots_requests = 0
        self.page_views = 0  #: HTML pages answered with 200: they raise the portal's counter
        self.bytes = 0  #: received on the wire

    def get(self, url: str, *, validators: Validators | None = None) -> Page:
        """Fetch a page; a 304 gives a page without body. An HTTP error is a page too: the reader recognises it.

        Raises:
            Unreachable: no answer; ``cause`` tells name, refused, timeout, tls, broken and throttled apart.
            RobotsForbid: robots.txt forbids it, or could not be asked.
            FetchRefused: a redirect or an address that we do not follow, or a body beyond the limit.
            Interrupted: somebody asked to stop.
        """
        headers = {}
        if validators is not None and validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators is not None and validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        return self._follow("GET", url, headers, None)

    def post(self, url: str, form: Sequence[tuple[str, str]], *, referer: str | None = None) -> Page:
        """Post a form, fields in their order, as a browser does; errors as :meth:`get`.

        It is sent again only when no connection came about: a one-time ``__VIEWSTATE`` may have been used up.
        """
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if referer is not None:
            headers["Referer"] = referer
        return self._follow("POST", url, headers, str(httpx.QueryParams(list(form))).encode())

    def _follow(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Page:
        passed: list[str] = []
        current = urldefrag(url)[0]
        if not self._door.lets_in(current):
            raise FetchRefused(f"{current} is not on the portal's hosts", cause="address", url=url)
        while True:
            self._ask_robots(current)
            response = self._persist(method, current, headers, content)
            target = response.headers.get("location")
            if response.status not in _REDIRECTS or not target:
                return Page(
                    url=url,
                    final_url=current,
                    fetched_at=self._now(),
                    status=response.status,
                    headers=response.headers,
                    body=b"" if response.status == 304 else response.body,  # noqa: PLR2004
                    redirects=tuple(passed),
                    origin=self._origin,
                )
            passed.append(current)
            current = self._redirected(current, target, passed)
            if response.status in {301, 302, 303}:
                method, content = "GET", None
                headers = {name: value for name, value in headers.items() if name != "Content-Type"}

    def _redirected(self, current: str, target: str, passed: Sequence[str]) -> str:
        try:
            following = urldefrag(urljoin(current, target))[0]
            known = self._door.lets_in(following)
        except ValueError as error:
            raise FetchRefused(f"{current} redirects to {target!r}", cause="redirect", url=current) from error
        if not known:
            raise FetchRefused(
                f"{current} redirects to {following}, which is not among the portal's hosts; "
                "if it belongs to the portal, add its host to `hosts`",
                cause="redirect",
                url=current,
            )
        if len(passed) > _MOST_REDIRECTS or (following in passed and len(passed) > 1):
            raise FetchRefused(f"{passed[0]} redirects without end", cause="redirect", url=passed[0])
        return following

    # --- robots ---------------------------------------------------------------------------------------------------

    def _ask_robots(self, url: str) -> None:
        if not self._settings.robots:
            return
        rules = self._rules_of(url)
        if not rules.allow(url):
            raise RobotsForbid(f"robots.txt of the portal forbids {url}", cause="robots", url=url)
        opens = rules.opens(self._now().astimezone(UTC))
        if opens is not None:
            raise RobotsForbid(f"robots.txt asks for visits from {opens} UTC on; try then", cause="visit-time", url=url)

    def _rules_of(self, url: str) -> Rules:
        origin = "://".join(urlsplit(url)[:2])
        if origin not in self._rules:
            copy = self._memory.robots(origin)
            if copy is None or self._now() - copy.fetched_at > FRESH:
                copy = self._fetched_robots(origin, copy)
            self._rules[origin] = Rules(copy)
        return self._rules[origin]

    def _fetched_robots(self, origin: str, old: RobotsCopy | None) -> RobotsCopy:
        """Fetch robots.txt: 4xx allows everything, 5xx nothing (RFC 9309), unless a copy is at most a day too old."""
        current = f"{origin}/robots.txt"
        usable = old is not None and self._now() - old.fetched_at <= 2 * FRESH
        passed: list[str] = []
        while True:
            try:
                response = self._persist("GET", current, {}, None, robots=True)
            except FetchError:
                if usable and old is not None:
                    return old
                raise
            target = response.headers.get("location")
            if response.status not in _REDIRECTS or not target:
                break
            passed.append(current)
            try:
                current = self._redirected(current, target, passed)
            except FetchRefused:
                # RFC 9309, 2.3.1.2: a redirect that is not followed to its end counts as "no robots.txt".
                response = _Answer(404, {}, b"")
                break
        if response.status >= 500 or response.status == 429:  # noqa: PLR2004
            if usable and old is not None:
                return old
            raise RobotsForbid(
                f"{origin}/robots.txt answers {response.status}; until it can be read nothing is fetched",
                cause="robots-unreachable",
                url=origin,
            )
        copy = RobotsCopy(self._now(), response.status, response.body)
        self._memory.keep_robots(origin, copy)
        return copy

    # --- one address, with patience -------------------------------------------------------------------------------

    def _persist(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, *, robots: bool = False
    ) -> _Answer:
        """Ask until there is an answer or patience ends; then return or raise what came last."""

        def passing(error: BaseException) -> bool:
            if not isinstance(error, Unreachable):
                return False
            return error.cause == "refused" or (method == "GET" and error.cause in {"timeout", "broken"})

        def busy(answer: _Answer) -> bool:
            if method != "GET" or answer.status not in _BUSY:
                return False
            until = self._told_to_wait(url, answer)
            return until is None or until - self._now() <= _LONGEST_WAIT

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(1 + self._settings.retries),
            wait=self._backoff,
            retry=tenacity.retry_if_exception(passing) | tenacity.retry_if_result(busy),
            retry_error_callback=_last_outcome,
            sleep=self._sleep,
        )
        answer: _Answer = retrying(self._exchange, method, url, headers, content, robots=robots)
        return answer

    def _told_to_wait(self, url: str, answer: _Answer) -> datetime | None:
        """Return and remember the instant that a Retry-After names."""
        until = retry_after(answer.headers.get("retry-after"), self._now())
        if until is not None:
            self._memory.keep_not_before(host_and_port(url)[0], until)
        return until

    def _backoff(self, state: tenacity.RetryCallState) -> float:
        outcome = state.outcome
        if outcome is not None and not outcome.failed:
            until = retry_after(outcome.result().headers.get("retry-after"), self._now())
            if until is not None:
                return max(0.0, (until - self._now()).total_seconds())
        # Full jitter: clients that failed together do not come back together.
        ceiling = min(_LONGEST_BACKOFF, max(self._settings.delay, 0.05) * 2**state.attempt_number)
        return self._chance.uniform(0, ceiling)

    # --- one request ----------------------------------------------------------------------------------------------

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, *, robots: bool
    ) -> _Answer:
        host, _ = host_and_port(url)
        self._heed_retry_after(host, url)
        delay = self._settings.delay
        if not robots and self._settings.robots:
            delay = max(delay, self._rules_of(url).delay)
        with self._gate.turn(host, delay, self._sleep):
            # With a proxy the proxy looks the name up: only literal addresses can be checked here.
            addresses = self._door.addresses(url) if self._settings.proxy is None else [None]
            for last, address in ((number == len(addresses), one) for number, one in enumerate(addresses, 1)):
                try:
                    return self._request(method, url, headers, content, address, robots=robots)
                except Unreachable as error:
                    if last or error.cause != "refused":
                        raise
        raise Unreachable(f"{host} has no address", cause="name", url=url)

    def _heed_retry_after(self, host: str, url: str) -> None:
        until = self._memory.not_before(host)
        wait = timedelta(0) if until is None else until - self._now()
        if until is not None and wait > _LONGEST_WAIT:
            raise Unreachable(
                f"{host} asked not to be asked before {until:%Y-%m-%d %H:%M:%S} UTC", cause="throttled", url=url
            )
        if wait > timedelta(0):
            self._sleep(wait.total_seconds())

    def _request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
        address: str | None,
        *,
        robots: bool,
    ) -> _Answer:
        if self._aborted:
            raise Interrupted("stopped by a signal")
        named = httpx.Request(method, url, headers=self._headers(headers), content=content)
        self._cookies.set_cookie_header(named)
        asked = named.url if address is None else named.url.copy_with(host=address)
        if robots:
            self.robots_requests += 1
        else:
            self.requests += 1
        deadline = self._settings.deadline
        with self._wire.on(f"{asked.host}:{asked.port}", deadline) as trace:
            timeouts = {"connect": self._settings.connect_timeout, "pool": self._settings.connect_timeout}
            patience = min(self._settings.timeout, deadline)
            request = httpx.Request(
                method,
                asked,
                headers=named.headers,  # the Host among them is the portal's name
                content=content,
                extensions={
                    "timeout": {**timeouts, "read": patience, "write": patience},
                    "sni_hostname": named.url.raw_host.decode("ascii"),
                    "trace": trace,
                },
            )
            try:
                response = self._transport.handle_request(request)
                try:
                    body, raw = read_body(
                        response, max_bytes=self._settings.max_bytes, url=url, late=lambda: self._wire.cut
                    )
                finally:
                    response.close()
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, Unreachable) as error:
                raise self._told(error, url) from error
        self.bytes += raw
        response.request = named
        self._cookies.extract_cookies(response)
        if not robots and response.status_code == 200 and "html" in response.headers.get("content-type", ""):  # noqa: PLR2004
            self.page_views += 1
        return _Answer(response.status_code, dict(response.headers), body)

    def _headers(self, further: Mapping[str, str]) -> dict[str, str]:
        return {
            "User-Agent": self._agent,
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.5",
            "Accept-Language": "vi,en;q=0.5",
            # gzip only: what we do not ask for we need not bound.
            "Accept-Encoding": "gzip",
            **further,
        }

    def _told(self, error: Exception, url: str) -> Exception:
        """Map what httpx raises onto our own words, at this one place."""
        host = urlsplit(url).hostname or url
        if self._aborted:
            return Interrupted("stopped by a signal")
        if self._wire.cut or isinstance(error, httpx.TimeoutException):
            limit = f"{self._settings.deadline:g} s" if self._wire.cut else "the timeout"
            return Unreachable(f"{host} did not answer within {limit}", cause="timeout", url=url)
        if isinstance(error, Unreachable):
            return error
        for cause in _chain(error):
            if isinstance(cause, ssl.SSLError):
                return Unreachable(explained(cause, host), cause="tls", url=url)
        if isinstance(error, httpx.ConnectError | httpx.ProxyError):
            return Unreachable(f"{host} refuses connections: {error}", cause="refused", url=url)
        if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
            return FetchRefused(f"{url!r} is no address: {error}", cause="scheme", url=url)
        return Unreachable(f"{host} broke off its answer: {error or type(error).__name__}", cause="broken", url=url)

    # --- life -----------------------------------------------------------------------------------------------------

    def abort(self) -> None:
        """Make the fetch under way, and every later one, raise :class:`Interrupted`; callable from anywhere."""
        self._aborted = True
        self._wire.shut()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class _Answer:
    """One response, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def retry_after(value: str | None, now: datetime) -> datetime | None:
    """Return the instant that a Retry-After header names, in seconds or as a date; None when it names none."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        # A day at most: a header of ten digits is a mistake, not a wish.
        return now + timedelta(seconds=min(int(text[:9]), 86_400))
    try:
        named = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    named = named if named.tzinfo else named.replace(tzinfo=UTC)
    return min(named, now + timedelta(days=1))


def _last_outcome(state: tenacity.RetryCallState) -> _Answer:
    assert state.outcome is not None
    answer: _Answer = state.outcome.result()
    return answer


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
