"""Numbers as they are printed: two schools of separators, and the words that a cheque has below its digits."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.vietnamese.numbers import NUMERAL_WORDS, Numeral, number_in_words, numeral

DIGITS = "không một hai ba bốn năm sáu bảy tám chín".split()
COUNTS = st.integers(0, 10**15 - 1) | st.integers(0, 5).flatmap(lambda groups: st.integers(0, 1000 ** max(1, groups)))


# --- a speller of our own, for the way back -------------------------------------------------------------------------


def below_thousand(number: int, *, whole: bool) -> list[str]:
    """Spell 1 to 999; ``whole``: hundreds and tens are told even where there are none, as behind a scale word."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    words = [DIGITS[hundreds], "trăm"] if hundreds or whole else []
    if tens:
        words += ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
    elif words and ones:
        words.append("linh")
    if ones:
        after_tens = {1: "mốt", 4: "tư", 5: "lăm"} if tens > 1 else {5: "lăm"} if tens else {}
        words.append(after_tens.get(ones, DIGITS[ones]))
    return words


def spelled(number: int) -> list[str]:
    """Spell a number from 1 on as it is read out."""
    billions, rest = divmod(number, 10**9)
    words = [*spelled(billions), "tỷ"] if billions else []
    for scale, name in ((10**6, "triệu"), (1000, "nghìn"), (1, "")):
        group, rest = divmod(rest, scale)
        if group:
            words += below_thousand(group, whole=bool(words)) + ([name] if name else [])
    return words


#: Words that typists choose between.
OTHER_SCHOOL = {"linh": "lẻ", "nghìn": "ngàn", "tỷ": "tỉ", "bảy": "bẩy", "tư": "bốn", "mốt": "một", "lăm": "nhăm"}


@given(COUNTS.filter(lambda number: number >= 10))
@example(10**12)
@example(1_000_000_000_001)
@example(15)
@example(101)
@example(1_000_001)
@example(2_015_000_000)
def test_a_number_read_out_and_taken_down_again_is_the_same(number: int) -> None:
    words = spelled(number)
    assert number_in_words(words) == number
    assert number_in_words(OTHER_SCHOOL.get(word, word) for word in words) == number


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("năm trăm triệu", 500_000_000),
        ("hai mươi lăm", 25),
        ("hai mươi nhăm nghìn", 25_000),
        ("mười lăm", 15),
        ("một trăm linh năm", 105),
        ("một nghìn hai trăm tỷ", 1_200 * 10**9),
        ("hai nghìn tỷ", 2_000 * 10**9),
        ("một triệu rưỡi", 1_500_000),
        ("hai tỷ rưỡi", 2_500_000_000),
        ("ba vạn hai nghìn", 32_000),
        ("sáu chục", 60),
    ],
)
def test_a_number_in_words_has_one_value(words: str, value: float) -> None:
    assert number_in_words(words.split()) == value


@pytest.mark.parametrize(
    "words",
    [
        "",
        "một",
        "năm",
        "hai ba",
        "hai mươi ba mươi",
        "hai trăm ba trăm",
        "hai nghìn ba nghìn",
        "hai triệu ba triệu",
        "trăm",
        "triệu",
        "rưỡi",
        "mười rưỡi",
        "hai mươi người",
        "không trăm",
        "hai " + "tỷ " * 40,
    ],
)
def test_what_is_no_single_number_is_none(words: str) -> None:
    assert number_in_words(words.split()) is None


@given(st.lists(st.sampled_from(sorted(NUMERAL_WORDS)), max_size=40))
def test_whatever_stands_together_is_a_number_of_people_or_money_or_none(words: list[str]) -> None:
    value = number_in_words(words)
    assert value is None or 0 < value < 10**18


# --- digits ---------------------------------------------------------------------------------------------------------


@given(st.integers(0, 10**15), st.sampled_from([".", " ", "\u00a0", "\u202f"]))
def test_thousands_are_told_by_a_point_or_a_blank(number: int, separator: str) -> None:
    assert numeral(f"{number:,}".replace(",", separator)) == Numeral(float(number))


@given(st.integers(0, 10**15))
def test_two_groups_of_commas_are_thousands(number: int) -> None:
    said = numeral(f"{number:,}")
    assert said == Numeral(float(number), ambiguous=1000 <= number < 10**6)


@given(st.integers(0, 10**6), st.integers(0, 99), st.sampled_from(",."))
def test_one_or_two_digits_behind_a_mark_are_a_fraction(whole: int, rest: int, mark: str) -> None:
    assert numeral(f"{whole}{mark}{rest:02}") == Numeral(float(f"{whole}.{rest:02}"))


@given(st.integers(1000, 10**9), st.integers(0, 999))
def test_thousands_with_a_fraction_are_read_in_either_school(whole: int, rest: int) -> None:
    english = f"{whole:,}.{rest:03}"
    vietnamese = english.translate(str.maketrans(",.", ".,"))
    assert numeral(vietnamese) == numeral(english) == Numeral(float(f"{whole}.{rest:03}"))


@pytest.mark.parametrize(
    ("text", "scaled", "percent", "said"),
    [
        ("10,117", True, False, Numeral(10.117)),
        ("21,700", False, False, Numeral(21_700.0, ambiguous=True)),
        ("41,225", False, True, Numeral(41.225)),
        ("41.225", False, True, Numeral(41.225, ambiguous=True)),
        ("108.961", True, False, Numeral(108_961.0)),
        ("101.86", False, True, Numeral(101.86)),
        ("0,375", False, False, Numeral(0.375)),
        ("02", False, False, Numeral(2.0)),
        ("8463", False, False, Numeral(8463.0)),
        ("3.000.000", False, False, Numeral(3_000_000.0)),
        ("1,204,369", False, False, Numeral(1_204_369.0)),
        ("1.204.369,5", False, False, Numeral(1_204_369.5)),
    ],
)
def test_three_digits_behind_a_mark_are_read_by_what_follows(
    text: str, scaled: bool, percent: bool, said: Numeral
) -> None:
    assert numeral(text, scaled=scaled, percent=percent) == said


@pytest.mark.parametrize(
    "text", ["1,2,3", "12.5.20", "1.000,000,0", "1.23.456", "", ".", "5.", "9" * 19, "1." * 40, "²"]
)
def test_digits_that_are_no_number_are_none(text: str) -> None:
    assert numeral(text) is None


@given(st.text("0123456789., \u00a0\u202f٣５", max_size=40), st.booleans(), st.booleans())
def test_any_digits_and_separators_are_a_finite_number_or_none(text: str, scaled: bool, percent: bool) -> None:
    said = numeral(text, scaled=scaled, percent=percent)
    assert said is None or 0 <= said.value < 10**19
