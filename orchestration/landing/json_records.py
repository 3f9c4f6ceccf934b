"""JSON records: objects one a line, in an array, or a single one."""

import json
from collections.abc import Iterable
from pathlib import Path

import duckdb

from orchestration.landing.canonical import literal, quoted
from orchestration.landing.findings import FileRefused, Finding
from orchestration.landing.inspection import Inspected
from orchestration.landing.language import Format
from orchestration.landing.records import MAX_FIELD, LineShifts, Loaded, count_records, create


def json_path(field: str) -> str:
    """A field (`price.recurring.interval`, `taxes[0].amount`; none: the whole) as DuckDB's JSON path."""
    parts = []
    for part in filter(None, field.split(".")):
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
        f"maximum_object_size = {MAX_FIELD * 4})"
    )
    select = (
        f"select {columns}, is_object from (select json_extract_string(json, [{paths}]) as x, "
        f"left(ltrim(json), 1) = '{{' as is_object from {source})"
    )
    rows = create(connection, table, select)
    if rows is None:
        raise FileRefused(_broken_json(inspected, layout))
    bad = connection.execute(f"select min(rowid) from {quoted(table)} where not is_object").fetchall()[0][0]
    if bad is not None:
        message = f"{inspected.path.name}: record {bad + 1} is not a JSON object."
        raise FileRefused(Finding("F11", message, bad + 1))
    places = {field: f"c{index}" for index, field in enumerate(wanted)}
    if layout.type == "json" or rows == inspected.lines:
        return Loaded(table, places, rows, 1, None, inspected.padded)
    lines = LineShifts(connection, table)
    count_records(inspected.text, b"", b"", lines)
    if lines.records != rows:
        raise FileRefused(_broken_json(inspected, layout))
    return lines.loaded(places, inspected.padded)


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
