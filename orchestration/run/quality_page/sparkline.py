"""A rule's last runs as a row of bars: the SVG paths, and the sentence that says the same."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.run.quality_page.past import RUNS_SHOWN, PastResult

STEP, WIDTH, HEIGHT = 5, RUNS_SHOWN * 5, 20
_HELD_HEIGHT = 3


@dataclass(frozen=True)
class Sparkline:
    """Paths of a drawing of WIDTH x HEIGHT: runs in which the rule held, was broken, could not be checked."""

    held: str
    broken: str
    unchecked: str
    says: str
    width: int = WIDTH
    height: int = HEIGHT


def sparkline(past: Sequence[PastResult | None]) -> Sparkline:
    """One bar a run, the newest at the right; a bar's height tells the rows that broke the rule."""
    most = max((one.unexpected for one in past if one and one.success is False), default=0)
    paths: dict[bool | None, list[str]] = {True: [], False: [], None: []}
    first = RUNS_SHOWN - len(past)
    for place, one in enumerate(past, start=first):
        if one is not None:
            height = _height(one, most)
            paths[one.success].append(f"M{place * STEP} {HEIGHT - height}h4v{height}h-4z")
    return Sparkline(
        held="".join(paths[True]),
        broken="".join(paths[False]),
        unchecked="".join(paths[None]),
        says=_sentence([one for one in past if one is not None], most),
    )


def _height(one: PastResult, most: int) -> int:
    if one.success:
        return _HELD_HEIGHT
    if one.success is None or not most:
        return HEIGHT
    # The root keeps a single row visible beside thousands.
    return max(2 * _HELD_HEIGHT, round(HEIGHT * math.sqrt(one.unexpected / most)))


def _sentence(checked: Sequence[PastResult], most: int) -> str:
    broken = sum(one.success is False for one in checked)
    unchecked = sum(one.success is None for one in checked)
    runs = "1 run" if len(checked) == 1 else f"last {len(checked)} runs"
    if not broken and not unchecked:
        return f"{runs}: always held"
    parts = [f"broken in {broken}"] if broken else []
    if most:
        parts.append(f"at most {most} rows")
    if unchecked:
        parts.append(f"not checkable in {unchecked}")
    return f"{runs}: {', '.join(parts)}"
