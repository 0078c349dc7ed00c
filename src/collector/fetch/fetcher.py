"""The fetcher: robots, pace, patience and redirects around one request after another."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from urllib.parse import urldefrag, urlencode, urlsplit

import httpx
import tenacity

from collector.errors import FetchRefused, RobotsForbid, Unreachable
from collector.fetch.addresses import Door, Resolve, host_and_port, resolve
from collector.fetch.failures import Setback
from collector.fetch.line import Answer, Ask, Line
from collector.fetch.memory import HostMemory
from collector.fetch.pace import HostGate
from collector.fetch.patience import LONGEST_PROMISE, LONGEST_WAIT, Busy, backoff, is_busy, retry_after, whole_second
from collector.fetch.redirects import MOST_REDIRECTS, redirect_target, redirected
from collector.fetch.robots import FRESH, Rules
from collector.fetch.settings import HttpSettings
from collector.model import Page, RobotsCopy, Validators

#: While robots.txt answers 5xx, it is asked for this seldom.
_ROBOTS_PAUSE = timedelta(minutes=10)


class Fetcher:
    """Fetches the pages of one portal for one run, one at a time."""

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
        busy: Busy = is_busy,
    ) -> None:
        """Build a fetcher; ``sleep`` raises :class:`Interrupted` to stop, and everything that waits goes through it.

        ``busy`` says which answers are asked for again: a web archive's 503 may be the capture of a 503.

        Raises:
            UsageError: ``ca_bundle`` or ``proxy`` cannot be used.
        """
        self._settings, self._now, self._sleep = settings, now, sleep
        self._chance, self._memory, self._origin, self._busy = chance, memory, origin, busy
        self._door = Door(base_url, hosts)
        self._gate = gate or HostGate(monotonic)
        self._line = Line(settings, self._door, resolve, transport, monotonic)
        self._rules: dict[str, Rules] = {}
        self._silent: dict[str, tuple[datetime, int]] = {}  # origin → when its robots.txt answered which 5xx

    @property
    def requests(self) -> int:
        """Requests for pages that were sent, redirects and retries included."""
        return self._line.requests

    @property
    def robots_requests(self) -> int:
        """Requests for robots.txt that were sent."""
        return self._line.robots_requests

    @property
    def page_views(self) -> int:
        """HTML pages answered with 200: they raise the portal's counter."""
        return self._line.page_views

    @property
    def bytes(self) -> int:
        """Bytes of bodies received on the wire, still compressed, failed attempts included."""
        return self._line.bytes

    def get(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        byte_range: tuple[int, int] | None = None,
        accept: str | None = None,
        follow: bool = True,
    ) -> Page:
        """Fetch a page; a 304 gives a page without body. An HTTP error is a page too: the reader recognises it.

        Args:
            url: what is asked for.
            validators: make it a conditional request.
            byte_range: first and last byte of a part; a server that has no parts answers 200 and not 206.
            accept: media types instead of a web page's.
            follow: follow redirects; else a redirect is a page like any other.

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
        if byte_range is not None:
            # Bytes of what is stored, not of an encoding made on the way.
            headers |= {"Range": f"bytes={byte_range[0]}-{byte_range[1]}", "Accept-Encoding": "identity"}
        if accept is not None:
            headers["Accept"] = accept
        return self._fetch(Ask(urldefrag(url)[0], headers=headers), url, follow=follow)

    def post(self, url: str, form: Sequence[tuple[str, str]], *, referer: str | None = None) -> Page:
        """Post a form, fields in their order, UTF-8, as a browser does; errors as :meth:`get`.

        It is sent again only when no connection came about: a one-time ``__VIEWSTATE`` may have been used up.
        """
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if referer is not None:
            headers["Referer"] = urldefrag(referer)[0]
        return self._fetch(Ask(urldefrag(url)[0], "POST", headers, urlencode(list(form)).encode()), url)

    def _fetch(self, ask: Ask, url: str, *, follow: bool = True) -> Page:
        self._door.refuse_spelled(ask.url)
        if not self._door.lets_in(ask.url):
            raise FetchRefused(f"{url} is not on the portal's hosts", cause="address", url=url)
        passed: list[str] = []
        while True:
            answer = self._persist(ask, self._permitted(ask.url))
            target = redirect_target(answer) if follow else None
            if target is None:
                break
            passed.append(ask.url)
            ask = redirected(ask, answer.status, target, len(passed), self._door)
        return Page(
            url=url,
            final_url=ask.url if passed else url,
            fetched_at=self._now(),
            status=answer.status,
            headers=answer.headers,
            body=b"" if answer.status == httpx.codes.NOT_MODIFIED else answer.body,
            redirects=tuple(passed),
            origin=self._origin,
        )

    # --- robots ---------------------------------------------------------------------------------------------------

    def _permitted(self, url: str) -> float:
        """Return the pause that robots.txt and the settings ask for before this address."""
        if not self._settings.robots:
            return self._settings.delay
        rules, now = self._rules_of(url), self._now().astimezone(UTC)
        if not rules.allow(url):
            raise RobotsForbid(f"robots.txt of the portal forbids {url}", cause="robots", url=url)
        opens = rules.opens(now)
        if opens is not None:
            raise RobotsForbid(f"robots.txt asks for visits from {opens} UTC on; try then", cause="visit-time", url=url)
        return max(self._settings.delay, rules.delay(now))

    def _rules_of(self, url: str) -> Rules:
        origin = "://".join(urlsplit(url)[:2]).lower()
        if origin not in self._rules:
            copy = self._memory.robots(origin)
            # A copy from the future was fetched by a wrong clock.
            if copy is None or not timedelta(0) <= self._now() - copy.fetched_at <= FRESH:
                copy = self._fetched_robots(origin, url, copy)
            self._rules[origin] = Rules(copy)
        return self._rules[origin]

    def _fetched_robots(self, origin: str, url: str, old: RobotsCopy | None) -> RobotsCopy:
        """Fetch robots.txt: 4xx allows everything, 5xx nothing (RFC 9309), unless a copy is at most a day too old.

        Nobody answering at all is told as it is (name, refused, timeout, tls): the page would not answer either.
        """
        usable = old if old is not None and self._now() - old.fetched_at <= 2 * FRESH else None
        asked, status = self._silent.get(origin, (None, 0))
        if asked is None or self._now() - asked > _ROBOTS_PAUSE:
            try:
                answer = self._robots_answer(origin)
            except Unreachable:
                if usable is None:
                    raise
                return usable
            if answer.status < httpx.codes.INTERNAL_SERVER_ERROR:
                copy = RobotsCopy(self._now(), answer.status, answer.body)
                self._memory.keep_robots(origin, copy)
                return copy
            status = answer.status
            self._silent[origin] = self._now(), status
        if usable is None:
            raise RobotsForbid(
                f"{origin}/robots.txt answers {status}; until it can be read nothing is fetched",
                cause="robots-unreachable",
                url=url,
            )
        return usable

    def _robots_answer(self, origin: str) -> Answer:
        ask = Ask(f"{origin}/robots.txt", robots=True)
        for number in range(1, MOST_REDIRECTS + 2):
            answer = self._persist(ask, self._settings.delay)
            target = redirect_target(answer)
            if target is None:
                return answer
            try:
                ask = redirected(ask, answer.status, target, number, self._door)
            except FetchRefused:
                break
        # RFC 9309, 2.3.1.2: redirects that are not followed to their end count as "no robots.txt".
        return Answer(answer.status, answer.headers, b"")

    # --- one address, with patience -------------------------------------------------------------------------------

    def _persist(self, ask: Ask, delay: float) -> Answer:
        """Ask until there is an answer or patience ends; then return or raise what came last."""
        host, _ = host_and_port(ask.url)

        def again(state: tenacity.RetryCallState) -> bool:
            assert state.outcome is not None
            error = state.outcome.exception()
            if error is not None:
                return isinstance(error, Setback) and error.passing and (ask.method == "GET" or error.connecting)
            answer = state.outcome.result()
            busy = self._busy(answer.status, answer.headers)
            return ask.method == "GET" and busy and self._promised(host) <= LONGEST_WAIT

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(1 + self._settings.retries),
            wait=lambda state: max(backoff(state.attempt_number, self._chance), self._promised(host).total_seconds()),
            retry=again,
            retry_error_callback=_last_outcome,
            sleep=self._sleep,
        )
        try:
            return retrying(self._attempt, ask, host, delay)
        except Setback as failed:
            raise failed.told from failed.__cause__

    def _attempt(self, ask: Ask, host: str, delay: float) -> Answer:
        wait = self._promised(host)
        if wait > LONGEST_WAIT:
            told = f"{host} asked not to be asked before {self._now() + wait:%Y-%m-%d %H:%M:%S} UTC"
            raise Unreachable(told, cause="throttled", url=ask.url)
        if wait:
            self._sleep(wait.total_seconds())
        with self._gate.turn(host, delay, self._sleep):
            answer = self._line.send(ask)
        if self._busy(answer.status, answer.headers):
            until = self._asked_until(answer)
            if until is not None:
                self._memory.keep_not_before(host, until)
        return answer

    def _asked_until(self, answer: Answer) -> datetime | None:
        """Return the instant before which the host asks, or is believed to ask, to be left alone."""
        until = retry_after(answer.headers.get("retry-after"), self._now())
        pause = self._settings.throttle_pause
        if answer.status != httpx.codes.TOO_MANY_REQUESTS or not pause:
            return until
        least = whole_second(self._now() + timedelta(seconds=pause))
        return least if until is None else max(until, least)

    def _promised(self, host: str) -> timedelta:
        """Return how long the host asked, in this run or an earlier one, to be left alone from now on."""
        until = self._memory.not_before(host)
        wait = timedelta(0) if until is None else max(until - self._now(), timedelta(0))
        # We never promise more than a day: beyond it the clock was wrong, then or now.
        return wait if wait <= LONGEST_PROMISE else timedelta(0)

    # --- life -----------------------------------------------------------------------------------------------------

    def abort(self) -> None:
        """Make the fetch under way, and every later one, raise :class:`Interrupted`; callable from anywhere."""
        self._line.abort()

    def close(self) -> None:
        """Close the connections."""
        self._line.close()

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _last_outcome(state: tenacity.RetryCallState) -> Answer:
    assert state.outcome is not None
    answer: Answer = state.outcome.result()
    return answer
