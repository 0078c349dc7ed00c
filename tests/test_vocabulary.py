"""``measures.toml`` and ``topics.toml``: what is read, what is refused, and whose words hold where a folder has none."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from collector import config
from collector.errors import ConfigError, Mistake
from collector.vocabulary import Measure, TopicWords

MEASURES = """
[[measures]]
id = "poor_households"
field = "poverty"
name_vi = "Hộ nghèo"
name_en = "Poor households"
unit = "hộ"
triggers = ["hộ nghèo", "thoát nghèo"]
"""
SECOND = MEASURES.replace('"poor_households"', '"poverty_rate"').replace('"hộ"', '"%"')
TOPICS = """
[[labour]]
weight = 2.0
words = ["việc làm"]
[[labour]]
weight = -1
words = ["bóng đá"]
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a configuration of the shipped portal with its own vocabulary; None: no such file."""

    def _write(measures: str | None = MEASURES, topics: str | None = TOPICS) -> Path:
        folder = tmp_path / "config"
        if not folder.exists():
            config.init(folder)
        for name, content in (("measures.toml", measures), ("topics.toml", topics)):
            (folder / name).unlink(missing_ok=True)
            if content is not None:
                (folder / name).write_text(content, encoding="utf-8")
        return tmp_path

    return _write


def load(root: Path) -> config.Settings:
    return config.load(None, environ={}, cwd=root)


def only_mistake(root: Path) -> Mistake:
    with pytest.raises(ConfigError) as refused:
        load(root)
    (mistake,) = refused.value.mistakes
    return mistake


def test_a_vocabulary_is_read_as_it_is_written(write: Write) -> None:
    found = load(write()).vocabulary
    assert found.measures == (
        Measure("poor_households", "poverty", "Hộ nghèo", "Poor households", "hộ", ("hộ nghèo", "thoát nghèo")),
    )
    assert found.topic_words == (TopicWords(2.0, ("việc làm",)), TopicWords(-1.0, ("bóng đá",)))


def test_capitals_decomposed_letters_and_double_spaces_are_folded(write: Write) -> None:
    typed = unicodedata.normalize("NFD", "HỘ  Nghèo")
    found = load(
        write(measures=MEASURES.replace("hộ nghèo", typed), topics=TOPICS.replace("việc làm", "VIỆC\u00a0LÀM"))
    )
    assert found.vocabulary.measures[0].triggers == ("hộ nghèo", "thoát nghèo")
    assert found.vocabulary.topic_words[0].words == ("việc làm",)


def test_the_same_words_may_name_two_measures_of_different_units(write: Write) -> None:
    found = load(write(measures=MEASURES + SECOND)).vocabulary
    assert [measure.unit for measure in found.measures if "hộ nghèo" in measure.triggers] == ["hộ", "%"]


def test_a_folder_of_before_there_was_a_vocabulary_uses_the_shipped_one(write: Write) -> None:
    shipped = config.load_shipped().vocabulary
    assert load(write(measures=None, topics=None)).vocabulary == shipped
    mixed = load(write(topics=None)).vocabulary
    assert (len(mixed.measures), mixed.topic_words) == (1, shipped.topic_words)


@pytest.mark.parametrize(
    ("content", "key", "message"),
    [
        ("", "measures", "required, and not given"),
        ("measures = []", "measures", "expected at least one, found none"),
        ("measures = 3", "measures", "expected a list, found the number 3"),
        (MEASURES.replace('unit = "hộ"', ""), "measures[0].unit", "required, and not given"),
        (MEASURES + 'colour = "x"', "measures[0].colour", "unknown key; expected one of field, id, name_en"),
        (MEASURES.replace('"poverty"', '"economy"'), "measures[0].field", "expected 'employment', 'training'"),
        (MEASURES.replace("poor_", "Poor-"), "measures[0].id", "expected an id of lower-case letters, digits and '_'"),
        (MEASURES.replace('"hộ"', '""'), "measures[0].unit", "expected some text, found none"),
        (MEASURES.replace('["hộ nghèo", "thoát nghèo"]', "[]"), "measures[0].triggers", "expected at least one"),
        (MEASURES.replace('"thoát nghèo"', '" "'), "measures[0].triggers[1]", "expected some text, found none"),
        (MEASURES.replace('"thoát nghèo"', "7"), "measures[0].triggers[1]", "expected text, found the number 7"),
        (MEASURES.replace("thoát", "HỘ"), "measures[0].triggers[1]", '"hộ nghèo" stands in this list already'),
        (
            MEASURES + SECOND.replace("poverty_rate", "poor_households"),
            "measures[1].id",
            '"poor_households" is the id of measures[0] already',
        ),
        (
            MEASURES + SECOND.replace('"%"', '"hộ"').replace('"hộ nghèo", ', ""),
            "measures[1].triggers[0]",
            '"thoát nghèo" with the unit "hộ" names poor_households, measures[0], already',
        ),
        (MEASURES + "[[measures", "", "is no valid TOML"),
    ],
)
def test_a_mistake_in_the_measures(write: Write, content: str, key: str, message: str) -> None:
    mistake = only_mistake(write(measures=content))
    assert (mistake.file, mistake.key) == ("config/measures.toml", key)
    assert message in mistake.message


@pytest.mark.parametrize(
    ("content", "key", "message"),
    [
        ("", "labour", "required, and not given"),
        (TOPICS + '[[sport]]\nweight = 1\nwords = ["x"]', "sport", "unknown key; expected one of labour"),
        (TOPICS.replace("2.0", '"2"'), "labour[0].weight", 'expected a number, found "2"'),
        (TOPICS.replace("2.0", "nan"), "labour[0].weight", "expected a finite number"),
        (
            TOPICS.replace("2.0", "0"),
            "labour[0].weight",
            "expected a number above 0 (for) or below 0 (against), found 0",
        ),
        (TOPICS.replace("2.0", "1e9"), "labour[0].weight", "expected at most 100"),
        (TOPICS.replace('["bóng đá"]', "[]"), "labour[1].words", "expected at least one, found none"),
        (TOPICS.replace("bóng đá", "Việc làm"), "labour[1].words[0]", '"việc làm" stands in labour[0] already'),
    ],
)
def test_a_mistake_in_the_topics(write: Write, content: str, key: str, message: str) -> None:
    mistake = only_mistake(write(topics=content))
    assert (mistake.file, mistake.key) == ("config/topics.toml", key)
    assert message in mistake.message


def test_the_mistakes_of_both_files_are_told_with_all_others(write: Write) -> None:
    root = write(measures=MEASURES.replace('"poverty"', '"economy"'), topics=TOPICS.replace("2.0", "0"))
    settings = root / "config" / "collector.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("retries = 3", "retries = -3"), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load(root)
    assert [(mistake.file, mistake.key) for mistake in refused.value.mistakes] == [
        ("config/collector.toml", "http.retries"),
        ("config/measures.toml", "measures[0].field"),
        ("config/topics.toml", "labour[0].weight"),
    ]


def test_the_effective_configuration_shows_the_vocabulary_in_numbers(write: Write) -> None:
    shown = config.describe(load(write()))
    assert shown["vocabulary"] == {"measures": 1, "triggers": 2, "topic_words": 2}


def test_the_shipped_measures_cover_every_field_and_the_words_of_the_seed_bulletin() -> None:
    measures = config.load_shipped().vocabulary.measures
    assert {measure.field for measure in measures} == {
        *("employment", "training", "poverty", "merit", "social_protection"),
        *("children", "gender", "insurance", "safety", "rehabilitation"),
    }
    by_id = {measure.id: measure for measure in measures}
    for name, unit, trigger in (
        ("trained_labour_rate", "%", "tỷ lệ lao động qua đào tạo"),
        ("certified_labour_rate", "%", "tỷ lệ lao động qua đào tạo có văn bằng, chứng chỉ"),
        ("employment_rate", "%", "tỷ lệ lao động đang làm việc so với tổng số lao động trong độ tuổi"),
        ("poor_households", "hộ", "hộ nghèo"),
        ("near_poor_households", "hộ", "hộ cận nghèo"),
        ("jobs_created", "người", "giải quyết việc làm cho"),
        ("overseas_contract_workers", "người", "đi làm việc ở nước ngoài theo hợp đồng"),
        ("social_allowance_recipients", "người", "đối tượng bảo trợ xã hội"),
    ):
        assert by_id[name].unit == unit
        assert trigger in by_id[name].triggers
