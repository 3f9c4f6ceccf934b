"""`audit.deliveries` and `audit.rejects`: what was loaded before, and the record of what is loaded now."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime

import duckdb

from orchestration.landing.builtin import date_in_path
from orchestration.landing.files import Piece, row_verdict
from orchestration.landing.findings import Finding, Verdict
from orchestration.landing.language import FileMapping
from orchestration.machine.sql import quoted


@dataclass(frozen=True)
class Delivery:
    """One row of `audit.deliveries`: a file, for one canonical table, in one delivery of its source."""

    delivery_id: str
    source_name: str
    file: str
    canonical_table: str | None
    sha256: str
    bytes: int
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    verdict: str
    extracted_at: datetime
    loaded_at: datetime
    mapping: str
    """The fingerprint of the mapping that read it."""
    reread_at: datetime | None = None
    """The as-of instant of the run that read it again, because the mapping had changed."""

    @property
    def refused(self) -> bool:
        """Whether nothing of it was loaded."""
        return self.verdict in (Verdict.REJECT_FILE.word, Verdict.QUARANTINE.word)


@dataclass(frozen=True)
class Accepted:
    """A file that was accepted, for one canonical table."""

    delivery_id: str
    file: str
    table: str | None
    sha256: str
    extracted_at: datetime
    loaded_at: datetime
    mapping: str | None
    """The fingerprint of the mapping that read it; None where an earlier version did not keep it."""

    @property
    def arrival(self) -> int:
        """The number of its delivery among the source's."""
        return int(self.delivery_id.partition("-")[0])


class History:
    """The files of one source that were accepted before this run, or before some delivery of it."""

    def __init__(
        self, accepted: Sequence[Accepted], arrivals: int, is_snapshot: Callable[[str, str], bool]
    ) -> None:
        """Of `accepted` files; `arrivals` is the number of the last delivery, refused ones included."""
        self.accepted = sorted(accepted, key=lambda one: (one.extracted_at, one.loaded_at))
        self.arrivals = arrivals
        self._is_snapshot = is_snapshot

    def has(self, sha256: str) -> bool:
        """Whether these bytes were accepted, for whatever table."""
        return any(one.sha256 == sha256 for one in self.accepted)

    def times(self, file: str, sha256: str) -> int:
        """How often these bytes were accepted under this path."""
        return sum(one.file == file and one.sha256 == sha256 for one in self.accepted)

    def loaded(
        self,
        entry: FileMapping,
        sha256: str,
        dated: datetime | None,
        planned: Mapping[tuple[str, datetime], set[str]],
    ) -> bool:
        """Whether loading these bytes again would change nothing.

        A delta or event file is loaded once. A snapshot is loaded again when another one came between: the
        same bytes then say that what had gone is back. `planned` are the files this run will load.
        """
        same = [one for one in self.accepted if one.table == entry.table and one.sha256 == sha256]
        coming = {when for (table, when), shas in planned.items() if table == entry.table and sha256 in shas}
        if entry.delivery != "full_snapshot":
            return bool(same or coming)
        if dated is None:
            latest = {one.file: one.sha256 for one in self.accepted if one.table == entry.table}
            return sha256 in latest.values() or bool(coming)
        if any(one.extracted_at == dated for one in same):
            return True
        before = [when for (table, when) in planned if table == entry.table and when < dated]
        before += [
            one.extracted_at for one in self.accepted if one.table == entry.table and one.extracted_at < dated
        ]
        last = max(before, default=None)
        return last is not None and (last in coming or any(one.extracted_at == last for one in same))

    def unchanged_files(self, table: str, shas: Collection[str]) -> list[tuple[str, str]]:
        """(delivery id, file) of what was loaded for a table from these bytes."""
        return [
            (one.delivery_id, one.file) for one in self.accepted if one.table == table and one.sha256 in shas
        ]

    def next_snapshot(self, table: str, after: datetime) -> datetime | None:
        """The date of the first accepted full snapshot of a table later than `after`."""
        later = [
            one.extracted_at
            for one in self.accepted
            if one.table == table and one.extracted_at > after and self._is_snapshot(one.file, table)
        ]
        return min(later, default=None)

    def dates(self, table: str) -> set[datetime]:
        """The dates in the paths of all that was accepted for a table."""
        return {one.extracted_at for one in self.accepted if one.table == table and date_in_path(one.file)}


