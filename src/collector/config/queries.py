"""The questions that an archive is asked in Datasette: one file each, ``datasette/queries/NAME.sql``.

The head of a file is its first lines that begin with ``--``; the SQL is what follows them. One key a line; a line of
``--`` and three blanks or more goes on with the one above it, a line of ``--`` alone is none::

    -- vi: Việc làm được tạo ra theo năm            title; so are all four of these: required
    -- en: Jobs created by year
    -- about_vi: Mỗi hàng là một năm của một tỉnh.  one or two sentences: what a row is, and what it is not
    -- about_en: A row is a year of a province.
    -- order: 10                                    its place on the home page; without, it does not stand there
    -- plot: bar x=year y=jobs color=province       bar, line or point; the columns of the result; color may be left out
    -- param province: Tỉnh | Province | Cần Thơ | select distinct province_now from indicator_series

A parameter has its label in Vietnamese and in English; may have a default, which pages fill in; and may have what lists
its choices: a statement, or the name of another of these queries, which then has no parameters itself. Of the list's
columns the first is the value, a second and a third are its labels in Vietnamese and in English. An empty parameter
means all: the SQL says so itself, because Datasette gives an empty text where nothing was given.

The SQL is one statement that reads; it names exactly the parameters of the head, as ``:name``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

from collector.config.shipped import shipped_folder
from collector.config.values import shown
from collector.errors import ConfigError, Mistake

#: Where they are, below the folder of the configuration.
FOLDER = Path("datasette") / "queries"

PlotKind = Literal["bar", "line", "point"]
#: How an axis reads its values: in their order, one beside the other, or as instants and days.
Scale = Literal["ordinal", "temporal"]

_TEXTS = ("vi", "en", "about_vi", "about_en")
_ONCE = (*_TEXTS, "order", "plot")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_KEY = re.compile(r"--\s*(?P<key>[a-z_]+)(?:[ \t]+(?P<of>[^:\s]+))?[ \t]*:(?P<value>.*)")
_CONTINUED = re.compile(r"--[ \t]{3,}(?P<value>\S.*)")
_FIELDS = 4
#: Texts, quoted names and comments are passed over; what is left may be a parameter or the end of a statement.
_TOKEN = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|(?P<parameter>[:@$?]\w*)|(?P<end>;)", re.DOTALL
)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_LIMIT = re.compile(r"\blimit\s+(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Plot:
    """How a result is drawn."""

    kind: PlotKind
    x: str  #: a column of the result, as ``y`` and ``color`` are
    y: str
    color: str | None = None

    @property
    def x_scale(self) -> Scale:
        """``temporal`` where the column is a day, a month or an instant, by its name; a year and a period are not."""
        of_time = self.x in {"day", "month", "hour"} or self.x.endswith(("_on", "_at", "_month"))
        return "temporal" if of_time else "ordinal"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a query is asked with."""

    name: str
    label_vi: str
    label_en: str
    default: str = ""  #: what a page fills in; empty means all
    choices: str | None = None  #: SQL that lists them: value, label in Vietnamese, label in English


@dataclass(frozen=True, slots=True)
class CannedQuery:
    """One question."""

    name: str  #: part of its address, which people keep
    title_vi: str
    title_en: str
    about_vi: str
    about_en: str
    sql: str
    parameters: tuple[Parameter, ...] = ()
    order: int | None = None  #: its place on the home page; None: it does not stand there
    plot: Plot | None = None

    @property
    def most(self) -> int | None:
        """How many rows it gives at most, by its own limits; None: all.

        As many as that are hardly all there are, and a page must not say so. A limit of one picks a value.
        """
        most = max((int(found) for found in _LIMIT.findall(_COMMENT.sub("", self.sql))), default=1)
        return most if most > 1 else None


