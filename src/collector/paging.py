"""The pages of one section's listing in their order, however often the way to the next one is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from collector import plan
from collector.errors import CollectorError, EmptyListing, FetchRefused, ReadError, WrongPage
from collector.intake import Intake, ListingPage
from collector.model import PageKind, PageRequest


@dataclass(frozen=True, slots=True)
class Turned:
    """One page that was turned to."""

    read: ListingPage
    request: PageRequest
    again: bool  #: it was read before; it is passed once more on the way to the place that was lost


def turn_pages(
    intake: Intake, url: str, section: str, *, conditional: bool, checkpoint: Callable[[], None]
) -> Iterator[Turned]:
    """Yield the listing's pages until its pager leads on no further; whoever has seen enough stops asking.

    A form's hidden fields live only so long: the server restarts, its keys change, the session ends while bulletins
    are fetched between two pages. Then the next page answers with an error, with the home page, or silently with the
    first page. So the walk starts again from page one with fresh fields, passes the pages that were read (a bulletin
    deleted meanwhile has moved the others up, so their items are noted anew), and goes on where it was lost. Lost at
    the same page twice, it gives up.

    Raises:
        FetchError, ReadError: a page did not come, or is no listing; or all files of a sitemap together name nothing.
    """
    request: PageRequest | None = PageRequest(url)
    first: tuple[str, ...] = ()
    broken: CollectorError | None = None
    lost = 0  # the page that could not be turned to
    last = 0  # the highest page that the pager has shown
    proven = False  # something was listed, or the pages' order makes an empty one the pager's end
    while request is not None:
        checkpoint()
        further = bool(request.form) and request.number > max(lost, 1)
        try:
            read = intake.listing(request, section, conditional=conditional and request.number == 1 and not lost)
        except (ReadError, FetchRefused) as error:
            if request.rest:
                # One bad file of a sitemap must not hide the others; the walk fails for it at the end.
                broken, request = error, PageRequest(request.rest[0], number=request.number + 1, rest=request.rest[1:])
                continue
            if not (further and isinstance(error, ReadError) and plan.lost_the_place(error)):
                raise
            lost, request = request.number, PageRequest(url)
            continue
        ids = () if read.listing is None else tuple(ref.source_id for ref in read.listing.items)
        if ids and ids == first and request.number > 1:
            if further:
                lost, request = request.number, PageRequest(url)
                continue
            # A form that is lost twice, or an address whose query somebody between us and the portal overlooks.
            if request.number <= last and (request.number == lost or not request.form):
                message = f"{url}: the pager shows {last} pages, and page {request.number} answers with the first one"
                raise WrongPage(message, kind=PageKind.HOME.value)
        if read.listing is not None:
            last = max(last, read.listing.last_page or 0)
        proven = proven or bool(ids) or read.listing is None or not read.listing.unordered
        first = ids if request.number == 1 else first
        yield Turned(read, request, again=request.number < lost)
        request = None if read.listing is None else read.listing.next
    if broken is not None:
        raise broken
    if not proven:
        raise EmptyListing(
            f"{url}: none of the sitemap's files names a bulletin: an address that identity.patterns know"
        )
