"""The texts of pages, pure: what was found in them is marked, edits are readable, search results show where."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.explore.differences import Effort, compare
from collector.explore.marking import Mark, Piece, paragraphs
from collector.explore.snippets import CLOSES, OPENS, pieces, snippet

WORDS = st.sampled_from(
    ["việc", "làm", "viec", "29.412", "29412", "hòa", "hoà", "Đường", ",", "(", '"', "ßs", "İ", "tỉnh"]
)
TEXTS = st.lists(WORDS, max_size=40).map(" ".join)
LINES = st.lists(st.text(alphabet="ab 1.ộ", max_size=12), max_size=6).map("\n".join)


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[Mark]]:
    text = draw(st.text(alphabet="ab ộ\n", max_size=40))
    marks = []
    for number in range(draw(st.integers(0, 8))) if text else ():
        start = draw(st.integers(0, len(text) - 1))
        kind = draw(st.sampled_from(["figure", "person", "document"]))
        marks.append(Mark(start, draw(st.integers(start + 1, len(text))), kind, (number,)))
    return text, marks


@given(marked_texts())
def test_the_pieces_of_a_text_are_the_text_and_every_row_has_one_place_in_it(made: tuple[str, list[Mark]]) -> None:
    text, marks = made
    lines = paragraphs(text, marks)
    assert "\n".join("".join(piece.text for piece in line) for line in lines) == text
    shown = [piece for line in lines for piece in line]
    places = [(piece.mark.kind, number) for piece in shown if piece.mark for number in piece.mark.ids]
    places += [place for piece in shown for place in piece.also]
    assert sorted(places) == sorted((mark.kind, number) for mark in marks for number in mark.ids)


@given(marked_texts())
def test_a_mark_stands_where_it_says(made: tuple[str, list[Mark]]) -> None:
    text, marks = made
    ends = {number: mark for mark in marks for number in mark.ids}
    at = 0
    for line in paragraphs(text, marks):
        for piece in line:
            for number in piece.mark.ids if piece.mark else ():
                # Of a mark that begins at the end of a line the place is the next line.
                assert ends[number].start == at or text[ends[number].start : at].strip("\n") == ""
                assert text[at : at + len(piece.text)] == piece.text
            at += len(piece.text)
        at += 1


def test_figures_of_the_second_paragraph_are_marked_there() -> None:
    text = "Năm 2023 tốt.\nCó 29.412 người, 12 xã."
    first, second = text.index("29.412"), text.index("12 xã")
    lines = paragraphs(text, [Mark(second, second + 2, "figure", (2,)), Mark(first, first + 6, "figure", (1,))])
    assert lines[0] == [Piece("Năm 2023 tốt.")]
    assert [(piece.text, piece.mark and piece.mark.ids) for piece in lines[1]] == [
        ("Có ", None),
        ("29.412", (1,)),
        (" người, ", None),
        ("12", (2,)),
        (" xã.", None),
    ]


def test_figures_at_one_place_share_its_mark_and_those_inside_another_keep_a_place() -> None:
    text = "Ông Trần Văn A, Giám đốc Sở 5"
    marks = [
        Mark(0, len(text), "person", (7,), "Giám đốc"),
        Mark(len(text) - 1, len(text), "figure", (1,), "một"),
        Mark(0, len(text), "person", (8,), "Sở"),
    ]
    [[piece]] = paragraphs(text, marks)
    assert piece.mark == Mark(0, len(text), "person", (7, 8), "Giám đốc; Sở")
    assert piece.also == (("figure", 1),)


@given(LINES, LINES)
def test_a_difference_tells_both_texts(before: str, after: str) -> None:
    lines = compare(before, after)
    left_out = sum(line.left_out for line in lines)
    told: dict[str, list[str]] = {"removed": [], "added": []}
    for line in lines:
        for change, texts in told.items():
            stretches = [one.text for one in line.stretches if one.change in ("same", change)]
            if stretches:
                texts.append("".join(stretches))
    for text, change in ((before, "removed"), (after, "added")):
        # Paragraphs without a letter are nothing that a page could show.
        whole, shown = (list(filter(None, texts)) for texts in (text.split("\n"), told[change]))
        if not left_out:
            assert shown == whole
        remaining = iter(whole)
        assert all(any(one == other for other in remaining) for one in shown), "in its order"
        assert 0 <= len(whole) - len(shown) <= left_out
    for one, other in pairwise(line for line in lines if not line.changed):
        assert one.left_out == 0 or other.left_out == 0


@given(LINES, LINES)
def test_without_effort_a_difference_still_tells_both_texts(before: str, after: str) -> None:
    for line in compare(before, after, Effort(0)):
        assert len([one for one in line.stretches if one.change == "same"]) <= 2, "only what is equal at both ends"


def test_a_corrected_figure_is_one_change_of_a_whole_number() -> None:
    [line] = compare("Có 29.412 người được đào tạo nghề.", "Có 29.500 người được giải quyết việc làm.")
    assert [(one.change, one.text) for one in line.stretches] == [
        ("same", "Có "),
        ("removed", "29.412"),
        ("added", "29.500"),
        ("same", " người được "),
        ("removed", "đào tạo nghề"),
        ("added", "giải quyết việc làm"),
        ("same", "."),
    ]


def test_far_from_an_edit_paragraphs_are_counted_and_not_shown() -> None:
    before = [f"Đoạn {number}." for number in range(20)]
    after = [*before[:10], "Đoạn mười.", *before[11:]]
    lines = compare("\n".join(before), "\n".join(after))
    assert [line.left_out for line in lines] == [9, 0, 0, 0, 8]


def test_what_comparing_costs_is_bounded() -> None:
    """difflib would take hours for each of these: every second word is the same one, and nothing else is."""
    words, lines = ["\n".join([" ".join(f"{mark}{n} a" for n in range(30_000))] * 3) for mark in "xy"], []
    lines = ["\n".join(f"{mark}{n}\na" for n in range(100_000)) for mark in "xy"]
    effort = Effort()
    begun = time.process_time()
    for before, after in (words, lines):
        compare(before, after, effort)
    assert effort.steps == 0
    assert time.process_time() - begun < 10, "some 1 s"


@given(TEXTS, TEXTS)
def test_a_snippet_is_a_passage_of_the_text(text: str, query: str) -> None:
    shown = snippet(text, query)
    bare = shown.replace(OPENS, "").replace(CLOSES, "")
    assert bare.removeprefix("… ").removesuffix(" …") in text
    assert "".join(piece.text for piece in pieces(shown)) == bare
    # Marks open and close in turns.
    assert [letter for letter in shown if letter in (OPENS, CLOSES)] == [OPENS, CLOSES] * shown.count(OPENS)


def found(text: str, query: str) -> list[str]:
    return [piece.text for piece in pieces(snippet(text, query)) if piece.mark]


def test_words_are_marked_in_the_spelling_of_the_text() -> None:
    text = "Giải quyết VIỆC LÀM cho 29.412 người; hoà bình, hòa thuận; đường Hòa Bình"
    assert found(text, '"viec lam"') == ["VIỆC LÀM"]
    assert found(text, "29412") == ["29.412"]
    assert found(text, "hòa") == ["hoà", "hòa", "Hòa"]
    assert found(text, "duong") == ["đường"]
    assert found(text, "đuong") == [], "typed with one accent it is meant as typed"
    assert found(text, "quy lam") == ["LÀM"], "whole words only"


def test_a_passage_is_around_most_of_what_was_looked_for() -> None:
    text = "việc " + "không có gì ở đây " * 40 + "tạo việc làm mới cho người lao động " + "và còn nữa " * 40
    assert found(text, "việc làm lao động") == ["việc", "làm", "lao", "động"]
    assert found("(việc làm) " + "không có gì ở đây " * 40, "việc làm") == ["việc", "làm"]


def test_a_text_in_which_letters_grow_when_folded_is_marked_in_the_right_place() -> None:
    assert found("İİİ ßß việc làm", "việc làm") == ["việc", "làm"]


def test_what_a_hostile_query_costs_is_bounded() -> None:
    text = "việc làm cho người lao động tại tỉnh " * 30_000
    begun = time.process_time()
    for query in (
        "viec " * 20_000,
        '"' * 50_001,
        '"' + "a " * 50_000,
        "(" * 100_000,
        "a\x00" * 50_000,
        "việc làm " * 10_000,
    ):
        assert len(snippet(text, query)) < 400
    assert time.process_time() - begun < 5, "some 0.3 s"
