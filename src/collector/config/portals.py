"""``families/ID.toml`` and ``portals/ID.toml``: checked each on its own, laid over each other, made a ``Profile``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from collector.config.layouts import at, check_layouts, laid_out, merged, tables_of
from collector.config.mistakes import TomlFile
from collector.config.places import check_order
from collector.config.tables import FamilyFile, Layout, PortalFile
from collector.config.values import shown
from collector.profile import (
    ArticleProfile,
    LayoutProfile,
    ListingProfile,
    PagerProfile,
    Profile,
    RecogniseProfile,
    SectionProfile,
    VisitsProfile,
)

#: What must be filled once the portal is laid over its family.
REQUIRED = (("listing", "item"), ("article", "title"), ("article", "body"))
#: The kinds of pager that a key belongs to.
_OF_KINDS = {"parameter": ("query",), "pattern": ("path",), "first": ("query", "path")}


def checked_family(file: TomlFile) -> None:
    """Note every mistake of a family's file."""
    file.validated(FamilyFile)
    _check_id(file)
    _check_pager(file, "pager", at(file.content, "pager"))
    _check_own_layouts(file)


def checked_portal(
    file: TomlFile, family: Mapping[str, Any] | None, families: Mapping[str, Mapping[str, Any] | None]
) -> dict[str, Any]:
    """Note every mistake of a portal's file, and of the two together; return the two together.

    Args:
        file: the portal's.
        family: what its family's file says; None where it could not be read: then nothing is said of what the two
            give together.
        families: the same of the families that its layouts name.
    """
    file.validated(PortalFile)
    _check_id(file)
    _check_pager(file, "pager", at(file.content, "pager"))
    _check_sections(file)
    _check_own_layouts(file)
    start, end = (at(file.content, key) for key in ("valid_from", "valid_to"))
    check_order(file, "", start, end)
    shared = {key: value for key, value in (family or {}).items() if key not in {"id", "name"}}
    whole = merged(shared, file.content or {})
    if family is not None:
        _check_whole(file, whole, "", at(file.content, "family"))
        for number, layout in enumerate(tables_of(whole, "layouts")):
            base = layout.get("family")
            if base is None or (isinstance(base, str) and families.get(base) is not None):
                _check_whole(file, laid_out(layout, whole, families), f"layouts[{number}].", base)
    return whole


def _check_whole(file: TomlFile, whole: Mapping[str, Any], above: str, family: str | None) -> None:
    """Note what is missing where tables were laid over a family's; ``above`` goes before each key."""
    for table, key in REQUIRED:
        if at(whole, table, key) in (None, []):
            nor = f", nor by the family {family}" if family else ""
            file.add(f"{above}{table}.{key}", f"required, and not given{nor}")
    kind = at(whole, "pager", "kind")
    if kind == "query" and at(whole, "pager", "parameter") is None:
        file.add(f"{above}pager.parameter", 'required by kind = "query": the name of the page number in the address')
    if kind == "path" and at(whole, "pager", "pattern") is None:
        file.add(
            f"{above}pager.pattern",
            'required by kind = "path": a regular expression for what follows a listing\'s own address on its '
            "further pages, for instance '/page-(?P<page>\\d+)/?$'",
        )
    marks, needed = at(whole, "recognise", "marks"), at(whole, "recognise", "needed")
    if isinstance(marks, list) and isinstance(needed, int) and needed > len(marks):
        file.add(
            f"{above}recognise.needed", f"expected at most {len(marks)}, the number of marks, found {shown(needed)}"
        )


def _check_own_layouts(file: TomlFile) -> None:
    check_layouts(file)
    for number, layout in enumerate(tables_of(file.content, "layouts")):
        _check_pager(file, f"layouts[{number}].pager", layout.get("pager"))


def _check_id(file: TomlFile) -> None:
    given = at(file.content, "id")
    if isinstance(given, str) and given != file.path.stem:
        file.add("id", f"expected {shown(file.path.stem)}, the file's own name, found {shown(given)}")


def _check_pager(file: TomlFile, table: str, pager: object) -> None:
    kind = at(pager, "kind")
    for key, kinds in _OF_KINDS.items():
        if kind in ("postback", "query", "path", "none") and kind not in kinds and at(pager, key) is not None:
            wanted = " and ".join(f'kind = "{one}"' for one in kinds)
            file.add(f"{table}.{key}", f"belongs to {wanted}, and kind is {shown(kind)}")


