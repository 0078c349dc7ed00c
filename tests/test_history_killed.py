"""A run over the past that is killed behind any of its commits ends as one that nobody killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlite_utils

from collector.archive import Archive
from collector.archive.connection import Connection
from collector.demo.site import ReplicaPortal
from collector.history import recall
from collector.model import Page
from kept_captures import KeptCaptures, captured
from stored import EXAMINING
from test_history import AFTER, PAST, YEARS, _told
from test_history_looks import Portal


class Killed(BaseException):
    """No except clause of the program catches it, like a SIGKILL."""


class Deadly:
    """Counts commits and kills behind one of them, once."""

    def __init__(self, commits: int) -> None:
        self.left = commits

    @contextmanager
    def writing(self, connection: Connection) -> Iterator[sqlite_utils.Database]:
        outermost = not connection.db.conn.in_transaction
        with _WRITING(connection) as db:
            yield db
        self.left -= outermost
        if outermost and self.left == 0:
            raise Killed


_WRITING = Connection.writing


def taken(portal: Portal, parts: dict[str, list[Page]]) -> tuple[object, list[KeptCaptures]]:
    sources = [KeptCaptures(pages, name=name, per_answer=2) for name, pages in parts.items()]
    with Archive(None) as archive:
        for source in sources:
            for _ in range(2):
                try:
                    recall(portal.profile, PAST, source=source, archive=archive, examining=EXAMINING, now=lambda: AFTER)
                except Killed:
                    continue
                break
        count = "select (select count(*) from captures), (select count(*) from _sightings), count(*) from mementos"
        states = archive.connection.rows("select state, count(*) from mementos group by 1 order by 1")
        return (_told(archive), archive.connection.rows(count), states), sources


def test_a_run_that_is_killed_behind_any_commit_is_made_whole_by_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with ReplicaPortal(count=12) as site:
        portal = Portal(site)
        pages = [
            replace(portal.pages[state], fetched_at=YEARS[0] + timedelta(days=number))
            for number, state in enumerate([0, 1, 1, 0, 2])
        ]
        home = captured(site, ["/Default.aspx"], YEARS[1])
    parts = {"wayback": [pages[0], *pages[3:], *home], "commoncrawl": pages[1:3]}
    expected, _ = taken(portal, parts)
    commits = 0
    while True:
        commits += 1
        deadly = Deadly(commits)
        monkeypatch.setattr(Connection, "writing", lambda self, deadly=deadly: deadly.writing(self))
        told, sources = taken(portal, parts)
        assert told == expected, f"killed behind commit {commits}"
        for source in sources:
            assert len(source.asked) == len({(one.url, one.captured_at) for one in source.asked}), "asked for twice"
        if deadly.left > 0:
            break
    assert commits > 30