def read_queries(folder: Path, *, name: str = "") -> tuple[CannedQuery, ...]:
    """Return the queries of a folder, those with an order first.

    Args:
        folder: where the ``*.sql`` are.
        name: how messages call the folder; empty: by its path.

    Raises:
        ConfigError: with every mistake of every file.
    """
    readings = [_Reading(path, name=f"{name or folder}/{path.name}") for path in sorted(folder.glob("*.sql"))]
    found = {one.stem: one.query() for one in readings}
    whole = {stem: query for stem, query in found.items() if query is not None}
    resolved = [one.with_choices(whole[one.stem], whole) for one in readings if one.stem in whole]
    mistakes = [mistake for one in readings for mistake in one.mistakes]
    if not readings:
        mistakes = [Mistake(name or str(folder), "", "expected files NAME.sql, found none")]
    if mistakes:
        raise ConfigError(mistakes)
    return tuple(sorted(resolved, key=lambda one: (one.order is None, one.order or 0, one.name)))


@cache
def shipped_queries() -> tuple[CannedQuery, ...]:
    """Return the queries that come with the program."""
    return read_queries(shipped_folder() / FOLDER, name=FOLDER.as_posix())


class _Reading:
    """One file, and the mistakes that were found in it so far."""

    def __init__(self, path: Path, *, name: str) -> None:
        self.stem = path.stem
        self.mistakes: list[Mistake] = []
        self._name = name
        self._path = path
        #: Line of each parameter.
        self._lines: dict[str, int] = {}

    def _add(self, line: int, message: str) -> None:
        self.mistakes.append(Mistake(self._name, f"line {line}" if line else "", message))

    def query(self) -> CannedQuery | None:
        """Return what the file says; None, with every mistake noted, where it does not say it right."""
        if not _NAME.fullmatch(self.stem):
            self._add(0, f"expected a name of lower-case letters, digits and '_', found {shown(self.stem)}")
        text = self._text()
        if text is None:
            return None
        lines = text.splitlines()
        head = next((place for place, line in enumerate(lines) if not line.startswith("--")), len(lines))
        start = next((place for place, line in enumerate(lines[head:], head) if line.strip()), head)
        given, parameters = self._entries(lines[:head])
        texts = {key: self._required(key, given) for key in _TEXTS}
        order = self._order(*given["order"]) if "order" in given else None
        plot = self._plot(*given["plot"]) if "plot" in given else None
        sql = "\n".join(lines[start:]).strip()
        self._check_sql(sql, start + 1, {one.name for one in parameters})
        if self.mistakes:
            return None
        sql = sql.removesuffix(";").rstrip()
        return CannedQuery(
            self.stem, texts["vi"], texts["en"], texts["about_vi"], texts["about_en"], sql, parameters, order, plot
        )

    def _text(self) -> str | None:
        try:
            # -sig: editors on Windows put a byte order mark first.
            return self._path.read_bytes().decode("utf-8-sig")
        except OSError as error:
            self._add(0, f"cannot be read: {error.strerror or error}")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            self._add(line, f"expected UTF-8, found byte 0x{error.object[error.start]:02x}")
        return None

    def _entries(self, head: Sequence[str]) -> tuple[dict[str, tuple[int, str]], tuple[Parameter, ...]]:
        """Return the keys that stand once, each with its line and value, and the parameters in their order."""
        given: dict[str, tuple[int, str]] = {}
        parameters: dict[str, Parameter] = {}
        for line, key, of, value in self._split(head):
            if key == "param":
                if not _NAME.fullmatch(of):
                    self._add(line, f"expected a parameter's name, as in `-- param year: …`, found {shown(of)}")
                elif of in parameters:
                    self._add(line, f"the parameter {of} stands in line {self._lines[of]} already")
                else:
                    self._lines[of] = line
                    parameters[of] = self._parameter(line, of, value)
            elif key not in _ONCE or of:
                expected = ", ".join((*_ONCE, "param NAME"))
                self._add(line, f"unknown key {shown(f'{key} {of}'.strip())}; expected one of {expected}")
            elif key in given:
                self._add(line, f"{key} stands in line {given[key][0]} already")
            else:
                given[key] = line, value
        return given, tuple(parameters.values())

    def _split(self, head: Sequence[str]) -> Iterator[tuple[int, str, str, str]]:
        """Yield line, key, what it is of, and value of each entry, lines that go on put together."""
        entry: tuple[int, str, str, str] | None = None
        for line, text in enumerate(head, 1):
            if text.strip() == "--":
                continue
            if (more := _CONTINUED.fullmatch(text.rstrip())) and entry is not None:
                entry = (*entry[:3], f"{entry[3]} {more['value']}")
                continue
            if entry is not None:
                yield entry
            match = _KEY.fullmatch(text.rstrip())
            if match is None:
                self._add(line, f"expected `-- key: value`, found {shown(text)}")
            entry = None if match is None else (line, match["key"], match["of"] or "", match["value"].strip())
        if entry is not None:
            yield entry

    def _required(self, key: str, given: Mapping[str, tuple[int, str]]) -> str:
        line, value = given.get(key, (0, ""))
        if not value:
            self._add(line, f"{key}: required, and {'empty' if key in given else 'not given'}")
        return value

    def _order(self, line: int, value: str) -> int | None:
        if re.fullmatch(r"[0-9]{1,6}", value):
            return int(value)
        self._add(line, f"order: expected a whole number, found {shown(value)}")
        return None

    def _plot(self, line: int, value: str) -> Plot | None:
        kind, *axes = value.split() or [""]
        if kind not in get_args(PlotKind):
            self._add(line, f"plot: expected one of {', '.join(get_args(PlotKind))} first, found {shown(kind)}")
            return None
        named = dict(axis.partition("=")[::2] for axis in axes)
        fine = all(_NAME.fullmatch(column) for column in named.values()) and len(named) == len(axes)
        if not fine or not {"x", "y"} <= named.keys() <= {"x", "y", "color"}:
            self._add(line, f"plot: expected x=COLUMN y=COLUMN and perhaps color=COLUMN, found {shown(' '.join(axes))}")
            return None
        return Plot(cast("PlotKind", kind), named["x"], named["y"], named.get("color"))

    def _parameter(self, line: int, name: str, value: str) -> Parameter:
        fields = [one.strip() for one in re.split(r"(?<!\|)\|(?!\|)", value, maxsplit=_FIELDS - 1)]
        label_vi, label_en, default, choices = fields + [""] * (_FIELDS - len(fields))
        if not label_vi or not label_en:
            self._add(line, f"param {name}: expected a label in Vietnamese | and one in English, found {shown(value)}")
        return Parameter(name, label_vi, label_en, default, choices or None)

    def _check_sql(self, sql: str, line: int, parameters: set[str]) -> None:
        if not sql:
            self._add(line, "expected SQL below the head, found none")
            return
        tokens = list(_TOKEN.finditer(sql))
        bare = _COMMENT.sub("", sql).split(maxsplit=1)
        if not bare or not re.match(r"(?:select|with)\b", bare[0], re.IGNORECASE):
            self._add(line, f"expected a statement that begins with select or with, found {shown(' '.join(bare[:1]))}")
        ends = [one.start() for one in tokens if one["end"]]
        if ends and sql[ends[0] + 1 :].strip():
            self._add(line + sql.count("\n", 0, ends[0]), "expected one statement, found another behind its end")
        used: dict[str, int] = {}
        for one in tokens:
            if one["parameter"]:
                used.setdefault(one["parameter"], line + sql.count("\n", 0, one.start()))
        for mark, place in used.items():
            if mark.removeprefix(":") not in parameters or not mark.startswith(":"):
                self._add(place, f"{mark} is no parameter of the head; expected `-- param {mark[1:] or 'name'}: …`")
        for name in parameters - {mark[1:] for mark in used}:
            self._add(self._lines[name], f"param {name}: the SQL does not name :{name}")

    def with_choices(self, query: CannedQuery, known: Mapping[str, CannedQuery]) -> CannedQuery:
        """Return the query with the SQL of those that list its choices in place of their names."""
        resolved = []
        for one in query.parameters:
            choices = one.choices
            if choices is not None and _NAME.fullmatch(choices):
                other = known.get(choices)
                if other is None or other.parameters:
                    why = "it has parameters" if other is not None else "there is none of that name without a mistake"
                    self._add(self._lines[one.name], f"param {one.name}: {choices} cannot list its choices: {why}")
                else:
                    choices = other.sql
            elif choices is not None and not re.match(r"(?:select|with)\b", choices, re.IGNORECASE):
                self._add(self._lines[one.name], f"param {one.name}: expected SQL or a query's name as its choices")
            resolved.append(replace(one, choices=choices))
        return replace(query, parameters=tuple(resolved))
