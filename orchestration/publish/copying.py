"""What goes into the two published files: marts and audit into the open one, personal data into the other."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import duckdb

from orchestration.landing.canonical import literal, quoted
from orchestration.privacy import WITHHELD, may_show_reject
from orchestration.warehouse import PUBLISHED_STORAGE

# Table of the restricted file: the staging model it is taken from, and its columns.
RESTRICTED_TABLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "customers": ("stg_customers", "customer_id, source_name, name, email, domain, legal_id, vat_id"),
        "crm_accounts": (
            "stg_crm_accounts",
            "crm_account_id, source_name, name, email, website, legal_id, vat_id, owner",
        ),
        "crm_contacts": ("stg_crm_contacts", "contact_id, source_name, crm_account_id, email"),
        "crm_leads": ("stg_crm_leads", "lead_id, source_name, crm_account_id, email"),
        "survey_comments": ("stg_survey_responses", "response_id, source_name, survey, respondent, comment"),
        "tickets": ("stg_tickets", "ticket_id, source_name, email"),
    }
)

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


def copy_open(connection: duckdb.DuckDBPyConnection, fresh: Path) -> None:
    """Every table of marts and audit, with its comments, into a file that clients from 1.3 on can read."""
    with_file = _Attached(connection, fresh)
    with_file.create_schema("marts")
    for name in tables(connection, "marts"):
        with_file.create("marts", name, f"select * from marts.{quoted(name)}")
        with_file.copy_comments("marts", name)
    with_file.create_schema("audit")
    for name, query in _AUDIT_TABLES.items():
        with_file.create("audit", name, query)
    with_file.detach()


def copy_restricted(connection: duckdb.DuckDBPyConnection, fresh: Path) -> None:
    """Personal data, with the keys that join it to the open file, and the rejects as they were."""
    with_file = _Attached(connection, fresh)
    with_file.create_schema("restricted")
    for name, (model, columns) in RESTRICTED_TABLES.items():
        with_file.create("restricted", name, f"select {columns} from staging.{model}")
    with_file.create("restricted", "rejects", "select * from audit.rejects")
    with_file.detach()


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


class _Attached:
    """A new file, attached to the build's connection while it is filled."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._connection = connection
        connection.execute(f"attach {literal(str(path))} as fresh (storage_version '{PUBLISHED_STORAGE}')")

    def create_schema(self, schema: str) -> None:
        self._connection.execute(f"create schema fresh.{schema}")

    def create(self, schema: str, name: str, query: str) -> None:
        self._connection.execute(f"create table fresh.{schema}.{quoted(name)} as {query}")

    def detach(self) -> None:
        self._connection.execute("checkpoint fresh")
        self._connection.execute("detach fresh")

    def copy_comments(self, schema: str, name: str) -> None:
        """The descriptions dbt wrote, so that they show in any client."""
        table = f"fresh.{schema}.{quoted(name)}"
        described = self._connection.execute(
            "with described as (select database_name, schema_name, table_name, null as column_name, comment "
            "from duckdb_tables() union all "
            "select database_name, schema_name, table_name, column_name, comment from duckdb_columns()) "
            "select column_name, comment from described where database_name = current_database() "
            "and schema_name = $schema and table_name = $name and comment is not null",
            {"schema": schema, "name": name},
        ).fetchall()
        for column, comment in described:
            what = f"column {table}.{quoted(column)}" if column else f"table {table}"
            self._connection.execute(f"comment on {what} is {literal(comment)}")
