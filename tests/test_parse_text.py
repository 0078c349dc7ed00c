"""``parse --text``: any text that somebody pastes, its figures in their sentences, and clear words where there are none."""

from __future__ import annotations

import io
import json
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from collector.cli import cli
from collector.cli.evidence import KEYS, evidence_record, print_evidence
from collector.cli.plaintext import pasted
from collector.errors import UsageError
from collector.findings import Appearance, CitedDocument, Evidence, Indicator, TopicScore
from stored import EXAMINING

TEXT = "Giảm nghèo ở Sóc Trăng\n18/11/2024 18:37    33\n\nTỉnh đã giảm 500 hộ nghèo.\nCòn 1.234 hộ nghèo; giảm 500 hộ nghèo.\n"
TITLE, _, FIRST, SECOND = [line for line in TEXT.splitlines() if line]


def parsed(text: str | bytes, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["parse", "--text", *(arguments or ("-",))], input=text)


def indicator(printed: str, part: str, text: str, sentence: str, after: int = 0, **more: object) -> Indicator:
    start = text.index(printed, after)
    values: dict[str, object] = {
        "measure": "poor_households", "label": "hộ nghèo", "part": part, "printed": printed,
        "value": float(printed.replace(".", "")), "value_max": None, "unit": "hộ", "qualifier": "exact",
        "direction": "level", "period": "2024", "place": None, "sentence": sentence, "span_start": start,
        "span_end": start + len(printed), "rule": "by hand",
    }  # fmt: skip
    return Indicator(**{**values, **more})  # type: ignore[arg-type]


BODY = f"{FIRST}\n{SECOND}"
FOUND = Evidence(
    indicators=(
        indicator("500", "body", BODY, FIRST, direction="decrease"),
        indicator("1.234", "body", BODY, SECOND, ambiguous=True),
        indicator("500", "body", BODY, SECOND, after=len(FIRST), value=2.5, value_max=3.0, measure=None),
    ),
    people=(Appearance("Lan", "Chủ tịch", "body", 0, 3), Appearance("Lan", "Chủ tịch", "body", 9, 12)),
    documents=(CitedDocument("12/QĐ-UBND", "Quyết định", "body", 0, 10),),
    event_on=date(2024, 11, 15),
    place="Sóc Trăng",
    topic=TopicScore(0.934, ("hộ nghèo", "giảm nghèo"), ("poverty",)),
)


# --- title, date line, body ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("18/11/2024 18:37    33", "2024-11-18"),
        ("Cập nhật: Thứ ba, 1/11/2022 | 2:07:39 PM", "2022-11-01"),
        ("06:09, 07/09/2022", "2022-09-07"),
        ("Ngày đăng: 08/01/2024 / Lượt xem: 98", "2024-01-08"),
        ("Ngày 08/01/2024", "2024-01-08"),
        ("Thứ 2, 17/07/2023 | 16:20:48 [GMT +7]", "2023-07-17"),
        ("Chủ nhật, 29.10.2021 07:15 CH", "2021-10-29"),
        ("Đăng lúc 14h05, ngày 21 tháng 09 năm 2025", "2025-09-21"),
        ("09:19 04/01/2017", "2017-01-04"),
    ],
)
def test_a_line_with_only_a_date_gives_the_day_and_is_no_part_of_the_body(line: str, day: str) -> None:
    found = pasted(f"Tựa đề\n{line}\nĐoạn một.\n\n  Đoạn   hai.\n".encode(), name="x")
    assert (found.title, found.published_on, found.body) == ("Tựa đề", date.fromisoformat(day), "Đoạn một.\nĐoạn hai.")


@pytest.mark.parametrize(
    "line",
    [
        "Chiều ngày 08/01/2024, Sở Lao động tổ chức hội nghị.",
        "Ngày 08/01/2024, giảm 500 hộ nghèo",
        "Lượt xem: 98",
        "31/02/2024",
        "Nghị quyết số 12 ngày 08/01/2024",
        "08/01/2024 " + "- " * 80,
    ],
)
def test_a_line_that_says_more_than_a_date_is_the_body(line: str) -> None:
    found = pasted(f"Tựa đề\n{line}\n".encode(), name="x")
    assert (found.published_on, found.body) == (None, " ".join(line.split()))


def test_an_address_before_the_title_is_the_address() -> None:
    found = pasted("https://portal.example/tin/7\nTựa đề\nThân bài".encode(), name="x")
    assert (found.url, found.title, found.body) == ("https://portal.example/tin/7", "Tựa đề", "Thân bài")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16"])
def test_letters_are_the_same_however_they_were_typed_and_saved(form: str, charset: str) -> None:
    raw = unicodedata.normalize(form, TEXT).encode(charset)  # type: ignore[arg-type]
    assert (found := pasted(raw, name="x")).body == BODY
    assert found.title == TITLE


