"""What a figure says: a level, a change, a share of a plan that was reached, or what is planned.

"giảm 1,5%" is a change, "giảm còn 2,8%" the new level, "đạt 54% kế hoạch" a share of a plan, "phấn đấu 54%" a plan.
"""

from __future__ import annotations

from collector.evidence.changes import Changes
from collector.evidence.figures import ATTAINMENT, TARGET, Direction, Figure
from collector.evidence.plans import GAPS, PLANS, Plans
from collector.evidence.sentences import Sentence
from collector.evidence.tokens import Token


class Directions:
    """Reads the figures of one text in order; what a bracket says depends on the figure before it."""

    def __init__(self, low: str, tokens: list[Token]) -> None:
        self._changes, self._plans = Changes(low, tokens), Plans(low, tokens)

    def of(
        self,
        sentence: Sentence,
        figure: Figure,
        previous: Figure | None,
        before: Direction | None,
        *,
        aimed: bool,
    ) -> Direction:
        """Return the direction of ``figure``.

        Args:
            sentence: where it stands.
            figure: to be judged.
            previous: the figure before it in the same sentence, if any.
            before: that figure's direction.
            aimed: it stands where plans are told.
        """
        found = (
            self._changes.signed(figure)
            or (self._plans.gap(figure, before) if sentence.roles & GAPS else None)
            or self._plans.attainment(figure, previous)
            or self._changes.change(sentence, figure, previous, before)
        )
        if found.from_level:
            return found
        if aimed and not (found.name == ATTAINMENT and found.stated):
            return Direction(TARGET, f"aim {found.why}".strip())
        if found.name == ATTAINMENT or not sentence.roles & PLANS:
            return found
        planned = self._plans.planned(figure)
        return Direction(TARGET, planned) if planned else found
