"""What an answer costs beside its work: no wait for acknowledgements, nothing asked of the metadata twice."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette

from collector.explore.bundle import metadata
from collector.explore.serving import _listening, application
from explored import BUNDLE, archived


def test_asyncio_may_send_each_part_of_an_answer_at_once() -> None:
    with _listening("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            # asyncio turns Nagle's algorithm off for sockets that say their protocol, and for no others.
            assert accepted.proto == socket.IPPROTO_TCP


def test_the_metadata_is_copied_once_for_a_table_however_often_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []
    before = Datasette._table_permission_allows

    def counted(self: Any, database: str, table: str) -> Any:
        asked.append((database, table))
        return before(self, database, table)

    monkeypatch.setattr(Datasette, "_table_permission_allows", counted)
    datasette = application(archived(tmp_path / "archive.db"), BUNDLE, metadata(BUNDLE))
    answers = [datasette._table_permission_allows("archive", name) for name in ("_searched", "articles", "_searched")]
    assert answers == [[False], [], [False]]
    assert asked == [("archive", "_searched"), ("archive", "articles")]


def test_what_a_plugin_is_told_is_still_told(tmp_path: Path) -> None:
    datasette = application(archived(tmp_path / "archive.db"), BUNDLE, metadata(BUNDLE))
    for _ in range(2):
        assert datasette.plugin_config("datasette-block-robots") == {"block_all": True}
        assert datasette.plugin_config("datasette-render-markdown", database="archive", table=None) is None
