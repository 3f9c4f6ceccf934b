"""One file through the whole reader: bytes, header, load, shape. Nothing here knows of deliveries."""

import errno
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.landing.absent_paths import absent_columns, absent_paths
from orchestration.landing.entry_sql import EntrySql
from orchestration.landing.fields import root_fields
from orchestration.landing.findings import FileRefused, Finding, Verdict, worst
from orchestration.landing.header_rules import (
    findings_of_header,
    required_columns,
    with_currency_of_header,
    with_found_header,
)
from orchestration.landing.headers import normalised, with_field_names
from orchestration.landing.inspection import Inspected, Stamp, inspect, still_written, unchanged
from orchestration.landing.language import FileMapping, Lookup, SourceMapping
from orchestration.landing.lookups import Lookups
from orchestration.landing.reading import load, read_file_header
from orchestration.landing.records import Loaded, with_lines
from orchestration.landing.shaping import Shaped, shape
from orchestration.landing.walk import unreadable
from orchestration.machine.sql import literal, quoted

# What one compressed file may unfold to; company.yml may say another limit.
MAX_UNFOLDED = 10_000 * 1_000_000
# Errors that are about where is written, not about the file that is read.
_OF_THE_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE)


@dataclass(frozen=True)
class FileRead:
    """A file after the reader: its findings, and its rows for every canonical table it feeds."""

    inspected: Inspected | None
    findings: tuple[Finding, ...]
    shaped: tuple[tuple[FileMapping, Shaped], ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The verdict on the file, its rows included."""
        found = worst(self.findings)
        for file, rows in self.shaped:
            found = max(found, row_verdict(file, rows))
        return found


@dataclass(frozen=True)
class Candidate:
    """A file to load for `entries`; with a `finding` in their place where it can't be read at all."""

    relative: str
    path: Path
    sha256: str
    stamp: Stamp | None
    extracted_at: datetime
    dated: bool
    entries: tuple[FileMapping, ...]
    finding: Finding | None
    standing: frozenset[str] = frozenset()
    """Hashes of files of the same date that are known and were not read again."""


@dataclass(frozen=True)
class Piece:
    """A candidate and what reading it gave."""

    candidate: Candidate
    read: FileRead

    @property
    def verdict(self) -> Verdict:
        """The verdict on the file."""
        return self.read.verdict

    def with_finding(self, finding: Finding | None) -> "Piece":
        """The same with one more finding."""
        if finding is None:
            return self
        return Piece(self.candidate, replace(self.read, findings=(*self.read.findings, finding)))


def row_verdict(file: FileMapping, rows: Shaped) -> Verdict:
    """What refused and repeated rows mean for a delivery under `max_reject_ratio`."""
    if rows.rows_rejected > file.max_reject_ratio * rows.rows_read:
        return Verdict.QUARANTINE
    return Verdict.WARN if rows.rows_rejected or rows.warned else Verdict.ACCEPT


@dataclass(frozen=True)
class Opened:
    """A file whose bytes, header and records are judged, as text in temporary tables named after `table`.

    Nothing is loaded of a file that can't be read; the findings say why.
    """

    path: Path
    mapping: SourceMapping
    entries: Sequence[FileMapping]
    table: str
    inspected: Inspected | None
    findings: tuple[Finding, ...]
    zone: str
    loaded: Loaded | None = None

    def tables(self) -> list[tuple[str, FileMapping]]:
        """Its entries by the tables that their rows are shaped into, those first that others look up."""
        if self.loaded is None:
            return []
        order = self.mapping.table_order()
        named = [(f"{self.table}_{index}", entry) for index, entry in enumerate(self.entries)]
        return sorted(named, key=lambda one: order.get(one[1].table, 0))

    def of_entry(self, entry: FileMapping, looked_up: Mapping[Lookup, str] | None = None) -> EntrySql:
        """The SQL of the rows for one of its entries; of a file that can be read."""
        assert self.loaded is not None
        return EntrySql(self.loaded, self.mapping, entry, self.zone, looked_up)


def open_file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    mapping: SourceMapping,
    entries: Sequence[FileMapping],
    zone: str,
    scratch: Path,
    table: str,
    report_all_unknown: bool = False,
    max_unfolded: int = MAX_UNFOLDED,
) -> Opened:
    """Judge a file's bytes and header for the entries of its mapping, and load its records as text."""
    layout = entries[0].format
    if any(entry.format != layout for entry in entries):
        raise ConfigurationError(
            f"{path.name} is matched by entries with different formats; give them the same."
        )
    inspected = None

    def opened(
        findings: Sequence[Finding], inspected: Inspected | None, loaded: Loaded | None = None
    ) -> Opened:
        return Opened(path, mapping, entries, table, inspected, tuple(findings), zone, loaded)

    try:
        inspected = inspect(path, layout, scratch, max_unfolded)
        entries = with_found_header(inspected, mapping, entries)
        layout = entries[0].format
        written = read_file_header(connection, inspected, layout)
        header = with_field_names(written, mapping.aliases)
        entries = with_currency_of_header(path.name, entries, header)
        fields = sorted({name for entry in entries for name in root_fields(entry)})
        if any(entry.unpivot or entry.sum_on_key for entry in entries):
            fields = sorted({name for name in [*header, *fields] if name})
        findings = [
            *inspected.findings,
            *findings_of_header(path.name, header, mapping, entries, report_all_unknown),
        ]
        if worst(findings) == Verdict.REJECT_FILE:
            return opened(findings, inspected)
        needed = [aliases for entry in entries for _, aliases in required_columns(entry)]
        loaded = load(connection, inspected, layout, header, fields, needed, table, scratch, mapping)
        if layout.type in ("json", "jsonl"):
            _refuse_error_body(inspected, loaded)
        if layout.type == "csv":
            loaded, repeated = _without_repeated_headers(connection, path, loaded, written)
            findings += repeated
    except FileRefused as refused:
        found = inspected.findings if inspected is not None else ()
        return opened((*found, refused.finding), inspected)
    except duckdb.IOException:
        if inspected is None or unchanged(inspected):
            raise
        return opened((still_written(path),), None)
    except OSError as error:
        if error.errno in _OF_THE_MACHINE:
            raise
        return opened((unreadable(path.name, error),), None)
    return opened(findings, inspected, loaded)


