"""The files that lie in a source's folder at the start of a run."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.landing.builtin import date_in_path
from orchestration.landing.files import Candidate
from orchestration.landing.findings import FileRefused, Finding
from orchestration.landing.inspection import Stamp, stamp, wait_until_written
from orchestration.landing.language import FileMapping, SourceMapping
from orchestration.landing.matching import meant_to_be_read
from orchestration.landing.walk import Entry, unreadable, walk
from orchestration.machine.checksums import sha256


@dataclass(frozen=True)
class FoundFile:
    """A file by its path below the source's folder; with a `finding` where it can't be read."""

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


def look(
    folder: Path, walked: Iterable[Entry], mapping: SourceMapping | None, as_of: datetime
) -> list[FoundFile]:
    """The files of a source in the order of their dates; one without a date is of the run."""
    entries = {entry.relative: entry for entry in meant_to_be_read(walked, mapping)}
    dates = {relative: date_in_path(relative) for relative in entries}
    dated = sorted((when or as_of, when is not None, relative) for relative, when in dates.items())
    return [_found(folder, entries[relative], when, has_date) for when, has_date, relative in dated]


def dated_files(folder: Path, since: datetime, until: datetime) -> list[str]:
    """The files of a source whose paths say that they were extracted in [since, until]."""
    dates = {entry.relative: date_in_path(entry.relative) for entry in meant_to_be_read(walk(folder), None)}
    return [relative for relative, when in dates.items() if when is not None and since <= when <= until]


def _found(folder: Path, entry: Entry, when: datetime, dated: bool) -> FoundFile:
    path, finding = folder / entry.relative, entry.finding
    if finding is None:
        try:
            wait_until_written(path)
            written = stamp(path)
            return FoundFile(entry.relative, path, when, dated, written, sha256(path))
        except FileRefused as refused:
            finding = refused.finding
        except OSError as error:
            finding = unreadable(entry.relative, error)
    return FoundFile(entry.relative, path, when, dated, None, "", finding)


def hashes(files: Iterable[FoundFile]) -> frozenset[str]:
    """What their bytes are known by."""
    return frozenset(file.sha256 for file in files if file.sha256)
