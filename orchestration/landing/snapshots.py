"""Appending to `raw`: rows, tombstones of what a full snapshot lacks, and the rule against drops."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from orchestration.landing.audit import History
from orchestration.landing.canonical import RAW_COLUMNS, SNAPSHOTS, CanonicalTable, canonical_tables
from orchestration.landing.files import Piece
from orchestration.landing.findings import Finding
from orchestration.landing.language import FileMapping
from orchestration.landing.shaping import Shaped
from orchestration.machine.sql import literal, quoted

LEAST_SHARE = 0.7
"""A full snapshot with a smaller share of the rows in force is held back until it is accepted by name."""

_FEWEST_ROWS = 10
"""A share says nothing where fewer rows than these are in force."""

_BEFORE = "landing_file_before"
"""A temporary table: the keys that were in force before a snapshot, and where their rows are."""


@dataclass(frozen=True)
class _Snapshot:
    """The files of one table and one date in a delivery."""

    entry: FileMapping
    extracted_at: datetime
    pieces: tuple[tuple[FileMapping, Piece, Shaped], ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of its files."""
        return tuple(piece.candidate.relative for _, piece, _ in self.pieces)


@dataclass(frozen=True)
class _Appender:
    connection: duckdb.DuckDBPyConnection
    source: str
    delivery_id: str
    loaded_at: datetime
    history: History

    def append(self, snapshot: _Snapshot) -> None:
        """Insert the good rows of a snapshot's files."""
        table = snapshot.entry.canonical
        for entry, piece, rows in snapshot.pieces:
            values = [quoted(name) if name in rows.columns else "null" for name in table.names]
            self.connection.execute(
                f"insert into {_target(table)} select {', '.join(values)}, ?, ?, ?, _line, ?, "
                f"?, _deleted, ? "
                f"from {quoted(rows.table)}",
                [
                    self.source,
                    self.delivery_id,
                    piece.candidate.relative,
                    snapshot.extracted_at,
                    self.loaded_at,
                    entry.is_state,
                ],
            )

    def list_snapshot(self, snapshot: _Snapshot) -> None:
        """Remember that this delivery listed all of a table, or all nested rows of the records in it."""
        is_full = snapshot.entry.delivery == "full_snapshot"
        if not is_full and snapshot.entry.parent is None:
            return
        self.connection.execute(
            f"insert into raw.{SNAPSHOTS} "
            "(canonical_table, _source, _delivery_id, _file, _extracted_at, is_full) "
            "values (?, ?, ?, ?, ?, ?)",
            [
                snapshot.entry.table,
                self.source,
                self.delivery_id,
                snapshot.files[0],
                snapshot.extracted_at,
                is_full,
            ],
        )

    def close(
        self, snapshot: _Snapshot, accept_drop: bool, present: Sequence[tuple[str, str]]
    ) -> Finding | None:
        """Write the tombstones of a full snapshot; a Finding where it lost too much.

        `present` are earlier (delivery id, file) whose unchanged bytes still stand in the folder.
        """
        entry = snapshot.entry
        keys = ", ".join(quoted(key) for key in entry.row_key)
        self.connection.execute(
            f"create or replace temp table {_BEFORE} as select {keys}, _delivery_id, _file, _row "
            f"from ({self._in_force(entry, snapshot)})"
        )
        (held,) = self._counts(f"select count(*) from {_BEFORE}")
        if not held:
            self._close_next(snapshot)
            return None
        listed = ", ".join(f"({literal(one)}, {literal(file)})" for one, file in present) or "(null, null)"
        kept = [
            f"select {keys} from {quoted(rows.refused_keys)}"
            for _, _, rows in snapshot.pieces
            if rows.refused_keys
        ]
        seen = " union all ".join(
            [
                f"select {keys} from raw.{quoted(entry.table)} where _source = {literal(self.source)} "
                f"and _delivery_id = {literal(self.delivery_id)} and _extracted_at = "
                f"{_instant(snapshot.extracted_at)}",
                *kept,
            ]
        )
        missing = (
            f"select _row from {_BEFORE} as b anti join ({seen}) as s using ({keys}) "
            f"where (_delivery_id, _file) not in (values {listed}) or {str(not present).lower()}"
        )
        lost, new = self._counts(
            f"select (select count(*) from ({missing})), (select count(*) from ("
            f"select distinct {keys} from ({seen})) anti join {_BEFORE} using ({keys}))"
        )
        left = held - lost + new
        if held >= _FEWEST_ROWS and left < LEAST_SHARE * held and not accept_drop:
            return _drop_finding(self.source, entry.table, held, left)
        if lost:
            gone = f"select * from raw.{quoted(entry.table)} where rowid in ({missing})"
            self._bury(entry, gone, snapshot.extracted_at, snapshot.files[0])
        self._close_next(snapshot)
        return None

    def close_parents(self, snapshot: _Snapshot) -> None:
        """Write the tombstones of nested rows that a delta's record had before and lacks now."""
        for file in dict.fromkeys(snapshot.files):
            # Several entries may feed one table from one file: what any of them read is there.
            found = [
                (entry, rows) for entry, piece, rows in snapshot.pieces if piece.candidate.relative == file
            ]
            nested = [(entry, rows) for entry, rows in found if rows.parents is not None]
            if not nested:
                continue
            entry = nested[0][0]
            keys, parent = ", ".join(quoted(key) for key in entry.row_key), quoted(str(entry.parent))
            kept = [
                f"select {keys} from {quoted(name)}"
                for _, rows in found
                for name in (rows.table, rows.refused_keys)
                if name
            ]
            parents = [f"select {parent} from {quoted(str(rows.parents))}" for _, rows in nested]
            missing = (
                f"select * from ({self._in_force(entry, snapshot)}) as b "
                f"semi join ({' union all '.join(parents)}) as p using ({parent}) "
                f"anti join ({' union all '.join(kept)}) as s using ({keys})"
            )
            self._bury(entry, missing, snapshot.extracted_at, file)

    def _close_next(self, snapshot: _Snapshot) -> None:
        """A snapshot that arrived late: what a later one, loaded before, lacks of it is gone there."""
        entry = snapshot.entry
        later = self.history.next_snapshot(entry.table, snapshot.extracted_at)
        if later is None:
            return
        keys = ", ".join(quoted(key) for key in entry.row_key)
        place = f"raw.{quoted(entry.table)} where _source = {literal(self.source)} and _extracted_at"
        missing = (
            f"select * from {place} = {_instant(snapshot.extracted_at)} "
            f"and _delivery_id = {literal(self.delivery_id)} and not _is_deleted "
            f"and ({keys}) not in (select ({keys}) from {place} = {_instant(later)})"
        )
        self._bury(entry, missing, later, snapshot.files[0])

    def _bury(self, entry: FileMapping, missing: str, when: datetime, file: str) -> None:
        columns = ", ".join(quoted(name) for name in entry.canonical.names)
        self.connection.execute(
            f"insert into {_target(entry.canonical)} select {columns}, _source, ?, ?, null, ?, ?, "
            f"true, _is_state "
            f"from ({missing})",
            [self.delivery_id, file, when, self.loaded_at],
        )

    def _in_force(self, entry: FileMapping, snapshot: _Snapshot) -> str:
        """SQL for the rows of a table that are in force just before a snapshot.

        Those of its own instant count where they came with an earlier delivery of the same file, which was
        mended and delivered again.
        """
        when = _instant(snapshot.extracted_at)
        files = ", ".join(literal(file) for file in snapshot.files)
        keys = ", ".join(quoted(key) for key in entry.row_key)
        return (
            f"select * exclude (_place) from (select *, rowid as _row, "
            f"row_number() over (partition by {keys} order by "
            "_extracted_at desc, _delivery_id desc, _file desc, _line desc nulls last) as _place "
            f"from raw.{quoted(entry.table)} where _source = {literal(self.source)} "
            f"and (_extracted_at < {when} or (_extracted_at = {when} and _file in ({files}) "
            f"and _delivery_id <> {literal(self.delivery_id)}))) where _place = 1 and not _is_deleted"
        )

    def _counts(self, sql: str) -> list[int]:
        return [int(number) for number in self.connection.execute(sql).fetchall()[0]]


