"""What leaves the archive in forms that others read; nothing here writes to it."""

from collector.exports.citing import Citation, bibtex, citation, text
from collector.exports.warcs import export_warc

__all__ = ["Citation", "bibtex", "citation", "export_warc", "text"]
