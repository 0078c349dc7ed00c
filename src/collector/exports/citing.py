"""The citation of one bulletin: whose it is, where it stood, when it was fetched, and what proves the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from collector.archive import Archive
from collector.portal import is_own, source_id
from collector.portal.links import absolute
from collector.profile import Profile

#: Where anybody sees a capture that the Wayback Machine keeps: with its banner, not the raw bytes.
_WAYBACK = "https://web.archive.org/web/{}/{}"
#: What ends or begins something in BibTeX, or is no letter to LaTeX. BibTeX counts braces behind a backslash, too.
_BIBTEX = str.maketrans(
    {
        **{letter: f"\\{letter}" for letter in "%#&$_"},
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


@dataclass(frozen=True, slots=True)
class Citation:
    """What a citation says of one bulletin, as its latest state was captured."""

    article: int  #: its id in the archive
    attribution: str  #: the source that the portal asks to be named
    title: str
    published_on: str | None  #: local day
    url: str
    state: str  #: ``live`` or ``gone``
    gone_at: str | None  #: UTC
    fetched_at: str  #: UTC: when the page of the latest state was captured, by whomever
    origin: str  #: who captured it: ``live``, ``wayback``, ``commoncrawl``, ``warc``, ``demo``
    sha256: str  #: of the raw page
    capture: int  #: its id in the archive
    wayback_url: str | None  #: a capture of the Wayback Machine: this very one, else the nearest in time that is known


def citation(archive: Archive, article: str) -> Citation | None:
    """Return the citation of a bulletin; None: there is no such one.

    Args:
        archive: to be read.
        article: its id in the archive, an address that it was seen under, or ``INSTALLATION/ID`` as the portal counts.
    """
    return found(archive.status.citation(article))


def citation_at(archive: Archive, address: str, profiles: Sequence[Profile]) -> Citation | None:
    """Return the citation of the bulletin that an address leads to, however the address is written; None: of none.

    Args:
        archive: to be read.
        address: as people copy it: with or without its scheme, one that the bulletin was never seen under, too.
        profiles: the portals whose addresses tell a bulletin's id.
    """
    tried = (citation(archive, name) for name in _names(address, profiles))
    return next((cited for cited in tried if cited is not None), None)


def _names(address: str, profiles: Sequence[Profile]) -> Iterator[str]:
    """Yield what the bulletin at an address may be called in the archive: the surest first."""
    whole = address if "://" in address else f"https://{address}"
    url = absolute(whole, whole)
    if url is None:
        return
    parts = urlsplit(url)
    host = parts.netloc.lower()
    for scheme in ("https", "http"):
        for path in (parts.path.rstrip("/"), parts.path.rstrip("/") + "/"):
            yield f"{scheme}://{host}{path}" + (f"?{parts.query}" if parts.query else "")
    for profile in profiles:
        if is_own(url, profile) and (number := source_id(url, profile)) is not None:
            yield f"{profile.installation}/{number}"


def found(row: dict[str, Any] | None) -> Citation | None:
    """Return the citation of what :meth:`~collector.archive.status.Status.citation` found."""
    if row is None:
        return None
    instant, url = row.pop("wayback_at"), row.pop("wayback_page")
    stamp = "".join(letter for letter in instant or "" if letter.isdigit())
    return Citation(**row, wayback_url=_WAYBACK.format(stamp, url) if stamp else None)


def text(cited: Citation, language: str = "en") -> str:
    """Return a citation as one paragraph of plain text, in ``vi`` or ``en``; days and instants stay as ISO 8601."""
    if language == "vi":
        return _in_vietnamese(cited)
    day = f", {cited.published_on}" if cited.published_on else ""
    gone = f" It was gone from the portal by {cited.gone_at}." if cited.state == "gone" and cited.gone_at else ""
    wayback = f" Wayback Machine: {cited.wayback_url}." if cited.wayback_url else ""
    return (
        f"{cited.attribution}: “{cited.title}”{day}. {cited.url}. Captured {cited.fetched_at} ({cited.origin}), "
        f"sha256 {cited.sha256}, capture {cited.capture}.{gone}{wayback}"
    )


def _in_vietnamese(cited: Citation) -> str:
    day = f", đăng ngày {cited.published_on}" if cited.published_on else ""
    gone = f" Đến {cited.gone_at} bản tin không còn trên cổng." if cited.state == "gone" and cited.gone_at else ""
    wayback = f" Wayback Machine: {cited.wayback_url}." if cited.wayback_url else ""
    return (
        f"{cited.attribution}: “{cited.title}”{day}. {cited.url}. Bản chụp lúc {cited.fetched_at} ({cited.origin}), "
        f"sha256 {cited.sha256}, số {cited.capture}.{gone}{wayback}"
    )


def bibtex(cited: Citation) -> str:
    """Return a citation as a BibTeX entry ``@online`` (biblatex; BibTeX's styles read it as ``@misc``)."""
    fields: dict[str, Any] = {
        "author": "{" + cited.attribution.translate(_BIBTEX) + "}",  # a corporate author is not taken apart
        "title": cited.title.translate(_BIBTEX),
        "date": cited.published_on,
        "year": None if cited.published_on is None else cited.published_on[:4],
        "url": _address(cited.url),
        "urldate": cited.fetched_at[:10],
        "note": f"sha256 of the captured page: {cited.sha256}"
        + (f"; archived: \\url{{{_address(cited.wayback_url)}}}" if cited.wayback_url else ""),
        "langid": "vietnamese",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value is not None]
    return "\n".join([f"@online{{collector-{cited.article},", *lines, "}"])


def _address(url: str) -> str:
    # Within \url and url fields only braces and backslashes would end it.
    return url.replace("\\", "%5C").replace("{", "%7B").replace("}", "%7D")


def record(cited: Citation) -> dict[str, Any]:
    """Return a citation's fields by name, ready for JSON."""
    return asdict(cited)
