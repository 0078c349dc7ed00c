"""The raw pages: kept before they are read, compressed, and given back byte for byte."""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import datetime

from collector.archive.connection import Connection
from collector.archive.stamps import instant, stamp
from collector.errors import ArchiveCorrupt
from collector.model import Page, Validators

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: zstd level; on 110 KB pages level 3 with a page as dictionary costs 0.13 ms, level 19 12 ms for 4 % less.
_LEVEL = 3
#: A page that its dictionary does not bring below this share of its size is from another template.
_GOOD_SHARE = 0.25


class Captures:
    """``captures`` and the bodies behind them.

    An earlier page of the same portal and kind serves as raw dictionary: pages of one template share some 70 % of
    their bytes, so a 110 KB page takes 4 to 9 KB instead of 22. A dictionary is itself stored plain, so reading a page
    back never needs more than two bodies.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, page: Page, *, portal: str, kind: str, imported_at: datetime | None = None) -> int:
        """Store a page and return its capture's id. ``kind`` (``article``, ``listing``) chooses the dictionary."""
        digest = hashlib.sha256(page.body).hexdigest()
        with self._connection.writing():
            size = self._keep_body(digest, page.body, portal, kind)
            return self._connection.insert(
                "captures",
                {
                    "portal": portal,
                    "url": page.url,
                    "final_url": page.final_url,
                    "fetched_at": stamp(page.fetched_at),
                    "http_status": page.status,
                    "headers": json.dumps(dict(page.headers), ensure_ascii=False),
                    "redirects": json.dumps(page.redirects, ensure_ascii=False),
                    "sha256": digest,
                    "size": len(page.body),
                    "stored_size": size,
                    "origin": page.origin,
                    "imported_at": None if imported_at is None else stamp(imported_at),
                },
            )

    def known(self, page: Page) -> int | None:
        """Return the id of the capture that is this very page: address, instant and bytes; None: there is none."""
        found = self._connection.value(
            "select id from captures where url = ? and fetched_at = ? and sha256 = ? limit 1",
            [page.url, stamp(page.fetched_at), hashlib.sha256(page.body).hexdigest()],
        )
        return None if found is None else int(found)

    def _keep_body(self, digest: str, body: bytes, portal: str, kind: str) -> int:
        known = self._connection.value("select length(body) from _capture_bodies where sha256 = ?", [digest])
        if known is not None:
            return int(known)
        base = self._connection.row(
            "select b.sha256, b.body from _capture_dictionaries d join _capture_bodies b on b.sha256 = d.sha256 "
            "where d.portal = ? and d.kind = ?",
            [portal, kind],
        )
        dictionary = None
        packed = b""
        if base is not None:
            packed = zstd.compress(body, _LEVEL, zstd_dict=_dictionary(zstd.decompress(base["body"])))
            if len(packed) <= _GOOD_SHARE * len(body):
                dictionary = base["sha256"]
        if dictionary is None:
            packed = zstd.compress(body, _LEVEL)
        row = {"sha256": digest, "dictionary": dictionary, "body": packed}
        self._connection.insert("_capture_bodies", row)
        if dictionary is None and body:
            self._connection.execute(
                "insert into _capture_dictionaries (portal, kind, sha256) values (?, ?, ?) "
                "on conflict (portal, kind) do update set sha256 = excluded.sha256",
                [portal, kind, digest],
            )
        return len(packed)

    def ids(self, *, portal: str | None = None, since: datetime | None = None) -> list[int]:
        """Return the ids of all captures, of one portal's or of those from an instant on, by the instant of capture."""
        rows = self._connection.rows(
            "select id from captures where (?1 is null or portal = ?1) and fetched_at >= ?2 order by fetched_at, id",
            [portal, "" if since is None else stamp(since)],
        )
        return [row["id"] for row in rows]

    def page(self, capture: int) -> Page:
        """Return a capture as the page it was.

        Raises:
            ArchiveCorrupt: the body does not decompress or does not match its sha256.
        """
        row = self._connection.row("select * from captures where id = ?", [capture])
        if row is None:
            raise ArchiveCorrupt(f"capture {capture} is not in the archive")
        return Page(
            url=row["url"],
            final_url=row["final_url"],
            fetched_at=instant(row["fetched_at"]),
            status=row["http_status"],
            headers=json.loads(row["headers"]),
            body=self.body(row["sha256"]),
            redirects=tuple(json.loads(row["redirects"])),
            origin=row["origin"],
        )

    def body(self, digest: str) -> bytes:
        """Return the bytes with this sha256, checked.

        Raises:
            ArchiveCorrupt: they are missing, do not decompress or do not match.
        """
        row = self._connection.row(
            "select b.body, d.body as dictionary from _capture_bodies b "
            "left join _capture_bodies d on d.sha256 = b.dictionary where b.sha256 = ?",
            [digest],
        )
        if row is None:
            raise ArchiveCorrupt(f"the body {digest} is not in the archive")
        try:
            base = None if row["dictionary"] is None else _dictionary(zstd.decompress(row["dictionary"]))
            body = zstd.decompress(row["body"], zstd_dict=base)
        except zstd.ZstdError as error:
            raise ArchiveCorrupt(f"the body {digest} does not decompress: {error}") from error
        if hashlib.sha256(body).hexdigest() != digest:
            raise ArchiveCorrupt(f"the body {digest} does not match its sha256")
        return body

    def validators(self, capture: int) -> Validators:
        """Return what the portal sent with this capture for conditional requests; nothing of one that others made."""
        row = self._connection.row("select headers, imported_at from captures where id = ?", [capture])
        headers = {} if row is None or row["imported_at"] is not None else json.loads(row["headers"])
        return Validators(etag=headers.get("etag"), last_modified=headers.get("last-modified"))


def _dictionary(page: bytes) -> zstd.ZstdDict | None:
    # zstd refuses raw dictionaries shorter than 8 bytes.
    return zstd.ZstdDict(page, is_raw=True) if len(page) >= 8 else None  # noqa: PLR2004
