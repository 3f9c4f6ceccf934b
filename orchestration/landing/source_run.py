"""One source in one run: its new files read, judged and appended whole, or not at all."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.landing.audit import Delivery, History, Receipt, read_history, record
from orchestration.landing.builtin import canonical_file, canonical_mapping
from orchestration.landing.files import Candidate, FileRead, Opened, Piece, open_file, read_opened
from orchestration.landing.findings import Finding, Verdict
from orchestration.landing.folder import FoundFile
from orchestration.landing.forgotten import Forgotten, forget_in_pieces
from orchestration.landing.gaps import gap_before
from orchestration.landing.inspection import still_written, unchanged
from orchestration.landing.language import FileMapping, SourceMapping
from orchestration.landing.lookups import Lookups, looks_up_new, reading_order
from orchestration.landing.matching import as_delivered, entries_for, unread
from orchestration.landing.snapshots import append_pieces
from orchestration.landing.together import shape_together
from orchestration.machine.sql import quoted

_TEMPORARY = "landing_file_"
_TOGETHER = f"{_TEMPORARY}together"
_AT_ONCE = 8 << 20
"""Bytes of the files whose text is held at once."""


@dataclass(frozen=True)
class Source:
    """A source of company.yml with its mapping, which is None for the built-in one."""

    name: str
    folder: Path
    mapping: SourceMapping | None
    delivery: str
    fingerprint: str
    """The fingerprint of the mapping in force, which reads the deliveries."""

    def entries(self, relative: str) -> list[FileMapping]:
        """The entries of the mapping that a file feeds."""
        if self.mapping is not None:
            return entries_for(relative, self.mapping)
        entry = canonical_file(relative, self.delivery)
        return [] if entry is None else [as_delivered(entry, relative)]

    def is_snapshot(self, relative: str, table: str) -> bool:
        """Whether a file was, for a table, all that the source held."""
        kinds = {entry.delivery for entry in self.entries(relative) if entry.table == table}
        return "full_snapshot" in kinds

    def place(self, relative: str) -> tuple[int, ...]:
        """Where a file comes among those of its date: after those that its entries look up."""
        return () if self.mapping is None else reading_order(self.entries(relative), self.mapping)

    def unmatched(self, relative: str) -> Finding:
        """What is said of a file that feeds nothing."""
        return unread(relative, self.mapping)


@dataclass(frozen=True)
class Reader:
    """What reading a file of a source needs."""

    connection: duckdb.DuckDBPyConnection
    source: Source
    zone: str
    as_of: datetime
    forgotten: Forgotten
    scratch: Path
    max_unfolded: int

    def read(self, candidates: Sequence[Candidate], history: History) -> list[Piece]:
        """The pieces of some candidates, in temporary tables, without those who were forgotten."""
        gaps = _gaps(candidates, history)
        lookups = Lookups(self.connection, self.source.name, _TEMPORARY)
        # What others look up is read before them.
        ordered = sorted(enumerate(candidates), key=lambda one: self.source.place(one[1].relative))
        read = {
            index: Piece(candidate, file).with_finding(gaps.get(candidate.relative))
            for group in _of_few_bytes(ordered)
            for index, candidate, file in self._read(group, lookups)
        }
        pieces = [read[index] for index in sorted(read)]
        return forget_in_pieces(self.connection, self.forgotten, self.source.name, pieces)

    def _read(
        self, group: Sequence[tuple[int, Candidate]], lookups: Lookups
    ) -> Iterator[tuple[int, Candidate, FileRead]]:
        """Each file of a group; those of one shape are shaped together."""
        opened = {index: self._open(candidate, index) for index, candidate in group if not candidate.finding}
        together = self._together(list(opened.values()))
        for index, candidate in group:
            if candidate.finding is not None:
                yield index, candidate, FileRead(None, (candidate.finding,))
                continue
            read = read_opened(self.connection, opened[index], lookups, candidate.extracted_at, together)
            if read.inspected is not None and read.inspected.stamp != candidate.stamp:
                read = FileRead(read.inspected, (still_written(candidate.path),))
            yield index, candidate, read
        self._drop(_TOGETHER)

    def _open(self, candidate: Candidate, index: int) -> Opened:
        return open_file(
            self.connection,
            candidate.path,
            self.source.mapping or canonical_mapping(candidate.entries),
            candidate.entries,
            self.zone,
            self.scratch,
            f"{_TEMPORARY}{index}",
            self.source.mapping is None,
            self.max_unfolded,
        )

    def _together(self, files: Sequence[Opened]) -> dict[str, str]:
        """SQL for the rows of each table that is shaped with another of these files."""
        if len(files) < 2:
            return {}
        entries = {table: file.of_entry(entry) for file in files for table, entry in file.tables()}
        return shape_together(self.connection, entries, _TOGETHER)

    def drop_temporary_tables(self) -> None:
        """Free what the pieces held."""
        self._drop(_TEMPORARY)

    def _drop(self, beginning: str) -> None:
        for kind in ("view", "table"):
            named = self.connection.execute(
                f"select {kind}_name from duckdb_{kind}s() where temporary and starts_with({kind}_name, ?)",
                [beginning],
            ).fetchall()
            for (name,) in named:
                self.connection.execute(f"drop {kind} {quoted(name)}")


def land_new(reader: Reader, found: Sequence[FoundFile], accept_drop: bool) -> list[Delivery]:
    """Read, judge and append the files that are new; a file dated after the run is not known yet."""
    source = reader.source
    history = read_history(reader.connection, source.name, source.is_snapshot)
    known = [file for file in found if file.extracted_at <= reader.as_of]
    candidates = new_candidates(source, known, history)
    if not candidates:
        return []
    receipt = Receipt(
        source.name, _delivery_id(source, candidates, history), source.fingerprint, reader.as_of
    )
    try:
        pieces = reader.read(candidates, history)
        if all(piece.verdict <= Verdict.WARN for piece in pieces):
            return _append(reader.connection, receipt, pieces, history, accept_drop)
        return record(reader.connection, receipt, pieces, refused=True)
    finally:
        reader.drop_temporary_tables()


def new_candidates(source: Source, found: Iterable[FoundFile], history: History) -> list[Candidate]:
    """The files whose bytes a table they feed has not had, in the order of their dates."""
    planned: dict[tuple[str, datetime], set[str]] = {}
    standing: dict[datetime, set[str]] = {}
    candidates = []
    for file in sorted(found, key=lambda one: (one.extracted_at, one.dated, source.place(one.relative))):
        entries = [] if file.finding else source.entries(file.relative)
        dated = file.extracted_at if file.dated else None
        new = tuple(
            entry
            for entry in entries
            if looks_up_new(entry, file.extracted_at, planned)
            or not history.loaded(entry, file.sha256, dated, planned)
        )
        for entry in new:
            planned.setdefault((entry.table, file.extracted_at), set()).add(file.sha256)
        if len(new) < len(entries):
            standing.setdefault(file.extracted_at, set()).add(file.sha256)
        finding = file.finding
        if finding is None and not entries and not history.has(file.sha256):
            finding = source.unmatched(file.relative)
        if new or finding:
            candidates.append(file.candidate(file.extracted_at, new, finding))
    return [replace(one, standing=frozenset(standing.get(one.extracted_at, ()))) for one in candidates]


def changed_files(pieces: Iterable[Piece]) -> dict[str, Finding]:
    """By file, what is said of those that changed while they were read."""
    return {
        piece.candidate.relative: still_written(piece.candidate.path)
        for piece in pieces
        if piece.read.inspected and not unchanged(piece.read.inspected)
    }


def _append(
    connection: duckdb.DuckDBPyConnection,
    receipt: Receipt,
    pieces: Sequence[Piece],
    history: History,
    accept_drop: bool,
) -> list[Delivery]:
    connection.execute("begin")
    try:
        faults = append_pieces(
            connection, receipt.source, receipt.delivery_id, pieces, history, receipt.loaded_at, accept_drop
        )
        faults |= changed_files(pieces)
        if not faults:
            deliveries = record(connection, receipt, pieces, refused=False)
            connection.execute("commit")
            return deliveries
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("rollback")
    marked = [piece.with_finding(faults.get(piece.candidate.relative)) for piece in pieces]
    return record(connection, receipt, marked, refused=True)


def _of_few_bytes(
    candidates: Iterable[tuple[int, Candidate]],
) -> Iterator[list[tuple[int, Candidate]]]:
    """Candidates in groups whose text may be held at once; a large file is one by itself."""
    group, size = list[tuple[int, Candidate]](), 0
    for index, candidate in candidates:
        of_file = candidate.stamp.size if candidate.stamp is not None else 0
        if group and size + of_file > _AT_ONCE:
            yield group
            group, size = [], 0
        group.append((index, candidate))
        size += of_file
    if group:
        yield group


def _gaps(candidates: Sequence[Candidate], history: History) -> dict[str, Finding]:
    """By file, the days that are missing before a dated delta where its dates have a usual step."""
    gaps = {}
    for candidate in candidates:
        for entry in candidate.entries:
            if entry.delivery == "full_snapshot" or not candidate.dated:
                continue
            dates = history.dates(entry.table) | {
                one.extracted_at for one in candidates if one.dated and entry in one.entries
            }
            if finding := gap_before(candidate.relative, entry.table, candidate.extracted_at, sorted(dates)):
                gaps[candidate.relative] = finding
    return gaps


def _delivery_id(source: Source, candidates: Iterable[Candidate], history: History) -> str:
    """The arrival's number and a hash of the source and its files.

    The number decides between deliveries of the same instant: the later one is in force. The hash counts
    earlier loads, so that bytes that return get a new one; a delivery that is tried again keeps its own.
    """
    digested = hashlib.sha256(source.name.encode())
    for candidate in sorted(candidates, key=lambda one: one.relative):
        when = candidate.extracted_at.isoformat() if candidate.dated else ""
        times = history.times(candidate.relative, candidate.sha256)
        digested.update(f"\0{candidate.relative}\0{candidate.sha256}\0{when}\0{times}".encode())
    return f"{history.arrivals + 1:06d}-{digested.hexdigest()[:20]}"
