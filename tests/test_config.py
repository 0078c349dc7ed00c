"""The configuration: what is read, where it is looked for, and how it is shown."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import ValidationError

from collector import config
from collector.config import shipped
from collector.config.tables import FamilyFile
from collector.errors import ConfigError, Mistake
from collector.profile import SectionProfile
from configured import FAMILY, MAIN, PORTAL, SHIPPED_PORTALS, Write, load

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
