"""Whether a bulletin is about labour and social affairs."""

from __future__ import annotations

#: What ``articles.topic`` says of a bulletin that is.
LABOUR = "labour"


def topic(score: float | None, *, declared: str | None, threshold: float) -> str | None:
    """Return ``labour``, or None for a bulletin that is about something else.

    Args:
        score: how much its words speak for it, from 0 to 1; None where nobody examined them.
        declared: what a section that lists it says of all its bulletins.
        threshold: the score from which on the words are believed (``[topic] threshold``).
    """
    if declared == LABOUR or (score is not None and score >= threshold):
        return LABOUR
    return None
