"""The program as people run it: a folder with configuration and archive, commands in processes of their own."""

from __future__ import annotations

import io
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from collector.archive import Archive
from collector.cli import main
from collector.config import shipped_folder
from collector.demo.newsroom import SECTIONS

# The web archives are on a port of this machine that nobody listens on, until a test lets a replica stand in for them.
_COLLECTOR = """
portals = ["tinh"]
[http]
contact = "nobody@example.vn"
delay = 0
retries = 0
[schedule]
every = "1s"
[health]
port = {port}
[archives]
wayback = "http://127.0.0.1:9/"
crawl_index = "http://127.0.0.1:9/"
crawl_data = "http://127.0.0.1:9/"
"""


class Command(subprocess.Popen[str]):
    """A command that ends with its block, also when a test fails in the middle."""

    def __exit__(self, *details: object) -> None:
        self.kill()
        super().__exit__(*details)  # type: ignore[arg-type]


def inside(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder to its end in this process, by the door that a process of its own would come in by.

    Importing the program and reading the vocabulary's patterns takes a process 1.2 s, more than most commands take.
    """
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["collector", *arguments])
        for name in [name for name in os.environ if name.startswith("COLLECTOR_")]:
            patch.delenv(name)
        with pytest.raises(SystemExit) as end:
            main()
    return subprocess.CompletedProcess(arguments, int(str(end.value.code)), out.getvalue(), err.getvalue())


class Workplace:
    """A folder to run ``collector`` in."""

    def __init__(self, folder: Path, base_url: str, *, port: int = 0) -> None:
        self.folder = folder
        self.archive = folder / "archive.db"
        config = folder / "config"
        (config / "portals").mkdir(parents=True)
        (config / "families").mkdir()
        family = "families/td-webforms.toml"
        (config / family).write_bytes((shipped_folder() / family).read_bytes())
        (config / "collector.toml").write_text(_COLLECTOR.format(port=port), encoding="utf-8")
        sections = "".join(f'[[sections]]\nid = "{one.slug}"\nurl = "{one.url.lstrip("/")}"\n' for one in SECTIONS)
        (config / "portals" / "tinh.toml").write_text(
            f'id = "tinh"\nfamily = "td-webforms"\nbase_url = "{base_url}"\n{sections}', encoding="utf-8"
        )

    def ask_archives_at(self, base_url: str) -> None:
        """Let a replica stand in for the web archives."""
        path = self.folder / "config" / "collector.toml"
        settings = path.read_text(encoding="utf-8").partition("[archives]")[0]
        names = ("wayback", "crawl_index", "crawl_data")
        told = "".join(f'{name} = "{base_url}"\n' for name in names)
        path.write_text(f"{settings}[archives]\n{told}", encoding="utf-8")

    def recheck(self, *, days: int, per_run: int) -> None:
        """Let polls from now on look again at bulletins of the last ``days``."""
        path = self.folder / "config" / "collector.toml"
        settings = path.read_text(encoding="utf-8").partition("[recheck]")[0]
        path.write_text(f"{settings}[recheck]\ndays = {days}\nper_run = {per_run}\n", encoding="utf-8")

    def looks_are_due(self) -> None:
        """Write the last looks back by decades: a look at every bulletin is due, however old it is."""
        with closing(sqlite3.connect(self.archive)) as connection, connection:
            connection.execute("update _checks set checked_at = '1990-01-01T00:00:00Z'")

    def start(self, *arguments: str) -> Command:
        """Start a command."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COLLECTOR_")}
        return Command(
            [sys.executable, "-m", "collector", *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def inside(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end in this process; see :func:`inside`."""
        return inside(self.folder, *arguments)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, in a process of its own."""
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Ask the archive from outside, by the standard library's SQLite."""
        with closing(sqlite3.connect(self.archive)) as connection:
            if not connection.execute("select 1 from sqlite_master where name = 'failures'").fetchall():
                return []
            return connection.execute(sql).fetchall()

    def faults(self) -> list[str]:
        """Return everything in the archive that is not as it must be, whatever happened to its writer."""
        return list(archive_faults(self.archive))


def archive_faults(path: Path) -> Iterator[str]:
    """Yield everything in an archive that is not as it must be, whatever happened to its writer."""
    if not path.exists() or not path.stat().st_size:
        return
    with closing(sqlite3.connect(path)) as connection:
        if connection.execute("pragma integrity_check").fetchall() != [("ok",)]:
            yield "integrity"
        if connection.execute("pragma foreign_key_check").fetchall():
            yield "foreign keys"
        if not connection.execute("select 1 from sqlite_master where name = 'articles'").fetchall():
            return
        lonely = {
            "an article without revision": "select 1 from articles where id not in (select article from revisions)",
            "an article counted twice": "select 1 from articles group by installation, source_id having count(*) > 1",
            "a revision count that is wrong": "select 1 from articles a where revision_count <> "
            "(select count(*) from revisions where article = a.id)",
            "an article that was never checked": "select 1 from articles where id not in (select article from _checks)",
            "an archived item without article": "select 1 from listings l where state = 'archived' and not exists "
            "(select 1 from articles a where a.source_id = l.source_id)",
            "a text that nobody examined": "select 1 from revisions where evidence_version is null",
            "a figure outside its text": "select 1 from indicators i join revisions r on r.id = i.revision where substr("
            "iif(part = 'title', title, body), span_start + 1, span_end - span_start) is not printed",
            "two equal revisions": "select 1 from revisions group by article, content_hash having count(*) > 1",
        }
        for fault, sql in lonely.items():
            if connection.execute(sql).fetchall():
                yield fault
    with Archive(path, readonly=True) as archive:
        for row in archive.connection.rows("select id from captures"):
            archive.captures.page(row["id"])
