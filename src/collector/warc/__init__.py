"""WARC: captures as the web archives' own files keep them. The only room that knows warcio.

::

    file ─ framing (plain, gzip, damage) → records ─ payload (head, chunks, encodings) → reading: Entry, Page
    Page → writing ─ response, or revisit of an equal payload → file
"""

from collector.warc.framing import Place
from collector.warc.payload import leftovers
from collector.warc.reading import TRUNCATED, Entry, Originals, WarcFile
from collector.warc.writing import WarcWriter

__all__ = ["TRUNCATED", "Entry", "Originals", "Place", "WarcFile", "WarcWriter", "leftovers"]