@pytest.mark.parametrize("raw", [b"", b" \n\t\n", "\ufeff\u200b\n".encode(), b"https://portal.example/"])
def test_an_empty_text_is_told_as_empty(raw: bytes) -> None:
    with pytest.raises(UsageError, match="x is empty; expected a text whose first line is the title"):
        pasted(raw, name="x")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"%PDF-1.7\nx", "is no plain text"),
        (b"PK\x03\x04\x00\x00", "is no plain text"),
        (b" <!DOCTYPE html><p>x", "leave --text away"),
        (b"<html><p>x", "leave --text away"),
    ],
)
def test_what_is_no_text_is_told_with_what_to_do(raw: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        pasted(raw, name="x")


@given(st.binary(max_size=400))
def test_any_bytes_are_a_text_or_a_usage_error(raw: bytes) -> None:
    try:
        found = pasted(raw, name="x")
    except UsageError:
        return
    assert found.title
    assert "\n" not in found.title
    assert all(line.strip() for line in found.body.split("\n")) or not found.body


# --- the command --------------------------------------------------------------------------------------------------


def test_json_has_the_columns_names_and_whole_numbers_without_a_fraction() -> None:
    found = json.loads(parsed(TEXT, "-", "--json").stdout)
    assert found.keys() == {"url", "title", "lead", "body", "published_on", "visits", *KEYS}
    assert (found["title"], found["body"], found["published_on"]) == (TITLE, BODY, "2024-11-18")
    assert {type(one["value"]) for one in found["indicators"]} == {int}
    for one in found["indicators"]:
        assert found[one["part"]][one["span_start"] : one["span_end"]] == one["printed"]


def test_the_record_of_evidence_is_named_like_the_archives_columns() -> None:
    record = json.loads(json.dumps(evidence_record(FOUND, EXAMINING)))
    assert tuple(record) == KEYS
    assert record["people"][0] == {
        "name": "Lan", "title": "Chủ tịch", "part": "body", "span_start": 0, "span_end": 3,
    }  # fmt: skip
    assert (record["event_on"], record["topic"], record["fields"]) == ("2024-11-15", "labour", ["poverty"])
    assert [one["value"] for one in record["indicators"]] == [500, 1234, 2.5]
    assert [one["ambiguous"] for one in record["indicators"]] == [0, 1, 0]


def test_without_a_terminal_sentences_stand_once_and_rows_are_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    print_evidence(TITLE, BODY, FOUND, EXAMINING)
    lines = capsys.readouterr().out.split("\n")
    assert lines[:3] == [FIRST, "", SECOND]
    assert lines[4].split() == "printed value unit measure direction period qualifier place".split()
    assert lines[5].split() == "500 500 hộ poor_households decrease 2024 exact".split()
    assert lines[6].split()[1:3] == ["1234", "?"]
    assert lines[7].split()[1:7] == ["2.5", "-", "3", "hộ", "(hộ", "nghèo)"]
    text = "\n".join(lines)
    assert text.count("Lan  ") == 1
    assert "12/QĐ-UBND  Quyết định" in text
    assert "labour, 0.93 of 0.5: hộ nghèo, giảm nghèo" in text
    assert "2024-11-15" in text
    assert "\x1b" not in text


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("no_color", ["", "1"])
def test_on_a_terminal_each_number_is_highlighted_in_its_sentence(
    monkeypatch: pytest.MonkeyPatch, no_color: str
) -> None:
    screen = Terminal()
    for name, value in {"NO_COLOR": no_color, "TERM": "xterm-256color", "COLUMNS": "300"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", screen)
    print_evidence(TITLE, BODY, FOUND, EXAMINING)
    text = screen.getvalue()
    if no_color:
        assert f"{FIRST}\n\n{SECOND}" in text
        assert "36m" not in text
    else:
        assert "giảm \x1b[1;36m500\x1b[0m hộ nghèo" in text
        assert "Còn \x1b[1;36m1.234\x1b[0m hộ nghèo; giảm \x1b[1;36m500\x1b[0m hộ nghèo." in text


def test_a_text_without_figures_says_so() -> None:
    done = parsed("Một tin\nKhông có con số nào.")
    assert done.exit_code == 0
    assert "no figures" in done.stdout
    assert "off topic, 0." in done.stdout


def test_a_text_of_one_line_is_a_title_with_its_figures() -> None:
    found = json.loads(parsed("Giảm 500 hộ nghèo", "-", "--json").stdout)
    assert (found["title"], found["body"]) == ("Giảm 500 hộ nghèo", "")
    assert [one["part"] for one in found["indicators"]] == ["title"]


def test_bytes_that_are_no_utf_8_are_read_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    path.write_bytes("Café à la crème\nCó 500 hô, déjà 12%".encode("latin-1"))
    done = parsed("", str(path))
    assert done.exit_code == 0
    assert f"{path}: warning: not UTF-8, and read as" in done.stderr
    assert "500" in done.stdout


def test_a_large_text_is_read_to_its_end() -> None:
    text = "Tiêu đề\n" + "Không có gì để nói ở đây hôm nay.\n" * 25_000 + "Giảm 500 hộ nghèo."
    found = json.loads(parsed(text, "-", "--json").stdout)
    assert len(text.encode()) > 1_000_000
    assert [one["printed"] for one in found["indicators"]] == ["500"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-", "--portal", "soctrang-vpub"), "--text reads a plain text: --portal and --url belong to a page"),
        (("-", "--url", "https://x.example/"), "--text reads a plain text: --portal and --url belong to a page"),
        (("https://x.example/",), "without it an address is fetched as a page"),
        (("nowhere.txt",), "nowhere.txt cannot be read"),
    ],
)
def test_what_does_not_go_together_is_a_mistake_of_usage(arguments: tuple[str, ...], message: str) -> None:
    done = parsed(TEXT, *arguments)
    assert isinstance(done.exception, UsageError)
    assert message in str(done.exception)


def test_reading_a_text_warns_of_nothing_that_concerns_portals() -> None:
    assert parsed(TEXT).stderr == ""


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("06:09, 07/09/2022\nMột tin ngắn\nHuyện có 12 hộ nghèo.", "Một tin ngắn"),
        ("06:09, 07/09/2022\n" + "Huyện có 12 hộ nghèo và nhiều việc phải làm. " * 9, ""),
    ],
)
def test_a_date_above_the_headline_is_the_day_and_no_headline(text: str, title: str) -> None:
    found = json.loads(parsed(text, "-", "--json").stdout)
    assert (found["published_on"], found["title"]) == ("2022-09-07", title)
    assert found["indicators"][0]["printed"] == "12"
