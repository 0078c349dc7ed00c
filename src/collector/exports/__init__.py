"""What leaves the archive in forms that others read; nothing here writes to it."""

from collector.exports.citing import Citation, bibtex, citation, citation_at, text
from collector.exports.package import Written
from collector.exports.tables import FORMS, Wanted, export_tables
from collector.exports.warcs import export_warc

__all__ = [
    "FORMS",
    "Citation",
    "Wanted",
    "Written",
    "bibtex",
    "citation",
    "citation_at",
    "export_tables",
    "export_warc",
    "text",
]
