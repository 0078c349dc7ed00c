"""Which figures an edit changed: which measure went from what to what.

The fields' corrections show the paragraphs that differ; here is what stands in them in numbers. A figure that stands in
a sentence as before is none of it, whatever its period has become by an edit elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from collector.findings import Evidence, Indicator
from collector.model import Bulletin, Correction

#: So many changed figures on one side are a new text, and the paragraphs tell it better.
_MOST = 400
#: Two sentences with so many of their words in common are one that was edited. Half of the words of any two sentences
#: of a report are the same ("tỉnh", "đã", "cho", "hộ").
_ALIKE = 0.65
_SCALE = re.compile(r"\s*(?:(?:trăm|chục|nghìn|ngàn|vạn|triệu|tỷ|tỉ|tr)(?!\w)\s*)+", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure as an editor sees it."""

    name: str  #: its measure, or the words that say what is counted
    meaning: tuple[str | None, ...]  #: what else a figure must share with another to be the same one, edited
    value: tuple[Hashable, ...]
    shown: str  #: ``1,2 triệu người``
    sentence: str  #: white space folded
    part: str

    @property
    def named(self) -> str:
        return self.name.casefold()


def figures_corrected(
    before: tuple[Bulletin, Evidence], after: tuple[Bulletin, Evidence], changed: Iterable[Correction]
) -> tuple[Correction, ...]:
    """Return one correction for each figure that an edit changed, by measure (or label), ``1.234 hộ`` to ``1.243 hộ``.

    A figure that appeared or disappeared has only one side, and is told only where its sentence was edited: what came
    or went with a whole sentence is told by the paragraph.

    Args:
        before: the earlier state with its evidence.
        after: the new state with its evidence, by the same examination.
        changed: the corrections of fields; only the figures of these fields are looked at.
    """
    fields = {correction.field for correction in changed}
    parts = {part for part, of in (("title", {"title"}), ("body", {"body", "lead"})) if fields & of}
    old, new = _not_in_both(list(_figures(*before, parts)), list(_figures(*after, parts)))
    if max(len(old), len(new)) > _MOST:
        return ()
    pairs, gone, come = _paired(old, new, lambda figure: (figure.named, figure.meaning))
    # A number that stays while the words around it change is no figure that was corrected.
    _, gone, come = _paired(gone, come, lambda figure: (figure.named, figure.value))
    old_sentences, new_sentences = _changed_sentences(before[0], after[0])
    gone = [figure for figure in gone if _edited(figure, new_sentences)]
    come = [figure for figure in come if _edited(figure, old_sentences)]
    more, gone, come = _paired(gone, come, lambda figure: (figure.named, figure.meaning[0]))
    found = [(one.name, one.shown, two.shown) for one, two in (*pairs, *more) if one.value != two.value]
    lonely = [*((one.name, one.shown, None) for one in gone), *((one.name, None, one.shown) for one in come)]
    # Title and body often print the same figure: its change is told once.
    return tuple(Correction(*row) for row in dict.fromkeys([*found, *lonely]))


def _figures(bulletin: Bulletin, evidence: Evidence, parts: set[str]) -> Iterator[_Figure]:
    texts = {"title": bulletin.title, "body": bulletin.body}
    for one in sorted(evidence.indicators, key=lambda one: (one.part != "title", one.span_start)):
        if one.part in parts:
            yield _Figure(
                name=one.measure or one.label or "figure",
                meaning=(one.direction, one.period, one.place),
                value=(one.value, one.value_max, (one.unit or "").casefold()),
                shown=as_printed(one, texts[one.part]),
                sentence=" ".join(one.sentence.split()),
                part=one.part,
            )


def as_printed(figure: Indicator, text: str) -> str:
    """Return a figure with its scale word and unit, ``1,2 triệu người``; ``text`` is the part that it stands in."""
    scale = _SCALE.match(text, figure.span_end)
    end = scale.end() if scale else figure.span_end
    number = text[figure.span_start : end].rstrip()
    if not figure.unit:
        return " ".join(number.split())
    gap = re.compile(r"\s*").match(text, end)
    start = gap.end() if gap else end
    if text.casefold().startswith(figure.unit.casefold(), start):
        return " ".join(text[figure.span_start : start + len(figure.unit)].split())
    # The unit stands at the head of the list.
    return " ".join(f"{number} {figure.unit}".split())


def _not_in_both(old: list[_Figure], new: list[_Figure]) -> tuple[list[_Figure], list[_Figure]]:
    """Leave out the figures whose sentence stands in both states."""

    def place(figure: _Figure) -> tuple[str, ...]:
        return figure.part, figure.sentence, figure.shown

    both = Counter(map(place, old)) & Counter(map(place, new))
    return _without(old, both, place), _without(new, both, place)


def _without(
    figures: list[_Figure], out: Counter[tuple[str, ...]], place: Callable[[_Figure], tuple[str, ...]]
) -> list[_Figure]:
    left = Counter(out)
    kept = []
    for figure in figures:
        if left[place(figure)]:
            left[place(figure)] -= 1
        else:
            kept.append(figure)
    return kept


def _paired(
    old: Sequence[_Figure], new: Sequence[_Figure], key: Callable[[_Figure], Hashable]
) -> tuple[list[tuple[_Figure, _Figure]], list[_Figure], list[_Figure]]:
    """Pair the figures of one key in their order, equal ones with equal ones; return the pairs and what is left."""
    groups: dict[Hashable, tuple[list[_Figure], list[_Figure]]] = defaultdict(lambda: ([], []))
    for side, figures in enumerate((old, new)):
        for figure in figures:
            groups[key(figure)][side].append(figure)
    pairs: list[tuple[_Figure, _Figure]] = []
    for olds, news in groups.values():
        same = SequenceMatcher(None, [one.value for one in olds], [one.value for one in news], autojunk=False)
        for _, first, last, start, end in same.get_opcodes():
            pairs += zip(olds[first:last], news[start:end], strict=False)
    taken = {id(figure) for pair in pairs for figure in pair}
    return pairs, [one for one in old if id(one) not in taken], [one for one in new if id(one) not in taken]


def _changed_sentences(before: Bulletin, after: Bulletin) -> tuple[list[Counter[str]], list[Counter[str]]]:
    """Return the words of the sentences that stand in only one of the two states, titles among them."""
    old, new = (
        {" ".join(line.split()) for line in _SENTENCE_END.split(f"{one.title}\n{one.body}")} for one in (before, after)
    )
    return [_words(one) for one in old - new][:_MOST], [_words(one) for one in new - old][:_MOST]


def _words(sentence: str) -> Counter[str]:
    return Counter(_WORD.findall(sentence.casefold()))


def _edited(figure: _Figure, others: Iterable[Counter[str]]) -> bool:
    """Say whether the other state has a sentence that this figure's sentence was made from, or became."""
    words = _words(figure.sentence)
    return any(2 * (words & other).total() >= _ALIKE * (words.total() + other.total()) for other in others if words)
