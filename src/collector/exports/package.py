"""The description of an export: a Frictionless Data Package (``datapackage.json``), version 1.

What the specification has no word for stands beside its own: ``unit`` of a field, Vietnamese and English titles each by
itself, ``measures`` with their units, ``attribution``, and under ``collector`` how the rows were chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector import __version__
from collector.archive.snapshot import Choice, Relation
from collector.config import TableText
from collector.exports.fields import Field
from collector.exports.folders import OURS

_CSV_DIALECT = {
    "delimiter": ",",
    "lineTerminator": "\r\n",
    "quoteChar": '"',
    "doubleQuote": True,
    "skipInitialSpace": False,
    "header": True,
    "csvddfVersion": 1.2,
}
_CSV_NOTE = (
    "A text that a spreadsheet would take for a formula (apostrophes, if any, then one of = + - @, their full-width "
    "forms, tab, CR or LF) has an apostrophe put before it; take one off such a text to have it as it was. Texts stand "
    'in quotes: nothing between two commas is NULL, "" an empty text. The file begins with a UTF-8 byte order mark.'
)
_NOTE = (
    "Toàn văn, lịch sử sửa đổi, số liệu, lượt truy cập, như cổng đã đăng. `*_at` là thời điểm UTC, `*_on` là ngày địa "
    "phương; `value` tính theo đơn vị cơ sở ghi ở `measures.unit`.\n"
    "Texts, revisions, figures and visit counts as the portals published them. `*_at` is a UTC instant, `*_on` a local "
    "day; `value` is in base units of `measures.unit`."
)


@dataclass(frozen=True, slots=True)
class Written:
    """One file of an export."""

    table: str
    file: str
    rows: int
    size: int  #: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Form:
    """What a format's files are, in a data package's words."""

    name: str
    mediatype: str


def package(
    form: Form,
    resources: Sequence[dict[str, Any]],
    *,
    portals: Sequence[Mapping[str, Any]],
    measures: Sequence[Mapping[str, Any]],
    choice: Choice,
    created: str,
) -> dict[str, Any]:
    """Return the descriptor.

    Args:
        form: the files' format.
        resources: as :func:`resource` makes them.
        portals: rows of ``portals`` that the export is about.
        measures: rows of ``measures``.
        choice: which rows were wanted.
        created: the instant of the snapshot, as the archive writes it.
    """
    portals = [{**one, "source": one["attribution"] or one["publisher"] or one["name"]} for one in portals]
    lines = list(dict.fromkeys(one["source"] for one in portals))
    told: dict[str, Any] = {
        "profile": "data-package",
        "name": "vietnamese-labour-bulletins",
        "title": "Bản tin lao động, người có công và xã hội của các cổng thông tin tỉnh / "
        "Labour and social-affairs bulletins of Vietnamese provincial portals",
        "description": f"{_NOTE}\n{_CSV_NOTE}" if form.name == "csv" else _NOTE,
        "created": created,
        "attribution": lines,
        "sources": [
            {name: value for name, value in told.items() if value}
            for one in portals
            for told in [{"title": one["source"], "path": one["base_url"], "email": one["email"]}]
        ],
        "licenses": [
            {
                "name": "other-at",  # Open Definition's "other (attribution)": none of the portals names a licence
                "title": f"Ghi rõ nguồn “{line}” khi phát hành lại thông tin / "
                f"Name the source “{line}” when you publish this again",
            }
            for line in lines
        ],
        "contributors": [
            {"title": one["publisher"], "path": one["base_url"], "role": "publisher"}
            for one in portals
            if one["publisher"]
        ],
        "measures": [{name: one[name] for name in ("id", "field", "name_vi", "name_en", "unit")} for one in measures],
        OURS: {"version": __version__, "portal": choice.portal, "since": choice.since, "since_at": choice.since_at},
        "resources": list(resources),
    }
    return {name: value for name, value in told.items() if value != []}  # an empty list of sources is no list to it


def resource(
    form: Form,
    written: Written,
    relation: Relation,
    fields: Sequence[Field],
    text: TableText,
    *,
    exported: Sequence[str],
    choice: Choice,
) -> dict[str, Any]:
    """Return the description of one file; references to tables that are not ``exported`` are left out."""
    told: dict[str, Any] = {
        "name": relation.name,
        "path": written.file,
        "title": f"{text.vi} / {text.en}",
        "description": f"{text.about_vi}\n{text.about_en}",
        "title_vi": text.vi,
        "title_en": text.en,
    }
    if form.name == "csv":
        told |= {"profile": "tabular-data-resource", "dialect": _CSV_DIALECT}
    return told | {
        "format": form.name,
        "mediatype": form.mediatype,
        "encoding": "utf-8",
        "bytes": written.size,
        "hash": f"sha256:{written.sha256}",
        "rows": written.rows,
        "selection": _selection(relation, choice),
        "schema": _schema(form, relation, fields, text, exported),
    }


def _selection(relation: Relation, choice: Choice) -> str:
    """Say in words which rows are there."""
    column = choice.columns.get(relation.name)
    if choice.everything:
        return "every row"
    if column == "article":
        return "the rows of the chosen bulletins, whatever their own day"
    parts = []
    if choice.since is not None and column is not None:
        bound = choice.since_at if column.endswith("_at") else choice.since
        parts.append(f"{column} from {bound} on, or empty")
    if choice.portal is not None and relation.has("id" if relation.name == "portals" else "portal"):
        parts.append(f"of the portal {choice.portal}")
    also = "" if relation.view else "; besides those that other exported rows refer to"
    return ", ".join(parts) + also if parts else "every row"


def _schema(
    form: Form, relation: Relation, fields: Sequence[Field], text: TableText, exported: Sequence[str]
) -> dict[str, Any]:
    key = relation.key or text.key
    schema: dict[str, Any] = {
        "fields": [_field(form, one, unique=key == (one.name,)) for one in fields],
        "missingValues": [""] if form.name == "csv" else [],
    }
    if key:
        schema["primaryKey"] = list(key)
    references = [
        {
            "fields": [one.column],
            "reference": {"resource": "" if one.table == relation.name else one.table, "fields": [one.target]},
        }
        for one in relation.references
        if one.table in exported
    ]
    return schema | ({"foreignKeys": references} if references else {})


def _field(form: Form, field: Field, *, unique: bool) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if field.required:
        constraints["required"] = True
    if unique:
        constraints["unique"] = True
    if field.words:
        constraints["enum"] = list(field.words)
    told: dict[str, Any] = {"name": field.name, "type": field.type, "format": "default", **field.described()}
    if constraints:
        told["constraints"] = constraints
    if form.name == "csv" and field.required and field.type == "string":
        told["missingValues"] = []  # never NULL, so what is empty is an empty text
    return told
