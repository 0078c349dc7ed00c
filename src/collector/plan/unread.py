"""What of a listing nobody has read: noted in places, because pages move when news come in above them.

A walk goes from the top down. What it reads is crossed out, what it passes over is noted, and an item that nobody had
listed before pushes what is noted below it down by one place, unless it fills a place that was noted itself. Where
bulletins are taken off the list, the noted places lie too far down: then they are believed unread a little longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from collector.model import Unread

_Span = tuple[int, int | None]


def page_read(
    known: Unread | None, number: int, fresh: Sequence[bool], *, page_size: int, last_page: int | None
) -> Unread:
    """Return what is unread after a page was read.

    Args:
        known: what was unread before; None: no page of this section was ever noted.
        number: the page, from 1.
        fresh: of its items in order, whether none of them was ever listed here.
        page_size: entries of a page.
        last_page: the highest page that the pager shows; None: it shows none.
    """
    noted = known or Unread(((0, None),), page_size, None)
    start = (number - 1) * page_size
    spans: list[_Span] = list(noted.spans)
    for place, new in enumerate(fresh, start):
        if new and not any(_holds(span, place) for span in spans):
            spans = [_moved(span) if span[0] > place else span for span in spans]
    shown = max(last_page or 0, noted.last_page or 0)
    shown = max(shown, number) if shown or number > 1 else 0
    return Unread(_without(spans, start, start + page_size), page_size, shown or None)


def page_passed_over(known: Unread | None, number: int, *, page_size: int, last_page: int | None) -> Unread:
    """Return what is unread after a page could not be read; arguments as for :func:`page_read`.

    It may hold news, which nobody counts, and which have pushed what is noted below it down by as many places.
    """
    noted = known or Unread(((0, None),), page_size, None)
    start = (number - 1) * page_size
    below = [
        (first, last + page_size) if last is not None and first > start else (first, last)
        for first, last in noted.spans
    ]
    shown = max(last_page or 0, noted.last_page or 0)
    return Unread(_joined([*below, (start, start + page_size)]), page_size, shown or None)


def end_reached(known: Unread, number: int, *, passed_over: bool) -> Unread:
    """Return what is unread after a walk came to the pager's end at page ``number``.

    Args:
        known: what was unread after that page.
        number: the listing's last page.
        passed_over: whether the walk left a page out; else everything that is listed was read.
    """
    spans = _without(known.spans, number * known.page_size, None) if passed_over else ()
    return replace(known, spans=spans, last_page=number)


def unread_pages(unread: Unread) -> tuple[tuple[int, int | None], ...]:
    """Return the unread pages as ranges of numbers, both ends included; None: to an end that nobody has seen."""
    found: list[tuple[int, int | None]] = []
    for start, stop in unread.spans:
        first = start // unread.page_size + 1
        last = unread.last_page if stop is None else -(-stop // unread.page_size)
        if last is not None and last < first:
            last = first if stop is not None else None
        if found and found[-1][1] is not None and first <= found[-1][1]:
            first = found.pop()[0]
        found.append((first, last))
    return tuple(found)


def _holds(span: _Span, place: int) -> bool:
    return span[0] <= place and (span[1] is None or place < span[1])


def _moved(span: _Span) -> _Span:
    return span[0] + 1, None if span[1] is None else span[1] + 1


def _without(spans: Iterable[_Span], start: int, stop: int | None) -> tuple[_Span, ...]:
    left: list[_Span] = []
    for first, last in spans:
        if first < start:
            left.append((first, start if last is None else min(last, start)))
        if stop is not None and (last is None or last > stop):
            left.append((max(first, stop), last))
    return tuple(left)


def _joined(spans: Iterable[_Span]) -> tuple[_Span, ...]:
    joined: list[_Span] = []
    for first, last in sorted(spans, key=lambda span: span[0]):
        if joined and (joined[-1][1] is None or first <= joined[-1][1]):
            before, until = joined.pop()
            joined.append((before, None if until is None or last is None else max(until, last)))
        else:
            joined.append((first, last))
    return tuple(joined)
