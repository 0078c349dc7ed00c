"""The topic of a bulletin: words that speak for labour and social affairs, and words that speak against it.

A weighted sum behind a logistic curve. Every part of the decision can be read: the words are data (``topics.toml``),
and those that decided are kept with the score. A headline is written to say what a bulletin is about, so that the title
counts most; the end of a long one thanks the sponsors and lists who was there, so that it is not read at all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from math import exp

from collector.evidence.phrases import spelled
from collector.evidence.tokens import lowered
from collector.findings import TopicScore
from collector.vietnamese.characters import without_accents
from collector.vocabulary import Measure, TopicWords

#: Characters of the body that are its lead, and after which nothing is read.
LEAD, READ = 600, 800
_TITLE_COUNTS, _LEAD_COUNTS, _REST_COUNTS = 1.0, 0.6, 0.08
#: What speaks against counts less in the text: every report names the party's secretary, a road or a hospital.
_AGAINST_COUNTS = 0.8
#: A word that was met before, there or in a part above, says little that is new.
_AGAIN = 0.25
_MOST_TIMES = 3
#: What a text without any of the words has: a score of 0.12, and a title alone 0.27: more text meets more by chance.
_BIAS, _BIAS_OF_A_TITLE = -1.2, -1.0
#: A headline says what its bulletin is about. Of one that says nothing of ours the text must say more, and where it
#: speaks of another subject what the text says of ours is likelier in passing: reports end with "giảm nghèo". Both were
#: chosen with each of the four sets of docs/QUALITY.md left out in turn and the words as they were before those sets.
_SILENT_TITLE = -1.0
_OTHER_TITLE, _OTHER_TITLE_FROM, _OWN_TITLE_FROM = 0.6, -0.5, 1.5
#: So many of the words that decided are kept, and none that hardly mattered.
_MOST_WORDS, _LEAST_SAY = 8, 0.25
#: A field is touched by a word of its own in the title or the lead, not by one at the end.
_LEAST_TOUCH = 0.5
#: What may stand inside a phrase beside digits: "xuất khẩu hơn 1,8 nghìn lao động" speaks of "xuất khẩu lao động".
_AMOUNTS = frozenset(("hơn", "gần", "trên", "khoảng", "thêm", "nghìn", "ngàn", "triệu", "vạn"))
#: What separates words beside blanks. Replacing each and splitting takes a third of what a pattern for words takes.
_SEPARATORS = tuple(",.;:()/-–—“”\"'’&!?…*+[]|")
#: No phrase goes on behind these: "mất điện; lực lượng" does not speak of "điện lực". A comma or a dash may be in one.
_ENDS, _END = (". ", "; ", ": ", "! ", "? "), " ¶ "


class _Phrase:
    """A phrase of topic words, of triggers, or of both."""

    __slots__ = ("fields", "text", "weight")

    def __init__(self, text: str) -> None:
        self.text = text
        self.weight: float | None = None  #: None: it only tells a field
        self.fields: set[str] = set()


class _Node:
    """A place in the tree of phrases, syllable by syllable."""

    __slots__ = ("follows", "phrase")

    def __init__(self) -> None:
        self.follows: dict[str, _Node] = _NOTHING
        self.phrase: _Phrase | None = None

    def leads_to(self, syllable: str) -> _Node:
        """Return the place behind a syllable, a new one if there is none."""
        if self.follows is _NOTHING:
            self.follows = {}
        return _behind(self.follows, syllable)


#: Two places in three are ends of phrases: one empty dictionary for all of them, and each syllable's text once, halve
#: what the tree takes in a daemon that waits.
_NOTHING: dict[str, _Node] = {}


def _behind(follows: dict[str, _Node], syllable: str) -> _Node:
    if (node := follows.get(syllable)) is None:
        node = follows[sys.intern(syllable)] = _Node()
    return node


class TopicReader:
    """Tells by one vocabulary how much a bulletin speaks of labour and social affairs."""

    def __init__(self, words: Sequence[TopicWords], measures: Sequence[Measure]) -> None:
        phrases: dict[str, _Phrase] = {}
        for entry in words:
            for text in entry.words:
                phrase = phrases.setdefault(text, _Phrase(text))
                phrase.weight = entry.weight
                if entry.field is not None and entry.weight > 0:
                    phrase.fields.add(entry.field)
        for measure in measures:
            for text in measure.triggers:
                phrases.setdefault(text, _Phrase(text)).fields.add(measure.field)
        self._field_of = {measure.id: measure.field for measure in measures}
        self._accented = _tree((one, phrase) for phrase in phrases.values() for one in spelled(phrase.text))
        # Without accents one syllable may be many words ("lua", "sach"): those are left to texts that have them.
        self._bare = _tree((without_accents(text), phrase) for text, phrase in phrases.items() if " " in text)

    def score(self, title: str, body: str, *, measures: Iterable[str | None] = ()) -> TopicScore:
        """Return the score of a bulletin, 0 to 1, the words that decided and the fields that it touches.

        Args:
            title: one line, NFC; capitals or no accents at all are as good.
            body: NFC, its lead included; may be empty, as of an item that only a listing has shown.
            measures: of the figures that it reports, wherever they stand: their fields are touched, too.
        """
        found: dict[_Phrase, float] = {}
        times: dict[_Phrase, int] = {}
        bias, of_ours = _BIAS_OF_A_TITLE, 1.0
        for part, counts in (
            (title[:READ], _TITLE_COUNTS),
            (body[:LEAD], _LEAD_COUNTS),
            (body[LEAD:READ], _REST_COUNTS),
        ):
            for phrase in self._phrases(part):
                met = times.get(phrase, 0)
                times[phrase] = met + 1
                if met < _MOST_TIMES:
                    says = counts * _AGAIN if met else counts
                    if phrase.weight is not None and counts < _TITLE_COUNTS:
                        says *= _AGAINST_COUNTS if phrase.weight < 0 else of_ours
                    found[phrase] = found.get(phrase, 0.0) + says
            if body and counts == _TITLE_COUNTS:
                bias, of_ours = _after_title(found)
        sums = {phrase: phrase.weight * counts for phrase, counts in found.items() if phrase.weight is not None}
        touched: dict[str, float] = {}
        for phrase, counts in found.items():
            for field in phrase.fields:
                touched[field] = touched.get(field, 0.0) + counts
        for measure in measures:
            if measure is not None and measure in self._field_of:
                field = self._field_of[measure]
                touched[field] = max(touched.get(field, 0.0), _LEAST_TOUCH)
        return TopicScore(
            score=_logistic(bias + sum(sums.values())),
            words=tuple(
                phrase.text
                for phrase in sorted(sums, key=lambda one: -abs(sums[one]))[:_MOST_WORDS]
                if abs(sums[phrase]) >= _LEAST_SAY
            ),
            fields=tuple(
                sorted(
                    (field for field in touched if touched[field] >= _LEAST_TOUCH), key=lambda one: (-touched[one], one)
                )
            ),
        )

    def _phrases(self, part: str) -> list[_Phrase]:
        """Return the phrases of a part as often as they stand there.

        One inside another of the topic is hidden. Of two that share a syllable the first counts, unless the second is
        weightier and no shorter: "ngôi nhà tình nghĩa" is "nhà tình nghĩa", not "ngôi nhà".
        """
        first = self._bare if part.isascii() else self._accented
        syllables = _syllables(lowered(part))
        syllables.append("")  # no phrase goes on behind the end
        found: list[_Phrase] = []
        last: _Phrase | None = None  #: of the topic, and not sure yet: a longer one may begin inside it
        start = end = 0
        for index, syllable in enumerate(syllables):
            node = first.get(syllable)
            if node is None:
                continue
            longest = None
            follow = index
            while node is not None:
                phrase = node.phrase
                follow += 1
                if phrase is not None:
                    if phrase.weight is None:
                        found.append(phrase)
                    elif follow > end:
                        longest, until = phrase, follow
                node, follow = _next(node, syllables, follow)
            if longest is None:
                continue
            if last is not None:
                if index >= end:
                    found.append(last)
                elif until - index < end - start or _says(longest) <= _says(last):
                    continue
            last, start, end = longest, index, until
        if last is not None:
            found.append(last)
        return found


def _next(node: _Node, syllables: Sequence[str], at: int) -> tuple[_Node | None, int]:
    """Return where a phrase goes on with the syllable at a place, or behind the amount that stands there."""
    following = node.follows.get(syllables[at])
    if following is None and (syllables[at].isdigit() or syllables[at] in _AMOUNTS):
        while syllables[at].isdigit() or syllables[at] in _AMOUNTS:
            at += 1
        following = node.follows.get(syllables[at])
    return following, at


def _after_title(found: Mapping[_Phrase, float]) -> tuple[float, float]:
    """Return the bias of a text behind a title with these phrases, and how much what speaks for us counts in it."""
    says = [phrase.weight * counts for phrase, counts in found.items() if phrase.weight is not None]
    speaks_for = sum(one for one in says if one > 0)
    if speaks_for >= _OWN_TITLE_FROM:
        return _BIAS, 1.0
    return _BIAS + _SILENT_TITLE, _OTHER_TITLE if sum(says) <= _OTHER_TITLE_FROM else 1.0


def _says(phrase: _Phrase) -> float:
    return abs(phrase.weight or 0.0)


def _tree(phrases: Iterable[tuple[str, _Phrase]]) -> dict[str, _Node]:
    first: dict[str, _Node] = {}
    for text, phrase in phrases:
        node: _Node | None = None
        for syllable in _syllables(text):
            node = _behind(first, syllable) if node is None else node.leads_to(syllable)
        if node is not None and (node.phrase is None or node.phrase.weight is None):
            node.phrase = phrase
    return first


def _syllables(low: str) -> list[str]:
    for end in _ENDS:
        low = low.replace(end, _END)
    for separator in _SEPARATORS:
        low = low.replace(separator, " ")
    return low.split()


def _logistic(total: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, total))))
