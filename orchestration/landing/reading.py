"""A sound file as a temporary table of text, one row per record, with the physical line of every record.

DuckDB reads in bulk and strictly; Python's reader steps in where it can't (mixed line ends, footers) and to
find the line to blame. A record count that differs from the file's own lines is never let through.
"""

import csv
import json
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from orchestration.landing.canonical import literal, quoted
from orchestration.landing.findings import FileRefused, Finding
from orchestration.landing.headers import dialect, normalised, read_header
from orchestration.landing.inspection import CHUNK, Inspected
from orchestration.landing.mapping import Format

_MAX_FIELD = 16 << 20


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


def _lines_of(
    connection: duckdb.DuckDBPyConnection, table: str, starts: np.ndarray
) -> tuple[int, str | None]:
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


def _record_starts(path: Path, quote: bytes) -> np.ndarray:
    """The 1-based physical line on which each record begins; blank lines hold no record."""
    parts, line, inside, length = [], 1, False, 0
    start_line = 1
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            data = np.frombuffer(chunk, dtype=np.uint8)
            breaks = np.flatnonzero(data == 10)
            if quote and quote in chunk:
                parity = np.cumsum(data == quote[0], dtype=np.int64) + inside
                outside = parity[breaks] % 2 == 0
                inside = bool(parity[-1] % 2)
            else:
                outside = np.full(len(breaks), not inside)
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
    return np.concatenate(parts) if parts else np.array([], dtype=np.int64)


def _read_csv_sql(path: Path, layout: Format, width: int, header: bool, skip: int, line_end: str) -> str:
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(width))
    quote = literal(layout.quote)
    return (
        f"read_csv({literal(str(path))}, columns = {{{columns}}}, auto_detect = false, header = {header}, "
        f"delim = {literal(layout.delimiter)}, quote = {quote}, escape = {quote}, strict_mode = true, "
        f"null_padding = false, nullstr = '', new_line = {literal(line_end)}, skip = {skip}, "
        f"compression = 'none', "
        f"max_line_size = {_MAX_FIELD})"
    )


def _create(connection: duckdb.DuckDBPyConnection, table: str, select: str) -> int | None:
    """Rows of a new temporary table, or None where DuckDB refuses the file."""
    try:
        connection.execute(f"create or replace temp table {quoted(table)} as {select}")
    except duckdb.InvalidInputException:
        return None
    return int(connection.execute(f"select count(*) from {quoted(table)}").fetchall()[0][0])


def load_csv(
    connection: duckdb.DuckDBPyConnection,
    inspected: Inspected,
    layout: Format,
    header: tuple[str, ...],
    fields: Iterable[str],
    table: str,
    scratch: Path,
) -> Loaded:
    """Load the columns of a CSV file that `fields` names, as text. Raises FileRefused."""
    places = {normalised(name): index for index, name in enumerate(header)}
    wanted = {field: f"c{places[normalised(field)]}" for field in fields if normalised(field) in places}
    chosen = ", ".join(sorted(set(wanted.values()))) or "c0"
    if inspected.uniform_lines and layout.footer is None and len(header) > 1:
        source = _read_csv_sql(
            inspected.text, layout, len(header), True, layout.skip_rows, inspected.line_end
        )
        rows = _create(connection, table, f"select {chosen} from {source}")
        if rows == inspected.lines - layout.skip_rows - 1 and not inspected.has_quotes:
            return Loaded(table, wanted, rows, layout.skip_rows + 2, None, inspected.padded)
        starts = _record_starts(inspected.text, layout.quote.encode())
        starts = starts[starts > layout.skip_rows][1:]
        if rows is not None and len(starts) == rows:
            return Loaded(table, wanted, rows, *_lines_of(connection, table, starts), inspected.padded)
    copy = scratch / f"{table}.csv"
    starts = _rewrite_csv(inspected, layout, len(header), copy)
    source = _read_csv_sql(copy, Format(), len(header), False, 0, "\\n")
    rows = _create(connection, table, f"select {chosen} from {source}")
    if rows != len(starts):
        message = f"{inspected.path.name}: {len(starts)} records by its lines, but {rows} when parsed."
        raise FileRefused(Finding("F04", message))
    return Loaded(table, wanted, len(starts), *_lines_of(connection, table, starts))


