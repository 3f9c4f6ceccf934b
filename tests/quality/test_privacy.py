"""Names, addresses, comments and respondents of the extracts are in the restricted file only."""

from datetime import UTC, datetime

import duckdb

from orchestration.publish.copying import RESTRICTED_TABLES
from orchestration.publish.release import Facts, publish
from orchestration.quality.results import create_quality_results
from orchestration.warehouse import open_build, open_published

AS_OF = datetime(2025, 7, 1, tzinfo=UTC)

PERSONAL = {
    "customers": ("name", "email"),
    "crm_accounts": ("name", "email"),
    "crm_contacts": ("email",),
    "crm_leads": ("email",),
    "survey_responses": ("respondent", "comment"),
    "tickets": ("email",),
}


def texts(connection: duckdb.DuckDBPyConnection) -> str:
    """Every text of every table, in one string."""
    columns = connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where data_type = 'VARCHAR' and database_name = current_database() and not internal"
    ).fetchall()
    parts = [
        connection.execute(
            f'select string_agg(distinct "{column}", chr(10)) from "{schema}"."{table}"'
        ).fetchone()[0]
        for schema, table, column in columns
    ]
    return "\n".join(part for part in parts if part)


def test_personal_values_are_in_the_restricted_file_only(copy):
    with open_build(copy) as connection:
        create_quality_results(connection)
        connection.execute(
            "insert into raw.tickets (ticket_id, email, opened_at, _source, _delivery_id, _file, _line, "
            "_extracted_at, _loaded_at, _is_deleted, _is_state) values "
            "('t1', 'canary@example.org', '2025-01-01 00:00:00', 'canonical', 'd', 'tickets.csv', 2, "
            "timestamp '2025-06-30', timestamp '2025-07-01', false, false)"
        )
        personal = {
            value
            for table, columns in PERSONAL.items()
            for column in columns
            for (value,) in connection.execute(
                f"select distinct {column} from raw.{table} where length({column}) > 4"
            ).fetchall()
        }
    publish(copy, Facts("1" * 32, AS_OF, {}, {}))
    with open_published(copy.published_file) as connection:
        opened = texts(connection)
    with open_published(copy.restricted_file) as connection:
        restricted = texts(connection)
    assert len(personal) > 10 and "canary@example.org" in personal
    assert [value for value in personal if value in opened] == []
    assert [value for value in personal if value not in restricted] == []
    assert set(RESTRICTED_TABLES) >= {"customers", "survey_comments", "tickets"}
