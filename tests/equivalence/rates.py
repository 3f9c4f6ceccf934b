"""Rates of counts as the marts give them: with Wilson bounds, and nothing where too few were counted."""

from oracle.payments import ratio
from oracle.retention import wilson

MIN_N = 5
"""The default of the policy `min_n`."""


def of_counts(part: int, whole: int) -> tuple[float | None, float | None, float | None]:
    """A rate with its bounds; nothing below the policy min_n."""
    bounds = wilson(part, whole)
    return (None, None, None) if bounds is None or whole < MIN_N else (ratio(part, whole), *bounds)
