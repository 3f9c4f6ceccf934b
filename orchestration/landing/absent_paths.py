"""What a file has in none of its records: lists and fields at another place, columns that tell rows apart."""

from collections.abc import Sequence

import duckdb

from orchestration.landing.entry_sql import EntrySql
from orchestration.landing.findings import Finding
from orchestration.landing.header_rules import telling_columns
from orchestration.landing.paths import alternatives, json_path, parse_path
from orchestration.landing.records import counter, with_lines
from orchestration.landing.shaping import Shaped
from orchestration.machine.sql import literal, quoted
from orchestration.machine.wording import counted

CODE = "path_in_no_record"


def absent_paths(
    connection: duckdb.DuckDBPyConnection, file: str, shaped: Sequence[tuple[EntrySql, Shaped]]
) -> list[Finding]:
    """What a file has in none of its records, though the mapping needs it there.

    Rows that lack a required field only for this reason are no longer listed one by one.
    """
    findings = []
    for table in dict.fromkeys(entry.file.table for entry, _ in shaped):
        fed = [(entry, rows) for entry, rows in shaped if entry.file.table == table]
        findings += _absent_lists(connection, file, fed)
        for entry, rows in fed:
            findings += _absent_fields(connection, file, entry, rows)
    return findings


def absent_columns(
    connection: duckdb.DuckDBPyConnection, file: str, entries: Sequence[EntrySql]
) -> list[Finding]:
    """The columns of `where` that a table has not, and by which some of its rows would be told apart."""
    findings: dict[str, Finding] = {}
    for entry in entries:
        if entry.loaded.records is not None:
            continue
        absent = [
            name for name, columns in telling_columns(entry.file) if not {*columns} & {*entry.loaded.fields}
        ]
        if not absent:
            continue
        rows = with_lines(entry.loaded, entry.undecided(absent))
        number, line = connection.execute(f"select count(*), min(_line) from ({rows})").fetchall()[0]
        if not number:
            continue
        said = [
            f"`{name}` {' or '.join(values)}"
            for name, values in entry.file.where.items()
            if name not in absent and not any(value.startswith("!") for value in values)
        ]
        of = f" of {' and '.join(said)}" if said else ""
        for name in absent:
            columns = alternatives(name)
            message = (
                f"{file} has no column {' or '.join(map(repr, columns))}, which tells the rows of "
                f"{entry.file.table} apart: {counted(number, 'row')}{of}, the first on line {line}. "
                "Export it."
            )
            findings.setdefault(name, Finding("S01", message, line, columns[0]))
    return list(findings.values())


def _absent_lists(
    connection: duckdb.DuckDBPyConnection, file: str, fed: Sequence[tuple[EntrySql, Shaped]]
) -> list[Finding]:
    """The lists of the entries that feed one table, where none of them finds anything."""
    absent: list[str] = []
    for entry, rows in fed:
        if rows.rows_read:
            return []
        if not entry.file.explode:
            continue
        missing = _absent_list(connection, entry)
        if missing is None:
            return []
        absent += [missing] if missing and not entry.file.optional_list else []
    if not absent:
        return []
    table, places = fed[0][0].file.table, ", ".join(f"`{place}`" for place in dict.fromkeys(absent))
    message = (
        f"{file}: no record has the list {places} that the rows of {table} come from. It lies at another "
        "place, or was not exported: mend `explode` in the mapping, or the export; `optional_list: true` if "
        "records may be without it."
    )
    return [Finding(CODE, message, column=table, value=absent[0])]


def _absent_list(connection: duckdb.DuckDBPyConnection, entry: EntrySql) -> str | None:
    """The first list of an entry that is nowhere: None where all are there, empty where nothing tells."""
    count = counter(connection)
    if not count(f"select count(*) from ({entry.asked_records()})"):
        return ""
    for number, level in enumerate(entry.rows.levels, start=1):
        objects = entry.rows.objects(number - 1)
        if objects is None:
            return ""
        if number > 1 and not count(f"select count(*) from ({objects})"):
            return None
        paths = [path for path, _ in level.paths()]
        if not _present(connection, objects, paths):
            return " | ".join(level.places)
    return None


def _absent_fields(
    connection: duckdb.DuckDBPyConnection, file: str, entry: EntrySql, rows: Shaped
) -> list[Finding]:
    """The required fields that none of the refused rows has, where no row was good."""
    if not rows.rows_rejected or counter(connection)(
        f"select count(*) from {quoted(rows.table)} where not _deleted"
    ):
        return []
    empty = connection.execute(
        f"select column_name from {quoted(rows.rejects)} where code = 'V10' group by column_name "
        "having count(*) = ?",
        [rows.rows_rejected],
    ).fetchall()
    findings = []
    for name in sorted(name for (name,) in empty):
        if missing := _absent_field(connection, entry, name):
            connection.execute(
                f"delete from {quoted(rows.rejects)} where column_name = ? and code = 'V10'", [name]
            )
            message = (
                f"{file}: no record has {missing}, which {name} of {entry.file.table} is read from. "
                f"Add its new name to `from` of {name} in the mapping, or mend the export."
            )
            findings.append(Finding(CODE, message, column=name, value=missing))
    return findings


def _absent_field(connection: duckdb.DuckDBPyConnection, entry: EntrySql, name: str) -> str | None:
    """The fields of a column, in words, where it has no other way to a value and none is in any record."""
    column = entry.columns[name]
    if column.when or column.default is not None or column.lookup:
        return None
    fields = [*column.from_, *column.template_fields]
    for field in fields:
        path = parse_path(field)
        objects = entry.rows.objects(path.level(len(entry.rows.levels)))
        if objects is None or path.base.startswith("$") or _present(connection, objects, [path.base]):
            return None
    return " / ".join(f"`{field}`" for field in fields)


def _present(connection: duckdb.DuckDBPyConnection, objects: str, paths: Sequence[str]) -> bool:
    """Whether any of the objects has any of the paths, be its value null."""
    listed = ", ".join(literal(json_path(path)) for path in paths)
    found = f"select 1 from ({objects}) where list_contains(json_exists(json, [{listed}]), true) limit 1"
    return bool(connection.execute(found).fetchall())
