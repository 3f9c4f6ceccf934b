"""Random draws that are the same on every Python: only the Mersenne Twister's `random()` and integer
arithmetic.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """A stream of draws named by its parts, so that one customer's life never depends on another's."""

    def __init__(self, *parts: object) -> None:
        """The parts (seed, subject, number ...) name the stream: same parts, same draws."""
        self._source = random.Random("/".join(str(part) for part in parts))

    def unit(self) -> float:
        """A number in [0, 1)."""
        return self._source.random()

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self.unit() < probability

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.unit() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, all equally likely."""
        return options[int(self.unit() * len(options))]

    def weighted(self, options: Sequence[tuple[T, float]]) -> T:
        """One of the options, likely in proportion to its weight."""
        left = self.unit() * sum(weight for _, weight in options)
        for option, weight in options:
            left -= weight
            if left < 0:
                return option
        return options[-1][0]

    def instant(self, start: datetime, end: datetime) -> datetime:
        """A whole second in [start, end)."""
        return start + timedelta(seconds=int(self.unit() * (end - start).total_seconds()))
