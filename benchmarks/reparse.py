"""Read an archive again after a parser change made on purpose: counted, killed in the middle, gone on with, compared.

The captures are the replica's bulletins, one in seven an edit of an earlier one, each page dressed up to the size of a
real one (80 to 110 KB: a view state, a menu of 300 links, scripts). They are put in by a profile that knows no lead and
drops tables, and by a vocabulary without two measures; then the shipped ones read them again.
Run: PYTHONPATH=tests python benchmarks/reparse.py --captures 2000
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from collector import config
from collector.archive import Archive
from collector.config import load_shipped
from collector.demo.newsroom import Newsroom
from collector.examining import Examining
from collector.vocabulary import Vocabulary
from kept_pages import OLD, Keeper, contents, editorial, faults
from workplace import Workplace

#: Measures that nobody had words for when the captures came in.
_UNKNOWN = {"poor_households", "jobs_created"}
_MENU = b"".join(
    b'<li class="MenuItem"><a href="/Default.aspx?sid=1292&amp;pageid=%d"><span>Trang %d</span></a></li>' % (one, one)
    for one in range(300)
)
_SCRIPT = b"<script>//<![CDATA[\n%s//]]></script>" % (b"Sys.WebForms.PageRequestManager._initialize('s', 'f');\n" * 100)


def dressed(body: bytes, chance: random.Random) -> bytes:
    """Return a page of the size that the family's pages have: more markup around the same content."""
    state = base64.b64encode(chance.randbytes(chance.randint(28_000, 42_000)))
    extra = b'<input type="hidden" name="__STATE" value="%s" /><ul class="Menu">%s</ul>%s' % (state, _MENU, _SCRIPT)
    return body.replace(b"</form>", extra + b"</form>", 1)


def fill(place: Workplace, captures: int, seed: int) -> None:
    """Fill the archive of a workplace, by the parser and the vocabulary of then."""
    chance, shipped = random.Random(seed), load_shipped().vocabulary
    measures = tuple(one for one in shipped.measures if one.id not in _UNKNOWN)
    examining = Examining(Vocabulary(measures, shipped.topic_words), threshold=0.5)
    [today] = config.load(place.folder / "config", environ={}, cwd=place.folder).profiles
    articles = captures * 6 // 7
    with Archive(place.archive) as archive:
        then = replace(today, article=OLD.article)
        newsroom = Newsroom(count=articles)
        keeper = Keeper(archive, then, examining, newsroom=newsroom, dress=lambda body: dressed(body, chance))
        keeper.take_all()
        edited = chance.choices(newsroom.listing(), k=captures - articles)
        for start in range(0, len(edited), 200):
            with archive.connection.writing():
                for article in edited[start : start + 200]:
                    keeper.edit(article)


@dataclass
class Run:
    """One run of the command, as it went."""

    evidence: dict[str, Any]
    seconds: float
    memory: int  #: peak of the process that writes, in MB
    child: int  #: peak of the largest of its children


def reparsed(place: Workplace, *options: str, kill_at: int | None = None) -> Run:
    """Run the command, to its end or to its death once so many pages are done."""
    started, memory, child = time.monotonic(), 0, 0
    with (
        tempfile.TemporaryFile("w+") as out,
        subprocess.Popen(
            [sys.executable, "-m", "collector", "-q", "reparse", "--json", *options], cwd=place.folder, stdout=out
        ) as process,
    ):
        while process.poll() is None:
            if kill_at is not None and place.rows("select count(*) from _readings")[0][0] >= kill_at:  # type: ignore[operator]
                process.kill()
            memory = max(memory, _peak(process.pid))
            child = max([child, *(_peak(one) for one in _children(process.pid))])
            time.sleep(0.1)
        out.seek(0)
        said = out.read()
    seconds = time.monotonic() - started
    return Run(json.loads(said)["runs"][0]["evidence"] if said else {}, seconds, memory, child)


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    return []


def _peak(pid: int) -> int:
    with suppress(OSError, StopIteration):
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) // 1024
    return 0


def told(run: Run) -> str:
    """Return pages a second and memory of a run."""
    pages = run.evidence["pages"]
    return (
        f"{pages} pages in {run.seconds:.1f} s: {pages / run.seconds:.0f} a second; "
        f"at most {run.memory} MB where it writes, {run.child} MB in the largest child"
    )


def copied(place: Workplace, folder: Path) -> Workplace:
    """Return a second workplace with a copy of the archive and the same configuration."""
    folder.mkdir()
    other = Workplace(folder, "http://127.0.0.1:9/")
    with Archive(place.archive) as archive:
        archive.connection.copy_to(other.archive)
    return other


def main() -> int:
    """Build, read again in all ways, compare; 1 when anything differs."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--captures", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "one").mkdir()
        one = Workplace(folder / "one", "http://127.0.0.1:9/")
        started = time.monotonic()
        fill(one, given.captures, given.seed)
        with Archive(one.archive) as archive:
            size = archive.connection.value("select avg(size) from captures")
            before, number = editorial(archive), archive.connection.value("select count(*) from captures")
        print(f"{number} captures of {size / 1000:.0f} KB put in, in {time.monotonic() - started:.0f} s", flush=True)
        return compared(one, folder, before)


def digest(rows: object) -> str:
    """Return a hash: three archives' rows at once are more than is needed to see that they are the same."""
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def left(place: Workplace) -> tuple[str, str, list[str]]:
    """Return what an archive holds and what an editor did, as digests, and what is wrong in it."""
    with Archive(place.archive) as archive:
        return digest(contents(archive)), digest(editorial(archive)), list(faults(archive))


def compared(one: Workplace, folder: Path, before: list[dict[str, object]]) -> int:
    """Run on one and two processes and killed, and compare what each tells and leaves."""
    two, torn = copied(one, folder / "two"), copied(one, folder / "torn")
    dry = reparsed(two, "--dry-run", "--processes", "2")
    print(f"dry run, two processes: {told(dry)}", flush=True)
    first = reparsed(one, "--processes", "1")
    print(f"applied, one process:   {told(first)}", flush=True)
    second = reparsed(two, "--processes", "2")
    print(f"applied, two processes: {told(second)}", flush=True)
    killed = reparsed(torn, "--processes", "2", kill_at=second.evidence["pages"] // 2)
    with Archive(torn.archive) as archive:
        done = archive.connection.value("select count(*) from _readings")
    resumed = reparsed(torn, "--processes", "2")
    print(f"killed after {killed.seconds:.1f} s with {done} pages done; then {told(resumed)}", flush=True)
    print(json.dumps({name: first.evidence[name] for name in ("technical", "evidence", "fields", "measures")}))
    (rows, edits, wrong), *others = (left(place) for place in (one, two, torn))
    claims = {
        "a dry run counts what is applied": dry.evidence == first.evidence == second.evidence,
        "two processes leave the rows that one leaves": others[0][0] == rows,
        "killed and gone on with, the rows are the same": others[1][0] == rows and done > 0,
        "pages are read once though it was killed": done + resumed.evidence["pages"] == first.evidence["pages"],
        "an editor's rows are untouched": all(found == digest(before) for found in (edits, *(o[1] for o in others))),
        "nothing is as it must not be": not (wrong or any(other[2] for other in others)),
    }
    last = reparsed(one, "--dry-run", "--again", "--processes", "2").evidence
    claims["a second reading finds nothing"] = not (last["fields"] or last["measures"] or last["findings"])
    for claim, holds in claims.items():
        print(f"{'yes' if holds else 'NO '}  {claim}")
    return 0 if all(claims.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
