"""How many examples a costly property test tries."""

from __future__ import annotations

from hypothesis import settings

#: Whatever tries more than this looks further than the suite, as `.ci/soak` does with 20,000.
_SUITE = 1_000


def few(number: int) -> settings:
    """So many in the suite; where a profile looks further, as many as it says."""
    profile = settings()
    return profile if profile.max_examples > _SUITE else settings(max_examples=number)
