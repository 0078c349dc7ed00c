"""What the extraction finds in 160 annotated bulletins of our own, against what a careful reader found.

``python tests/quality/scoring.py`` prints the figures, ``--errors`` every error under the trap it shows,
``--trap B5`` only those of one trap, ``--write`` pins the figures as the new floors.

A figure counts as found where the same digits are read as the same value in the same unit. What a reader may take for a
figure or not (denominators, repetitions, thresholds) is marked ``optional`` and counts neither way.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from collector.config import load
from collector.evidence import Examiner
from collector.evidence.lexicon import class_of
from collector.findings import Evidence, Indicator

_LETTERED = re.compile(r"\d.*[^\W\d_]")
HERE = Path(__file__).parent
BULLETINS = HERE / "bulletins"
FLOORS = HERE / "floors.toml"


@dataclass(frozen=True, slots=True)
class Annotated:
    """One bulletin with what a reader found in it."""

    name: str
    title: str
    body: str
    published_on: date | None
    expected: Mapping[str, Any]

    def places(self) -> dict[tuple[str, int], dict[str, Any]]:
        """Return the annotated figures by part and offset."""
        found = {}
        for item in self.expected["indicators"]:
            part, text = next(
                (part, text) for part, text in (("title", self.title), ("body", self.body)) if item["in"] in text
            )
            found[part, text.index(item["in"]) + item["in"].index(item["printed"])] = item
        return found


@dataclass(slots=True)
class Tally:
    """Right, invented and missed."""

    right: int = 0
    invented: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.right / max(1, 2 * self.right + self.invented + self.missed)


@dataclass(slots=True)
class Score:
    """Tallies by what was compared, and each error as ``trap, bulletin, what``."""

    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    errors: list[tuple[str, str, str]] = field(default_factory=list)

    def note(self, what: str, annotated: Annotated, item: Mapping[str, Any] | None, text: str) -> None:
        """Remember an error."""
        trap = (item or {}).get("trap") or "-"
        self.errors.append((trap, annotated.name, f"{what}: {text}"))


def corpus() -> list[Annotated]:
    """Return all annotated bulletins."""
    found = []
    for file in sorted(BULLETINS.glob("*.json")):
        expected = json.loads(file.read_text(encoding="utf-8"))
        title, *lines = file.with_suffix(".txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
        published = expected["published_on"] and date.fromisoformat(expected["published_on"])
        # Where a day is printed, it is the line below the title.
        body = "\n".join(lines[1:] if published else lines)
        found.append(Annotated(file.stem, title, body, published, expected))
    return found


def digest() -> str:
    """Return the sha256 of the corpus: floors hold for the corpus they were measured on."""
    whole = hashlib.sha256()
    for file in sorted(BULLETINS.iterdir()):
        whole.update(file.name.encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()


def examiner() -> Examiner:
    """Return an examiner with the shipped vocabulary."""
    return Examiner(load(None, environ={}, cwd=HERE).vocabulary)


def score(examine: Examiner) -> Score:
    """Examine the corpus and compare."""
    result = Score()
    for annotated in corpus():
        found = examine.examine(annotated.title, annotated.body, published_on=annotated.published_on)
        _compare_figures(annotated, found, result)
        _compare_names(annotated, found, result)
        for what, expected, got in (
            ("event_on", annotated.expected["event_on"], found.event_on and found.event_on.isoformat()),
            ("place", bool(annotated.expected["place"]), bool(found.place)),
        ):
            tally = result.tallies[what]
            if expected == got:
                tally.right += 1
            else:
                tally.missed += 1
                tally.invented += 1
                result.note(what, annotated, None, f"{expected} was read as {got}")
    return result


def _compare_figures(annotated: Annotated, found: Evidence, result: Score) -> None:
    expected = annotated.places()
    taken = {(one.part, one.span_start): one for one in found.indicators}
    for place, item in expected.items():
        one = taken.pop(place, None)
        if item.get("optional"):
            continue
        right = one is not None and _same_value(one, item) and _same_unit(one, item)
        if right and one is not None:
            result.tallies["value_and_unit"].right += 1
            _compare_meaning(annotated, one, item, result)
            continue
        result.tallies["value_and_unit"].missed += 1
        got = "not found" if one is None else f"read as {one.value:g}, {one.value_max}, {one.unit}"
        result.note("figure", annotated, item, f"{item['in']!r} {got}")
        if one is not None:
            result.tallies["value_and_unit"].invented += 1
    for one in taken.values():
        result.tallies["value_and_unit"].invented += 1
        result.note("figure", annotated, None, f"{one.printed!r} {one.unit} is none: {one.sentence[:80]!r}")


def _compare_meaning(annotated: Annotated, one: Indicator, item: Mapping[str, Any], result: Score) -> None:
    for what, same in _comparisons(one, item):
        tally = result.tallies[what]
        if same:
            tally.right += 1
            continue
        tally.missed += 1
        tally.invented += 1
        got = getattr(one, what)
        result.note(what, annotated, item, f"{item['in']!r} is {item.get(what)}, not {got} ({one.rule})")


def _comparisons(one: Indicator, item: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    yield "direction", one.direction in {item["direction"], item.get("direction_alt")}
    # A text that tells no period is no ground to call one wrong (VIETNAMESE's evaluation has the same rule).
    yield "period", item.get("period") is None or one.period == item["period"]
    yield "qualifier", one.qualifier == item["qualifier"]
    if item.get("measure"):
        # A share of a plan is told of the measure itself, with a direction of its own.
        yield "measure", one.measure == item["measure"].removesuffix("_plan_rate")


def _same_value(one: Indicator, item: Mapping[str, Any]) -> bool:
    wanted = (item["value"], item.get("value_max"))
    return all(
        a == b or (a is not None and b is not None and abs(a - b) <= 1e-9 * max(1.0, abs(b)))
        for a, b in zip((one.value, one.value_max), wanted, strict=True)
    )


def _same_unit(one: Indicator, item: Mapping[str, Any]) -> bool:
    printed, wanted = (one.unit or "").lower(), item["unit"].lower()
    return printed.partition("/")[0] == wanted.partition("/")[0] or (
        class_of(printed) is not None and class_of(printed) == class_of(wanted)
    )


def _compare_names(annotated: Annotated, found: Evidence, result: Score) -> None:
    pairs = (
        ("people", {one["name"] for one in annotated.expected["people"]}, {one.name for one in found.people}),
        # The annotations name the documents that are printed with their letters, 1142/QĐ-UBND.
        (
            "documents",
            set(annotated.expected["documents"]),
            {one.number for one in found.documents if _LETTERED.match(one.number)},
        ),
    )
    for what, expected, got in pairs:
        tally = result.tallies[what]
        tally.right += len(expected & got)
        tally.missed += len(expected - got)
        tally.invented += len(got - expected)
        for name in sorted(expected - got):
            result.note(what, annotated, None, f"{name} not found")
        for name in sorted(got - expected):
            result.note(what, annotated, None, f"{name} is none")


def floors() -> dict[str, Any]:
    """Return the pinned figures and the digest of the corpus that they were measured on."""
    return tomllib.loads(FLOORS.read_text(encoding="utf-8"))


def main() -> None:
    """Print the figures, and what is asked for beside them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--errors", action="store_true", help="every error, by trap")
    parser.add_argument("--trap", help="only the errors of this trap, B5 for instance; - for none")
    parser.add_argument("--write", action="store_true", help="pin the figures as floors")
    asked = parser.parse_args()
    result = score(examiner())
    if asked.errors or asked.trap:
        for trap, name, text in sorted(result.errors):
            if asked.trap in {None, trap}:
                print(f"{trap:4}{name}  {text}")
    print(f"{'':16}{'F1':>7}{'right':>8}{'invented':>10}{'missed':>8}")
    for what, tally in sorted(result.tallies.items()):
        print(f"{what:16}{tally.f1:7.3f}{tally.right:8}{tally.invented:10}{tally.missed:8}")
    if asked.write:
        lines = [
            f'digest = "{digest()}"',
            "",
            "[f1]",
            *(f"{k} = {v.f1:.3f}" for k, v in sorted(result.tallies.items())),
        ]
        FLOORS.write_text(
            "# Written by scoring.py --write; a figure may rise, never silently fall.\n" + "\n".join(lines) + "\n"
        )


if __name__ == "__main__":
    main()
