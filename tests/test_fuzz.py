"""Whatever a portal sends, every reader answers in bounded time, and raises nothing but what it declares."""

from __future__ import annotations

import pytest

from fuzzing import LIMIT, READERS, feed

#: Inputs of each reader; ``.ci/soak`` reads a million by the same code.
INPUTS = 400


@pytest.mark.parametrize("reader", READERS)
def test_no_input_raises_what_is_not_declared_or_takes_long(reader: str) -> None:
    for number in range(INPUTS):
        took = feed(reader, number)
        assert took < LIMIT, f"--reader {reader} --number {number} took {took:.1f} s"
