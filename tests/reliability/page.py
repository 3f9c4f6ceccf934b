"""The figures of docs/reliability.md: tried and right, by kind."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reliability.kills import Kills

from orchestration.machine.project import PROJECT

PAGE: Path = PROJECT / "docs" / "reliability.md"
_TABLE = "<!-- {name} -->\n{content}<!-- end of {name} -->"


@dataclass(frozen=True)
class Tried:
    """Faults that were done and those that ended as they should, by kind."""

    done: Counter[str]
    right: Counter[str]


def rewritten(page: str, faults: Tried, killed: Mapping[str, Kills]) -> str:
    """The page with its two tables made anew."""
    page = _with(page, "faults", _table(("faults of", "tried", "right"), _rows(faults.done, faults.right)))
    rows = [
        (f"{verb}, {scene}", str(kills.done[verb]), str(kills.right[verb]))
        for scene, kills in killed.items()
        for verb in sorted(kills.done)
    ]
    rows += [
        (f"the end of a round, {scene}", str(kills.rounds), str(kills.rounds - _rounds_wrong(kills)))
        for scene, kills in killed.items()
        if kills.rounds
    ]
    return _with(page, "kills", _table(("killed", "tried", "right"), rows))


def _rounds_wrong(kills: Kills) -> int:
    return sum(", round " in told.partition(": ")[0] for told in kills.wrong)


def _rows(done: Counter[str], right: Counter[str]) -> list[tuple[str, ...]]:
    return [(kind, str(done[kind]), str(right[kind])) for kind in done]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---", *("---:" for _ in head[1:])), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _with(page: str, name: str, content: str) -> str:
    between = re.escape(_TABLE.format(name=name, content="CONTENT")).replace("CONTENT", ".*?")
    return re.sub(between, lambda _: _TABLE.format(name=name, content=content), page, flags=re.DOTALL)
