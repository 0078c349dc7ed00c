"""The configuration: what is read, what is refused, and in which words."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from collector import config
from collector.config import shipped
from collector.config.layouts import merged
from collector.config.settings import CollectorFile
from collector.config.tables import FamilyFile, PortalFile
from collector.config.values import cron, duration
from collector.errors import ConfigError, Mistake, UsageError
from collector.profile import Profile, SectionProfile

MAIN = 'portals = ["an-giang"]\n[http]\ncontact = "a@example.vn"\n'
FAMILY = r"""
id = "cms"
name = "A family"
[identity]
patterns = ['-(?P<id>\d+)$']
[recognise]
marks = [".Mark", ".Other"]
[listing]
item = ["ul.List > li"]
[pager]
kind = "query"
parameter = "page"
[article]
title = ["h1"]
body = [".Body", ".Text"]
[visits.labels]
today = ["Hôm nay"]
total = ["Tất cả"]
"""
PORTAL = """
id = "an-giang"
family = "cms"
name = "An Giang"
base_url = "https://angiang.example/"
[[sections]]
id = "tin"
url = "/tin-tuc"
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a configuration into ``config/`` below the temporary folder; what is not given is as above."""

    def _write(
        main: str | bytes = MAIN, portal: str | bytes | None = PORTAL, family: str | bytes | None = FAMILY
    ) -> Path:
        files = {"collector.toml": main, "portals/an-giang.toml": portal, "families/cms.toml": family}
        for name, content in files.items():
            path = tmp_path / "config" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is not None:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return _write


def load(root: Path, environ: Mapping[str, str] | None = None, path: Path | None = None) -> config.Settings:
    return config.load(path, environ=environ or {}, cwd=root)


def mistakes(root: Path) -> list[Mistake]:
    with pytest.raises(ConfigError) as refused:
        load(root)
    return refused.value.mistakes


def only_mistake(root: Path) -> Mistake:
    (mistake,) = mistakes(root)
    return mistake


# What is read


def test_a_portal_is_laid_over_its_family(write: Write) -> None:
    root = write(portal=PORTAL + '[article]\nbody = ".Long"\n[visits.labels]\ntotal = ["Tổng"]\n')
    (profile,) = load(root).profiles
    assert profile.article.title == ("h1",)
    assert profile.article.body == (".Long",), "a list is replaced as a whole"
    assert profile.visits.labels == {"today": ("Hôm nay",), "total": ("Tổng",)}, "a table is merged key by key"
    assert profile.pager.kind == "query"
    assert profile.pager.parameter == "page"
    assert profile.recognise.marks == (".Mark", ".Other")
    assert [pattern.pattern for pattern in profile.identity] == [r"-(?P<id>\d+)$"]
    assert profile.family == "cms"


def test_a_portal_without_family_needs_only_its_own_file(write: Write) -> None:
    portal = PORTAL.replace('family = "cms"\n', "") + '[listing]\nitem = "li"\n[article]\ntitle = "h1"\nbody = ".b"\n'
    (profile,) = load(write(portal=portal, family=None)).profiles
    assert profile.family is None
    assert profile.listing.item == ("li",)
    assert profile.pager.kind == "none"


def test_what_a_portal_leaves_out_comes_from_its_id(write: Write) -> None:
    (profile,) = load(write(portal=PORTAL.replace('name = "An Giang"\n', ""))).profiles
    assert profile.name == "an-giang", "and never from the family's name"
    assert profile.installation == "an-giang"
    assert profile.hosts == ()


def test_section_addresses_are_relative_to_base_url(write: Write) -> None:
    portal = PORTAL.replace("angiang.example/", "angiang.example/cong") + (
        '[[sections]]\nid = "b"\nurl = "vi/tin?page=1"\n[[sections]]\nid = "c"\nurl = "https://angiang.example/x"\n'
    )
    (profile,) = load(write(portal=portal)).profiles
    assert profile.base_url == "https://angiang.example/cong/"
    assert [section.url for section in profile.sections] == [
        "https://angiang.example/tin-tuc",
        "https://angiang.example/cong/vi/tin?page=1",
        "https://angiang.example/x",
    ]


def test_the_time_zone_reaches_every_profile(write: Write) -> None:
    settings = load(write(main='timezone = "Asia/Tokyo"\n' + MAIN))
    assert settings.timezone == "Asia/Tokyo"
    assert {profile.timezone for profile in settings.profiles} == {"Asia/Tokyo"}


def test_without_a_word_the_schedule_is_every_half_hour_and_rechecks_are_off(write: Write) -> None:
    settings = load(write())
    assert (settings.schedule.every, settings.schedule.cron, settings.schedule.jitter) == (1800.0, None, 0.0)
    assert settings.recheck.days == 0
    assert settings.archive is None
    assert settings.http.robots is True
    assert settings.http.ca_bundle is None


def test_a_cron_schedule_stands_alone(write: Write) -> None:
    settings = load(write(main=MAIN + '[schedule]\ncron = "15  6-20 * * mon-fri"\n'))
    assert (settings.schedule.every, settings.schedule.cron) == (None, "15 6-20 * * mon-fri")


def test_limits_follow_a_timeout_that_was_changed(write: Write) -> None:
    quick = load(write(main=MAIN + 'timeout = "5s"\ndelay = 0\n')).http
    assert (quick.timeout, quick.connect_timeout, quick.deadline, quick.delay) == (5.0, 5.0, 180.0, 0.0)
    slow = load(write(main=MAIN + 'timeout = "5m"\n')).http
    assert (slow.timeout, slow.connect_timeout, slow.deadline) == (300.0, 10.0, 900.0)


def test_an_empty_contact_is_a_warning_and_no_mistake(write: Write) -> None:
    settings = load(write(main=MAIN.replace("a@example.vn", "")))
    assert len(settings.warnings) == 1
    assert "http.contact is empty" in settings.warnings[0]
    assert load(write()).warnings == ()


def test_a_byte_order_mark_is_accepted(write: Write) -> None:
    assert load(write(main=b"\xef\xbb\xbf" + MAIN.encode(), portal=b"\xef\xbb\xbf" + PORTAL.encode())).portals


def test_settings_cannot_be_changed(write: Write) -> None:
    settings = load(write())
    with pytest.raises(FrozenInstanceError):
        settings.archive = "x"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        settings.http.delay = 9


def test_text_is_normalised_so_that_labels_can_be_compared(write: Write) -> None:
    decomposed = "Ho\u0302m nay"
    (profile,) = load(write(family=FAMILY.replace("Hôm nay", decomposed))).profiles
    assert profile.visits.labels["today"] == ("H\u00f4m nay",)


def test_a_portals_hosts_may_hold_its_sections(write: Write) -> None:
    portal = PORTAL.replace("/tin-tuc", "https://tin.angiang.example:8443/x").replace(
        "[[sections]]", 'hosts = ["TIN.angiang.example:8443", "m.angiang.example"]\n[[sections]]'
    )
    (profile,) = load(write(portal=portal)).profiles
    assert profile.hosts == ("tin.angiang.example:8443", "m.angiang.example")


# Where it is looked for

#: What the shipped settings name: a further portal must not break these tests.
SHIPPED_PORTALS = tomllib.loads((config.shipped_folder() / "collector.toml").read_text(encoding="utf-8"))["portals"]


def test_the_option_goes_before_the_environment_and_both_before_the_working_directory(write: Write) -> None:
    root = write()
    other = root / "other"
    config.init(other)
    assert load(root).portals == ("an-giang",)
    assert load(root, {"COLLECTOR_CONFIG": "other"}).portals == tuple(SHIPPED_PORTALS)
    assert load(root, {"COLLECTOR_CONFIG": "other"}, Path("config")).portals == ("an-giang",)
    assert load(root, {"COLLECTOR_CONFIG": ""}).portals == ("an-giang",)
    assert load(root, path=other / "collector.toml").folder == other


def test_without_any_configuration_the_shipped_one_is_read(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.portals == tuple(SHIPPED_PORTALS)
    assert settings.folder == config.shipped_folder()


@pytest.mark.parametrize("path", ["nowhere", "nowhere/collector.toml"])
def test_a_configuration_that_was_asked_for_and_is_not_there_is_a_mistake(write: Write, path: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(write(), path=Path(path))
    assert refused.value.mistakes == [Mistake(path, "", "there is no such file")]


def test_a_folder_without_collector_toml_names_the_file_that_it_lacks(write: Write) -> None:
    root = write()
    (root / "empty").mkdir()
    with pytest.raises(ConfigError) as refused:
        load(root, path=Path("empty"))
    assert refused.value.mistakes == [Mistake("empty/collector.toml", "", "there is no such file")]


def test_the_copy_inside_an_installed_package_goes_before_the_repositorys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "collector"
    package.mkdir(parents=True)
    monkeypatch.setattr(shipped, "_PACKAGE", package)
    assert config.shipped_folder() == tmp_path / "config"
    (package / "_config").mkdir()
    assert config.shipped_folder() == package / "_config"


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


# What is shipped

SHIPPED = sorted(path.relative_to(config.shipped_folder()) for path in config.shipped_folder().rglob("*.toml"))


def test_the_shipped_configuration_has_no_mistake_and_lacks_only_a_contact() -> None:
    settings = config.load(config.shipped_folder(), environ={}, cwd=Path.cwd())
    assert [profile.id for profile in settings.profiles] == SHIPPED_PORTALS
    assert len(settings.warnings) == 1
    assert "contact" in settings.warnings[0]


def test_every_shipped_family_and_portal_is_free_of_mistakes(tmp_path: Path) -> None:
    config.init(tmp_path)
    invented = sorted((Path(__file__).parent / "portals").glob("*.toml"))
    for path in invented:  # a family that no shipped portal names yet has one that is invented
        (tmp_path / "portals" / path.name).write_bytes(path.read_bytes())
    portals = [path.stem for path in [*SHIPPED, *invented] if path.parent.name == "portals"]
    used = {path.stem for path in SHIPPED if path.parent.name == "families"}
    (tmp_path / "collector.toml").write_text(f"portals = {json.dumps(portals)}", encoding="utf-8")
    settings = load(tmp_path, path=tmp_path)
    assert [profile.id for profile in settings.profiles] == portals
    assert {profile.family for profile in settings.profiles} - {None} == used, (
        "a family that no portal names is not checked"
    )


def test_every_option_of_collector_toml_is_named_in_the_shipped_file() -> None:
    text = (config.shipped_folder() / "collector.toml").read_text(encoding="utf-8")
    for name, field in CollectorFile.model_fields.items():
        inner = getattr(field.annotation, "model_fields", None)
        for key in inner or [name]:
            assert re.search(rf"^(# )?{key} = ", text, re.MULTILINE), key


@pytest.mark.parametrize("line", ["archive", "connect_timeout", "deadline", "ca_bundle", "proxy"])
def test_what_the_shipped_file_comments_out_can_be_commented_in(tmp_path: Path, line: str) -> None:
    config.init(tmp_path)
    (tmp_path / "portal-ca.pem").write_text("", encoding="utf-8")
    path = tmp_path / "collector.toml"
    text, times = re.subn(rf"^# ({line} = )", r"\1", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert times == 1
    path.write_text(text, encoding="utf-8")
    assert load(tmp_path, path=path)


# The addresses of the family, in the forms that were seen; the id is 735814 in each.
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/vpubnd/1292/32237/63645/735814/Hoat-dong/So-Lao-dong-tong-ket.aspx", "735814"),
        ("/vpubnd/1292/32237/63645/735814/Hoat-dong/So-Lao-dong-ngay-08-01-2024.ASPX", "735814"),
        ("/1292/32237/63645/735814/hoat-dong/so-lao-dong-tong-ket", "735814"),
        ("/1292/32237/63645/735814/hoat-dong/ke-hoach-ngay-106-6-20231", "735814"),
        ("/hoat-dong/so-lao-dong-tong-ket-735814", "735814"),
        ("/mDefault.aspx?sid=1444&pageid=6591&catid=71012&id=693472&catname=a&title=b", "693472"),
        ("/Default.aspx?sname=vpubnd&sid=1292&pageid=32237&catid=63645&id=735814&title=b", "735814"),
        ("/Default.aspx?sname=vpubnd&sid=1292&pageid=32237&catid=63645&catname=hoat-dong-dang-doan-the", None),
        ("/Default.aspx?sname=vpubnd&sid=1292&pageid=32237", None),
        ("/Default.aspx?sname=vpubnd&pageid=32237&p_steering=3", None),
        ("/Default.aspx?sname=vpubnd&pageid=1&eventtype=&eventid=5&evenname=", None),
        ("/vpubnd/1292/32237/63645/hoat-dong-dang-doan-the/", None),
        ("/gioi-thieu-chung", None),
        ("/tin-tuc/ke-hoach-nam-2024", None),
    ],
)
def test_the_shipped_family_reads_an_articles_id_from_every_form_of_address(address: str, expected: str | None) -> None:
    profile = config.demo_profile("http://127.0.0.1:8000/")
    path = urlsplit(address).path
    found = (pattern.search(text) for text in (path, address) for pattern in profile.identity)
    assert next((match["id"] for match in found if match), None) == expected


@pytest.mark.parametrize(
    ("measure", "label"),
    [
        *(("online", label) for label in ("Đang online", "Đang truy cập", "Online hiện tại", "Số người đang truy cập")),
        *(("today", label) for label in ("Hôm nay", "Lượt hôm nay", "Lượng hôm nay", "Truy cập hôm nay")),
        ("yesterday", "Hôm qua"),
        *(("week", label) for label in ("Tuần", "Trong tuần", "Tuần này", "Trong tuần này")),
        *(("month", label) for label in ("Tháng", "Trong tháng", "Tháng này", "Trong tháng này", "Tháng hiện tại")),
        *(("total", label) for label in ("Tất cả", "Tất cả lượt truy cập", "Tổng truy cập", "Tổng lượt truy cập")),
        *(("total", label) for label in ("Tổng lượng truy cập", "Tổng số truy cập", "Tổng số lượt truy cập")),
        *(("total", label) for label in ("Tổng số lượng truy cập", "Lượt truy cập")),
    ],
)
def test_the_shipped_family_knows_every_label_that_was_seen_on_a_counter(measure: str, label: str) -> None:
    labels = config.demo_profile("http://127.0.0.1:8000/").visits.labels
    assert [name for name, known in labels.items() if label in known] == [measure]


# The worked examples of docs/ADD-A-PORTAL.md

GUIDE = Path(__file__).parents[1] / "docs" / "ADD-A-PORTAL.md"


def _examples() -> list[str]:
    return re.findall(r"^```toml\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def _portal(root: Path, name: str, text: str) -> Profile:
    config.init(root)
    (root / "portals" / f"{name}.toml").write_text(text, encoding="utf-8")
    (root / "collector.toml").write_text(f'portals = ["soctrang-vpub", "{name}"]', encoding="utf-8")
    return load(root, path=root).profiles[1]


def test_the_guides_portal_of_a_known_family_is_one_short_file(tmp_path: Path) -> None:
    first, pasted, differing, *_ = _examples()
    plain = _portal(tmp_path / "1", "binh-an", first)
    assert (plain.family, plain.sections[0].url) == ("td-webforms", "https://vpub.binhan.example/")
    head, home = first.split("[[sections]]")
    assert len(home.strip().splitlines()) == 2
    filled = _portal(tmp_path / "2", "binh-an", head + pasted + differing)
    assert [section.id for section in filled.sections] == ["tin-lao-dong-xa-hoi"]
    assert filled.article.body == (".NoiDungTin",)
    assert filled.article.title == plain.article.title


def test_the_guides_portal_without_a_family_stands_alone(tmp_path: Path) -> None:
    profile = _portal(tmp_path, "tan-giang", _examples()[3])
    assert profile.family is None
    assert (profile.pager.kind, profile.pager.parameter, profile.pager.first) == ("query", "page", 1)
    assert profile.identity[0].search("/bai-viet/tap-huan-nghe-20417.html")["id"] == "20417"  # type: ignore[index]
    assert [section.topic for section in profile.sections] == ["labour", None]


def test_the_guides_portal_that_was_rebuilt_has_its_layouts(tmp_path: Path) -> None:
    first, *_, layouts = _examples()
    profile = _portal(tmp_path, "binh-an", first + layouts)
    assert [(one.id, one.family, one.marks != ()) for one in profile.layouts] == [
        ("webforms", "td-webforms", False), ("nukeviet", "nukeviet", True),
    ]  # fmt: skip
    assert profile.layouts[1].article.byline == (".tac-gia",)
    assert profile.layouts[1].article.body == ("#news-bodyhtml", ".news_column .bodytext", "#news_detail > .bodytext")
    assert profile.hosts == ("vpub.binhan.example",)


def test_the_guide_names_every_family_and_how_it_pages() -> None:
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| .* \| (\w+)", GUIDE.read_text(encoding="utf-8"), re.MULTILINE))
    families = (config.shipped_folder() / "families").glob("*.toml")
    kinds = {path.stem: tomllib.loads(path.read_text(encoding="utf-8"))["pager"]["kind"] for path in families}
    assert rows == kinds


# A copy to edit


def test_init_copies_what_is_shipped_and_the_copy_loads(tmp_path: Path) -> None:
    written = config.init(tmp_path / "new" / "config")
    assert [path.relative_to(tmp_path / "new" / "config") for path in written if path.suffix == ".toml"] == SHIPPED
    assert load(tmp_path / "new").profiles == config.load(None, environ={}, cwd=tmp_path).profiles


def test_init_copies_nothing_that_python_has_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = tmp_path / "shipped"
    (shipped / "datasette" / "plugins" / "__pycache__").mkdir(parents=True)
    for name in ("plugin.py", "__pycache__/plugin.cpython-311.pyc"):
        (shipped / "datasette" / "plugins" / name).write_bytes(b"")
    monkeypatch.setattr("collector.config.shipped.shipped_folder", lambda: shipped)
    assert config.init(tmp_path / "mine") == [tmp_path / "mine" / "datasette" / "plugins" / "plugin.py"]


def test_init_never_overwrites_and_then_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "portals").mkdir()
    mine = tmp_path / "portals" / "soctrang-vpub.toml"
    mine.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"soctrang-vpub\.toml is there already"):
        config.init(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]
    assert mine.read_text(encoding="utf-8") == "mine"


def test_init_into_a_file_is_a_mistake_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be written"):
        config.init(tmp_path / "file")


# What is shown


def test_the_effective_configuration_is_json_and_names_what_is_in_force(write: Write) -> None:
    shown = json.loads(json.dumps(config.describe(load(write(main=MAIN + 'delay = "2m"\n')))))
    assert shown["http"]["delay"] == 120.0
    assert shown["portals"] == ["an-giang"]
    profile = shown["profiles"]["an-giang"]
    assert profile["article"]["body"] == [".Body", ".Text"]
    assert profile["identity"]["patterns"] == [r"-(?P<id>\d+)$"]
    assert profile["sections"][0]["url"] == "https://angiang.example/tin-tuc"
    assert profile["visits"]["labels"]["today"] == ["Hôm nay"]
    tables = {name for name in FamilyFile.model_fields if name not in {"id", "name"}}
    assert tables <= profile.keys()


def test_passwords_and_tokens_are_not_shown(write: Write) -> None:
    main = MAIN + 'proxy = "http://user:secret@proxy:3128/"\n[alerts]\nurls = ["tgram://secret/secret"]\n'
    shown = config.describe(load(write(main=main)))
    assert "secret" not in json.dumps(shown)
    assert shown["http"]["proxy"] == "http://proxy:3128/"
    assert shown["alerts"]["urls"] == ["tgram://…"]


# Another address


def test_a_profile_moves_to_another_base_with_its_sections(write: Write) -> None:
    portal = PORTAL.replace("angiang.example/", "angiang.example/cong/").replace(
        "[[", "hosts = ['b.example']\n[[", 1
    ) + ('[[sections]]\nid="b"\nurl="tin?a=1&b=:"\n[[sections]]\nid="c"\nurl="https://b.example/x"\n')
    (profile,) = load(write(portal=portal)).profiles
    moved = config.replace_base(profile, "http://127.0.0.1:8000")
    assert moved.base_url == "http://127.0.0.1:8000/"
    assert [section.url for section in moved.sections] == [
        "http://127.0.0.1:8000/tin-tuc",
        "http://127.0.0.1:8000/tin?a=1&b=:",
        "https://b.example/x",
    ]
    assert moved.article is profile.article


def test_the_replica_is_read_by_the_shipped_family() -> None:
    profile = config.demo_profile("http://127.0.0.1:8000", [SectionProfile("a", "/a?b=1", topic="labour")])
    assert (profile.id, profile.installation, profile.family) == ("demo", "demo", "td-webforms")
    assert profile.sections == (SectionProfile("a", "http://127.0.0.1:8000/a?b=1", topic="labour"),)
    assert all(urlsplit(s.url).port == 8000 for s in config.demo_profile("http://127.0.0.1:8000").sections)
