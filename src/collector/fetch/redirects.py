"""Where a redirect leads, and whether we may go there."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urldefrag, urljoin, urlsplit

from collector.errors import FetchRefused
from collector.fetch.addresses import Door
from collector.fetch.line import Answer, Ask

MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_POST_BECOMES_GET = frozenset({301, 302, 303})


def redirect_target(answer: Answer) -> str | None:
    """Return where an answer redirects to, as it says it; None when it does not."""
    return answer.headers.get("location") or None if answer.status in _REDIRECTS else None


def redirected(ask: Ask, status: int, target: str, number: int, door: Door) -> Ask:
    """Return what to ask for next, if we may go there; ``number`` counts redirects from 1.

    A page that came encrypted is not followed into the open: the same address is asked for over https (portals
    behind a TLS proxy often name themselves http://), unless the operator declared the portal as http itself.

    Raises:
        FetchRefused: ``redirect``, ``address`` or ``scheme``.
    """
    if number > MOST_REDIRECTS:
        raise FetchRefused(f"more than {MOST_REDIRECTS} redirects, at {ask.url}", cause="redirect", url=ask.url)
    try:
        following = urldefrag(urljoin(ask.url, target))[0]
    except ValueError as error:
        raise FetchRefused(f"{ask.url} redirects to {target!r}", cause="redirect", url=ask.url) from error
    door.refuse_spelled(following)
    if not door.lets_in(following):
        raise FetchRefused(
            f"{ask.url} redirects to {following}, which is not among the portal's hosts; "
            "if it belongs to the portal, add its host to `hosts`",
            cause="redirect",
            url=ask.url,
        )
    schemes = [urlsplit(url).scheme for url in (ask.url, following)]  # in lower case: ``HTTP://`` is plain as well
    if schemes == ["https", "http"] and not door.may_be_plain(following):
        following = _encrypted(ask.url, following)
    if ask.method == "POST" and status in _POST_BECOMES_GET:
        kept = {name: value for name, value in ask.headers.items() if name != "Content-Type"}
        return Ask(following, headers=kept)
    return replace(ask, url=following)


def _encrypted(url: str, following: str) -> str:
    parts = urlsplit(following)
    safe = parts._replace(scheme="https", netloc=parts.netloc.removesuffix(":80")).geturl()
    if parts.port not in {None, 80} or safe == url:
        raise FetchRefused(
            f"{url} redirects to {following}, which is not encrypted; "
            "if the portal has no other pages, declare base_url with http://",
            cause="redirect",
            url=url,
        )
    return safe
