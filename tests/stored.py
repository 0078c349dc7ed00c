"""A portal, a bulletin and the steps that put them into an archive: what the archive's tests begin from."""

from __future__ import annotations

from datetime import UTC, date, datetime

from collector import plan
from collector.archive import Archive
from collector.config import load_shipped
from collector.examining import Examining
from collector.findings import Evidence
from collector.model import ArticleRef, Attachment, Bulletin, Change, Outcome, Page
from collector.profile import ArticleProfile, ListingProfile, Profile, SectionProfile
from once import made_once

#: The shipped configuration, read once.
SHIPPED = load_shipped()
with made_once():
    #: By the shipped vocabulary.
    EXAMINING = Examining(SHIPPED.vocabulary, threshold=0.5)
NOW = datetime(2024, 1, 8, 10, 0, tzinfo=UTC)
PROFILE = Profile(
    id="tinh",
    name="Tỉnh",
    base_url="https://portal.example/",
    installation="tinh",
    listing=ListingProfile(item=("li",)),
    article=ArticleProfile(title=("h1",), body=("div",)),
    sections=(
        SectionProfile("tin", "https://portal.example/tin"),
        SectionProfile("viec", "https://portal.example/viec"),
    ),
)
BULLETIN = Bulletin(
    url="https://portal.example/tin/7",
    source_id="7",
    title="Hội nghị tổng kết",
    body="Đoạn một.\nĐoạn hai.",
    published_on=date(2024, 1, 8),
    attachments=(Attachment("https://portal.example/a.pdf", "Báo cáo", "file"),),
)


def page(body: bytes = b"<html>x</html>", url: str = "https://portal.example/tin/7") -> Page:
    return Page(url, url, NOW, 200, {"content-type": "text/html", "etag": '"v1"'}, body, ("https://portal.example/r",))


def begin(archive: Archive, *, source: str = "live") -> int:
    return archive.ledger.begin_run(kind="poll", portal="tinh", source=source, now=NOW)


def append(
    archive: Archive,
    bulletin: Bulletin = BULLETIN,
    *,
    at: datetime = NOW,
    change: Change | None = None,
    evidence: Evidence | None = Evidence(),  # noqa: B008 - frozen
) -> int:
    capture = archive.captures.keep(page(bulletin.body.encode()), portal="tinh", kind="article")
    return archive.bulletins.append(
        bulletin,
        change or Change(Outcome.ADDED, plan.content_hash(bulletin)),
        portal="tinh",
        installation="tinh",
        section="tinh/tin",
        listed_url=bulletin.url,
        capture=capture,
        now=at,
        evidence=evidence,
        evidence_version="1",
        topic="labour",
    )


def note(archive: Archive, run: int, *ids: str, section: str = "tinh/tin") -> None:
    refs = [ArticleRef(f"https://portal.example/tin/{one}", one, f"Tin {one}") for one in ids]
    archive.ledger.note_items(refs, portal="tinh", section=section, first_position=0, run=run, now=NOW)
