"""Records of a file as a temporary table of text, and the physical line on which each begins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from orchestration.landing.canonical import quoted
from orchestration.landing.inspection import CHUNK

MAX_FIELD = 16 << 20
"""Bytes of the longest field that is read."""


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


def lines_of(connection: duckdb.DuckDBPyConnection, table: str, starts: np.ndarray) -> tuple[int, str | None]:
    """(line of the first record, table of shifts) for the start lines of all records."""
    if not len(starts):
        return 1, None
    shift = starts - np.arange(len(starts)) - starts[0]
    changes = np.flatnonzero(np.diff(shift, prepend=0))
    if not len(changes):
        return int(starts[0]), None
    name = f"{table}_lines"
    register = f"{name}_arrays"
    connection.register(
        register, {"record": changes.astype("int64"), "shift": shift[changes].astype("int64")}
    )
    connection.execute(f"create temp table {quoted(name)} as select record, shift from {quoted(register)}")
    connection.unregister(register)
    return int(starts[0]), name


def record_starts(path: Path, quote: bytes, delimiter: bytes = b"") -> tuple[np.ndarray, int]:
    """The 1-based line on which each record begins, and how many delimiters stand outside quotes.

    Blank lines hold no record.
    """
    delimiters = 0
    parts, line, inside, length = [], 1, False, 0
    start_line = 1
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
            parts.append(begin[sizes - returns > 0])
            start_line = int(end_lines[-1]) + 1
            length = len(chunk) - int(ends[-1]) - 1
            line += len(breaks)
    if length:
        parts.append(np.array([start_line]))
    return (np.concatenate(parts) if parts else np.array([], dtype=np.int64)), delimiters


def create(connection: duckdb.DuckDBPyConnection, table: str, select: str) -> int | None:
    """Rows of a new temporary table, or None where DuckDB refuses the file."""
    try:
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
