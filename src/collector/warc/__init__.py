"""WARC: captures as the web archives' own files keep them. The only room that knows warcio.

::

    file ─ framing (plain, gzip, damage) → records ─ payload (head, chunks, encodings) → pages: Entry, Page
    reading: a whole file in one pass, or one record of it; revisits find what they refer to
    Page → writing ─ response, or revisit of an equal payload → file
"""

from collector.warc.framing import Place
from collector.warc.pages import TRUNCATED, Entry
from collector.warc.payload import leftovers
from collector.warc.reading import Originals, WarcFile
from collector.warc.writing import WarcWriter

__all__ = ["TRUNCATED", "Entry", "Originals", "Place", "WarcFile", "WarcWriter", "leftovers"]
