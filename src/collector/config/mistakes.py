"""Reading one TOML file, and telling everything that is wrong with it: file, dotted key, what was expected."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from collector.config.values import shown
from collector.errors import Mistake

Model = TypeVar("Model", bound=BaseModel)

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "model_type": "a table",
    "tuple_type": "a list",
    "list_type": "a list",
}
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}


class Table(BaseModel):
    """One table of the configuration: no unknown key, no value that is merely convertible, no change afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class TomlFile:
    """One file of the configuration, and the mistakes that were found in it so far."""

    def __init__(self, path: Path, *, name: str) -> None:
        #: Where it is.
        self.path = path
        #: How messages call it: as the user would type it.
        self.name = name
        self.mistakes: list[Mistake] = []
        #: What it says; None when it could not be read at all.
        self.content: dict[str, Any] | None = self._read()

    def _read(self) -> dict[str, Any] | None:
        try:
            # -sig: editors on Windows put a byte order mark first, and TOML has no place for it.
            return tomllib.loads(self.path.read_bytes().decode("utf-8-sig"))
        except FileNotFoundError:
            self.add("", "there is no such file")
        except OSError as error:
            self.add("", f"cannot be read: {error.strerror or error}")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            self.add("", f"expected UTF-8, found byte 0x{error.object[error.start]:02x} in line {line}")
        except (ValueError, RecursionError) as error:
            # TOMLDecodeError names line and column; a number of 5,000 digits or 1,000 nested lists do not.
            self.add("", f"is no valid TOML: {error}")
        return None

    def add(self, key: str, message: str) -> None:
        """Note one mistake."""
        self.mistakes.append(Mistake(self.name, key, message))

    def validated(self, model: type[Model]) -> Model | None:
        """Return the content as ``model``; None, with every mistake noted, when it does not fit."""
        if self.content is None:
            return None
        try:
            return model.model_validate(self.content)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                # A default that needs a refused value is no second mistake.
                if detail["type"] != "default_factory_not_called":
                    self.add(dotted(detail["loc"], self.content), _message(detail, model))
        return None


def dotted(location: Sequence[int | str], content: object) -> str:
    """Return a place as its user would name it, ``sections[1].url``; positions count from 0.

    One text that stands for a list has no positions in the file, so none is named.
    """
    key = ""
    for step in location:
        if isinstance(step, int):
            if not isinstance(content, list):
                break
            key += f"[{step}]"
            content = content[step] if step < len(content) else None
        else:
            key += f".{step}" if key else step
            content = content.get(step) if isinstance(content, Mapping) else None
    return key


def _message(detail: ErrorDetails, model: type[BaseModel]) -> str:
    kind, found = detail["type"], shown(detail["input"])
    context = detail.get("ctx", {})
    if kind == "missing":
        return "required, and not given"
    if kind == "extra_forbidden":
        return _unknown_key(detail["loc"], model)
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"expected {context['expected']}, found {found}"
    if kind == "too_short":
        return "expected at least one, found none"
    if kind in _BOUNDS:
        words, name = _BOUNDS[kind]
        return f"expected {words} {context[name]}, found {found}"
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, found {found}"
    return f"{detail['msg']}, found {found}"


def _unknown_key(location: Sequence[int | str], model: type[BaseModel]) -> str:
    """Say which key was meant: one spelt alike in this table, else the same one of another table."""
    *table, key = (str(step) for step in location if isinstance(step, str))
    keys = list(_keys(model))
    here = [name for *place, name in keys if place == table]
    # The usual slip in TOML: a key below the wrong [table] header.
    elsewhere = [".".join(path) for path in keys if path[-1] == key]
    if elsewhere:
        # A portal's own table rather than the same one of its layouts, unless the key stands in a layout.
        near_by = [one for one in elsewhere if table and one.startswith(f"{table[0]}.")]
        return f"unknown key here; did you mean {min(near_by or elsewhere, key=lambda one: one.count('.'))}?"
    near = get_close_matches(key.lower().replace("-", "_"), here, n=1)
    if near:
        return f"unknown key; did you mean {near[0]}?"
    return f"unknown key; expected one of {', '.join(sorted(here))}"


def _keys(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        yield (*above, name)
        for table in _tables(field.annotation):
            yield from _keys(table, (*above, name))


def _tables(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _tables(argument)
