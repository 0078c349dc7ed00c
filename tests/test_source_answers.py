"""Whatever an archive answers, a source gives captures or one of its own errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import FetchError, Unreachable
from collector.model import Page
from collector.sources import answers, cdx
from collector.sources.cdx import FIELDS, moment, stamp
from collector.sources.commoncrawl import _may_reach, _memento
from past import BEGAN

_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False)
_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
)
_ROWS = st.lists(st.lists(_SCALARS, max_size=7), max_size=5).map(lambda rows: [list(FIELDS), *rows])


def page(body: bytes, status: int = 200) -> Page:
    return Page("https://a.example/", "https://a.example/", BEGAN, status, {}, body)


@given(_JSON | _ROWS)
def test_rows_are_read_or_refused(value: Any) -> None:
    try:
        found = cdx.rows(page(json.dumps(value).encode()), "the index")
    except Unreachable:
        return
    assert len(found.mementos) + len(found.unreadable) <= len(value)


@given(st.binary(max_size=200))
def test_bytes_are_no_rows(body: bytes) -> None:
    with pytest.raises(Unreachable):
        cdx.rows(page(b"x" + body), "the index")


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 100_000, b'"' + b"9" * 9000, b"9" * 9000])
def test_what_is_nested_or_long_beyond_measure_is_refused(body: bytes) -> None:
    with pytest.raises(Unreachable):
        answers.parsed(page(body), body.decode(), "the index")


@given(
    st.dictionaries(
        st.sampled_from(["timestamp", "url", "filename", "offset", "length", "status", "mime", "digest", "truncated"]),
        _JSON | st.sampled_from(["20190506070809", "http://a.vn/", "crawl-data/a.warc.gz", "5", "1" * 5000]),
    )
    | _JSON
)
def test_a_row_of_common_crawl_is_a_capture_or_none(row: Any) -> None:
    found = _memento(row)
    assert found is None or found.locator.count(":") == 2


@given(
    st.fixed_dictionaries({"id": st.text(max_size=20) | st.from_regex(r"CC-MAIN-\d{4}-\d\d")}, optional={"to": _JSON})
)
def test_whether_a_crawl_may_reach_a_day_can_always_be_said(crawl: dict[str, Any]) -> None:
    assert _may_reach(crawl, BEGAN) in {True, False}


@given(st.text(alphabet="0123456789", max_size=20) | st.text(max_size=15))
def test_a_timestamp_is_an_instant_or_none(text: str) -> None:
    found = moment(text)
    if found is not None and len(text) == 14 and stamp(found) != text:
        assert text[4:6] == "00" or text[6:8] == "00"


@given(st.integers(100, 599), st.binary(max_size=100))
def test_every_status_has_a_cause(status: int, body: bytes) -> None:
    error: FetchError = answers.no_answer(page(body, status), "the index")
    assert error.cause in {"throttled", "broken"}
    assert "\n" not in str(error)
