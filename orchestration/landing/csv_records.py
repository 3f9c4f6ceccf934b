"""CSV records: DuckDB reads in bulk and strictly; Python's reader steps in where it can't.

That is with mixed line ends and footers, and to find the line to blame. A record count that differs from the
file's own lines is never let through.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from orchestration.landing.findings import FileRefused, Finding
from orchestration.landing.headers import dialect, normalised
from orchestration.landing.inspection import Inspected
from orchestration.landing.language import Format
from orchestration.landing.records import MAX_FIELD, LineShifts, Loaded, count_records, create
from orchestration.machine.sql import literal

_LINES_AT_ONCE = 1 << 16


def _read_csv_sql(path: Path, layout: Format, width: int, header: bool, skip: int, line_end: str) -> str:
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(width))
    quote = literal(layout.quote)
    return (
        f"read_csv({literal(str(path))}, columns = {{{columns}}}, auto_detect = false, header = {header}, "
        f"delim = {literal(layout.delimiter)}, quote = {quote}, escape = {quote}, strict_mode = true, "
        f"null_padding = false, nullstr = '', new_line = {literal(line_end)}, skip = {skip}, "
        f"compression = 'none', max_line_size = {MAX_FIELD}, buffer_size = {2 * MAX_FIELD})"
    )


def load_csv(
    connection: duckdb.DuckDBPyConnection,
    inspected: Inspected,
    layout: Format,
    header: tuple[str, ...],
    fields: Iterable[str],
    needed: Sequence[tuple[str, ...]],
    table: str,
    scratch: Path,
) -> Loaded:
    """Load the columns of a CSV file that `fields` names, as text. Raises FileRefused.

    A row of the table, and not of its footer, has a value in one column of each of `needed`.
    """
    places = {normalised(name): index for index, name in enumerate(header)}
    wanted = {field: f"c{places[normalised(field)]}" for field in fields if normalised(field) in places}
    chosen = ", ".join(sorted(set(wanted.values()))) or "c0"
    if inspected.uniform_lines and layout.footer is None and len(header) > 1 and layout.delimiter.isascii():
        source = _read_csv_sql(
            inspected.text, layout, len(header), True, layout.skip_rows, inspected.line_end
        )
        rows = create(connection, table, f"select {chosen} from {source}")
        if rows == inspected.lines - layout.skip_rows - 1 and not inspected.has_quotes:
            if inspected.delimiters == _delimiters(inspected, layout, header, rows):
                return Loaded(table, wanted, rows, layout.skip_rows + 2, None, inspected.padded)
        elif rows is not None:
            quote, delimiter = layout.quote.encode(), layout.delimiter.encode()
            lines = LineShifts(connection, table, layout.skip_rows, header=True)
            delimiters = count_records(inspected.text, quote, delimiter, lines)
            if lines.records == rows and delimiters == _delimiters(inspected, layout, header, rows):
                return lines.loaded(wanted, inspected.padded)
    copy = scratch / f"{table}.csv"
    lines = LineShifts(connection, table)
    must = [[places[name] for name in map(normalised, names) if name in places] for names in needed]
    _rewrite_csv(inspected, layout, _Table(len(header), must), copy, lines)
    source = _read_csv_sql(copy, Format(), len(header), False, 0, "\\n")
    rows = create(connection, table, f"select {chosen} from {source}")
    if rows != lines.records:
        message = f"{inspected.path.name}: {lines.records} records by its lines, but {rows} when parsed."
        raise FileRefused(Finding("F04", message))
    return lines.loaded(wanted)


def _delimiters(inspected: Inspected, layout: Format, header: tuple[str, ...], rows: int) -> int:
    """How many delimiters a file of that many rows must have, all lines as wide as the header.

    DuckDB takes a row with one field too many if the last is empty, and all between are in the wrong column.
    """
    with inspected.text.open("rb") as file:
        above = sum(file.readline().count(layout.delimiter.encode()) for _ in range(layout.skip_rows))
    return above + (rows + 1) * (len(header) - 1)


@dataclass(frozen=True)
class _Table:
    """How a row of the table looks: as wide as the header, a value in one column of each of `needed`."""

    width: int
    needed: Sequence[Sequence[int]]

    def has(self, row: list[str]) -> bool:
        """Whether a row is one of the table."""
        return len(row) == self.width and all(any(row[at].strip() for at in one) for one in self.needed)


def _rewrite_csv(
    inspected: Inspected, layout: Format, table: _Table, target: Path, lines: LineShifts
) -> None:
    """Copy the data rows into one plain dialect, their lines into `lines`. Raises FileRefused (F04, F09)."""
    csv.field_size_limit(MAX_FIELD)
    name, starts = inspected.path.name, list[int]()
    with (
        inspected.text.open(encoding="utf-8", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as sink,
    ):
        writer = csv.writer(sink, lineterminator="\n")
        for _ in range(layout.skip_rows):
            source.readline()
        for line, row in _without_footer(_rows(source, name, layout), layout, table):
            _check_width(name, line, row, table.width)
            starts.append(line)
            writer.writerow(row)
            if len(starts) > _LINES_AT_ONCE:
                lines.add(np.array(starts))
                starts.clear()
    lines.add(np.array(starts, dtype=np.int64))
    lines.flush()


def _rows(source: Iterable[str], name: str, layout: Format) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header, and the line on which each begins; not the blank ones."""
    reader = csv.reader(source, **dialect(layout))
    line, first = layout.skip_rows + 1, True
    try:
        for row in reader:
            begin, line = line, layout.skip_rows + reader.line_num + 1
            if row and not first:
                yield begin, row
            first = first and not row
    except csv.Error as error:
        message = (
            f"{name} line {line}: quotes are broken ({error}). A quote inside a value must be "
            f"doubled and the "
            "value enclosed in quotes. Export it again as standard CSV."
        )
        raise FileRefused(Finding("F04", message, line)) from error


def _without_footer(
    rows: Iterable[tuple[int, list[str]]], layout: Format, table: _Table
) -> Iterator[tuple[int, list[str]]]:
    """The rows above the footer, which begins at the first matching line and goes on to the end.

    A line that matches is a row after all where a row of the table follows: a customer may be called Total.
    """
    footer, held = (layout.footer or "").casefold(), list[tuple[int, list[str]]]()
    for line, row in rows:
        matches = bool(footer) and row[0].strip().casefold().startswith(footer)
        if matches or (held and not table.has(row)):
            held.append((line, row))
            continue
        yield from held
        held.clear()
        yield line, row


def _check_width(name: str, line: int, row: list[str], width: int) -> None:
    if len(row) != width:
        message = (
            f"{name} line {line} has {len(row)} fields, the header {width}. A delimiter in a value "
            f"must be inside "
            "quotes; a last line cut short means that the export broke off. Export it again."
        )
        raise FileRefused(Finding("F09", message, line, value=",".join(row)[:200]))