def read_opened(
    connection: duckdb.DuckDBPyConnection,
    opened: Opened,
    lookups: Lookups | None = None,
    when: datetime = datetime.max,
    together: Mapping[str, str] | None = None,
) -> FileRead:
    """The rows of a file for each of its entries, in temporary tables; its text is dropped.

    `lookups` are the rows of other tables as they were `when` the file was extracted; without them nobody
    knows what a lookup gives, and a value that is missing for it is no fault. `together` is SQL for the rows
    of tables that were shaped with those of other files.
    """
    if opened.loaded is None:
        return FileRead(opened.inspected, opened.findings)
    made: dict[str, tuple[FileMapping, Shaped]] = {}
    for table, entry in opened.tables():
        looked_up = None if lookups is None else lookups.of_entry(entry, when)
        shared = len(opened.entries) > 1
        rows = shape(
            connection, opened.of_entry(entry, looked_up), table, shared, (together or {}).get(table)
        )
        made[table] = (entry, rows)
        if lookups is not None:
            lookups.add(entry, when, rows)
    shaped = tuple(made[f"{opened.table}_{index}"] for index in range(len(opened.entries)))
    findings = list(opened.findings)
    read = [(opened.of_entry(entry), rows) for entry, rows in shaped]
    findings += absent_columns(connection, opened.path.name, [entry for entry, _ in read])
    findings += absent_paths(connection, opened.path.name, read)
    _drop_loaded(connection, opened.loaded)
    for entry, rows in shaped:
        findings += _control_findings(connection, opened.path, entry, rows)
    return FileRead(opened.inspected, tuple(findings), shaped)


def _refuse_error_body(inspected: Inspected, loaded: Loaded) -> None:
    """An API's error message saved as an extract is one JSON object with the key `error`."""
    if loaded.rows != 1:
        return
    with inspected.text.open(encoding="utf-8") as file:
        head = file.read(1 << 16)
    try:
        record = json.loads(head)
    except (ValueError, RecursionError):
        return
    if isinstance(record, dict) and set(record) & {"error", "errors"} and "id" not in record:
        message = f"{inspected.path.name} is an API's error message, not an extract. Export it again."
        raise FileRefused(Finding("F05", message, 1, value=head[:200]))


def _without_repeated_headers(
    connection: duckdb.DuckDBPyConnection, path: Path, loaded: Loaded, header: tuple[str, ...]
) -> tuple[Loaded, list[Finding]]:
    if not loaded.fields or not loaded.rows:
        return loaded, []
    places = {column: int(column[1:]) for column in loaded.fields.values()}
    # The fields of a wrapped record are no columns of the file.
    names = {column: normalised(header[place]) for column, place in places.items() if place < len(header)}
    if len(names) < len(places):
        return loaded, []
    same = " and ".join(
        f"lower(trim({column}, ' \ufeff')) = {literal(name)}" for column, name in sorted(names.items())
    )
    repeats = f"select rowid as _record from {quoted(loaded.table)} where {same}"
    found = connection.execute(f"select _line from ({with_lines(loaded, repeats)}) order by _line").fetchall()
    if not found:
        return loaded, []
    connection.execute(f"delete from {quoted(loaded.table)} where {same}")
    message = f"{path.name} repeats its header among the rows: files were joined. The line is skipped."
    findings = [Finding("W08", message, line) for (line,) in found]
    return replace(loaded, rows=loaded.rows - len(found), has_gaps=True), findings


def _drop_loaded(connection: duckdb.DuckDBPyConnection, loaded: Loaded) -> None:
    """Free the text of a file once its rows are shaped; they still need the lines."""
    for table in (loaded.table, *loaded.spare):
        connection.execute(f"drop table {quoted(table)}")


def _control_findings(
    connection: duckdb.DuckDBPyConnection, path: Path, entry: FileMapping, rows: Shaped
) -> list[Finding]:
    control = entry.control_total
    if control is None:
        return []
    beside = path.with_name(path.name + control.suffix)
    try:
        totals = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        return [Finding("F13", f"{path.name}: the control total {beside.name} can't be read ({error}).")]
    findings = []
    if control.rows is not None and str(totals.get(control.rows)) != str(rows.rows_read):
        message = f"{path.name} has {rows.rows_read} rows, but {beside.name} says {totals.get(control.rows)}."
        findings.append(Finding("F13", message))
    for column, key in control.sums.items():
        same = connection.execute(
            f"select coalesce(sum(cast({quoted(column)} as decimal(38, 12))), 0) = try_cast(? as "
            f"decimal(38, 12)), "
            f"sum(cast({quoted(column)} as decimal(38, 12))) from {quoted(rows.table)}",
            [str(totals.get(key))],
        ).fetchone()
        if same is not None and same[0] is not True:
            message = (
                f"{path.name}: the sum of {column} is {same[1]}, but {beside.name} says {totals.get(key)}."
            )
            findings.append(Finding("F13", message, column=column))
    return findings
