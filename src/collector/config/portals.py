"""``families/ID.toml`` and ``portals/ID.toml``: checked each on its own, laid over each other, made a ``Profile``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urljoin, urlsplit

from pydantic import Field

from collector.config.mistakes import Table, TomlFile
from collector.config.values import (
    BaseUrl,
    Day,
    Hosts,
    Identifier,
    Labels,
    Patterns,
    RelativeUrl,
    Selectors,
    Text,
    shown,
)
from collector.profile import (
    ArticleProfile,
    ListingProfile,
    PagerProfile,
    Profile,
    RecogniseProfile,
    SectionProfile,
    VisitsProfile,
)

#: What must be filled once the portal is laid over its family.
REQUIRED = (("listing", "item"), ("article", "title"), ("article", "body"))


class Section(Table):
    """``[[sections]]``: one listing."""

    id: Identifier
    url: RelativeUrl
    name: Text | None = None
    topic: Literal["labour"] | None = None


class Identity(Table):
    """``[identity]``: how an article's own id is read from its address."""

    patterns: Patterns = ()


class Recognise(Table):
    """``[recognise]``: what tells this family's pages from a firewall's or another system's."""

    marks: Selectors = ()
    needed: Annotated[int, Field(ge=1)] = 1


class Listing(Table):
    """``[listing]``: selectors; ``link`` to ``lead`` are looked for inside an item."""

    container: Selectors = ()
    item: Selectors = ()
    link: Selectors = ("a",)
    title: Selectors = ()
    date: Selectors = ()
    lead: Selectors = ()


class Pager(Table):
    """``[pager]``: how a listing leads on."""

    kind: Literal["postback", "query", "none"] = "none"
    parameter: Text | None = None
    first: Annotated[int, Field(ge=0)] = 1
    next: Selectors = ()


class Article(Table):
    """``[article]``: selectors of an article page."""

    title: Selectors = ()
    published: Selectors = ()
    lead: Selectors = ()
    body: Selectors = ()
    byline: Selectors = ()
    remove: Selectors = ()
    attachments: Selectors = ()


class VisitLabels(Table):
    """``[visits] labels``: how the page names each number of its counter."""

    online: Labels = ()
    today: Labels = ()
    yesterday: Labels = ()
    week: Labels = ()
    month: Labels = ()
    total: Labels = ()


class Visits(Table):
    """``[visits]``: the page's counter."""

    container: Selectors = ()
    labels: VisitLabels = VisitLabels()


class FamilyFile(Table):
    """What all portals of one content management system share."""

    id: Identifier | None = None
    name: Text | None = None
    identity: Identity = Identity()
    recognise: Recognise = Recognise()
    listing: Listing = Listing()
    pager: Pager = Pager()
    article: Article = Article()
    visits: Visits = Visits()


class PortalFile(FamilyFile):
    """One portal: what it alone has, and what it has otherwise than its family."""

    id: Identifier
    family: Identifier | None = None
    base_url: BaseUrl
    hosts: Hosts = ()
    installation: Text | None = None
    attribution: Text | None = None
    verified: Day | None = None
    place: Identifier | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    successor: Identifier | None = None
    sections: Annotated[list[Section], Field(min_length=1)]


def merged(family: Mapping[str, Any], portal: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a portal over its family: tables key by key, however deep; a list or a value as a whole.

    >>> merged({"article": {"title": ["h1"], "body": [".a", ".b"]}}, {"article": {"body": [".c"]}})
    {'article': {'title': ['h1'], 'body': ['.c']}}
    """
    result = dict(family)
    for key, value in portal.items():
        below = result.get(key)
        both_tables = isinstance(below, Mapping) and isinstance(value, Mapping)
        result[key] = merged(below, value) if both_tables else value  # type: ignore[arg-type]
    return result


def checked_family(file: TomlFile) -> None:
    """Note every mistake of a family's file."""
    file.validated(FamilyFile)
    _check_id(file)
    _check_pager(file)


def checked_portal(file: TomlFile, family: Mapping[str, Any] | None) -> dict[str, Any]:
    """Note every mistake of a portal's file, and of the two together; return the two together.

    ``family`` is None where it could not be read: then nothing is said of what the two give together.
    """
    file.validated(PortalFile)
    _check_id(file)
    _check_pager(file)
    _check_sections(file)
    shared = {key: value for key, value in (family or {}).items() if key not in {"id", "name"}}
    whole = merged(shared, file.content or {})
    if family is not None:
        _check_whole(file, whole)
    return whole


def _check_whole(file: TomlFile, whole: Mapping[str, Any]) -> None:
    family = _at(file.content, "family")
    for table, key in REQUIRED:
        if _at(whole, table, key) in (None, []):
            file.add(f"{table}.{key}", "required, and not given" + (f", nor by the family {family}" if family else ""))
    if _at(whole, "pager", "kind") == "query" and _at(whole, "pager", "parameter") is None:
        file.add("pager.parameter", 'required by kind = "query": the name of the page number in the address')
    marks, needed = _at(whole, "recognise", "marks"), _at(whole, "recognise", "needed")
    if isinstance(marks, list) and isinstance(needed, int) and needed > len(marks):
        file.add("recognise.needed", f"expected at most {len(marks)}, the number of marks, found {shown(needed)}")


def _at(content: object, *path: str) -> Any:
    for key in path:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content


def _check_id(file: TomlFile) -> None:
    given = _at(file.content, "id")
    if isinstance(given, str) and given != file.path.stem:
        file.add("id", f"expected {shown(file.path.stem)}, the file's own name, found {shown(given)}")


def _check_pager(file: TomlFile) -> None:
    kind = _at(file.content, "pager", "kind")
    for key in ("parameter", "first"):
        if kind in ("postback", "none") and _at(file.content, "pager", key) is not None:
            file.add(f"pager.{key}", f'belongs to kind = "query", and kind is {shown(kind)}')


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
    base, sections = _at(file.content, "base_url"), _at(file.content, "sections")
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
    parts, base = urlsplit(url), urlsplit(_at(file.content, "base_url"))
    if base.scheme not in {"http", "https"}:
        return True  # base_url is a mistake of its own
    hosts = _at(file.content, "hosts")
    known = {base.netloc.lower(), *(str(host).lower() for host in (hosts if isinstance(hosts, list) else []))}
    return parts.scheme in {"http", "https"} and bool({parts.netloc.lower(), parts.hostname} & known)


def profile_of(whole: Mapping[str, Any], *, timezone: str) -> Profile:
    """Make the profile of a portal that was laid over its family and has no mistakes."""
    file = PortalFile.model_validate(whole)
    return Profile(
        id=file.id,
        name=file.name or file.id,
        base_url=file.base_url,
        family=file.family,
        hosts=file.hosts,
        installation=file.installation or file.id,
        attribution=file.attribution,
        timezone=timezone,
        sections=tuple(
            SectionProfile(id=s.id, url=urljoin(file.base_url, s.url), topic=s.topic, name=s.name)
            for s in file.sections
        ),
        identity=tuple(re.compile(pattern) for pattern in file.identity.patterns),
        recognise=RecogniseProfile(**file.recognise.model_dump()),
        listing=ListingProfile(**file.listing.model_dump()),
        pager=PagerProfile(**file.pager.model_dump()),
        article=ArticleProfile(**file.article.model_dump()),
        visits=VisitsProfile(
            container=file.visits.container,
            labels={measure: labels for measure, labels in file.visits.labels.model_dump().items() if labels},
        ),
        verified=file.verified,
        place=file.place,
        valid_from=file.valid_from,
        valid_to=file.valid_to,
        successor=file.successor,
    )
