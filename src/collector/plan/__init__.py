"""Deciding, apart from doing: values in, values out, no clock, no network, no archive."""

from collector.plan.edits import content_hash, corrections, judge
from collector.plan.figures import figures_corrected
from collector.plan.fills import HISTORY, Drift, Provenance, drifts
from collector.plan.history import Choice, Kept, choose
from collector.plan.topics import LABOUR, topic
from collector.plan.verdicts import (
    EXIT_CODES,
    SectionEnd,
    Tally,
    cause_of,
    evidence,
    lost_the_place,
    outcome_of,
    refusal,
    report,
    verdict,
    worst,
)
from collector.plan.walks import WHOLE_WALK, Item, Walk, in_range, next_try, refuse_emptiness, unlisted, wanted

__all__ = [
    "EXIT_CODES",
    "HISTORY",
    "LABOUR",
    "WHOLE_WALK",
    "Choice",
    "Drift",
    "Item",
    "Kept",
    "Provenance",
    "SectionEnd",
    "Tally",
    "Walk",
    "cause_of",
    "choose",
    "content_hash",
    "corrections",
    "drifts",
    "evidence",
    "figures_corrected",
    "in_range",
    "judge",
    "lost_the_place",
    "next_try",
    "outcome_of",
    "refusal",
    "refuse_emptiness",
    "report",
    "topic",
    "unlisted",
    "verdict",
    "wanted",
    "worst",
]
