"""Reading a source's files again, because its mapping changed: what they gave before is replaced.

Raw becomes what it would be had the mapping always been the one of now. Every delivery whose files still lie
in the folder is made anew, in the order of arrival, under its own id and its own instants, so that a
corrected mapping moves nothing. It happens in one transaction: where a file is refused the former reading
stays.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from orchestration.landing.audit import Accepted, Delivery, History, Receipt, read_history, record, write
from orchestration.landing.builtin import date_in_path
from orchestration.landing.canonical import SNAPSHOTS, canonical_tables
from orchestration.landing.files import Candidate, Piece
from orchestration.landing.findings import Verdict
from orchestration.landing.folder import FoundFile, hashes
from orchestration.landing.kept_sources import forget_build
from orchestration.landing.lookups import looks_up_new
from orchestration.landing.snapshots import append_pieces
from orchestration.landing.source_run import Reader, Source, changed_files
from orchestration.machine.checksums import sha256
from orchestration.machine.sql import literal, quoted


@dataclass(frozen=True)
class _Again:
    """One delivery to be made anew from its files that are still there."""

    delivery_id: str
    candidates: tuple[Candidate, ...]
    history: History
    """What had been accepted before it."""
    first: Accepted


def read_again(reader: Reader, found: Sequence[FoundFile], always: bool = False) -> list[Delivery]:
    """Read the files of a source again where another mapping had read any that is still there.

    `always` reads them again by the same mapping too. Returns the records of what was read, or refused.
    """
    source = reader.source
    history = read_history(reader.connection, source.name, source.is_snapshot)
    if not always and all(one.mapping == source.fingerprint for one in history.accepted):
        return []
    replaced = _still_there(source, history, found)
    if not any(always or one.mapping != source.fingerprint for one in replaced):
        return []
    plan = _plan(source, history, replaced, found)
    try:
        pieces = reader.read([one for again in plan for one in again.candidates], history)
        if any(piece.verdict > Verdict.WARN for piece in pieces):
            return _refuse(reader, history, pieces)
        return _replace(reader, history, replaced, plan, pieces)
    finally:
        reader.drop_temporary_tables()


def _still_there(source: Source, history: History, found: Sequence[FoundFile]) -> frozenset[Accepted]:
    """What was accepted from bytes that still lie in the folder; the mapping may have come to ignore them."""
    standing, names = hashes(found), {file.relative for file in found}

    def is_there(one: Accepted) -> bool:
        path = source.folder / one.file
        ignored = one.file not in names and path.is_file() and sha256(path) == one.sha256
        return one.sha256 in standing or ignored

    return frozenset(one for one in history.accepted if is_there(one))


def _plan(
    source: Source, history: History, replaced: Collection[Accepted], found: Sequence[FoundFile]
) -> list[_Again]:
    """The deliveries to be made anew, each with what would have been accepted before it."""
    files: dict[str, dict[tuple[str, str], Accepted]] = {}
    for one in sorted(replaced, key=lambda one: (one.arrival, one.extracted_at, one.file)):
        files.setdefault(one.delivery_id, {}).setdefault((one.file, one.sha256), one)
    known = [one for one in history.accepted if one not in replaced]
    plan = []
    for delivery_id, accepted in files.items():
        first = next(iter(accepted.values()))
        before = [one for one in known if one.arrival < first.arrival]
        earlier = History(before, first.arrival - 1, source.is_snapshot)
        candidates = _candidates(source, accepted.values(), found, earlier)
        plan.append(_Again(delivery_id, tuple(candidates), earlier, first))
        known += [
            replace(
                first,
                file=one.relative,
                table=table,
                sha256=one.sha256,
                extracted_at=one.extracted_at,
                mapping=source.fingerprint,
            )
            for one in candidates
            for table in dict.fromkeys(entry.table for entry in one.entries) or (None,)
        ]
    return plan


def _candidates(
    source: Source, accepted: Iterable[Accepted], found: Sequence[FoundFile], earlier: History
) -> list[Candidate]:
    """The files of one delivery, for the entries that their bytes had not been read for before it."""
    planned: dict[tuple[str, datetime], set[str]] = {}
    candidates = []
    names = {one.file for one in accepted}
    for one in sorted(accepted, key=lambda one: (one.extracted_at, source.place(one.file), one.file)):
        same = [file for file in found if file.sha256 == one.sha256]
        file = next((file for file in same if file.relative == one.file), same[0] if same else None)
        if file is None:
            continue
        dated = one.extracted_at if file.dated else None
        entries = source.entries(file.relative)
        new = tuple(
            entry
            for entry in entries
            if looks_up_new(entry, one.extracted_at, planned)
            or not earlier.loaded(entry, one.sha256, dated, planned)
        )
        for entry in new:
            planned.setdefault((entry.table, one.extracted_at), set()).add(one.sha256)
        finding = None if entries or earlier.has(one.sha256) else source.unmatched(file.relative)
        if new or finding:
            candidate = file.candidate(one.extracted_at, new, finding)
            candidates.append(replace(candidate, standing=_standing(candidate, names, found, earlier)))
    return candidates


def _standing(
    candidate: Candidate, names: set[str], found: Sequence[FoundFile], earlier: History
) -> frozenset[str]:
    """Hashes of files that were part of the same snapshot, and whose bytes had come before."""
    if candidate.dated:
        return frozenset(
            one.sha256
            for one in found
            if one.dated and one.extracted_at == candidate.extracted_at and one.relative not in names
        )
    return frozenset(
        one.sha256 for one in earlier.accepted if one.file not in names and date_in_path(one.file) is None
    ) & hashes(found)


def _replace(
    reader: Reader,
    history: History,
    replaced: Collection[Accepted],
    plan: Sequence[_Again],
    pieces: Sequence[Piece],
) -> list[Delivery]:
    connection, source = reader.connection, reader.source
    waiting, deliveries = list(pieces), []
    connection.execute("begin")
    try:
        _take_out(reader, replaced)
        for again in plan:
            own, waiting = waiting[: len(again.candidates)], waiting[len(again.candidates) :]
            # A fall in volume was accepted by name when it first came.
            append_pieces(
                connection,
                source.name,
                again.delivery_id,
                own,
                again.history,
                again.first.loaded_at,
                accept_drop=True,
            )
            receipt = Receipt(
                source.name, again.delivery_id, source.fingerprint, again.first.loaded_at, reader.as_of
            )
            deliveries += write(connection, receipt, own, refused=False)
        faults = changed_files(pieces)
        if not faults:
            forget_build(connection)
            connection.execute("commit")
            return deliveries
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("rollback")
    return _refuse(reader, history, [one.with_finding(faults.get(one.candidate.relative)) for one in pieces])


def _take_out(reader: Reader, replaced: Collection[Accepted]) -> None:
    """Remove the rows of these files, what their deliveries found missing then, and their record."""
    source = literal(reader.source.name)
    for table in canonical_tables():
        own = [one for one in replaced if one.table == table]
        if not own:
            continue
        of_file = f"(_delivery_id, _file) in (values {_files(own)})"
        instants = {(one.delivery_id, one.extracted_at.isoformat(sep=" ")) for one in own}
        listed = ", ".join(f"({literal(one)}, timestamp {literal(when)})" for one, when in sorted(instants))
        of_snapshot = f"(_delivery_id, _extracted_at) in (values {listed})"
        reader.connection.execute(
            f"delete from raw.{quoted(table)} where _source = {source} "
            f"and ({of_file} or (_is_deleted and _line is null and {of_snapshot}))"
        )
        reader.connection.execute(
            f"delete from raw.{SNAPSHOTS} where _source = {source} and canonical_table = {literal(table)} "
            f"and ({of_file} or {of_snapshot})"
        )
    for record_of in ("deliveries", "rejects"):
        reader.connection.execute(
            f"delete from audit.{record_of} where source_name = {source} "
            f"and (delivery_id, file) in (values {_files(replaced)})"
        )


def _refuse(reader: Reader, history: History, pieces: Sequence[Piece]) -> list[Delivery]:
    """Record that the files can't be read by the mapping of now; nothing else changes."""
    digested = hashlib.sha256(f"again\0{reader.source.name}".encode()).hexdigest()
    receipt = Receipt(
        reader.source.name,
        f"{history.arrivals + 1:06d}-{digested[:20]}",
        reader.source.fingerprint,
        reader.as_of,
        reader.as_of,
    )
    return record(reader.connection, receipt, pieces, refused=True)


def _files(accepted: Iterable[Accepted]) -> str:
    pairs = {(one.delivery_id, one.file) for one in accepted}
    return ", ".join(f"({literal(one)}, {literal(file)})" for one, file in sorted(pairs))
