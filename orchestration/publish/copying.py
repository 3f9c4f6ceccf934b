"""What goes into the two published files: marts, audit and the company's own tables into the open one.

Personal data goes into the other.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

import duckdb

from orchestration.errors import PublishRefused
from orchestration.landing.canonical import canonical_tables
from orchestration.machine.duckdb_files import PUBLISHED_STORAGE
from orchestration.machine.sql import literal, quoted
from orchestration.publish.descriptions import Description, Descriptions, audit_descriptions
from orchestration.publish.privacy import (
    CLASSES,
    RESTRICTED,
    SHOWN,
    WITHHELD,
    Classes,
    may_show_reject,
    open_value,
)

# How the columns are called that join a row to those of other tables.
_IDS = ("_id", "_reference")

_AUDIT_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "deliveries": "select * from audit.deliveries",
        "rejects": f"""
            select * replace (
                case when {may_show_reject()} then value end as value,
                case when {may_show_reject()} then message else {literal(WITHHELD)} end as message
            )
            from audit.rejects
        """,
        "quality_results": "select * from audit.quality_results",
        "releases": "select * from releases_and_this_one",
    }
)


def copy_open(
    connection: duckdb.DuckDBPyConnection,
    fresh: Path,
    classes: Classes,
    descriptions: Descriptions,
    with_names: bool,
) -> None:
    """Every table of marts and audit, and the company's own, into a file that clients from 1.3 on can read.

    Each has its description beside it. Raises PublishRefused for a column that has no privacy class.
    """
    with_file = _Attached(connection, fresh)
    for schema, unsaid in SHOWN.items():
        names, columns = tables(connection, schema), _columns(connection, schema)
        if names:
            with_file.create_schema(schema)
        for name in names:
            shown = _open_columns(
                f"{schema}.{name}", columns[name], classes.get(name, {}), unsaid, with_names
            )
            query = f"select {shown} from {schema}.{quoted(name)}"
            with_file.create(schema, name, query, descriptions.get(name))
    with_file.create_schema("audit")
    for name, query in _AUDIT_TABLES.items():
        with_file.create("audit", name, query, audit_descriptions()[name])
    with_file.detach()


def _open_columns(
    table: str, columns: Mapping[str, str], classes: Mapping[str, str], unsaid: str, with_names: bool
) -> str:
    """The columns of a table as everybody may see them; `classes` has their privacy classes by name."""
    shown = []
    for name, kind in columns.items():
        privacy = classes.get(name, unsaid)
        if privacy not in CLASSES:
            raise PublishRefused(
                f"{table}.{name} has {_said(privacy)}, so nothing was published. Write one beside its "
                "description (config: {meta: {privacy: ...}}; docs/privacy.md says which) and run again."
            )
        value = open_value(quoted(name), privacy, with_names)
        shown.append(quoted(name) if value == quoted(name) else f"cast({value} as {kind}) as {quoted(name)}")
    return ", ".join(shown)


def _said(privacy: str) -> str:
    return f"the privacy class {privacy!r}, which there is not" if privacy else "no privacy class"


def copy_restricted(
    connection: duckdb.DuckDBPyConnection, fresh: Path, classes: Classes, descriptions: Descriptions
) -> None:
    """Whatever is sensitive, with the ids that join it to the open file, and the rejects as they were."""
    with_file = _Attached(connection, fresh)
    with_file.create_schema("restricted")
    staging = _columns(connection, "staging")
    for table in canonical_tables().values():
        if table.privacy:
            name = f"stg_{table.name}"
            query = _sensitive_query("staging", name, staging[name], table.privacy)
            with_file.create("restricted", table.name, query, descriptions.get(name))
    for schema, unsaid in SHOWN.items():
        columns = _columns(connection, schema)
        for name in tables(connection, schema):
            said = classes.get(name, {})
            sensitive = {column for column in columns[name] if said.get(column, unsaid) in RESTRICTED}
            if sensitive:
                query = _sensitive_query(schema, name, columns[name], sensitive)
                with_file.create("restricted", name, query, descriptions.get(name))
    with_file.create("restricted", "rejects", "select * from audit.rejects", audit_descriptions()["rejects"])
    with_file.detach()


def _sensitive_query(schema: str, name: str, columns: Collection[str], sensitive: Collection[str]) -> str:
    """The sensitive columns of a relation, with its ids and its source."""
    kept = [
        quoted(column)
        for column in columns
        if column in sensitive or column in ("source_name", "survey") or column.endswith(_IDS)
    ]
    return f"select {', '.join(kept)} from {schema}.{quoted(name)}"


def tables(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    """The tables of a schema of the connection's own database, by name."""
    found = connection.execute(
        "select table_name from duckdb_tables() "
        "where database_name = current_database() and schema_name = ? order by 1",
        [schema],
    ).fetchall()
    return [name for (name,) in found]


def count_rows(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> int:
    """The rows of a table."""
    row = connection.execute(f"select count(*) from {quoted(schema)}.{quoted(name)}").fetchone()
    return int(row[0]) if row else 0


def _columns(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, dict[str, str]]:
    """Columns with their types, by table and view of a schema.

    They are asked for once: DuckDB binds every view of the file to answer.
    """
    columns: dict[str, dict[str, str]] = {}
    for table, name, kind in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where database_name = current_database() and schema_name = ? order by table_name, column_index",
        [schema],
    ).fetchall():
        columns.setdefault(table, {})[name] = kind
    return columns


class _Attached:
    """A new file, attached to the build's connection while it is filled."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._connection = connection
        connection.execute(f"attach {literal(str(path))} as fresh (storage_version '{PUBLISHED_STORAGE}')")

    def create_schema(self, schema: str) -> None:
        self._connection.execute(f"create schema fresh.{schema}")

    def create(self, schema: str, name: str, query: str, description: Description | None) -> None:
        """A table of what the query gives, with what it and its columns mean as comments.

        A test demands a text of everything that is published; a table without one stops no publication.
        """
        table = f"fresh.{schema}.{quoted(name)}"
        self._connection.execute(f"create table {table} as {query}")
        if description is None:
            return
        held = {column for column, *_ in self._connection.execute(f"describe {table}").fetchall()}
        texts = {f"table {table}": description.table} | {
            f"column {table}.{quoted(column)}": text
            for column, text in description.columns.items()
            if column in held and text
        }
        statements = [f"comment on {what} is {literal(text)}" for what, text in texts.items()]
        self._connection.execute("; ".join(["begin", *statements, "commit"]))

    def detach(self) -> None:
        self._connection.execute("checkpoint fresh")
        self._connection.execute("detach fresh")
