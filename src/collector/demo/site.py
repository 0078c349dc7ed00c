"""The replica of the WebForms portal of Sóc Trăng, running on loopback.

It answers in every form of address that was seen on such portals, pages its listings by postback, counts its visitors,
and shows what the newsroom holds at that moment.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from collector.demo import documents, pages
from collector.demo.counter import SEED_VISITS, VisitCounter, Visits
from collector.demo.loopback import LOCAL, OPENING, LoopbackSite, Request, Response
from collector.demo.newsroom import SECTIONS, Article, LinkForm, Newsroom, Section
from collector.demo.viewstate import InvalidViewState, PagerState, ViewStates, delta

#: The addresses of articles and categories; what they say besides ids is not looked at, as on the real portal.
_ADDRESSES = (
    re.compile(r"^/[^/]+/\d+/\d+/(?P<catid>\d+)/(?P<id>\d+)/[^/]+/[^/]+\.aspx$", re.IGNORECASE),
    re.compile(r"^/\d+/\d+/(?P<catid>\d+)/(?P<id>\d+)/[^/]+/[^/]+/?$"),
    re.compile(r"^/[^/]+/\d+/\d+/(?P<catid>\d+)/[^/]+/?$"),
    re.compile(r"^/(?P<cat>[a-z-]+)/[^/]*-(?P<id>\d{5,})$"),
)
_COOKIE = "ASP.NET_SessionId"
_HTML = ("Content-Type", "text/html; charset=utf-8")
_VIEWSTATE_ERROR = (
    "Validation of viewstate MAC failed. If this application is hosted by a Web Farm or cluster, ensure that "
    "<machineKey> configuration specifies the same validationKey and validation algorithm."
)
_ROBOTS = "User-agent: *\r\nAllow: /\r\nDisallow: /Admin\r\n"


@dataclass(frozen=True, slots=True)
class _View:
    """What an address asks for: a section, and perhaps one of its articles."""

    section: Section
    article: Article | None
    compact: bool = False


class _Missing(Exception):
    """The address names an article that is not there (any more)."""

    def __init__(self, article: Article | None) -> None:
        self.article = article


class ReplicaPortal(LoopbackSite):
    """The portal; use it inside ``with``, or ``start`` and ``stop`` it.

    Args:
        newsroom: what it publishes; its own when none is given.
        count: how many bulletins its own newsroom opens with.
        now, latency: see :class:`LoopbackSite`.
        counter: what the first page view's counter shows.
        freeze_counter: show those numbers on every page.
        etags: send ``ETag`` and answer ``If-None-Match`` (the real portal sends no validator).
        error_status: status of the ASP.NET error page, 500 or, as real ones do, 200.
        link_form: form of the addresses that listings link to; may be changed while the portal runs.
        session_bound: take a view state back only with the session cookie it was given out with.
    """

    def __init__(
        self,
        *,
        newsroom: Newsroom | None = None,
        count: int = 201,
        now: Callable[[], datetime] = lambda: OPENING,
        latency: float = 0.0,
        counter: Visits = SEED_VISITS,
        freeze_counter: bool = False,
        etags: bool = False,
        error_status: int = 500,
        link_form: LinkForm = "aspx",
        session_bound: bool = True,
    ) -> None:
        super().__init__(now=now, latency=latency)
        self.newsroom = newsroom or Newsroom(count=count, now=now)
        self.counter = VisitCounter(counter, frozen=freeze_counter)
        self.etags = etags
        self.error_status = error_status
        self.link_form: LinkForm = link_form
        self.session_bound = session_bound
        self._states = ViewStates()
        self._views: Counter[int] = Counter()
        self._sessions = 0
        self._guard = threading.Lock()

    def url_of(self, path: str) -> str:
        """Make a root-relative path absolute on the running portal."""
        return self.base_url.rstrip("/") + path

    def answer(self, request: Request) -> Response:
        """See :class:`LoopbackSite`."""
        fixed = self._fixed(request)
        if fixed is not None:
            return fixed
        try:
            view = self._resolve(request)
        except _Missing as missing:
            return self._departed(missing.article, request)
        if view is None:
            return self._other_page(request)
        return self._postback(request, view) if request.method == "POST" else self._shown(request, view)

    def _fixed(self, request: Request) -> Response | None:
        """Answer for the files and the error pages."""
        path = request.path
        if path == "/robots.txt":
            return Response(200, _ROBOTS.encode(), (("Content-Type", "text/plain"),))
        if path.startswith(("/Images/", "/App_Themes/")):
            if path.endswith(".css"):
                return Response(200, b"body { font-family: Arial; }\n", (("Content-Type", "text/css"),))
            return Response(200, documents.png(), (("Content-Type", "image/png"),))
        if path.startswith("/Upload/"):
            return self._upload(path)
        if path.startswith("/Admin"):
            return _html("<html><body><h1>403 - Forbidden: Access is denied.</h1></body></html>", 403)
        if path == "/PageNotFoundError.aspx":
            text = "<html><head><title>PageNotFoundError</title></head><body><div class='ErrorPage'>"
            return _html(f"{text}Trang bạn yêu cầu không tồn tại hoặc đã bị xóa.</div></body></html>")
        if path == "/":
            return _redirect(pages.HOME)
        return None

    def _upload(self, path: str) -> Response:
        for article in self.newsroom.listing():
            for enclosure in article.enclosures:
                if enclosure.path == path:
                    if enclosure.kind == "image":
                        return Response(
                            200, documents.png((0, article.id % 255, 120)), (("Content-Type", "image/png"),)
                        )
                    if path.endswith(".docx"):
                        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
                        return Response(200, documents.docx(article.story.title), (("Content-Type", kind),))
                    return Response(200, documents.pdf(article.slug), (("Content-Type", "application/pdf"),))
        if path.startswith("/Upload/vpubnd/van-ban/"):
            return Response(200, documents.pdf(path), (("Content-Type", "application/pdf"),))
        return _not_found()

    def _resolve(self, request: Request) -> _View | None:
        """Find what an address means.

        Raises:
            _Missing: an article that was deleted or never was.
        """
        path = request.path
        found: dict[str, str] = {}
        if path.lower() in {"/default.aspx", "/mdefault.aspx"}:
            found = {name: value for name, value in request.query.items() if name in {"catid", "id"}}
        else:
            match = next(filter(None, (address.match(path) for address in _ADDRESSES)), None)
            found = match.groupdict() if match else {}
        section = next(
            (
                section
                for section in SECTIONS
                if str(section.catid) == found.get("catid") or section.slug == found.get("cat")
            ),
            None,
        )
        if "id" in found:
            article = self.newsroom.get(int(found["id"])) if found["id"].isdecimal() else None
            if article is None or article.departure is not None:
                raise _Missing(article)
            compact = path.lower() == "/mdefault.aspx" or "cat" in found
            return _View(section or article.sections[0], article, compact)
        return None if section is None else _View(section, None)

    def _departed(self, article: Article | None, request: Request) -> Response:
        how = article.departure if article is not None else "404"
        if how == "home":
            return _redirect(pages.HOME)
        if how == "soft_404":
            return _redirect("/PageNotFoundError.aspx?aspxerrorpath=" + quote(request.path))
        return _not_found(410 if how == "410" else 404)

    def _shown(self, request: Request, view: _View) -> Response:
        if self.etags:
            tag = self._etag(view)
            if request.headers.get("if-none-match") == tag:
                return Response(304, b"", (("ETag", tag),))
            return self._whole(request, view, 1, (("ETag", tag),))
        return self._whole(request, view, 1)

    def _etag(self, view: _View) -> str:
        """Make a validator of what a reader would call the content: no counter, no clock."""
        articles = [view.article] if view.article is not None else self.newsroom.listing(view.section.slug)
        content = repr([(article.id, article.story) for article in articles])
        return f'"{hashlib.sha256(content.encode()).hexdigest()[:16]}"'

    def _whole(self, request: Request, view: _View, number: int, extra: tuple[tuple[str, str], ...] = ()) -> Response:
        session, cookie = self._session(request)
        listed, number = self._listed(view, number)
        centre = pages.panel(listed)
        title = view.section.name
        if view.article is not None:
            title = view.article.story.title
            with self._guard:
                self._views[view.article.id] += 1
                views = self._views[view.article.id]
            centre = pages.article_content(view.article, view.section, views, compact=view.compact) + "\n" + centre
        frame = self._frame(request, title, session, PagerState(view.section.catid, number))
        return _html(pages.page(frame, centre), headers=(*cookie, *extra))

    def _listed(self, view: _View, number: int) -> tuple[str, int]:
        """Show page ``number`` of the view's section, or the last one if there are fewer now."""
        articles = self.newsroom.listing(view.section.slug)
        last = max(1, -(-len(articles) // pages.PER_PAGE))
        number = min(number, last)
        shown = articles[(number - 1) * pages.PER_PAGE : number * pages.PER_PAGE]
        heading = view.section.name if view.article is None else "Tin mới"
        listing = pages.article_list(shown, view.section, self.link_form)
        return pages.listing_panel(heading, listing, pages.pager(number, last)), number

    def _postback(self, request: Request, view: _View) -> Response:
        is_delta = "delta=true" in request.headers.get("x-microsoftajax", "").lower()
        session, _ = self._session(request)
        try:
            number = self._page_asked(request, view, session if self.session_bound else None)
        except InvalidViewState:
            return self._server_error(is_delta=is_delta)
        if not is_delta:
            return self._whole(request, view, number)
        content, number = self._listed(view, number)
        state = PagerState(view.section.catid, number)
        frame = self._frame(request, view.section.name, session, state, counted=False)
        return Response(
            200, pages.delta_reply(frame, content).encode(), (("Content-Type", "text/plain; charset=utf-8"), *_MANNERS)
        )

    def _page_asked(self, request: Request, view: _View, session: str | None) -> int:
        form = request.form
        state = self._states.redeem(session, form)
        if state.catid != view.section.catid:
            raise InvalidViewState
        last = max(1, -(-len(self.newsroom.listing(view.section.slug)) // pages.PER_PAGE))
        links = {link.control: link.page for link in pages.pager_links(state.page, last)}
        target = form.get("__EVENTTARGET", "")
        if not target:
            return state.page  # a submit button: the search box, which finds nothing here
        if target not in links:
            raise InvalidViewState
        return links[target]

    def _server_error(self, *, is_delta: bool) -> Response:
        if is_delta:
            parts = delta([("error", "500", _VIEWSTATE_ERROR)])
            return Response(200, parts.encode(), (("Content-Type", "text/plain; charset=utf-8"), *_MANNERS))
        return _html(pages.server_error(_VIEWSTATE_ERROR), self.error_status)

    def _other_page(self, request: Request) -> Response:
        """Show the home page and the static ones."""
        session, cookie = self._session(request)
        path, query = request.path.lower(), request.query
        if path in {"/default.aspx", "/mdefault.aspx"} and not query.keys() & {"p_steering", "eventid", "catid"}:
            centre = "\n".join(
                pages.listing_panel(
                    section.name,
                    pages.article_list(self.newsroom.listing(section.slug)[:5], section, self.link_form),
                    "",
                )
                for section in SECTIONS
            )
            title = pages.PORTAL_NAME
        elif path == "/gioi-thieu-chung" or query.keys() & {"p_steering", "eventid"}:
            title = "Giới thiệu chung"
            centre = '<div class="StaticPage"><p>Nội dung đang được cập nhật.</p></div>'
        else:
            return _not_found()
        frame = self._frame(request, title, session, PagerState(0, 1))
        return _html(pages.page(frame, centre), headers=cookie)

    def _frame(
        self, request: Request, title: str, session: str, state: PagerState, *, counted: bool = True
    ) -> pages.Frame:
        now = self.now().astimezone(LOCAL)
        visits = self.counter.view(now.date()) if counted else SEED_VISITS
        return pages.Frame(title, request.target, self._states.issue(session, state), now, visits)

    def _session(self, request: Request) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Read the client's session, or open one: its name and the header that tells the client."""
        try:
            cookies = SimpleCookie(request.headers.get("cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        if _COOKIE in cookies:
            return cookies[_COOKIE].value, ()
        with self._guard:
            self._sessions += 1
            name = hashlib.sha256(f"session {self._sessions}".encode()).hexdigest()[:24]
        return name, (("Set-Cookie", f"{_COOKIE}={name}; path=/; HttpOnly; SameSite=Lax"),)


_MANNERS = (("Cache-Control", "private"), ("X-AspNet-Version", "4.0.30319"), ("X-Powered-By", "ASP.NET"))


def _html(text: str, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    return Response(status, text.encode(), (_HTML, *_MANNERS, *headers))


def _redirect(to: str) -> Response:
    body = f'<html><body><h2>Object moved to <a href="{to}">here</a>.</h2></body></html>'
    return _html(body, 302, (("Location", to),))


def _not_found(status: int = 404) -> Response:
    text = "404 - File or directory not found." if status == 404 else "410 - Gone."  # noqa: PLR2004
    return _html(f"<html><head><title>{text}</title></head><body><h2>{text}</h2></body></html>", status)
