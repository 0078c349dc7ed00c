"""What of each section's listing no walk has read, beside how far the walks came."""

from __future__ import annotations

from collector.archive.connection import Connection
from collector.model import Unread


def unread(connection: Connection, section: str) -> Unread | None:
    """Return what nobody has read of a section; None: no page of it was ever noted, so nobody knows."""
    row = connection.row("select page_size, last_page from _section_walks where section = ?", [section])
    if row is None or row["page_size"] is None:
        return None
    spans = connection.rows("select start, stop from _unread where section = ? order by start", [section])
    return Unread(tuple((span["start"], span["stop"]) for span in spans), row["page_size"], row["last_page"])


def write_unread(connection: Connection, section: str, noted: Unread) -> None:
    """Write it; call it inside ``writing()``, together with the items of the page that changed it."""
    connection.execute(
        "insert into _section_walks (section, page_size, last_page) values (?, ?, ?) on conflict (section) do update "
        "set page_size = excluded.page_size, last_page = excluded.last_page",
        [section, noted.page_size, noted.last_page],
    )
    connection.execute("delete from _unread where section = ?", [section])
    connection.insert_all(
        "_unread", [{"section": section, "start": start, "stop": stop} for start, stop in noted.spans]
    )
