"""How far a listing is walked, and what of it is fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from collector.errors import EmptyListing
from collector.model import Listing, RunKind, Task


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a listing page with what the archive knows of it."""

    source_id: str
    known: bool  #: first listed by a walk that came to its end
    published_on: date | None  #: from its article, else from the listing


@dataclass(slots=True)
class Walk:
    """The walk through one section's listing: fed page by page, says when it is over and why."""

    task: Task
    first_visit: bool  #: no walk of this section ever came to its end
    before: frozenset[str] = frozenset()  #: ids that the last walk listed which left nothing unread
    reached_end: bool = False  #: some walk saw this section down to the pager's end
    pages: int = 0
    older_pages: int = 0
    last_page: int | None = None
    _seen: set[str] = field(default_factory=set)
    _met: bool = False  #: an item of the last walk was seen in this one

    def stop(self, listing: Listing, items: Sequence[Item]) -> str | None:
        """Return the reason to stop after this page, or None to go on.

        ``pager_end``, ``first_page`` (a poll of a section never seen), ``known_page``, ``frontier`` (below it nothing
        was ever listed: that is a backfill's work), ``older`` (two whole pages
        before ``--since``), ``short`` (the pager promised more pages), ``loop`` (the pager leads in a circle).
        """
        self.pages += 1
        if listing.last_page is not None:
            self.last_page = max(self.last_page or 0, listing.last_page)
        if listing.unordered:
            return "pager_end" if listing.next is None else None
        ids = {item.source_id for item in items}
        new, self._seen = ids - self._seen, self._seen | ids
        if self.pages > 1 and not new:
            # Beyond its last page a pager may answer with an empty one, or with the last one again.
            if not self._promises_more():
                return "pager_end"
            return "loop" if items else "short"
        if listing.next is None:
            return "short" if self._promises_more() else "pager_end"
        if self.task.kind is RunKind.POLL:
            if self.first_visit:
                return "first_page"
            # Never at one known item: pinned and re-dated items stand above new ones.
            if items and all(item.known for item in items):
                return "known_page"
            return "frontier" if not self.reached_end and self._passed_frontier(items) else None
        return "older" if self._two_older_pages(items) else None

    def pass_over(self) -> None:
        """Count a page that could not be read: the pager's end is as far as it was."""
        self.pages += 1

    def _passed_frontier(self, items: Sequence[Item]) -> bool:
        """Say whether the walk has left behind everything that the last walk listed.

        A section that was only ever polled is known down to its first page; without this the first news would push
        the walk below it, where every page is unknown down to the pager's end.
        """
        here = any(item.source_id in self.before for item in items)
        passed = self._met and not here
        self._met = self._met or here
        # All of them seen: what stands below the deepest is older. Some missing: they may stand on the next page.
        return passed or (self._met and self.before <= self._seen)

    def ended_before(self, listing: Listing, *, number: int) -> str:
        """Return the reason to stop for a pager that ends at page ``number``, before the place that was lost in it.

        It may have become shorter; without a pager on the page, or with one that shows more pages, that is no proof.
        """
        return "pager_end" if listing.last_page == number else "short"

    def _promises_more(self) -> bool:
        return self.last_page is not None and self.pages < self.last_page

    def _two_older_pages(self, items: Sequence[Item]) -> bool:
        since = self.task.since
        older = bool(items) and since is not None and all(i.published_on and i.published_on < since for i in items)
        self.older_pages = self.older_pages + 1 if older else 0
        return self.older_pages >= 2  # noqa: PLR2004 - one page may hold an imported or re-dated block


#: Reasons to stop that leave nothing unread.
WHOLE_WALK = frozenset({"pager_end", "first_page", "known_page", "frontier", "older", "not_modified"})


def wanted(state: str, published_on: date | None, task: Task) -> bool:
    """Say whether an item's page is to be fetched in this run; ``state`` as in ``listings.state``."""
    if task.kind is not RunKind.BACKFILL:
        return state in {"listed", "failed"}
    if not in_range(published_on, task):
        return False
    return state in {"listed", "failed"} or (state == "out_of_range" and published_on is not None) or task.refetch


def refuse_emptiness(listing: Listing, *, number: int) -> None:
    """Raise for a first page without items; a later one is the pager's end.

    Raises:
        EmptyListing: the page shows no item.
    """
    if listing.items or number > 1 or (listing.unordered and listing.next is not None):
        return
    unread = f"; {listing.unreadable} of its entries have no usable link" if listing.unreadable else ""
    if listing.unordered:
        unread = "; of a sitemap's addresses only those count that identity.patterns know"
    raise EmptyListing(f"the listing shows no bulletin{unread}")


def in_range(published_on: date | None, task: Task) -> bool:
    """Say whether a day lies within ``--since``/``--until``; an unknown day does."""
    if published_on is None:
        return True
    return not ((task.since and published_on < task.since) or (task.until and published_on > task.until))


def unlisted(before: Mapping[str, int], now: Sequence[str], *, new: int) -> tuple[str, ...]:
    """Return the ids that should stand on the pages just read and do not.

    Args:
        before: id → position (from 0) when the section was last walked.
        now: the ids read in this walk, in order.
        new: how many of them are new: each pushes the older ones down by one place.

    Absence only schedules a look: an item may also have been moved to another category.
    """
    here = set(now)
    return tuple(item for item, position in before.items() if item not in here and position + new < len(now))
