"""A text of any length is examined in time and room that grow with it, whatever it repeats."""

from __future__ import annotations

import time
from datetime import date

import pytest

from collector.config import load_shipped
from collector.evidence import Examiner

EXAMINER = Examiner(load_shipped().vocabulary)
PUBLISHED = date(2024, 1, 9)
#: What takes square time takes 8 s and more for so many characters; the slowest of these takes 1 s.
LENGTH, LIMIT = 50_000, 5.0

REPEATED = (
    "1 |giảm |(|“3|năm 2020 |1/2/|1.000.|A B C |, 5|đồng chí |Nguyễn Văn A, |7|một |không |năm |hai tỷ |tỷ |3% 5, |5% |"
    "5 người, |5 người và |năm 2020 5 người, |5 người năm 2020 |từ 5 người năm 2020 |phấn đấu 5 người, |phấn đấu 5 người |dự kiến |"
    "chỉ tiêu là 5 người |từ 5% xuống 3% |12 trong tổng số 15 |5 (5 |5)|giảm 5% (|- 5 người\n|5 đồng/a|huyện A 5 người, |a/|A-|30a/|"
    "Chủ tịch |Chủ tịch Nguyễn |ông Nguyễn Văn A - Chủ tịch UBND tỉnh; |Quyết định số 1/QĐ-UBND, |Nghị quyết số 1, 2, |tp. |\n|?|İ|\u0301"
).split("|")
#: Before a gap of nothing: what begins here is looked for beyond it.
LEADING = "6 tháng đầu năm|quý 1|tháng 5|ngày|ngày 1|từ năm 2020|năm 2016|năm hai|5 tỷ|5 người|từ 5|12 trong tổng số|ông|huyện|số".split(
    "|"
)


def seconds(body: str) -> float:
    began = time.process_time()
    EXAMINER.examine("Tin", body, published_on=PUBLISHED)
    return time.process_time() - began


@pytest.mark.parametrize("words", REPEATED)
def test_words_repeated_for_a_whole_text_take_no_square_time(words: str) -> None:
    assert seconds((words * LENGTH)[:LENGTH]) < LIMIT


@pytest.mark.parametrize("gap", [" ", "\u00a0", ".", "a", "5", "/"])
@pytest.mark.parametrize("words", LEADING)
def test_a_gap_behind_a_word_is_passed_over_once(words: str, gap: str) -> None:
    assert seconds(f"{words}{gap * LENGTH}x 5 người") < LIMIT


def test_a_sentence_without_an_end_is_not_repeated_for_each_of_its_figures() -> None:
    found = EXAMINER.examine("Tin", "Có 5 người và 6 hộ, " * 20 + "chữ " * 250_000)
    assert len(found.indicators) == 40
    assert max(len(one.sentence) for one in found.indicators) <= 6000
    assert all(one.printed in one.sentence for one in found.indicators)
