"""WARC files as a source: indexed in one pass, each page read where it stands."""

from __future__ import annotations

import gzip
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archives_replica import Capture
from collector.errors import CaptureAbsent, Interrupted, UsageError
from collector.model import Page
from collector.sources import Source, warcfiles
from crawl_replica import warc
from faulty_portal import Clock
from past import BEGAN, PREFIX, SITE, captures, http, identities, page_of, source, told
from warcs import PACKINGS, written

OURS = [
    *captures(5),
    Capture(f"{SITE}/cu", BEGAN, 302, (("Location", "/moi"),)),
    Capture("https://www.VPUB.soctrang.gov.vn:443/Trang-Chu", BEGAN, body=page_of(77)),
    Capture(f"{SITE}/tin/bai-100001", BEGAN + timedelta(days=1), body=page_of(0), revisit=True),
]
OTHERS = [
    Capture("http://ubnd.soctrang.gov.vn/tin/bai-100001", BEGAN),
    Capture("http://vpub.soctrang.gov.vn.example/", BEGAN),
    Capture("http://vpub.soctrang.gov.vn:8080/", BEGAN),
]


def opened(path: Path) -> Source:
    return source(f"warc:{path}", None, Clock())


def bodies(found: Source) -> list[tuple[str, datetime, bytes]]:
    return sorted((page.url, page.fetched_at, page.body) for page in map(found.page, told(found)))


def expected(kept: list[Capture]) -> list[tuple[str, datetime, bytes]]:
    return sorted((one.url, one.captured_at, one.body) for one in kept)


@pytest.mark.parametrize("packing", PACKINGS)
def test_everything_below_the_prefix_is_told_and_given(tmp_path: Path, packing: str) -> None:
    path = tmp_path / "tep.warc.gz"
    path.write_bytes(PACKINGS[packing](warc([*OTHERS, *OURS], requests=True)[0]))
    found = opened(path)
    assert identities(told(found)) == identities(OURS)
    assert bodies(found) == expected(OURS)
    assert found.name == "warc"
    assert found.bytes == sum(len(one.body) for one in OURS)
    assert found.requests >= len(OURS)
    found.close()


def test_what_a_line_says_of_a_capture(tmp_path: Path) -> None:
    path = tmp_path / "tep.warc.gz"
    path.write_bytes(warc([replace(OURS[0], truncated="time"), OURS[5]])[0])
    found = opened(path)
    first, second = told(found)
    assert (first.url, first.captured_at, first.status) == (OURS[0].url, BEGAN, 200)
    assert (first.mimetype, first.digest, first.truncated) == ("text/html", OURS[0].digest, "time")
    assert (second.status, second.mimetype) == (302, None)
    page = found.page(second)
    assert (page.status, page.headers, page.origin) == (302, {"location": "/moi"}, "warc")
    found.close()


def test_a_folder_is_all_its_files_and_a_revisit_may_refer_to_another_one(tmp_path: Path) -> None:
    # The payload of the first file's revisit stands in the last.
    (tmp_path / "1.warc.gz").write_bytes(warc([*OURS[5:], OURS[0]])[0])
    (tmp_path / "2.WARC").write_bytes(gzip.decompress(warc(OURS[1:5])[0]))
    (tmp_path / "readme.txt").write_text("no WARC file")
    (tmp_path / "sub.warc").mkdir()
    found = opened(tmp_path)
    assert bodies(found) == expected(OURS)
    found.close()


def test_a_revisit_is_given_though_its_payload_stands_in_another_file(tmp_path: Path) -> None:
    whole, places = warc([OURS[7], OURS[0]])
    revisit, payload = (whole[start : start + size] for start, size in places)
    (tmp_path / "1.warc.gz").write_bytes(revisit)
    (tmp_path / "2.warc.gz").write_bytes(payload)
    found = opened(tmp_path)
    first = next(iter(found.index(PREFIX, since=None, resume=None))).mementos[0]
    again = opened(tmp_path)
    for one in (found, again):  # one has read the first file only, the other none
        assert one.page(first).body == page_of(0)
        one.close()


def test_since_leaves_out_what_is_older(tmp_path: Path) -> None:
    path = tmp_path / "tep.warc"
    path.write_bytes(warc(OURS, gzip=False)[0])
    found = opened(path)
    since = BEGAN + timedelta(hours=3)
    assert identities(told(found, since=since)) == identities([one for one in OURS if one.captured_at >= since])
    found.close()


