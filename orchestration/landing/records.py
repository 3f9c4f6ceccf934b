"""Records of a file as a temporary table of text, and the physical line on which each begins."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from orchestration.landing.inspection import CHUNK
from orchestration.machine.sql import quoted

MAX_FIELD = 16 << 20
"""Bytes of the longest field that is read."""

_HELD_SHIFTS = 1 << 20


@dataclass(frozen=True)
class Loaded:
    """A file as text. `fields` maps a field of the mapping to its column of `table`, if the file has it.

    The physical line of record n (0-based) is `n + first_line`, plus the shift in `line_table` if any.
    """

    table: str
    fields: Mapping[str, str]
    rows: int
    first_line: int
    line_table: str | None
    padded: bool = True
    """Whether values may have spaces around them."""
    records: str | None = None
    """SQL for the JSON of every record, `json`, to look at once more; None where a file is a table."""
    spare: tuple[str, ...] = ()
    """Further temporary tables that go with this one."""
    has_gaps: bool = False
    """Whether records were taken out of `table`, so that its row ids have gaps."""


class LineShifts:
    """The physical lines of a file's records, kept as the few places where they part from its count.

    Record n (0-based) begins on line `n + first_line + shift`, with the shift of the last entry up to it.
    Entries go to a temporary table as they come, so that a file of any length takes the same memory.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, table: str, skip_rows: int = 0, header: bool = False
    ) -> None:
        """Lines up to `skip_rows`, and the record after them if it is the `header`, are no records."""
        self.records, self.first_line = 0, 1
        self.line_table: str | None = None
        self._connection, self._name = connection, f"{table}_lines"
        self._skip_rows, self._header = skip_rows, header
        self._shift, self._held = 0, 0
        self._entries: list[np.ndarray] = []

    def add(self, starts: np.ndarray) -> None:
        """Take the 1-based lines on which the next records begin."""
        starts = starts[starts > self._skip_rows]
        if self._header and len(starts):
            starts, self._header = starts[1:], False
        if not len(starts):
            return
        if not self.records:
            self.first_line = int(starts[0])
        shifts = starts - np.arange(self.records, self.records + len(starts)) - self.first_line
        changes = np.flatnonzero(np.diff(shifts, prepend=self._shift))
        self._entries.append(np.stack((changes + self.records, shifts[changes])))
        self._held += len(changes)
        self.records, self._shift = self.records + len(starts), int(shifts[-1])
        if self._held > _HELD_SHIFTS:
            self.flush()

    def flush(self) -> None:
        """Write the entries held in memory; to be called once more after the last record."""
        if not self._held:
            return
        record, shift = np.concatenate(self._entries, axis=1)
        self._entries, self._held = [], 0
        if self.line_table is None:
            self.line_table = self._name
            self._connection.execute(
                f"create or replace temp table {quoted(self._name)} (record bigint, shift bigint)"
            )
        arrays = f"{self._name}_arrays"
        self._connection.register(arrays, {"record": record, "shift": shift})
        self._connection.execute(
            f"insert into {quoted(self._name)} select record, shift from {quoted(arrays)}"
        )
        self._connection.unregister(arrays)

    def loaded(self, fields: Mapping[str, str], padded: bool = True) -> Loaded:
        """The file as loaded into the table that these lines belong to."""
        table = self._name.removesuffix("_lines")
        return Loaded(table, fields, self.records, self.first_line, self.line_table, padded)


def count_records(path: Path, quote: bytes, delimiter: bytes, lines: LineShifts) -> int:
    """Tell `lines` where each record begins; how many delimiters stand outside quotes.

    Blank lines hold no record.
    """
    delimiters, line, inside, length, start_line = 0, 1, False, 0, 1
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            data = np.frombuffer(chunk, dtype=np.uint8)
            breaks = np.flatnonzero(data == 10)
            if quote and quote in chunk:
                parity = np.cumsum(data == quote[0], dtype=np.int64) + inside
                outside = parity[breaks] % 2 == 0
                if delimiter:
                    delimiters += int(((data == delimiter[0]) & (parity % 2 == 0)).sum())
                inside = bool(parity[-1] % 2)
            else:
                outside = np.full(len(breaks), not inside)
                delimiters += chunk.count(delimiter) if delimiter and not inside else 0
            ends = breaks[outside]
            if not len(ends):
                length += len(chunk)
                line += len(breaks)
                continue
            end_lines = line + np.flatnonzero(outside)
            begin = np.concatenate(([start_line], end_lines[:-1] + 1))
            sizes = np.diff(ends, prepend=-1) - 1
            sizes[0] += length
            returns = (ends > 0) & (data[np.maximum(ends - 1, 0)] == 13)
            lines.add(begin[sizes - returns > 0])
            start_line = int(end_lines[-1]) + 1
            length = len(chunk) - int(ends[-1]) - 1
            line += len(breaks)
    if length:
        lines.add(np.array([start_line]))
    lines.flush()
    return delimiters


@contextmanager
def _in_file_order(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A run lets DuckDB write rows in any order; while a file is read, the order is the line."""
    setting = "select current_setting('preserve_insertion_order')"
    usual = bool(connection.execute(setting).fetchall()[0][0])
    connection.execute("set preserve_insertion_order = true")
    try:
        yield
    finally:
        connection.execute(f"set preserve_insertion_order = {str(usual).lower()}")


def create(connection: duckdb.DuckDBPyConnection, table: str, select: str) -> int | None:
    """Rows of a new temporary table, in the order of the file, or None where DuckDB refuses the file."""
    try:
        with _in_file_order(connection):
            connection.execute(f"create or replace temp table {quoted(table)} as {select}")
    except duckdb.InvalidInputException:
        return None
    return int(connection.execute(f"select count(*) from {quoted(table)}").fetchall()[0][0])


def with_lines(loaded: Loaded, rows: str) -> str:
    """SQL that adds `_line`, the physical line, to rows that have `_record`."""
    if loaded.line_table is None:
        return f"select *, _record + {loaded.first_line} as _line from ({rows})"
    return (
        f"select r.*, r._record + {loaded.first_line} + coalesce(s.shift, 0) as _line from ({rows}) as r "
        f"asof left join {quoted(loaded.line_table)} as s on r._record >= s.record"
    )


def counter(connection: duckdb.DuckDBPyConnection) -> Callable[[str], int]:
    """Runs SQL that gives one number."""

    def count(sql: str) -> int:
        return int(connection.execute(sql).fetchall()[0][0])

    return count
