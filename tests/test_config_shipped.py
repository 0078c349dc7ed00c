"""The configuration that is shipped, the guide's examples, and a copy to edit."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from collector import config
from collector.config.settings import CollectorFile
from collector.errors import UsageError
from collector.profile import Profile
from configured import SHIPPED_PORTALS, load

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
