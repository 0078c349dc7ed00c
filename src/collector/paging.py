"""The pages of one section's listing in their order, however often the way to the next one is lost."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

from collector import plan
from collector.archive.ledger import Ledger
from collector.errors import CollectorError, EmptyListing, FetchError, ReadError, WrongPage
from collector.intake import Intake, ListingPage
from collector.model import Listing, PageKind, PageRequest, Unread

#: So many pages in a row that cannot be read, and the rest is left for the next run.
_PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Turned:
    """One page that was turned to."""

    read: ListingPage | None  #: None: it could not be read; the walk goes on behind it where a way leads there
    request: PageRequest
    again: bool = False  #: it was read before; it is passed once more on the way to the place that was lost
    error: CollectorError | None = None  #: why it could not be read


def turn_pages(
    intake: Intake, url: str, section: str, *, conditional: bool, checkpoint: Callable[[], None]
) -> Iterator[Turned]:
    """Yield the listing's pages until its pager leads on no further; whoever has seen enough stops asking.

    A form's hidden fields live only so long: the server restarts, its keys change, the session ends while bulletins
    are fetched between two pages. Then the next page answers with an error, with the home page, or silently with the
    first page. So the walk starts again from page one with fresh fields, passes the pages that were read (a bulletin
    deleted meanwhile has moved the others up, so their items are noted anew), and goes on where it was lost.

    A page that cannot be read, or at which the place is lost twice, is passed over: the page before it often leads to
    those behind it as well (``Listing.further``). Where it does not, or three in a row are bad, the walk ends there.
    Whoever is given a page that could not be read must not call the walk whole.

    Raises:
        FetchError, ReadError: the first page did not come, or is no listing; or all files of a sitemap together name
            nothing.
    """
    way = _Way(url)
    request: PageRequest | None = PageRequest(url)
    while request is not None:
        checkpoint()
        again = request.number <= way.deepest
        try:
            read = intake.listing(request, section, conditional=conditional and request.number == 1 and not way.lost)
            way.refuse(request, read)
        except (ReadError, FetchError) as error:
            if request.number == 1:
                if way.lost:
                    yield Turned(None, PageRequest(url, number=max(way.lost)), error=error)
                raise
            if way.may_be_found_again(request, error):
                way.lost.add(request.number)
                request = PageRequest(url)
                continue
            yield Turned(None, request, again, error)
            request = way.around(request, error)
            continue
        way.came_to(request, read, again=again)
        yield Turned(read, request, again)
        request = way.on(read.listing)
    if not way.proven and not way.bad:
        raise EmptyListing(
            f"{url}: none of the sitemap's files names a bulletin: an address that identity.patterns know"
        )


class _Way:
    """Where a walk stands, and which ways lead on from there."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._first: tuple[str, ...] = ()  # the items of page one
        self._shown = 0  # the highest page that the pager has shown
        self._ways: tuple[PageRequest, ...] = ()  # where the page that was read last leads
        self._in_a_row = 0
        self.deepest = 0  #: the highest page that was read
        self.lost: set[int] = set()  #: pages at which the place was lost; twice at the same one, and the page is bad
        self.bad: set[int] = set()
        self.proven = False  #: something was listed, or the pages' order makes an empty one the pager's end

    def refuse(self, request: PageRequest, read: ListingPage) -> None:
        """Raise for a later page that answers with the first one's items, or with none though it was promised.

        Raises:
            WrongPage: the place is lost, or somebody between us and the portal overlooks the address's query; or the
                list's module had a bad moment.
        """
        ids = _ids(read)
        promised = request.number <= self._shown
        lost = bool(request.form) and request.number not in self.lost
        shown = f"{self._url}: the pager shows {self._shown} pages"
        if request.number > 1 and ids and ids == self._first and (lost or promised):
            raise WrongPage(f"{shown}, and page {request.number} answers with the first one", kind=PageKind.HOME.value)
        if request.number > 1 and promised and read.listing is not None and not (ids or read.listing.unordered):
            raise WrongPage(f"{shown}, and page {request.number} shows no bulletin", kind=PageKind.FOREIGN.value)

    def may_be_found_again(self, request: PageRequest, error: CollectorError) -> bool:
        """Say whether the walk is worth starting again with fresh hidden fields."""
        known = request.number in self.lost
        return bool(request.form) and not known and isinstance(error, ReadError) and plan.lost_the_place(error)

    def around(self, request: PageRequest, error: CollectorError) -> PageRequest | None:
        """Return the way around a page that cannot be read; None: there is none, or too many were bad."""
        self.bad.add(request.number)
        if request.rest:
            # One bad file of a sitemap must not hide the others, be they many; a portal that is down is let go.
            self._ways = (PageRequest(request.rest[0], number=request.number + 1, rest=request.rest[1:]),)
        self._in_a_row += not request.rest or bool(plan.refusal(error))
        return self._best() if self._in_a_row < _PATIENCE else None

    def came_to(self, request: PageRequest, read: ListingPage, *, again: bool) -> None:
        """Note a page that was read."""
        ids = _ids(read)
        self._first = ids if request.number == 1 else self._first
        self.deepest = max(self.deepest, request.number)
        if not again:
            self._in_a_row = 0
        if read.listing is not None:
            self._shown = max(self._shown, read.listing.last_page or 0)
        self.proven = self.proven or bool(ids) or read.listing is None or not read.listing.unordered

    def on(self, listing: Listing | None) -> PageRequest | None:
        """Return the way from a page that was read to the next one that is worth asking for."""
        self._ways = () if listing is None or listing.next is None else (listing.next, *listing.further)
        return self._best()

    def _best(self) -> PageRequest | None:
        return next((way for way in self._ways if way.number not in self.bad), None)