def read_history(
    connection: duckdb.DuckDBPyConnection, source: str, is_snapshot: Callable[[str, str], bool]
) -> History:
    """What of a source was accepted before this run."""
    rows = connection.execute(
        "select delivery_id, file, canonical_table, sha256, extracted_at, loaded_at, mapping "
        "from audit.deliveries where source_name = ? and verdict in ('accept', 'warn') "
        "order by extracted_at, loaded_at, delivery_id, file",
        [source],
    ).fetchall()
    arrivals = connection.execute(
        "select max(cast(split_part(delivery_id, '-', 1) as integer)) from audit.deliveries "
        "where source_name = ?",
        [source],
    ).fetchall()
    return History([Accepted(*row) for row in rows], arrivals[0][0] or 0, is_snapshot)


@dataclass(frozen=True)
class Receipt:
    """What the record says of a delivery beside its files."""

    source: str
    delivery_id: str
    mapping: str
    loaded_at: datetime
    reread_at: datetime | None = None

    @property
    def read_at(self) -> datetime:
        """The as-of instant of the run that found what is wrong with its rows."""
        return self.reread_at or self.loaded_at


def first_reason(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> str:
    """What is said first of a refused file: of the whole of it, else of its first line; empty if nothing."""
    found = connection.execute(
        "select message from audit.rejects where delivery_id = ? and source_name = ? and file = ? "
        "order by line nulls first, column_name, code limit 1",
        [delivery.delivery_id, delivery.source_name, delivery.file],
    ).fetchall()
    return str(found[0][0]) if found else ""


def record(
    connection: duckdb.DuckDBPyConnection, receipt: Receipt, pieces: Sequence[Piece], refused: bool
) -> list[Delivery]:
    """Write the audit rows of a delivery, in the place of an earlier attempt at it, and return them."""
    digest = receipt.delivery_id.partition("-")[2]
    for table in ("deliveries", "rejects"):
        connection.execute(
            f"delete from audit.{table} where source_name = ? and split_part(delivery_id, '-', 2) = ?",
            [receipt.source, digest],
        )
    return write(connection, receipt, pieces, refused)


def write(
    connection: duckdb.DuckDBPyConnection, receipt: Receipt, pieces: Sequence[Piece], refused: bool
) -> list[Delivery]:
    """Add the audit rows of a delivery's files, and return them."""
    deliveries = [row for piece in pieces for row in _rows(receipt, piece, refused)]
    names = ", ".join(quoted(one.name) for one in fields(Delivery))
    places = ", ".join("?" for _ in fields(Delivery))
    if deliveries:
        connection.executemany(
            f"insert into audit.deliveries ({names}) values ({places})",
            [astuple(row) for row in deliveries],
        )
    for piece in pieces:
        file = piece.candidate.relative
        for finding in piece.read.findings:
            _write_finding(connection, receipt, file, finding)
        for _, rows in piece.read.shaped:
            connection.execute(
                "insert into audit.rejects select ?, ?, ?, line, column_name, code, value, message, ? "
                f"from {quoted(rows.rejects)} order by line, column_name, code",
                [receipt.delivery_id, receipt.source, file, receipt.read_at],
            )
    return deliveries


def _write_finding(
    connection: duckdb.DuckDBPyConnection, receipt: Receipt, file: str, finding: Finding
) -> None:
    connection.execute(
        "insert into audit.rejects values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            receipt.delivery_id,
            receipt.source,
            file,
            finding.line,
            finding.column,
            finding.code,
            finding.value,
            finding.message,
            receipt.read_at,
        ],
    )


def _rows(receipt: Receipt, piece: Piece, refused: bool) -> list[Delivery]:
    """One row per table that a file feeds; in a refused delivery nothing counts as accepted."""
    candidate, read = piece.candidate, piece.read
    size = read.inspected.stamp.size if read.inspected is not None else 0
    own = max((finding.verdict for finding in read.findings), default=Verdict.ACCEPT)
    made = []
    tables: list[str | None] = list(dict.fromkeys(entry.table for entry in candidate.entries))
    for table in tables or [None]:
        fed = [(entry, rows) for entry, rows in read.shaped if entry.table == table]
        verdict = max([own, *(row_verdict(entry, rows) for entry, rows in fed)])
        counts = (
            sum(rows.rows_read for _, rows in fed),
            0 if refused else sum(rows.rows_accepted for _, rows in fed),
            sum(rows.rows_rejected for _, rows in fed),
        )
        if refused:
            verdict = max(verdict, Verdict.QUARANTINE)
        made.append(
            Delivery(
                receipt.delivery_id,
                receipt.source,
                candidate.relative,
                table,
                candidate.sha256,
                size,
                *counts,
                verdict.word,
                candidate.extracted_at,
                receipt.loaded_at,
                receipt.mapping,
                receipt.reread_at,
            )
        )
    return made
