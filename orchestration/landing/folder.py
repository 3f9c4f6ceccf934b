"""The files that lie in a source's folder at the start of a run."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.landing.builtin import date_in_path
from orchestration.landing.files import Candidate
from orchestration.landing.findings import FileRefused, Finding
from orchestration.landing.inspection import Stamp, digest, stamp, wait_until_written
from orchestration.landing.language import FileMapping, SourceMapping
from orchestration.landing.matching import found_files


@dataclass(frozen=True)
class FoundFile:
    """A file by its path below the source's folder; with a `finding` where it is still being written."""

    relative: str
    path: Path
    extracted_at: datetime
    dated: bool
    stamp: Stamp | None
    sha256: str
    finding: Finding | None = None

    def candidate(
        self, extracted_at: datetime, entries: tuple[FileMapping, ...], finding: Finding | None
    ) -> Candidate:
        """The file to be read for some entries, or with what is said of it in their place."""
        return Candidate(
            self.relative, self.path, self.sha256, self.stamp, extracted_at, self.dated, entries, finding
        )


def look(folder: Path, mapping: SourceMapping | None, as_of: datetime) -> list[FoundFile]:
    """The files of a source in the order of their dates; one without a date is of the run."""
    dates = {relative: date_in_path(relative) for relative in found_files(folder, mapping)}
    dated = sorted((when or as_of, when is not None, relative) for relative, when in dates.items())
    return [_found(folder / relative, relative, when, has_date) for when, has_date, relative in dated]


def dated_files(folder: Path, since: datetime, until: datetime) -> list[str]:
    """The files of a source whose paths say that they were extracted in [since, until]."""
    dates = {relative: date_in_path(relative) for relative in found_files(folder, None)}
    return [relative for relative, when in dates.items() if when is not None and since <= when <= until]


def _found(path: Path, relative: str, when: datetime, dated: bool) -> FoundFile:
    try:
        wait_until_written(path)
    except FileRefused as refused:
        return FoundFile(relative, path, when, dated, None, "", refused.finding)
    written = stamp(path)
    return FoundFile(relative, path, when, dated, written, digest(path))


def hashes(files: Iterable[FoundFile]) -> frozenset[str]:
    """What their bytes are known by."""
    return frozenset(file.sha256 for file in files if file.sha256)
