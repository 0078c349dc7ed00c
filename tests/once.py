"""What costs much and comes out the same each time is made once a process: an empty archive, trust, an examiner.

Whole runs are most of the suite. On an empty archive 230 statements of migrations took 20 ms, reading the system's
certificates 50 ms, the vocabulary's patterns 150 ms, and the same 60 bulletins were examined hundreds of times: more
than the runs themselves. What these four make is what the product's own code makes, and nothing of it depends on the
test; the tests of migrations, TLS and evidence use that code directly.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache, lru_cache
from unittest.mock import patch

import sqlite_utils
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # the archive's own driver

from collector.archive.schema import migrations
from collector.evidence import Examiner
from collector.fetch import tls
from collector.findings import Evidence
from collector.vocabulary import Vocabulary


class EmptyArchive:
    """Stands in for the migrations: a database without a table gets a copy of one that they were applied to."""

    def apply(self, db: sqlite_utils.Database) -> None:
        blank = db.execute("select count(*) from sqlite_master").fetchone() == (0,)
        if blank:
            _migrated().backup(db.conn)
        else:
            migrations.apply(db)


@cache
def _migrated() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    migrations.apply(sqlite_utils.Database(made, execute_plugins=False))
    return made


class RememberingExaminer:
    """An examiner that has read the same text before: ``examine`` knows no more than its arguments."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._examined = _examined(vocabulary)

    def examine(self, title: str, body: str, *, published_on: date | None = None) -> Evidence:
        return self._examined(title, body, published_on)


@cache
def _examined(vocabulary: Vocabulary) -> Callable[[str, str, date | None], Evidence]:
    examiner = Examiner(vocabulary)

    @lru_cache(maxsize=4096)
    def examined(title: str, body: str, published_on: date | None) -> Evidence:
        return examiner.examine(title, body, published_on=published_on)

    return examined


_trusting_the_system = cache(tls.context)


def trust(ca_bundle: str | None) -> ssl.SSLContext:
    """Return one context for all that trust the same; a file of certificates may change, and is read each time."""
    return _trusting_the_system(None) if ca_bundle is None else tls.context(ca_bundle)


@contextmanager
def made_once() -> Iterator[None]:
    """Within the block, these are made once."""
    with (
        patch("collector.archive.connection.migrations", EmptyArchive()),
        patch("collector.examining.Examiner", RememberingExaminer),
        patch("collector.fetch.line.context", trust),
    ):
        yield
