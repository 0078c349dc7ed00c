"""What the plan calls odd of a bulletin, and what controls tell of a layout."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import plan
from collector.model import Bulletin, StoredReading
from collector.plan import Control, Layout, Oddity

FIELDS = ("title", "body", "published_on")
NOW = datetime(2024, 6, 20, 3, 0, tzinfo=UTC)
BY_SELECTORS = {name: f"selector:.{name}" for name in FIELDS}
LINE = "Sáng nay sở tổ chức phiên giao dịch việc làm cho người lao động trong tỉnh."


def bulletin(number: int, *, lines: int = 4, title: str = "", day: date | None = None) -> Bulletin:
    body = "\n".join([f"Tin số {number}."] + [LINE] * (lines - 1))
    return Bulletin(
        f"https://p.example/{number}", str(number), title or f"Phiên giao dịch việc làm lần thứ {number:04}", body,
        published_on=day or date(2024, 1, 1) + timedelta(days=number % 150), provenance=BY_SELECTORS,
    )  # fmt: skip


def known(*bulletins: Bulletin, listed: bool = True) -> list[StoredReading]:
    return [
        StoredReading(one, 1, NOW, one.title if listed else None, one.published_on if listed else None)
        for one in bulletins
    ]


def marks(
    usual: plan.Usual,
    one: Bulletin,
    *,
    listed_title: str | None = None,
    listed_on: date | None = None,
    news: bool = True,
    now: datetime = NOW,
) -> set[tuple[str, str]]:
    found = usual.oddities(one, listed_title=listed_title, listed_on=listed_on, news=news, now=now)
    return {(oddity.field, oddity.mark) for oddity in found}


HISTORY = [bulletin(number, lines=3 + number % 4) for number in range(40)]
NEW = bulletin(900)


def test_a_bulletin_like_the_others_is_not_odd() -> None:
    usual = plan.Usual(known(*HISTORY), FIELDS)
    assert marks(usual, NEW, listed_title=NEW.title, listed_on=NEW.published_on) == set()


@pytest.mark.parametrize(
    ("changed", "mark"),
    [
        ({"title": "Trang chủ"}, ("title", "short")),
        ({"title": "Việc làm " * 40}, ("title", "long")),
        ({"body": "Tin vắn.\n\n."}, ("body", "short")),
        ({"body": "\n".join([LINE] * 40)}, ("body", "long")),
        ({"body": f"{LINE} {LINE} {LINE}"}, ("body", "lines")),
        ({"body": "\n".join(["Quyết định 15"] * 20)}, ("body", "lines")),
        ({"title": HISTORY[7].title}, ("title", "repeated")),
        ({"body": HISTORY[7].body}, ("body", "repeated")),
        ({"published_on": date(2024, 6, 22)}, ("published_on", "future")),
        ({"published_on": date(2010, 5, 12)}, ("published_on", "early")),
        ({"published_at": NOW - timedelta(seconds=30)}, ("published_on", "clock")),
        ({"provenance": {**BY_SELECTORS, "body": "fallback:x"}}, ("body", "fallback")),
        ({"published_on": None, "provenance": {"title": "selector:h1", "body": "selector:p"}},
         ("published_on", "empty")),
    ],
)  # fmt: skip
def test_what_a_wrong_selector_hits_is_odd(changed: dict[str, object], mark: tuple[str, str]) -> None:
    usual = plan.Usual(known(*HISTORY), FIELDS)
    assert mark in marks(usual, replace(NEW, **changed))  # type: ignore[arg-type]
    assert marks(plan.Usual(known(*HISTORY[:19]), FIELDS), replace(NEW, **changed)) == set()  # type: ignore[arg-type]


def test_title_and_day_are_held_against_a_listing_that_agrees_with_its_pages() -> None:
    usual = plan.Usual(known(*HISTORY), FIELDS)
    assert marks(usual, NEW, listed_title="Thông báo tuyển dụng") == {("title", "listed")}
    assert marks(usual, NEW, listed_title=NEW.title[:20].upper() + " …") == set()
    assert marks(usual, NEW, listed_on=date(2024, 2, 2)) == {("published_on", "listed")}
    own = [replace(one, listed_title="Tin", listed_on=date(2020, 1, 1)) for one in known(*HISTORY)]
    assert marks(plan.Usual(own, FIELDS), NEW, listed_title="Khác", listed_on=date(2024, 2, 2)) == set()


def test_days_before_all_that_is_known_are_what_a_backfill_is_for() -> None:
    usual = plan.Usual(known(*HISTORY), FIELDS)
    assert marks(usual, replace(NEW, published_on=date(2010, 5, 12)), news=False) == set()


def test_what_a_run_has_read_counts_with_the_custom() -> None:
    usual = plan.Usual(known(*HISTORY), FIELDS)
    first, second = (
        bulletin(901, title="Cổng thông tin điện tử tỉnh"),
        bulletin(902, title="Cổng thông tin điện tử tỉnh"),
    )
    assert marks(usual, first) == set()
    usual.note(first)
    assert marks(usual, first) == set(), "it is no other than itself"
    assert marks(usual, second) == {("title", "repeated")}
    told = []
    for number in range(903, 912):
        one = bulletin(number, day=date(2024, 6, 20))
        told.append(("published_on", "crowded") in marks(usual, one))
        usual.note(one)
    # The busiest other day has two: bulletin 1 and the first one here.
    assert told == [False] * 6 + [True] * 3


BULLETINS = st.builds(
    bulletin,
    st.integers(0, 10_000),
    lines=st.integers(1, 60),
    title=st.text("abc ", min_size=1, max_size=300).map(lambda text: text.strip() or "a"),
    day=st.dates(date(2000, 1, 1), date(2024, 6, 20)),
)


@given(st.lists(BULLETINS, min_size=20, max_size=60, unique_by=lambda one: one.source_id), st.data())
def test_what_one_in_twenty_bulletins_does_is_never_odd(history: list[Bulletin], data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(history))
    twins = [replace(one, source_id=f"twin {place}") for place in range(-(-len(history) // 19))]
    usual = plan.Usual(known(*history, *twins, listed=False), FIELDS)
    assert marks(usual, one) - {("published_on", "crowded")} == set()


@given(st.lists(BULLETINS, min_size=20, max_size=60), BULLETINS, st.integers(1, 500))
def test_who_goes_further_out_stays_odd(history: list[Bulletin], one: Bulletin, further: int) -> None:
    usual = plan.Usual(known(*history), FIELDS)
    found = marks(usual, one)
    longer = marks(usual, replace(one, title=one.title + "x" * further, body=one.body + f"\n{LINE}" * further))
    assert (found & {("title", "long"), ("body", "long")}) <= longer
    shorter = marks(usual, replace(one, title=one.title[:-further] or "x", body=one.body[: -further or None] or "x"))
    assert (found & {("title", "short"), ("body", "short")}) <= shorter


# --- controls ---------------------------------------------------------------------------------------------------------

TEXT = Bulletin("u", "1", "Hội nghị tổng kết công tác năm 2023", "\n".join([LINE, "Một.", LINE]),
                published_on=date(2024, 1, 8), provenance=BY_SELECTORS)  # fmt: skip


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (TEXT, set()),
        (replace(TEXT, title="Hội nghị tổng kết công tác năm 2024"), set()),
        (replace(TEXT, body=TEXT.body.replace("Một.", "Hai.")), set()),
        (replace(TEXT, title="Cổng thông tin điện tử"), {("title", "other")}),
        (replace(TEXT, body=LINE), {("body", "other")}),
        (replace(TEXT, body=f"{TEXT.body}\n{TEXT.body}"), {("body", "other")}),
        (replace(TEXT, published_on=date(2024, 6, 20)), {("published_on", "other")}),
        (replace(TEXT, published_on=None), {("published_on", "empty")}),
        (replace(TEXT, provenance={**BY_SELECTORS, "body": "fallback:x"}), {("body", "fallback")}),
    ],
)
def test_a_page_strays_in_what_no_editor_corrects(now: Bulletin, expected: set[tuple[str, str]]) -> None:
    strays = plan.strayed(now, TEXT)
    assert {(one.field, one.mark) for one in strays} == expected
    assert plan.only_the_way(strays) is (expected <= {("body", "fallback")})


OTHER, GUESSED = (Oddity("body", "other", ""),), (Oddity("body", "fallback", ""),)


@pytest.mark.parametrize(
    ("read", "more", "told"),
    [
        ([()], True, Layout.SOUND),
        ([None, ()], True, Layout.SOUND),
        ([OTHER], True, None),
        ([OTHER, OTHER], True, Layout.CHANGED),
        ([OTHER, ()], True, None),
        ([OTHER, (), ()], False, Layout.SOUND),
        ([OTHER, (), OTHER], False, Layout.CHANGED),
        ([OTHER, (), None], False, Layout.UNKNOWN),
        ([None, None, OTHER], False, Layout.CHANGED),
        ([GUESSED, GUESSED], True, Layout.READABLE),
        ([GUESSED, OTHER], True, Layout.CHANGED),
        ([None, None], True, None),
        ([None, None, None], False, Layout.UNKNOWN),
    ],
)
def test_two_of_three_known_pages_say_whether_a_layout_is_sound(
    read: list[tuple[Oddity, ...] | None], more: bool, told: Layout | None
) -> None:
    assert plan.layout_told([Control("u", one) for one in read], more=more) is told
