"""Whether a bulletin is about labour and social affairs, by which words, and which fields it touches."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.config import shipped_folder
from collector.evidence.topics import READ, TopicReader
from collector.vietnamese.characters import without_accents
from collector.vietnamese.spellings import tones_moved
from collector.vocabulary import Measure, TopicWords

_QUALITY = Path(__file__).parent / "quality"
_THRESHOLD = 0.5


@pytest.fixture(scope="module")
def reader() -> TopicReader:
    topics, measures = (
        tomllib.loads((shipped_folder() / name).read_text(encoding="utf-8"))
        for name in ("topics.toml", "measures.toml")
    )
    return TopicReader(
        [TopicWords(entry["weight"], tuple(entry["words"]), entry.get("field")) for entry in topics["labour"]],
        [Measure(**{**entry, "triggers": tuple(entry["triggers"])}) for entry in measures["measures"]],
    )


def _headlines(name: str = "headlines.toml") -> Iterator[tuple[str, str, bool]]:
    for label, items in tomllib.loads((_QUALITY / name).read_text(encoding="utf-8")).items():
        for item in items:
            yield item["title"], item["lead"], label == "labour"


@pytest.mark.parametrize(
    ("name", "least", "precision", "recall"),
    [
        ("headlines.toml", 539, 0.99, 0.98),
        ("portals.toml", 358, 0.96, 0.98),
        ("portals_second.toml", 196, 0.93, 0.93),
        ("portals_third.toml", 260, 0.95, 0.9),
        ("thin_fields.toml", 45, 0.97, 0.93),
    ],
)
def test_headlines_are_told_apart(reader: TopicReader, name: str, least: int, precision: float, recall: float) -> None:
    """Floors, not goals: of our own, many of them at the border, and as portals mix them; they may rise, never fall."""
    verdicts = [(reader.score(title, lead).score >= _THRESHOLD, labour) for title, lead, labour in _headlines(name)]
    hits = sum(said and labour for said, labour in verdicts)

    assert len(verdicts) >= least
    assert hits / sum(said for said, _ in verdicts) >= precision
    assert hits / sum(labour for _, labour in verdicts) >= recall


def test_most_titles_are_told_apart_without_a_text(reader: TopicReader) -> None:
    verdicts = [(reader.score(title, "").score >= _THRESHOLD, labour) for title, _, labour in _headlines()]
    hits = sum(said and labour for said, labour in verdicts)

    assert hits / sum(said for said, _ in verdicts) >= 0.97
    assert hits / sum(labour for _, labour in verdicts) >= 0.91


@pytest.mark.parametrize("spelled", [str.upper, without_accents, lambda text: without_accents(text).upper()])
def test_capitals_and_missing_accents_change_little(reader: TopicReader, spelled) -> None:  # type: ignore[no-untyped-def]
    sure = [(title, lead) for title, lead, labour in _headlines() if labour and reader.score(title, lead).score > 0.8]
    found = [reader.score(spelled(title), spelled(lead)).score >= _THRESHOLD for title, lead in sure]

    assert sum(found) / len(found) >= 0.9


def test_a_tone_on_the_other_letter_changes_nothing(reader: TopicReader) -> None:
    title = "Hòa giải viên lao động giúp thỏa ước lao động tập thể"

    for moved in tones_moved(title):
        assert reader.score(moved, "").score == reader.score(title, "").score


@pytest.mark.parametrize(
    "office", ["Sở LĐ-TB&XH", "Sở LĐTB&XH", "Sở LĐ - TB & XH", "Sở LĐTBXH", "Sở Lao động - Thương binh và Xã hội"]
)
def test_the_office_is_known_by_each_of_its_abbreviations(reader: TopicReader, office: str) -> None:
    assert reader.score(f"{office} giao ban quý III", "").score >= _THRESHOLD


@pytest.mark.parametrize(
    ("title", "hidden"),
    [
        ("Một việc làm đẹp của hai em học sinh lớp 5", "việc làm"),
        ("Phê duyệt vị trí việc làm của các sở", "việc làm"),
        ("Trao Huân chương Lao động cho nhà văn", "lao động"),
        ("Khai mạc cuộc thi bảo hiểm nhân thọ", "bảo hiểm"),
    ],
)
def test_a_phrase_hides_the_word_inside_it(reader: TopicReader, title: str, hidden: str) -> None:
    said = reader.score(title, "")

    assert said.score < _THRESHOLD
    assert hidden not in said.words


def test_of_two_phrases_that_share_a_word_the_weightier_counts_unless_it_is_shorter() -> None:
    reader = TopicReader([TopicWords(1.0, ("ngôi nhà", "nhà xưởng mới")), TopicWords(2.0, ("nhà tình nghĩa",))], [])
    school = TopicReader([TopicWords(0.5, ("trường cao đẳng",)), TopicWords(2.0, ("cao đẳng nghề", "đẳng nghề"))], [])

    assert reader.score("ngôi nhà tình nghĩa", "").words == ("nhà tình nghĩa",)
    assert reader.score("ngôi nhà xưởng mới", "").words == ("ngôi nhà",)
    assert school.score("trường cao đẳng nghề", "").words == ("cao đẳng nghề",)
    assert school.score("trường cao đẳng, đẳng nghề", "").words == ("đẳng nghề", "trường cao đẳng")


@pytest.mark.parametrize("amount", ["500", "hơn 1.800", "gần 2,5 nghìn", "thêm"])
def test_an_amount_may_stand_inside_a_phrase(amount: str) -> None:
    reader = TopicReader(
        [TopicWords(1.0, ("xuất khẩu",)), TopicWords(2.0, ("xuất khẩu lao động", "nghị quyết 68"))], []
    )

    assert reader.score(f"xuất khẩu {amount} lao động", "").words == ("xuất khẩu lao động",)
    assert reader.score(f"xuất khẩu {amount} tấn", "").words == ("xuất khẩu",)
    assert reader.score("nghị quyết 68", "").words == ("nghị quyết 68",)


def test_no_phrase_goes_on_behind_the_end_of_a_sentence() -> None:
    reader = TopicReader([TopicWords(2.0, ("điện lực", "bảo vệ, chăm sóc"))], [])

    assert reader.score("Nhiều nơi mất điện; lực lượng ứng cứu", "").words == ()
    assert reader.score("Mất điện. Lực lượng ứng cứu", "").words == ()
    assert reader.score("Bảo vệ, chăm sóc trẻ", "").words == ("bảo vệ, chăm sóc",)


def test_a_text_behind_a_title_of_another_subject_must_say_more() -> None:
    reader = TopicReader([TopicWords(2.5, ("hộ nghèo",)), TopicWords(-1.0, ("bóng đá",))], [])

    ours, silent, other = (
        reader.score(title, "hộ nghèo").score for title in ("Giúp hộ nghèo", "Tin trong ngày", "Tin bóng đá")
    )
    assert ours > 0.5 > silent > other


def test_the_words_that_decided_are_told_the_weightiest_first(reader: TopicReader) -> None:
    said = reader.score("Giải bóng đá gây quỹ vì người nghèo", "Đội nhà thắng, công nhân reo hò.")

    assert said.words[0] == "bóng đá"
    assert "quỹ vì người nghèo" in said.words


def test_a_title_says_more_than_a_lead_and_a_lead_more_than_what_follows() -> None:
    reader = TopicReader([TopicWords(2.0, ("hộ nghèo",))], [])
    filler = "chữ " * 155

    title, lead, rest = (
        reader.score("hộ nghèo", ""),
        reader.score("", "hộ nghèo"),
        reader.score("", f"{filler}hộ nghèo"),
    )
    assert title.score > lead.score > rest.score > reader.score("", filler).score


def test_saying_it_again_and_again_does_not_make_it_truer() -> None:
    reader = TopicReader([TopicWords(1.0, ("quà",))], [])

    once, thrice, often = (reader.score("", "quà, " * times).score for times in (1, 3, 60))
    assert once < thrice == often < reader.score("quà", "quà").score + 0.1


def test_what_stands_far_down_is_not_read() -> None:
    reader = TopicReader([TopicWords(2.0, ("hộ nghèo",))], [])

    assert reader.score("", "chữ " * READ + "hộ nghèo").words == ()


def test_fields_come_from_topic_words_and_from_the_triggers_of_measures() -> None:
    measure = Measure("merit_gifts", "merit", "Quà", "Gifts", "suất", ("quà người có công",))
    reader = TopicReader([TopicWords(2.0, ("hộ nghèo",), "poverty")], [measure])

    assert reader.score("Trao quà người có công và hộ nghèo", "Mỗi hộ nghèo một suất").fields == ("poverty", "merit")


def test_a_trigger_tells_a_field_and_says_nothing_of_the_topic() -> None:
    measure = Measure("merit_gifts", "merit", "Quà", "Gifts", "suất", ("quà người có công",))
    reader = TopicReader([TopicWords(2.0, ("người có công",))], [measure])

    said = reader.score("quà người có công", "")
    assert said.words == ("người có công",)
    assert said.fields == ("merit",)


def test_a_figure_touches_its_field_wherever_it_stands() -> None:
    measure = Measure("merit_gifts", "merit", "Quà", "Gifts", "suất", ("quà người có công",))
    reader = TopicReader([], [measure])

    assert reader.score("", "", measures=["merit_gifts", None, "of_yesterday"]).fields == ("merit",)


def test_nothing_said_is_no_labour(reader: TopicReader) -> None:
    assert reader.score("", "").score < _THRESHOLD
    assert reader.score("Breaking news from London", "Nothing of note.").words == ()


@given(st.text(max_size=400), st.text(max_size=3000))
def test_any_text_has_a_score(title: str, body: str) -> None:
    said = _SMALL.score(title, body)

    assert 0 < said.score < 1


_SMALL = TopicReader([TopicWords(2.0, ("việc làm", "hòa giải"), "employment"), TopicWords(-2.0, ("bóng đá",))], [])


@given(st.lists(st.sampled_from(["việc làm", "VIỆC  LÀM", "bóng đá", "x", ",", "\n", "Việc-làm"]), max_size=40))
def test_a_text_has_the_score_of_its_words_however_they_are_separated(pieces: list[str]) -> None:
    assert _SMALL.score("", " ".join(pieces)[:600]) == _SMALL.score("", " ".join(pieces)[:600].replace(",", " "))


@pytest.mark.parametrize("piece", ["việc làm ", "a", "\u0301", "việc " * 5, "((((", "1/"])
def test_a_megabyte_takes_no_longer_than_a_page(reader: TopicReader, piece: str) -> None:
    text = piece * (1_000_000 // len(piece))

    began = time.perf_counter()
    reader.score(text, text)
    assert time.perf_counter() - began < 0.1
