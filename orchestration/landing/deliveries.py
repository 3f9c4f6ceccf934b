"""Deliveries: all the new files of one source in one run, landed whole or not at all.

A delivery is read into temporary tables first. Only when nothing in it is refused are its rows appended to
`raw`, in one transaction, snapshot by snapshot in the order of their dates.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.landing.audit import Delivery, History, record
from orchestration.landing.builtin import CANONICAL, canonical_file, canonical_mapping, date_in_path
from orchestration.landing.canonical import create_audit_tables, create_raw_tables, quoted
from orchestration.landing.files import Candidate, FileRead, Piece, read_file
from orchestration.landing.findings import FileRefused, Finding, Verdict
from orchestration.landing.forgotten import NOBODY, Forgotten, forget_in_pieces, keep_forgotten
from orchestration.landing.gaps import gap_before
from orchestration.landing.inspection import digest, stamp, still_written, unchanged, wait_until_written
from orchestration.landing.language import FileMapping, SourceMapping
from orchestration.landing.mapping import load_mapping
from orchestration.landing.matching import as_delivered, entries_for, found_files, zone_problems
from orchestration.landing.scratch import scratch_folder
from orchestration.landing.snapshots import append_pieces


class SourceSettings(Protocol):
    """What landing needs of a source in company.yml."""

    @property
    def name(self) -> str: ...
    @property
    def mapping(self) -> str: ...
    @property
    def options(self) -> Mapping[str, Any]: ...


class CompanySettings(Protocol):
    """What landing needs of company.yml."""

    @property
    def path(self) -> Path: ...
    @property
    def extracts(self) -> Path: ...
    @property
    def reporting_timezone(self) -> str: ...
    @property
    def sources(self) -> Sequence[SourceSettings]: ...
    @property
    def accepted_drops(self) -> Collection[str]: ...


_TEMPORARY = "landing_file_"


@dataclass(frozen=True)
class _Source:
    name: str
    folder: Path
    mapping: SourceMapping | None
    delivery: str

    def entries(self, relative: str) -> list[FileMapping]:
        if self.mapping is not None:
            return entries_for(relative, self.mapping)
        entry = canonical_file(relative, self.delivery)
        return [] if entry is None else [as_delivered(entry, relative)]

    def is_snapshot(self, relative: str, table: str) -> bool:
        """Whether a file was, for a table, all that the source held."""
        kinds = {entry.delivery for entry in self.entries(relative) if entry.table == table}
        return "full_snapshot" in kinds


def land(
    connection: duckdb.DuckDBPyConnection,
    company: CompanySettings,
    as_of: datetime,
    forgotten: Forgotten = NOBODY,
) -> list[Delivery]:
    """Land the new files of every source; one Delivery per file and canonical table.

    A refused delivery is recorded and left out, and the other sources are still landed: the caller decides
    what a refusal means. `company.accepted_drops` names sources whose snapshots may shrink this once. Whoever
    is `forgotten` reaches raw under another id. Raises ConfigurationError, before anything is touched, for a
    mapping or folder that is wrong.
    """
    sources = [_configured(company, source) for source in company.sources]
    moment = as_of.astimezone(UTC).replace(tzinfo=None) if as_of.tzinfo else as_of
    create_raw_tables(connection)
    create_audit_tables(connection)
    keep_forgotten(connection, forgotten)
    deliveries: list[Delivery] = []
    for source in sources:
        with scratch_folder(connection) as scratch:
            run = _Run(connection, source, company.reporting_timezone, moment, scratch, forgotten)
            deliveries += run.land(source.name in company.accepted_drops)
    return deliveries


def _configured(company: CompanySettings, source: SourceSettings) -> _Source:
    folder = Path(company.extracts) / source.name
    if not folder.is_dir():
        raise ConfigurationError(
            f"source {source.name}: the folder {folder} does not exist. Put its extracts there, or "
            f"remove the source."
        )
    delivery = str(source.options.get("delivery", "full_snapshot"))
    if source.mapping == CANONICAL:
        if delivery not in ("full_snapshot", "delta", "events"):
            raise ConfigurationError(
                f"source {source.name}: option delivery is '{delivery}'; use full_snapshot, delta or events."
            )
        return _Source(source.name, folder, None, delivery)
    base = Path(company.path)
    mapping = load_mapping(source.mapping, base if base.is_dir() else base.parent)
    if problems := zone_problems(mapping, company.reporting_timezone):
        raise ConfigurationError("\n".join(f"source {source.name}: {problem}" for problem in problems))
    return _Source(source.name, folder, mapping, delivery)


class _Run:
    """One source in one run."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: _Source,
        zone: str,
        as_of: datetime,
        scratch: Path,
        forgotten: Forgotten,
    ) -> None:
        self.connection, self.source, self.zone = connection, source, zone
        self.as_of, self.scratch, self.forgotten = as_of, scratch, forgotten
        self.history = History(connection, source.name, source.is_snapshot)

    def land(self, accept_drop: bool) -> list[Delivery]:
        """Read, judge and append the new files; nothing where there are none."""
        candidates = self._candidates()
        gaps = self._gaps(candidates)
        pieces = [
            self._read(candidate, index).with_finding(gaps.get(candidate.relative))
            for index, candidate in enumerate(candidates)
        ]
        if not pieces:
            return []
        delivery_id = self._delivery_id([piece.candidate for piece in pieces])
        try:
            pieces = forget_in_pieces(self.connection, self.forgotten, self.source.name, pieces)
            if all(piece.verdict <= Verdict.WARN for piece in pieces):
                deliveries = self._append(pieces, delivery_id, accept_drop)
            else:
                deliveries = self._record(pieces, delivery_id, refused=True)
        finally:
            self._drop_temporary_tables()
        return deliveries

    def _candidates(self) -> list[Candidate]:
        """The files whose bytes a table they feed has not had, in the order of their dates."""
        planned: dict[tuple[str, datetime], set[str]] = {}
        standing: dict[datetime, set[str]] = {}
        dated = []
        for relative in found_files(self.source.folder, self.source.mapping):
            when = date_in_path(relative)
            if when is None or when <= self.as_of:
                dated.append((when or self.as_of, when is not None, relative))
        found = [
            self._candidate(relative, when, has_date, planned, standing)
            for when, has_date, relative in sorted(dated)
        ]
        return [
            replace(one, standing=frozenset(standing.get(one.extracted_at, ())))
            for one in found
            if one is not None
        ]

    def _candidate(
        self,
        relative: str,
        when: datetime,
        has_date: bool,
        planned: dict[tuple[str, datetime], set[str]],
        standing: dict[datetime, set[str]],
    ) -> Candidate | None:
        """What is new of one file, or None; `planned` collects what will be loaded, `standing` what was."""
        path = self.source.folder / relative
        try:
            wait_until_written(path)
        except FileRefused as refused:
            return Candidate(relative, path, "", None, when, has_date, (), refused.finding)
        written, sha256 = stamp(path), digest(path)
        entries = self.source.entries(relative)
        if not entries:
            known = self.history.has(sha256)
            finding = _unmatched(relative, self.source)
            return None if known else Candidate(relative, path, sha256, written, when, has_date, (), finding)
        dated = when if has_date else None
        new = tuple(entry for entry in entries if not self.history.loaded(entry, sha256, dated, planned))
        for entry in new:
            planned.setdefault((entry.table, when), set()).add(sha256)
        if len(new) < len(entries):
            standing.setdefault(when, set()).add(sha256)
        return Candidate(relative, path, sha256, written, when, has_date, new, None) if new else None

    def _gaps(self, candidates: Sequence[Candidate]) -> dict[str, Finding]:
        """By file, the days that are missing before a dated delta where its dates have a usual step."""
        gaps = {}
        for candidate in candidates:
            for entry in candidate.entries:
                if entry.delivery == "full_snapshot" or not candidate.dated:
                    continue
                dates = self.history.dates(entry.table) | {
                    one.extracted_at for one in candidates if one.dated and entry in one.entries
                }
                if finding := gap_before(
                    candidate.relative, entry.table, candidate.extracted_at, sorted(dates)
                ):
                    gaps[candidate.relative] = finding
        return gaps

    def _read(self, candidate: Candidate, index: int) -> Piece:
        if candidate.finding is not None:
            return Piece(candidate, FileRead(None, (candidate.finding,)))
        builtin = self.source.mapping is None
        mapping = self.source.mapping or canonical_mapping(candidate.entries)
        read = read_file(
            self.connection,
            candidate.path,
            mapping,
            candidate.entries,
            self.zone,
            self.scratch,
            f"{_TEMPORARY}{index}",
            builtin,
        )
        if read.inspected is not None and read.inspected.stamp != candidate.stamp:
            read = FileRead(read.inspected, (still_written(candidate.path),))
        return Piece(candidate, read)

    def _delivery_id(self, candidates: Sequence[Candidate]) -> str:
        """The arrival's number and a hash of the source and its files.

        The number decides between deliveries of the same instant: the later one is in force. The hash counts
        earlier loads, so that bytes that return get a new one; a delivery that is tried again keeps its own.
        """
        digested = hashlib.sha256(self.source.name.encode())
        for candidate in sorted(candidates, key=lambda one: one.relative):
            when = candidate.extracted_at.isoformat() if candidate.dated else ""
            times = self.history.times(candidate.relative, candidate.sha256)
            digested.update(f"\0{candidate.relative}\0{candidate.sha256}\0{when}\0{times}".encode())
        return f"{self.history.arrivals + 1:06d}-{digested.hexdigest()[:20]}"

    def _append(self, pieces: Sequence[Piece], delivery_id: str, accept_drop: bool) -> list[Delivery]:
        self.connection.execute("begin")
        try:
            drops = append_pieces(
                self.connection, self.source.name, delivery_id, pieces, self.history, self.as_of, accept_drop
            )
            changed = [
                piece for piece in pieces if piece.read.inspected and not unchanged(piece.read.inspected)
            ]
            if not drops and not changed:
                deliveries = self._record(pieces, delivery_id, refused=False)
                self.connection.execute("commit")
                return deliveries
        except BaseException:
            self.connection.execute("rollback")
            raise
        self.connection.execute("rollback")
        faults = drops | {piece.candidate.relative: still_written(piece.candidate.path) for piece in changed}
        marked = [piece.with_finding(faults.get(piece.candidate.relative)) for piece in pieces]
        return self._record(marked, delivery_id, refused=True)

    def _record(self, pieces: Sequence[Piece], delivery_id: str, refused: bool) -> list[Delivery]:
        return record(self.connection, self.source.name, delivery_id, pieces, self.as_of, refused)

    def _drop_temporary_tables(self) -> None:
        for kind in ("view", "table"):
            named = self.connection.execute(
                f"select {kind}_name from duckdb_{kind}s() where temporary and starts_with({kind}_name, ?)",
                [_TEMPORARY],
            ).fetchall()
            for (name,) in named:
                self.connection.execute(f"drop {kind} {quoted(name)}")


def _unmatched(relative: str, source: _Source) -> Finding:
    if source.mapping is None:
        message = f"{relative} is not named after a canonical table and was not read. Rename it, or map it."
    else:
        message = (
            f"{relative} matches no entry of the mapping and was not read. Add a `match`, or move it away."
        )
    return Finding("W09", message)