class Notes:
    """What a walk through a section notes of its pages: which of them nobody has read."""

    def __init__(self, ledger: Ledger, section: str, *, ever_listed: frozenset[str]) -> None:
        """``ever_listed``: the ids that the section listed before this walk."""
        self._ledger, self._section, self._ever_listed = ledger, section, ever_listed
        self._unread = ledger.unread(section)
        self._page_size = 1
        self._last_page: int | None = None  # the highest page that the pager has shown in this walk
        self._last_news = 1  # the last page that listed anything new to this walk
        self._error: CollectorError | None = None
        self.bad: dict[int, None] = {}  #: the pages that were passed over

    @property
    def left_out(self) -> int:
        """How many items the pages that were passed over may have held."""
        return len(self.bad) * self._page_size

    def passed_over(self, turned: Turned) -> None:
        """Note a page that could not be read, at once: who stops us next may be a power cut."""
        self._error = self._error or turned.error
        if not turned.again:
            self.bad[turned.request.number] = None
            self._leave_out(turned.request.number)

    def after(self, listing: Listing, number: int, listed: Container[str]) -> Unread:
        """Return what is unread once a page's items are written; ``listed``: the ids that this walk met before."""
        if number == 1:
            # The files of a sitemap have no order: each is one place.
            self._page_size = 1 if listing.unordered else max(1, len(listing.items) + listing.unreadable)
        if any(ref.source_id not in listed for ref in listing.items):
            self._last_news = number
        new = [ref.source_id not in self._ever_listed and ref.source_id not in listed for ref in listing.items]
        self._last_page = max(self._last_page or 0, listing.last_page or 0) or None
        self._unread = plan.page_read(
            self._unread,
            number,
            [] if listing.unordered else new,
            page_size=self._page_size,
            last_page=listing.last_page,
        )
        return self._unread

    def ended(self, stopped: str) -> None:
        """Note how the walk ended; see :meth:`plan.Walk.stop` for ``stopped``.

        Raises:
            FetchError, ReadError: the first page that was passed over: the walk was not whole.
        """
        if stopped == "pager_end" and self._unread is not None:
            self._unread = plan.end_reached(self._unread, self._last_news, passed_over=self._error is not None)
            self._ledger.note_unread(self._section, self._unread)
        elif stopped in {"short", "loop"} and self._last_news < (self._last_page or 0):
            self._leave_out(self._last_news + 1)
        if self._error is not None:
            raise self._error

    def _leave_out(self, number: int) -> None:
        self._unread = plan.page_passed_over(self._unread, number, page_size=self._page_size, last_page=self._last_page)
        self._ledger.note_unread(self._section, self._unread)


def _ids(read: ListingPage) -> tuple[str, ...]:
    return () if read.listing is None else tuple(ref.source_id for ref in read.listing.items)
