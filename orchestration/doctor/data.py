"""The sources: their mappings, their folders, how old their newest file is; and the second copy."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orchestration.backup.content import overdue
from orchestration.doctor.finding import OK, WARNING, WRONG, Finding
from orchestration.errors import ConfigurationError
from orchestration.landing.builtin import CANONICAL, canonical_file, date_in_path
from orchestration.landing.language import SourceMapping
from orchestration.landing.mapping import load_mapping
from orchestration.landing.matching import entries_for, meant_to_be_read, unread
from orchestration.landing.walk import Entry, walk
from orchestration.machine.wording import counted
from orchestration.settings import Company


def mappings(company: Company, now: datetime) -> Iterator[Finding]:
    """Whether each mapping can be read."""
    wrong = 0
    for source in company.sources:
        try:
            _mapping(source.mapping)
        except ConfigurationError as error:
            wrong += 1
            yield Finding(WRONG, "mapping", f"source {source.name}: {error}")
    if not wrong:
        yield Finding(OK, "mapping", f"{counted(len(company.sources), 'mapping')} can be read")


def sources(company: Company, now: datetime) -> Iterator[Finding]:
    """Whether each source has files that can be read, and a fresh one."""
    for source in company.sources:
        yield from _source(company, source.name, source.mapping, now)


def backup(company: Company, now: datetime) -> Iterator[Finding]:
    """Whether the last backup is as young as the company wants it."""
    if told := overdue(company):
        yield Finding(WARNING, "backup", told)
    elif company.backup.warn_days is None:
        yield Finding(OK, "backup", "none is asked for (backup.warn_days)")
    else:
        yield Finding(
            OK, "backup", f"the last one is younger than {counted(company.backup.warn_days, 'day')}"
        )


def _mapping(name: str) -> SourceMapping | None:
    return None if name == CANONICAL else load_mapping(name)


def _source(company: Company, name: str, mapping_name: str, now: datetime) -> Iterator[Finding]:
    folder = company.extracts / name
    if not folder.is_dir():
        yield Finding(
            WRONG, f"source {name}", f"{folder} does not exist. Put its extracts there, or remove the source."
        )
        return
    try:
        mapping = _mapping(mapping_name)
    except ConfigurationError:
        # Said of the mapping; without it nobody knows which files are meant.
        return
    meant = meant_to_be_read(walk(folder), mapping)
    for entry in meant:
        if entry.finding is not None:
            yield Finding(WRONG, f"source {name}", entry.finding.message)
    readable = [entry for entry in meant if entry.finding is None]
    left = [entry for entry in readable if not _is_read(entry, mapping)]
    if left:
        more = f" (and {counted(len(left) - 1, 'other file')})" if len(left) > 1 else ""
        yield Finding(WARNING, f"source {name}", unread(left[0].relative, mapping).message + more)
    read = [entry for entry in readable if entry not in left]
    yield _freshness(company, name, folder, read, now)


def _is_read(entry: Entry, mapping: SourceMapping | None) -> bool:
    if mapping is None:
        return canonical_file(entry.relative) is not None
    return bool(entries_for(entry.relative, mapping))


def _freshness(company: Company, name: str, folder: Path, read: list[Entry], now: datetime) -> Finding:
    if not read:
        return Finding(
            WARNING, f"source {name}", f"{folder} holds no file that is read. Put its extracts there."
        )
    newest = max(_extracted_at(folder, entry) for entry in read)
    age = now - newest
    told = f"{counted(len(read), 'file')}, the newest of {newest:%Y-%m-%d %H:%M} UTC"
    if age < -timedelta(hours=1):
        return Finding(
            WARNING,
            f"source {name}",
            f"{told}, which is to come: no run reads it before. Is the clock right?",
        )
    limit = company.quality.freshness_hours
    if age > timedelta(hours=limit):
        old = f"{age.days} days" if age.days > 1 else f"{age.total_seconds() / 3600:.0f} hours"
        return Finding(
            WARNING,
            f"source {name}",
            f"{told}, {old} ago (quality.freshness_hours: {limit}). Does its extractor still run?",
        )
    return Finding(OK, f"source {name}", told)


def _extracted_at(folder: Path, entry: Entry) -> datetime:
    """When a file was extracted: as its path says, else when it was written."""
    if dated := date_in_path(entry.relative):
        return dated.replace(tzinfo=UTC)
    return datetime.fromtimestamp((folder / entry.relative).stat().st_mtime, UTC)