def append_pieces(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    delivery_id: str,
    pieces: Sequence[Piece],
    history: History,
    loaded_at: datetime,
    accept_drop: bool,
) -> dict[str, Finding]:
    """Append all pieces of a delivery, snapshot by snapshot in the order of their dates.

    Returns, by file, the findings that forbid the delivery; the caller then rolls back.
    """
    appender = _Appender(connection, source, delivery_id, loaded_at, history)
    drops: dict[str, Finding] = {}
    for snapshot in _snapshots(pieces):
        appender.append(snapshot)
        appender.list_snapshot(snapshot)
        if snapshot.entry.delivery != "full_snapshot":
            appender.close_parents(snapshot)
            continue
        finding = appender.close(snapshot, accept_drop, _standing(snapshot, pieces, delivery_id, history))
        if finding is not None:
            drops[snapshot.files[0]] = finding
    return drops


def _snapshots(pieces: Sequence[Piece]) -> list[_Snapshot]:
    groups: dict[tuple[datetime, int, bool], list[tuple[FileMapping, Piece, Shaped]]] = {}
    order = list(canonical_tables())
    for piece in pieces:
        for entry, rows in piece.read.shaped:
            place = (
                piece.candidate.extracted_at,
                order.index(entry.table),
                entry.delivery != "full_snapshot",
            )
            groups.setdefault(place, []).append((entry, piece, rows))
    return [
        _Snapshot(found[0][0], when, tuple(found))
        for (when, _, _), found in sorted(groups.items(), key=lambda item: item[0])
    ]


def _standing(
    snapshot: _Snapshot, pieces: Sequence[Piece], delivery_id: str, history: History
) -> list[tuple[str, str]]:
    """Files of the same date that were not read again: still part of the snapshot.

    Their bytes came with an earlier delivery, or with this one under an earlier date.
    """
    table, shas = snapshot.entry.table, snapshot.pieces[0][1].candidate.standing
    own = [
        (delivery_id, one.candidate.relative)
        for one in pieces
        if one.candidate.sha256 in shas and any(entry.table == table for entry in one.candidate.entries)
    ]
    return [*history.unchanged_files(table, shas), *own]


def _target(table: CanonicalTable) -> str:
    """Where rows go, column by column: a table may hold them in the order of an earlier contract."""
    return f"raw.{quoted(table.name)} ({', '.join(map(quoted, (*table.names, *RAW_COLUMNS)))})"


def _instant(when: datetime) -> str:
    return f"cast({literal(when.isoformat(sep=' '))} as timestamp)"


def _drop_finding(source: str, table: str, held: int, left: int) -> Finding:
    return Finding(
        "D01",
        f"{source}: the full snapshot of {table} holds {left} rows where {held} were in force, below "
        f"{LEAST_SHARE:.0%}. If that is right, run again with --accept-drop {source}; if the file is "
        f"only a part, "
        "its delivery is delta.",
        value=str(left),
    )
