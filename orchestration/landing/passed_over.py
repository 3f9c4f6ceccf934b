"""What lies in the extracts folder and is not read: each by name, because it may have been meant."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from orchestration.landing.builtin import date_in_path
from orchestration.landing.kept_sources import Notice
from orchestration.landing.walk import Entry, walk

_NAMED = 5
"""So many are named in one sentence."""
_HIDDEN = "hidden"


def passed_over(
    extracts: Path, walked: Mapping[str, Sequence[Entry]], kept: Sequence[str], as_of: datetime
) -> list[Notice]:
    """A notice for each source that has such files, and one for the folders of no source.

    `walked` is what lies in the folder of each source, as landing saw it. `kept` are sources that company.yml
    no longer names; a run speaks of them anyway.
    """
    said = [_notice(source, list(_of_source(entries, as_of))) for source, entries in walked.items()]
    foreign = [
        (f"{entry.relative}/" if (extracts / entry.relative).is_dir() else entry.relative, reason)
        for entry in walk(extracts, only_top=True)
        if entry.relative not in (*walked, *kept)
        for reason in (entry.passed or "of no source of company.yml",)
    ]
    return [notice for notice in (*said, _notice(extracts.name, foreign)) if notice]


def _of_source(entries: Sequence[Entry], as_of: datetime) -> Iterator[tuple[str, str]]:
    for entry in entries:
        when = date_in_path(entry.relative)
        if entry.passed:
            yield entry.relative, entry.passed
        elif when is not None and when > as_of:
            yield entry.relative, "dated after this run's instant"


def _notice(where: str, passed: list[tuple[str, str]]) -> Notice | None:
    if not passed:
        return None
    # What is hidden is seldom meant, and comes last.
    passed = sorted(passed, key=lambda one: one[1] == _HIDDEN)
    named = ", ".join(f"{name} ({reason})" for name, reason in passed[:_NAMED])
    more = f" and {len(passed) - _NAMED} more" if len(passed) > _NAMED else ""
    return Notice(
        f"{where}: passed over and not read: {named}{more}.",
        is_warning=any(reason != _HIDDEN for _, reason in passed),
    )
