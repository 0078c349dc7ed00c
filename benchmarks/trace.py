"""The way of one bulletin as the interpreter sees it: which files, how many moves between them, how deep.

A move is a call from a function in one file of the package to a function in another; how often it is repeated (once a
line of text, say) does not count. Run: python benchmarks/trace.py
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from types import CodeType, FrameType

import collector
from collector.archive import Archive
from collector.config import demo_profile, load_shipped
from collector.demo.newsroom import SEED_ID
from collector.demo.site import ReplicaPortal
from collector.examining import Examining
from collector.fetch import Fetcher, HttpSettings
from collector.intake import Intake
from collector.model import Task

_PACKAGE = str(Path(collector.__file__).parent)


class Trace:
    """Collects the calls that cross from one file of the package into another."""

    def __init__(self) -> None:
        self.moves: set[tuple[CodeType, CodeType]] = set()
        self.depth = 0
        self.files: dict[str, None] = {}

    # The signature of sys.setprofile.
    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call" or not frame.f_code.co_filename.startswith(_PACKAGE) or "/demo/" in frame.f_code.co_filename:
            return
        chain = []
        here: FrameType | None = frame
        while here is not None:
            if here.f_code.co_filename.startswith(_PACKAGE):
                chain.append(here.f_code)
            here = here.f_back
        self.depth = max(self.depth, len(chain))
        self.files[Path(chain[0].co_filename).relative_to(_PACKAGE).as_posix()] = None
        if len(chain) > 1 and chain[0].co_filename != chain[1].co_filename:
            self.moves.add((chain[1], chain[0]))


def main() -> None:
    """Take the seed bulletin in, and print its way."""
    with ReplicaPortal() as portal, Archive(None) as archive:
        profile = demo_profile(portal.base_url)
        archive.portals.register(profile)
        run = archive.ledger.begin_run(kind="poll", portal=profile.id, source="live", now=portal.now())
        article = portal.newsroom.get(SEED_ID)
        assert article is not None
        fetcher = Fetcher(
            HttpSettings(delay=0, robots=False),
            base_url=profile.base_url,
            now=portal.now,
            monotonic=time.monotonic,
            sleep=time.sleep,
            chance=random.Random(1),
            memory=archive.hosts,
        )
        trace = Trace()
        with fetcher:
            examining = Examining(load_shipped().vocabulary, threshold=0.5)
            archive.findings.know(examining.measures)
            intake = Intake(profile, fetcher=fetcher, archive=archive, examining=examining, run=run, now=portal.now)
            url = portal.url_of(article.path())
            # What is made once a process, when a text is first examined, is no part of a bulletin's way.
            examining.evidence("Năm 2023", "Giải quyết việc làm cho 29.412 lao động.", published_on=None)
            sys.setprofile(trace)
            taken = intake.bulletin(url, str(SEED_ID), section=None, task=Task(), stage="article")
            sys.setprofile(None)
    print(
        f"{taken.outcome.value}: {len(trace.files)} files, {len(trace.moves)} moves between files, depth {trace.depth}"
    )
    print("\n".join(f"  {name}" for name in trace.files))


if __name__ == "__main__":
    main()