def _rewrite_csv(inspected: Inspected, layout: Format, width: int, target: Path) -> np.ndarray:
    """Copy the data rows into one plain dialect; the start line of each. Raises FileRefused (F04, F09)."""
    csv.field_size_limit(_MAX_FIELD)
    name, footer = inspected.path.name, (layout.footer or "").casefold()
    starts, held = array("q"), []
    with (
        inspected.text.open(encoding="utf-8", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as sink,
    ):
        writer = csv.writer(sink, lineterminator="\n")
        for _ in range(layout.skip_rows):
            source.readline()
        reader = csv.reader(source, **dialect(layout))
        line, first = layout.skip_rows + 1, True
        try:
            for row in reader:
                begin, line = line, layout.skip_rows + reader.line_num + 1
                if not row or first:
                    first = first and not row
                    continue
                if footer and row[0].strip().casefold().startswith(footer):
                    held.append((begin, row))
                    continue
                for held_begin, held_row in [*held, (begin, row)]:
                    _check_width(name, held_begin, held_row, width)
                    starts.append(held_begin)
                    writer.writerow(held_row)
                held.clear()
        except csv.Error as error:
            message = (
                f"{name} line {line}: quotes are broken ({error}). A quote inside a value must be "
                f"doubled and the "
                "value enclosed in quotes. Export it again as standard CSV."
            )
            raise FileRefused(Finding("F04", message, line)) from error
    return np.frombuffer(starts, dtype=np.int64) if starts else np.array([], dtype=np.int64)


def _check_width(name: str, line: int, row: list[str], width: int) -> None:
    if len(row) != width:
        message = (
            f"{name} line {line} has {len(row)} fields, the header {width}. A delimiter in a value "
            f"must be inside "
            "quotes; a last line cut short means that the export broke off. Export it again."
        )
        raise FileRefused(Finding("F09", message, line, value=",".join(row)[:200]))


def json_path(field: str) -> str:
    """A field of the mapping (`price.recurring.interval`, `taxes[0].amount`) as DuckDB's JSON path."""
    path = field.removeprefix("$.")
    parts = []
    for part in path.split("."):
        name, bracket, rest = part.partition("[")
        parts.append(f'."{name}"{bracket}{rest}')
    return "$" + "".join(parts)


def load_json(
    connection: duckdb.DuckDBPyConnection,
    inspected: Inspected,
    layout: Format,
    fields: Iterable[str],
    table: str,
) -> Loaded:
    """Load the fields of JSON lines, of a JSON array or of one object, as text. Raises FileRefused."""
    first = _first_character(inspected.text)
    if first not in "{[" or (layout.type == "jsonl" and first == "["):
        hint = "a JSON array: declare type json" if first == "[" else f"no JSON (it begins with '{first}')"
        raise FileRefused(Finding("F05", f"{inspected.path.name} is {hint}.", 1))
    wanted = list(fields)
    paths = ", ".join(literal(json_path(field)) for field in wanted)
    columns = ", ".join(f"x[{index + 1}] as c{index}" for index in range(len(wanted)))
    shape = {"jsonl": "newline_delimited", "json": "array" if first == "[" else "unstructured"}[layout.type]
    source = (
        f"read_json_objects({literal(str(inspected.text))}, format = '{shape}', compression = 'none', "
        f"maximum_object_size = {_MAX_FIELD * 4})"
    )
    select = (
        f"select {columns}, is_object from (select json_extract_string(json, [{paths}]) as x, "
        f"left(ltrim(json), 1) = '{{' as is_object from {source})"
    )
    rows = _create(connection, table, select)
    if rows is None:
        raise FileRefused(_broken_json(inspected, layout))
    bad = connection.execute(f"select min(rowid) from {quoted(table)} where not is_object").fetchall()[0][0]
    if bad is not None:
        message = f"{inspected.path.name}: record {bad + 1} is not a JSON object."
        raise FileRefused(Finding("F11", message, bad + 1))
    places = {field: f"c{index}" for index, field in enumerate(wanted)}
    if layout.type == "json" or rows == inspected.lines:
        return Loaded(table, places, rows, 1, None)
    starts = _record_starts(inspected.text, b"")
    if len(starts) != rows:
        raise FileRefused(_broken_json(inspected, layout))
    return Loaded(table, places, rows, *_lines_of(connection, table, starts))


def _first_character(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        while chunk := file.read(4096):
            if text := chunk.lstrip("\ufeff \t\r\n"):
                return text[0]
    return ""


def _broken_json(inspected: Inspected, layout: Format) -> Finding:
    """The line of the first broken record, found with Python's parser."""
    name = inspected.path.name
    if layout.type == "json":
        return Finding("F11", f"{name} is not valid JSON, or is cut short. Export it again.")
    with inspected.text.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            try:
                if line.strip() and not isinstance(json.loads(line), dict):
                    raise ValueError("not an object")
            except ValueError as error:
                message = f"{name} line {number} is not one JSON object ({error}). Export it again."
                return Finding("F11", message, number, value=line.strip()[:200])
    return Finding("F11", f"{name} is not one JSON object per line. Export it again.")


def _parquet_types(connection: duckdb.DuckDBPyConnection, inspected: Inspected) -> list[tuple[str, str]]:
    try:
        source = f"read_parquet({literal(str(inspected.text))})"
        return [(row[0], row[1]) for row in connection.execute(f"describe select * from {source}").fetchall()]
    except duckdb.Error as error:
        message = f"{inspected.path.name} is not a readable Parquet file ({error})."
        raise FileRefused(Finding("F12", message)) from error


def load_parquet(
    connection: duckdb.DuckDBPyConnection, inspected: Inspected, fields: Iterable[str], table: str
) -> Loaded:
    """Load columns of a Parquet file as text; instants with a zone are written in UTC. Raises FileRefused."""
    types = {normalised(name): (name, kind) for name, kind in _parquet_types(connection, inspected)}
    wanted = {field: types[normalised(field)] for field in fields if normalised(field) in types}
    source = f"read_parquet({literal(str(inspected.text))})"
    texts = [f"{_parquet_text(name, kind)} as c{index}" for index, (name, kind) in enumerate(wanted.values())]
    rows = _create(connection, table, f"select {', '.join(texts) or '1 as c0'} from {source}")
    if rows is None:
        raise FileRefused(Finding("F12", f"{inspected.path.name} is damaged. Export it again."))
    places = {field: f"c{index}" for index, field in enumerate(wanted)}
    return Loaded(table, places, rows, 1, None)


def _parquet_text(name: str, kind: str) -> str:
    column = quoted(name)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"cast(timezone('UTC', {column}) as varchar) || 'Z'"
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
        return f"cast(to_json({column}) as varchar)"
    return f"cast({column} as varchar)"


def read_file_header(
    connection: duckdb.DuckDBPyConnection, inspected: Inspected, layout: Format
) -> tuple[str, ...]:
    """The column names of a CSV or Parquet file; none for JSON. Raises FileRefused."""
    if layout.type == "csv":
        return read_header(inspected, layout)
    if layout.type == "parquet":
        return tuple(name for name, _ in _parquet_types(connection, inspected))
    return ()


def load(
    connection: duckdb.DuckDBPyConnection,
    inspected: Inspected,
    layout: Format,
    header: tuple[str, ...],
    fields: Iterable[str],
    table: str,
    scratch: Path,
) -> Loaded:
    """Load a file of any declared type into the temporary table `table`. Raises FileRefused."""
    if layout.type == "csv":
        return load_csv(connection, inspected, layout, header, fields, table, scratch)
    if layout.type == "parquet":
        return load_parquet(connection, inspected, fields, table)
    return load_json(connection, inspected, layout, fields, table)
