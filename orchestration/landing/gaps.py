"""Days that are missing between dated deltas."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from orchestration.landing.findings import Finding


def gap_before(file: str, table: str, when: datetime, dates: Sequence[datetime]) -> Finding | None:
    """A finding where a delta's date follows the one before by more than the usual step of its dates."""
    steps = [later - earlier for earlier, later in pairwise(dates)]
    before = max((date for date in dates if date < when), default=None)
    if len(steps) < 2 or before is None:
        return None
    usual, count = Counter(steps).most_common(1)[0]
    if count < 2 or when - before <= usual:
        return None
    message = (
        f"{file}: no delta of {table} between {before:%Y-%m-%d} and {when:%Y-%m-%d}, where one is "
        f"usual every "
        f"{usual.days or 1} day(s). Export what is missing: it takes its place by its date."
    )
    return Finding("D02", message)
