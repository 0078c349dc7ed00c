"""Mistakes in the configuration: what is refused, and in which words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from collector.config.layouts import merged
from collector.config.settings import CollectorFile
from collector.config.tables import FamilyFile, PortalFile
from collector.config.values import cron, duration
from collector.errors import ConfigError, Mistake
from configured import FAMILY, MAIN, PORTAL, Write, load, mistakes, only_mistake

# What is refused: (file, its content, key, message)

MAIN_MISTAKES = [
    ("archiv = 'x'\n" + MAIN, "archiv", "unknown key; did you mean archive?"),
    (MAIN + "[http2]\n", "http2", "unknown key; did you mean http?"),
    (MAIN + "time-out = 3\n", "http.time-out", "unknown key; did you mean timeout?"),
    (MAIN + "timezone = 'Asia/Tokyo'\n", "http.timezone", "unknown key here; did you mean timezone?"),
    ("delay = 3\n" + MAIN, "delay", "unknown key here; did you mean http.delay?"),
    (MAIN + "[topic]\nxyz = 3\n", "topic.xyz", "unknown key; expected one of threshold"),
    ("", "portals", "required, and not given"),
    ("portals = []", "portals", "expected at least one, found none"),
    ("portals = 'an-giang'", "portals", 'expected a list, found "an-giang"'),
    ("portals = ['an-giang', 3]", "portals[1]", "expected text, found the number 3"),
    (
        MAIN.replace("]", ", 'an-giang']", 1),
        "portals[1]",
        '"an-giang" is listed already, as portals[0]',
    ),
    (MAIN.replace("]", ", 'an-gian']", 1), "portals[1]", "expected a file portals/an-gian.toml, found none; did you"),
    (MAIN.replace("]", ", 'zzz']", 1), "portals[1]", "expected a file portals/zzz.toml, found none; there are: an-gia"),
    (MAIN.replace("]", ", '../x']", 1), "portals[1]", "expected an id of letters, digits, '.', '-' and '_', found"),
    ("archive = 3\n" + MAIN, "archive", "expected text, found the number 3"),
    ("http = 3\nportals = ['an-giang']", "http", "expected a table, found the number 3"),
    ("timezone = 'Asia/Ho_Chi_Min'\n" + MAIN, "timezone", "did you mean Asia/Ho_Chi_Minh?"),
    ("timezone = '../etc/passwd'\n" + MAIN, "timezone", "expected a time zone like Asia/Ho_Chi_Minh"),
    ("timezone = 'Asia'\n" + MAIN, "timezone", "expected a time zone like Asia/Ho_Chi_Minh"),
    ("timezone = ''\n" + MAIN, "timezone", "expected a time zone like Asia/Ho_Chi_Minh"),
    ("timezone = 7\n" + MAIN, "timezone", "expected text, found the number 7"),
    (MAIN + "delay = '3'\n", "http.delay", 'expected a number of seconds or a duration like "45s"'),
    (MAIN + "delay = '3 days'\n", "http.delay", 'expected a number of seconds or a duration like "45s"'),
    (MAIN + "delay = true\n", "http.delay", 'expected a number of seconds or a duration like "45s"'),
    (MAIN + "delay = -1\n", "http.delay", "expected between 0 seconds and a year, found the number -1"),
    (MAIN + "delay = nan\n", "http.delay", "expected between 0 seconds and a year, found the number nan"),
    (MAIN + "timeout = inf\n", "http.timeout", "expected between 0 seconds and a year, found the number inf"),
    (MAIN + "timeout = 0\n", "http.timeout", "expected more than 0 seconds"),
    (MAIN + "timeout = '0s'\n", "http.timeout", "expected more than 0 seconds"),
    (MAIN + "timeout = 60\ndeadline = 30\n", "http", "must not be shorter than timeout"),
    (MAIN + "retries = -1\n", "http.retries", "expected at least 0, found the number -1"),
    (MAIN + "retries = 1.5\n", "http.retries", "expected a whole number, found the number 1.5"),
    (MAIN + "retries = true\n", "http.retries", "expected a whole number, found true"),
    (MAIN + "max_bytes = 0\n", "http.max_bytes", "expected at least 1, found the number 0"),
    (MAIN + "max_bytes = '10MB'\n", "http.max_bytes", 'expected a whole number, found "10MB"'),
    (MAIN + "robots = 'yes'\n", "http.robots", 'expected true or false, found "yes"'),
    (MAIN + "robots = 1\n", "http.robots", "expected true or false, found the number 1"),
    (MAIN + "ca_bundle = 'no.pem'\n", "http.ca_bundle", "expected a PEM file, found none at no.pem"),
    (MAIN + "proxy = 'proxy:3128'\n", "http.proxy", "expected an address beginning with http:// or https://"),
    (MAIN.replace("a@", "Nguyễn "), "http.contact", "expected plain ASCII (it is sent in the User-Agent)"),
    (MAIN.replace("a@", "a\\n"), "http.contact", "expected plain ASCII (it is sent in the User-Agent)"),
    (MAIN + "[schedule]\nevery = 0\n", "schedule.every", "expected more than 0 seconds"),
    (MAIN + "[schedule]\nevery = '-5m'\n", "schedule.every", "expected a number of seconds or a duration"),
    (MAIN + "[schedule]\nevery = 60\ncron = '0 * * * *'\n", "schedule", "expected one of every and cron, found both"),
    (MAIN + "[schedule]\nevery = 60\njitter = 60\n", "schedule", "jitter (60 s) must be shorter than every (60 s)"),
    (MAIN + "[schedule]\ncron = '@daily'\n", "schedule.cron", "expected five fields (minute hour day month weekday)"),
    (MAIN + "[schedule]\ncron = '0 6 * * 1-5'\n", "schedule.cron", "expected weekdays by name, for instance mon-fri"),
    (MAIN + "[schedule]\ncron = '61 6 * * *'\n", "schedule.cron", "expected a cron expression"),
    (MAIN + "[schedule]\ncron = '0 6 31 2 *'\n", "schedule.cron", "which never comes due"),
    (MAIN + "[schedule]\ncron = 6\n", "schedule.cron", "expected text, found the number 6"),
    (MAIN + "[recheck]\ndays = -1\n", "recheck.days", "expected at least 0, found the number -1"),
    (MAIN + "[recheck]\nper_run = 'all'\n", "recheck.per_run", 'expected a whole number, found "all"'),
    (MAIN + "[topic]\nthreshold = 1.5\n", "topic.threshold", "expected at most 1"),
    (MAIN + "[topic]\nthreshold = nan\n", "topic.threshold", "expected a finite number"),
    (MAIN + "[topic]\nthreshold = true\n", "topic.threshold", "expected a number, found true"),
    (MAIN + "[alerts]\nstrikes = 0\n", "alerts.strikes", "expected at least 1, found the number 0"),
    (MAIN + "[alerts]\nurls = ['me@example.vn']\n", "alerts.urls[0]", "expected a notification address like mailto://"),
    (MAIN + "[health]\nport = 65536\n", "health.port", "expected at most 65535, found the number 65536"),
    (MAIN + "[health]\nport = -1\n", "health.port", "expected at least 0, found the number -1"),
    (MAIN + "[health]\nport = '8080'\n", "health.port", 'expected a whole number, found "8080"'),
    (MAIN + "[health]\nhost = ''\n", "health.host", "expected some text, found none"),
    (MAIN + "[http\n", "", "is no valid TOML: "),
    (MAIN + "contact = 'b'\n", "", "(at line 4, "),
    (MAIN + "delay = " + "9" * 5000 + "\n", "", "is no valid TOML: "),
    (MAIN + "delay = " + "[" * 5000, "", "is no valid TOML: "),
    (MAIN.encode() + b"# T\xean\n", "", "expected UTF-8, found byte 0xea in line 4"),
    (MAIN.encode("utf-16"), "", "expected UTF-8, found byte 0xff in line 1"),
]


@pytest.mark.parametrize(("content", "key", "message"), MAIN_MISTAKES)
def test_a_mistake_in_collector_toml(write: Write, content: str | bytes, key: str, message: str) -> None:
    mistake = only_mistake(write(main=content))
    assert (mistake.file, mistake.key) == ("config/collector.toml", key)
    assert message in mistake.message


SECTION = '[[sections]]\nid = "tin-2"\nurl = "/tin-2"\n'
PORTAL_MISTAKES = [
    (PORTAL.replace('id = "an-giang"', ""), "id", "required, and not given"),
    (PORTAL.replace('"an-giang"', '"angiang"'), "id", 'expected "an-giang", the file\'s own name, found "angiang"'),
    (PORTAL.replace('"an-giang"', "7"), "id", "expected text, found the number 7"),
    (PORTAL.replace('"cms"', '"csm"'), "family", "expected a file families/csm.toml, found none; did you mean cms?"),
    (PORTAL.replace('"cms"', "3"), "family", "expected text, found the number 3"),
    (PORTAL.replace('"cms"', '"../cms"'), "family", "expected an id of letters, digits"),
    (PORTAL + "[articles]\n", "articles", "unknown key; did you mean article?"),
    (PORTAL.replace("https://ang", "ang"), "base_url", "expected an address beginning with http:// or https://"),
    (PORTAL.replace("https://", "ftp://"), "base_url", "expected an address beginning with http:// or https://"),
    (PORTAL.replace(".example/", ".example:99999/"), "base_url", "expected an address beginning with http"),
    (PORTAL.replace(".example/", ".example/?a=1"), "base_url", "expected an address without user, query and fragment"),
    (PORTAL.replace("https://ang", "https://u:p@ang"), "base_url", "expected an address without user, query and frag"),
    (PORTAL.replace("[[", "hosts = ['https://x.vn/']\n[["), "hosts[0]", "expected a host or host:port, without scheme"),
    (PORTAL.replace("[[", "hosts = ['x.vn:port']\n[["), "hosts[0]", "expected a host or host:port, without scheme"),
    (PORTAL.replace("[[", "hosts = ['*.x.vn']\n[["), "hosts[0]", "expected a host or host:port, without scheme"),
    (PORTAL.replace("[[", "hosts = 'x.vn'\n[["), "hosts", 'expected a list, found "x.vn"'),
    (PORTAL.replace("[[", "attribution = ''\n[["), "attribution", "expected some text, found none"),
    (PORTAL.replace('name = "An', 'name = "An\\n'), "name", "expected one line of text"),
    (PORTAL[: PORTAL.index("[[")], "sections", "required, and not given"),
    (PORTAL[: PORTAL.index("[[")] + "sections = []\n", "sections", "expected at least one, found none"),
    (PORTAL[: PORTAL.index("[[")] + "sections = ['a']\n", "sections[0]", 'expected a table, found "a"'),
    (PORTAL + SECTION.replace("tin-2", "tin", 1), "sections[1].id", '"tin" is the id of sections[0] already'),
    (PORTAL + SECTION.replace("/tin-2", "/tin-tuc"), "sections[1].url", "is the address of sections[0] already: https"),
    (
        PORTAL + SECTION.replace("/tin-2", "//b.vn/"),
        "sections[1].url",
        "expected an http address on base_url's host or",
    ),
    (PORTAL + SECTION.replace("/tin-2", "mailto:a@b.vn"), "sections[1].url", "expected an http address on base_url's"),
    (PORTAL + SECTION.replace("/tin-2", ""), "sections[1].url", "expected an address relative to base_url"),
    (PORTAL + SECTION.replace("tin-2", "a/b", 1), "sections[1].id", "expected an id of letters, digits"),
    (PORTAL + SECTION + "topic = 'economy'\n", "sections[1].topic", "expected 'labour', found \"economy\""),
    (PORTAL + SECTION + "link = '/'\n", "sections[1].link", "unknown key here; did you mean listing.link?"),
    (PORTAL + "[article]\ntitle = []\n", "article.title", "required, and not given, nor by the family cms"),
    (PORTAL + "[article]\nbody = ['a[']\n", "article.body[0]", 'expected a CSS selector, found "a["'),
    (PORTAL + "[article]\nbody = 'p::text'\n", "article.body", 'expected a CSS selector, found "p::text"'),
    (PORTAL + "[article]\nbody = ''\n", "article.body", 'expected a CSS selector, found ""'),
    (PORTAL + "[article]\nbyline = 3\n", "article.byline", "expected text or a list of texts, found the number 3"),
    (PORTAL + "[article]\nbyline = ['p', 3]\n", "article.byline[1]", "expected text, found the number 3"),
    (PORTAL + "[listing]\ntitel = 'a'\n", "listing.titel", "unknown key; did you mean title?"),
    (
        PORTAL + "[pager]\nkind = 'cursor'\n",
        "pager.kind",
        "expected 'postback', 'query', 'path' or 'none', found \"cursor\"",
    ),
    (PORTAL + "[pager]\nkind = 'none'\nfirst = 0\n", "pager.first", 'belongs to kind = "query"'),
    (PORTAL + "[pager]\nfirst = -1\n", "pager.first", "expected at least 0, found the number -1"),
    (PORTAL + "[pager]\nparameter = ''\n", "pager.parameter", "expected some text, found none"),
    (PORTAL + "[identity]\npatterns = ['(']\n", "identity.patterns[0]", "expected a regular expression, found"),
    (PORTAL + "[identity]\npatterns = ['-(\\d+)']\n", "identity.patterns[0]", "expected a group named id, (?P<id>…)"),
    (PORTAL + "[recognise]\nneeded = 3\n", "recognise.needed", "expected at most 2, the number of marks, found"),
    (PORTAL + "[recognise]\nneeded = 0\n", "recognise.needed", "expected at least 1, found the number 0"),
    (PORTAL + "[visits.labels]\ntodya = 'x'\n", "visits.labels.todya", "unknown key; did you mean today?"),
    (PORTAL + "[visits.labels]\nyear = 'x'\n", "visits.labels.year", "unknown key; expected one of month, online, to"),
    (PORTAL + "[visits.labels]\nweek = ['']\n", "visits.labels.week[0]", "expected some text, found none"),
    (PORTAL + "[visits\n", "", "is no valid TOML: "),
    (PORTAL.encode() + b"\xff", "", "expected UTF-8, found byte 0xff in line 9"),
]


@pytest.mark.parametrize(("content", "key", "message"), PORTAL_MISTAKES)
def test_a_mistake_in_a_portals_file(write: Write, content: str | bytes, key: str, message: str) -> None:
    mistake = only_mistake(write(portal=content))
    assert (mistake.file, mistake.key) == ("config/portals/an-giang.toml", key)
    assert message in mistake.message


FAMILY_MISTAKES = [
    (FAMILY.replace('"cms"', '"csm"'), "id", 'expected "cms", the file\'s own name, found "csm"'),
    (FAMILY + "[artcle]\n", "artcle", "unknown key; did you mean article?"),
    ("base_url = 'https://x.vn/'\n" + FAMILY, "base_url", "unknown key; expected one of article, id, identity, layout"),
    (FAMILY.replace("ul.List > li", "ul.List >"), "listing.item[0]", "expected a CSS selector, found"),
    (FAMILY.replace('"query"', '"none"'), "pager.parameter", 'belongs to kind = "query", and kind is "none"'),
    (FAMILY + "[visits.labels]\n", "", "is no valid TOML: "),
]


@pytest.mark.parametrize(("content", "key", "message"), FAMILY_MISTAKES)
def test_a_mistake_in_a_family_is_told_once_and_in_its_own_file(
    write: Write, content: str, key: str, message: str
) -> None:
    root = write(main=MAIN.replace("]", ", 'ca-mau']", 1), family=content)
    (root / "config/portals/ca-mau.toml").write_text(PORTAL.replace("an-giang", "ca-mau"), encoding="utf-8")
    mistake = only_mistake(root)
    assert (mistake.file, mistake.key) == ("config/families/cms.toml", key)
    assert message in mistake.message


@pytest.mark.parametrize(
    ("family", "key", "message"),
    [
        (FAMILY.replace('title = ["h1"]', ""), "article.title", "required, and not given, nor by the family cms"),
        (FAMILY.replace('body = [".Body", ".Text"]', ""), "article.body", "required, and not given, nor by the family"),
        (FAMILY.replace('item = ["ul.List > li"]', ""), "listing.item", "required, and not given, nor by the family"),
        (FAMILY.replace('parameter = "page"', ""), "pager.parameter", 'required by kind = "query"'),
    ],
)
def test_what_portal_and_family_lack_together_is_told_in_the_portals_file(
    write: Write, family: str, key: str, message: str
) -> None:
    mistake = only_mistake(write(family=family))
    assert (mistake.file, mistake.key) == ("config/portals/an-giang.toml", key)
    assert message in mistake.message


def test_all_mistakes_of_all_files_are_told_at_once(write: Write) -> None:
    root = write(
        main=MAIN + 'delay = "x"\nretries = -1\n[schedule]\nevery = 0\ncron = "* * * * 1"\n',
        portal=PORTAL.replace("https", "gopher") + "[articel]\n" + SECTION.replace("tin-2", "tin", 1),
        family=FAMILY + 'week = "Tuần"\nyear = "Năm"\n',
    )
    assert [(mistake.file.removeprefix("config/"), mistake.key) for mistake in mistakes(root)] == [
        ("collector.toml", "http.delay"),
        ("collector.toml", "http.retries"),
        ("collector.toml", "schedule.every"),
        ("collector.toml", "schedule.cron"),
        ("collector.toml", "schedule"),
        ("families/cms.toml", "visits.labels.year"),
        ("portals/an-giang.toml", "base_url"),
        ("portals/an-giang.toml", "articel"),
        ("portals/an-giang.toml", "sections[1].id"),
    ]


def test_portals_are_checked_even_when_collector_toml_has_mistakes(write: Write) -> None:
    found = mistakes(write(main=MAIN + "delay = 'x'\n", portal="x = 1"))
    assert {mistake.file for mistake in found} == {"config/collector.toml", "config/portals/an-giang.toml"}


def test_a_half_written_file_is_refused(write: Write) -> None:
    """FAULTS 36: whoever reloads keeps what is in force, because nothing half is ever returned."""
    for name, whole in (("main", MAIN), ("portal", PORTAL), ("family", FAMILY)):
        half = whole[: len(whole) // 2]
        assert mistakes(write(**{name: half})), name
    assert mistakes(write(main="")), "an empty file is no configuration of nothing"


JUNK = (
    "true", "-1", "0", "7", "1.5", "nan", "inf", "0x" + "f" * 5000, "''", "'x'", "'/'", "'[::1'", "'https://['",
    "'//['", "'\\u0000'", '"\\u0000"', "[]", "['']", "['x', 'x']", "[[]]", "[{}]", "[1]", "{}", "{x = 1}",
    "{id = 'x'}", "{item = {}}", "2024-01-01", "06:30:00",
)  # fmt: skip


def _paths(model: type[BaseModel]) -> list[str]:
    """Every key of a file: its tables and what is in them."""
    found = []
    for name, field in model.model_fields.items():
        found.append(name)
        found += [f"{name}.{key}" for key in getattr(field.annotation, "model_fields", {})]
    return found


@pytest.mark.parametrize("file", ["main", "portal", "family"])
def test_whatever_stands_for_a_value_the_answer_is_settings_or_mistakes(write: Write, file: str) -> None:
    models: dict[str, type[BaseModel]] = {"main": CollectorFile, "portal": PortalFile, "family": FamilyFile}
    sections = "[{id = 'a', url = '/'}]"
    whole = {
        "main": {"portals": "['an-giang']"},
        "portal": {"id": "'an-giang'", "family": "'cms'", "base_url": "'https://x.vn/'", "sections": sections},
        "family": {"listing.item": "'li'", "article.title": "'h1'", "article.body": "'.b'"},
    }[file]
    found: list[Mistake] = []
    refusals = 0
    for path in _paths(models[file]):
        others = {key: value for key, value in whole.items() if not f"{key}.".startswith(f"{path}.")}
        for junk in JUNK:
            lines = [f"{key} = {value}" for key, value in {**others, path: junk}.items()]
            try:
                load(write(**{file: "\n".join(lines)}))
            except ConfigError as error:
                refusals += 1
                found += error.mistakes
    assert refusals > len(JUNK)
    assert all(mistake.message for mistake in found)
    assert "Input should" not in str(found), "a message of the library's that nobody translated"


def test_a_misspelt_required_key_is_told_with_its_right_name(write: Write) -> None:
    found = {mistake.key: mistake.message for mistake in mistakes(write(portal=PORTAL.replace("base_url", "base-url")))}
    assert found == {"base_url": "required, and not given", "base-url": "unknown key; did you mean base_url?"}


# Durations


@given(st.integers(0, 8000), st.sampled_from([("s", 1), ("m", 60), ("h", 3600)]))
def test_a_duration_is_its_number_times_its_unit(number: int, unit: tuple[str, int]) -> None:
    letter, seconds = unit
    assert duration(f"{number}{letter}") == duration(f" {number}{letter} ") == number * seconds


@given(st.floats(0, 366 * 86400))
def test_a_number_is_a_duration_in_seconds(seconds: float) -> None:
    assert duration(seconds) == seconds


@given(st.one_of(
    st.text().filter(lambda text: not re.fullmatch(r"\s*[0-9]+(\.[0-9]+)?[smh]\s*", text)),
    st.floats(max_value=0, exclude_max=True), st.integers(max_value=-1), st.integers(min_value=10**9),
    st.booleans(), st.none(), st.lists(st.integers()), st.dates(), st.just("٣٠m"), st.just(10**400),
))  # fmt: skip
def test_anything_else_is_no_duration(value: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        duration(value)


# Cron


@pytest.mark.parametrize("weekdays", ["1-5", "0", "7", "sun,1", "*/2", "mon-5"])
def test_weekdays_by_number_are_refused_because_the_scheduler_counts_from_monday(weekdays: str) -> None:
    with pytest.raises(ValueError, match="Tuesday to Saturday"):
        cron(f"0 6 * * {weekdays}")


@pytest.mark.parametrize(
    "expression",
    ["0 6 * * mon-fri", "*/15 6-20 * * *", "0 0 last * *", "0 0 29 2 mon", "5 4 1 1 MON,Sat", "0 6 * * mon-fri/2"],
)
def test_these_schedules_mean_what_they_say(expression: str) -> None:
    assert cron(expression) == expression


# Merging

_TREES = st.recursive(
    st.integers() | st.lists(st.integers(), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
_TABLES = st.dictionaries(st.sampled_from("abc"), _TREES, max_size=3)


def _leaves(table: Mapping[str, Any], above: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    found: dict[tuple[str, ...], Any] = {}
    for key, value in table.items():
        found |= _leaves(value, (*above, key)) if isinstance(value, dict) else {(*above, key): value}
    return found


@given(_TABLES, _TABLES)
def test_everything_that_a_portal_says_holds_after_merging(family: dict[str, Any], portal: dict[str, Any]) -> None:
    assert _leaves(portal).items() <= _leaves(merged(family, portal)).items()


@given(_TABLES, _TABLES)
def test_merging_invents_nothing(family: dict[str, Any], portal: dict[str, Any]) -> None:
    whole = _leaves(merged(family, portal))
    for path, value in whole.items():
        assert value in (_leaves(family).get(path), _leaves(portal).get(path))


@given(_TABLES)
def test_merging_with_nothing_or_with_itself_changes_nothing(table: dict[str, Any]) -> None:
    assert merged(table, {}) == merged({}, table) == merged(table, table) == table