def _check_sections(file: TomlFile) -> None:
    """Note sections that stand twice, or lie on a host where redirects and links may not lead."""
    ids: dict[str, int] = {}
    urls: dict[str, int] = {}
    for number, section, url in _addresses(file):
        name = section.get("id")
        if isinstance(name, str) and ids.setdefault(name, number) != number:
            file.add(f"sections[{number}].id", f"{shown(name)} is the id of sections[{ids[name]}] already")
        if url and urls.setdefault(url, number) != number:
            file.add(f"sections[{number}].url", f"is the address of sections[{urls[url]}] already: {url}")
        if url and not _declared(url, file):
            file.add(
                f"sections[{number}].url",
                f"expected an http address on base_url's host or one of hosts, found {shown(section['url'])}",
            )


def _addresses(file: TomlFile) -> Iterator[tuple[int, Mapping[str, Any], str | None]]:
    """Yield number, table and absolute address of each section, as far as the file lets them be told."""
    base, sections = at(file.content, "base_url"), at(file.content, "sections")
    for number, section in enumerate(sections if isinstance(sections, list) else []):
        if not isinstance(section, Mapping):
            continue
        url = None
        if isinstance(base, str) and isinstance(section.get("url"), str) and section["url"]:
            try:
                url = urljoin(base if base.endswith("/") else f"{base}/", section["url"])
                urlsplit(base), urlsplit(url)
            except ValueError:
                url = None
        yield number, section, url


def _declared(url: str, file: TomlFile) -> bool:
    parts, base = urlsplit(url), urlsplit(at(file.content, "base_url"))
    if base.scheme not in {"http", "https"}:
        return True  # base_url is a mistake of its own
    listed = [at(one, "hosts") for one in (file.content, *tables_of(file.content, "layouts"))]
    hosts = [host for some in listed if isinstance(some, list) for host in some]
    known = {base.netloc.lower(), *(str(host).lower() for host in hosts)}
    return parts.scheme in {"http", "https"} and bool({parts.netloc.lower(), parts.hostname} & known)


def profile_of(whole: Mapping[str, Any], families: Mapping[str, Mapping[str, Any] | None], *, timezone: str) -> Profile:
    """Make the profile of a portal that was laid over its family and has no mistakes.

    Its ``hosts`` and ``identity`` are followed by those of its layouts: an address of any time is known in a page of
    any time, and by one order of patterns, so that a link's id never depends on the page it stands in.
    """
    file = PortalFile.model_validate(whole)
    given = zip(file.layouts, tables_of(whole, "layouts"), strict=True)
    layouts = tuple(_layout_of(entry, laid_out(layout, whole, families)) for entry, layout in given)
    patterns = [*file.identity.patterns, *(one.pattern for layout in layouts for one in layout.identity)]
    return Profile(
        id=file.id,
        name=file.name or file.id,
        base_url=file.base_url,
        family=file.family,
        hosts=tuple(dict.fromkeys([*file.hosts, *(host for layout in layouts for host in layout.hosts)])),
        installation=file.installation or file.id,
        attribution=file.attribution,
        timezone=timezone,
        sections=tuple(
            SectionProfile(id=s.id, url=urljoin(file.base_url, s.url), topic=s.topic, name=s.name)
            for s in file.sections
        ),
        identity=tuple(re.compile(pattern) for pattern in dict.fromkeys(patterns)),
        **_reading_of(file),
        layouts=layouts,
        verified=file.verified,
        place=file.place,
        valid_from=file.valid_from,
        valid_to=file.valid_to,
        successor=file.successor,
    )


def _layout_of(entry: Layout, laid: Mapping[str, Any]) -> LayoutProfile:
    file = FamilyFile.model_validate(laid)
    return LayoutProfile(
        id=entry.id,
        family=entry.family,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        hosts=entry.hosts,
        marks=entry.marks,
        needed=entry.needed,
        identity=tuple(re.compile(pattern) for pattern in file.identity.patterns),
        **_reading_of(file),
    )


def _reading_of(file: FamilyFile) -> dict[str, Any]:
    """Return what a portal and each of its layouts say alike of how pages are read."""
    labels = {measure: labels for measure, labels in file.visits.labels.model_dump().items() if labels}
    return {
        "recognise": RecogniseProfile(**file.recognise.model_dump()),
        "listing": ListingProfile(**file.listing.model_dump()),
        "pager": PagerProfile(**file.pager.model_dump()),
        "article": ArticleProfile(**file.article.model_dump()),
        "visits": VisitsProfile(container=file.visits.container, labels=labels),
    }
