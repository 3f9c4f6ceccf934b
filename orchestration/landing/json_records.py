"""JSON records: objects one a line, in an array, one after another, or in an API's pages."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import duckdb

from orchestration.landing.conditions import condition_sql
from orchestration.landing.findings import FileRefused, Finding
from orchestration.landing.inspection import Inspected
from orchestration.landing.language import Format, Pages
from orchestration.landing.paths import json_path
from orchestration.landing.records import MAX_FIELD, LineShifts, Loaded, count_records, create, with_lines
from orchestration.machine.sql import literal, quoted


def load_json(
    connection: duckdb.DuckDBPyConnection,
    inspected: Inspected,
    layout: Format,
    fields: Iterable[str],
    table: str,
    pages: Pages | None = None,
) -> Loaded:
    """Load the fields of JSON lines, of a JSON array, of objects or of pages, as text. Raises FileRefused."""
    first = _first_character(inspected.text)
    if first not in "{[" or (layout.type == "jsonl" and first == "["):
        hint = "a JSON array: declare type json" if first == "[" else f"no JSON (it begins with '{first}')"
        raise FileRefused(Finding("F05", f"{inspected.path.name} is {hint}.", 1))
    shape = {"jsonl": "newline_delimited", "json": "array" if first == "[" else "unstructured"}[layout.type]
    source = (
        f"select json from read_json_objects({literal(str(inspected.text))}, format = '{shape}', "
        f"compression = 'none', maximum_object_size = {MAX_FIELD * 4})"
    )
    place = _place_in_page(connection, source, pages)
    if pages is None or place is None:
        return _load_objects(connection, inspected, layout, list(fields), table, source)
    held = _load_objects(connection, inspected, layout, [""], f"{table}_pages", source)
    _refuse_open_end(connection, inspected, held, pages)
    return _load_pages(connection, inspected, list(fields), table, held, place)


def _load_objects(
    connection: duckdb.DuckDBPyConnection,
    inspected: Inspected,
    layout: Format,
    wanted: list[str],
    table: str,
    source: str,
) -> Loaded:
    rows = create(connection, table, _fields_of(source, wanted))
    if rows is None:
        raise FileRefused(_broken_json(inspected, layout))
    bad = connection.execute(f"select min(rowid) from {quoted(table)} where not is_object").fetchall()[0][0]
    if bad is not None:
        message = f"{inspected.path.name}: record {bad + 1} is not a JSON object."
        raise FileRefused(Finding("F11", message, bad + 1))
    places = {field: f"c{index}" for index, field in enumerate(wanted)}
    if layout.type == "json" or rows == inspected.lines:
        return Loaded(table, places, rows, 1, None, inspected.padded, source)
    lines = LineShifts(connection, table)
    count_records(inspected.text, b"", b"", lines)
    if lines.records != rows:
        raise FileRefused(_broken_json(inspected, layout))
    return replace(lines.loaded(places, inspected.padded), records=source)


def _fields_of(source: str, wanted: list[str], more: str = "") -> str:
    """SQL for fields of the objects `json` of a source, as text."""
    paths = ", ".join(literal(json_path(field)) for field in wanted) or "'$'"
    columns = "".join(f"x[{index + 1}] as c{index}, " for index in range(len(wanted)))
    return (
        f"select {columns}{more}is_object from (select {more}json_extract_string(json, [{paths}]) as x, "
        f"left(ltrim(json), 1) = '{{' as is_object from ({source}))"
    )


def _place_in_page(connection: duckdb.DuckDBPyConnection, source: str, pages: Pages | None) -> str | None:
    """Where the pages of a file have their records; None where its first object is no page."""
    for place in pages.records if pages is not None else ():
        kind = f"json_type(json, {literal(json_path(place))})"
        try:
            found = connection.execute(f"select {kind} from ({source}) limit 1").fetchall()
        except duckdb.InvalidInputException:
            return None
        if found and found[0][0] == "ARRAY":
            return place
    return None


def _refuse_open_end(
    connection: duckdb.DuckDBPyConnection, inspected: Inspected, held: Loaded, pages: Pages
) -> None:
    """Refuse a file whose last page says that another follows."""
    last = f"select c0 as json from {quoted(held.table)} where rowid = {held.rows - 1}"
    columns = {name: f"json_extract_string(json, {literal(json_path(name))})" for name in pages.more}
    said = condition_sql(pages.more, columns)
    if connection.execute(f"select {said} from ({last})").fetchall()[0][0]:
        message = (
            f"{inspected.path.name} is cut short: its last page says that more follow "
            f"({', '.join(pages.more)}). Save every page, one after another in one file, and run again."
        )
        raise FileRefused(Finding("F14", message))


def _load_pages(
    connection: duckdb.DuckDBPyConnection,
    inspected: Inspected,
    wanted: list[str],
    table: str,
    held: Loaded,
    place: str,
) -> Loaded:
    """The records of pages; the line of a record is that of its page where each page is one line."""
    path = literal(json_path(place))
    pages = with_lines(held, f"select rowid as _record, c0 from {quoted(held.table)}")
    other = connection.execute(
        f"select min(_line) from ({pages}) where json_type(c0, {path}) is distinct from 'ARRAY'"
    ).fetchall()[0][0]
    if other is not None:
        message = f"{inspected.path.name}: page {other} has no list `{place}`, as the first page has."
        raise FileRefused(Finding("F11", message, other))
    source = (
        f"select unnest(json_extract(c0, {literal(json_path(place) + '[*]')})) as json, _line from ({pages})"
    )
    rows = create(connection, table, _fields_of(source, wanted, "_line, ")) or 0
    bad = connection.execute(f"select min(_line) from {quoted(table)} where not is_object").fetchall()[0][0]
    if bad is not None:
        message = f"{inspected.path.name}: an element of `{place}` is not a JSON object."
        raise FileRefused(Finding("F11", message, bad))
    lines = f"{table}_lines"
    connection.execute(
        f"create or replace temp table {quoted(lines)} as "
        f"select rowid as record, _line - rowid - 1 as shift from {quoted(table)}"
    )
    places = {field: f"c{index}" for index, field in enumerate(wanted)}
    return Loaded(table, places, rows, 1, lines, inspected.padded, source, (held.table,))


def unwrap(
    connection: duckdb.DuckDBPyConnection,
    inspected: Inspected,
    outer: Loaded,
    prefix: str,
    fields: Iterable[str],
    table: str,
) -> Loaded:
    """The fields of records that stand in one field of the file, as an object or as JSON text."""
    column = outer.fields.get(prefix, "cast(null as varchar)")
    wrapped = with_lines(outer, f"select rowid as _record, {column} as json from {quoted(outer.table)}")
    bad = connection.execute(
        f"select min(_line) from ({wrapped}) "
        "where json is null or not json_valid(json) or left(ltrim(json), 1) <> '{'"
    ).fetchall()[0][0]
    if bad is not None:
        message = f"{inspected.path.name} line {bad}: `{prefix}` is not a JSON object, as the mapping says."
        raise FileRefused(Finding("F11", message, bad, prefix))
    wanted = list(fields)
    source = f"select {column} as json from {quoted(outer.table)}"
    rows = create(connection, table, _fields_of(source, wanted)) or 0
    places = {field: f"c{index}" for index, field in enumerate(wanted)}
    spare = (outer.table, *outer.spare)
    return Loaded(table, places, rows, outer.first_line, outer.line_table, True, source, spare)


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
            except (ValueError, RecursionError) as error:
                message = f"{name} line {number} is not one JSON object ({error}). Export it again."
                return Finding("F11", message, number, value=line.strip()[:200])
    return Finding("F11", f"{name} is not one JSON object per line. Export it again.")