@pytest.mark.parametrize("packing", PACKINGS)
def test_another_run_goes_on_where_the_last_one_stopped(
    tmp_path: Path, packing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warcfiles, "_ROWS", 2)
    for number in range(2):
        kept = captures(5, path=str(number))
        (tmp_path / f"{number}.warc.gz").write_bytes(PACKINGS[packing](warc([*kept, *OTHERS])[0]))
    parts = list(opened(tmp_path).index(PREFIX, since=None, resume=None))
    assert [len(part.mementos) for part in parts] == [2, 2, 1, 2, 2, 1]
    for number, part in enumerate(parts[:-1]):
        again = opened(tmp_path)
        rest = told(again, resume=part.resume)
        assert rest == [one for later in parts[number + 1 :] for one in later.mementos]
        assert [again.page(one).body for one in rest] == [opened_page(tmp_path, one) for one in rest]
        again.close()
    assert parts[-1].resume is None
    assert told(opened(tmp_path), resume="9:0:0") == []


def opened_page(path: Path, memento: object) -> bytes:
    found = opened(path)
    try:
        return found.page(memento).body  # type: ignore[arg-type]
    finally:
        found.close()


def test_damage_is_told_with_file_and_place(tmp_path: Path) -> None:
    data, places = warc(OURS[:5])
    (tmp_path / "1.warc.gz").write_bytes(data[: places[3][0] + 40])
    (tmp_path / "2.warc.gz").write_bytes(data[places[4][0] :])
    (tmp_path / "3.warc.gz").write_bytes(b"")
    found = opened(tmp_path)
    parts = list(found.index(PREFIX, since=None, resume=None))
    assert identities(one for part in parts for one in part.mementos) == identities([*OURS[:3], OURS[4]])
    lines = [line for part in parts for line in part.unreadable]
    assert lines == [
        f"1.warc.gz, byte {places[3][0]}: the file ends inside a compressed record",
        "3.warc.gz is empty",
    ]
    found.close()


def test_our_own_export_keeps_the_origin_of_its_pages(tmp_path: Path) -> None:
    page = Page(f"{SITE}/a", f"{SITE}/b", BEGAN, 200, {"etag": '"1"'}, page_of(1), (f"{SITE}/a",), "live")
    (tmp_path / "tep.warc.gz").write_bytes(written([page]))
    found = opened(tmp_path)
    [memento] = told(found)
    assert memento.url == f"{SITE}/a"
    assert found.page(memento) == page
    found.close()


def test_a_capture_that_is_not_there_is_absent_or_another(tmp_path: Path) -> None:
    (tmp_path / "tep.warc.gz").write_bytes(warc(OURS)[0])
    found = opened(tmp_path)
    first, second, *_ = told(found)
    for change, cause in (
        ({"locator": ""}, "absent"),
        ({"locator": "7:0:0"}, "absent"),
        ({"locator": "0:0:0"}, "absent"),
        ({"locator": "0:3:0"}, "broken"),
        ({"locator": "0:999999:0"}, "absent"),
        ({"locator": second.locator}, "other"),
        ({"url": f"{SITE}/khac"}, "other"),
        ({"captured_at": datetime(2000, 1, 1, tzinfo=UTC)}, "other"),
    ):
        with pytest.raises(CaptureAbsent) as caught:
            found.page(replace(first, **change))
        assert caught.value.cause == cause, change
        assert found.page(first).body == page_of(0), "and the next one is read as before"
    found.close()


def test_a_file_that_was_changed_meanwhile_gives_no_other_page(tmp_path: Path) -> None:
    path = tmp_path / "tep.warc.gz"
    path.write_bytes(warc(OURS)[0])
    mementos = told(opened(path))
    path.write_bytes(warc(OURS[3:])[0])
    found = opened(path)
    given = 0
    for memento in mementos:
        try:
            assert found.page(memento).url == memento.url
            given += 1
        except CaptureAbsent:
            continue
    assert given < len(mementos)
    found.close()


def test_a_stop_ends_the_reading(tmp_path: Path) -> None:
    (tmp_path / "tep.warc.gz").write_bytes(warc(OURS)[0])
    found = opened(tmp_path)
    first = told(found)[0]
    found.abort()
    with pytest.raises(Interrupted):
        told(found)
    with pytest.raises(Interrupted):
        found.page(first)
    found.close()


def test_a_path_that_holds_no_file_is_a_mistake_of_the_user(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.warc", tmp_path / "a" / "b.warc.gz"):
        with pytest.raises(UsageError, match=r"WARC file|cannot be read"):
            opened(path)
    shut = tmp_path / "shut.warc"
    shut.write_bytes(b"x")
    shut.chmod(0)
    if not os.access(shut, os.R_OK):
        with pytest.raises(UsageError, match="Permission denied"):
            opened(shut)


def test_a_body_beyond_the_bound_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "tep.warc.gz"
    path.write_bytes(warc([OURS[0], Capture(f"{SITE}/lon", BEGAN, body=bytes(2_000_000)), OURS[1]])[0])
    found = source(f"warc:{path}", None, Clock(), settings=http(max_bytes=1_000_000))
    first, second, third = told(found)
    assert found.page(first).body == page_of(0)
    with pytest.raises(Exception, match="larger than 1000000 bytes"):
        found.page(second)
    assert found.page(third).body == page_of(1)
    found.close()
