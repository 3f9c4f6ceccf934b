"""Names, addresses, comments and respondents of the extracts are in the restricted file only."""

from dataclasses import replace

import duckdb
import pytest

from orchestration.build.manifest import read_manifest
from orchestration.landing.canonical import canonical_tables
from orchestration.machine.duckdb_files import open_build, open_published
from orchestration.publish.privacy import may_show_reject, published_classes
from orchestration.publish.release import Facts, publish
from orchestration.quality.results import create_quality_results

WRITTEN = "Canary Smith told me it is too dear"
TICKET = """
    insert into raw.tickets (ticket_id, email, opened_at, _source, _delivery_id, _file, _line, _extracted_at,
        _loaded_at, _is_deleted, _is_state)
    values ('t1', 'canary@example.org', '2025-01-01 00:00:00', 'canonical', 'd', 'tickets.csv', 2,
        timestamp '2025-06-30', timestamp '2025-07-01', false, false)
"""


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


def sensitive_values(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Every value of the delivered data that the open file may not hold; codes and short words left out."""
    return {
        value
        for table in canonical_tables().values()
        for column in table.privacy
        if column != "domain"
        for (value,) in connection.execute(
            f'select distinct "{column}" from raw.{table.name} where length("{column}") > 4'
        ).fetchall()
        if " " in value or "@" in value or table.privacy[column] != "free_text"
    }


@pytest.fixture(scope="module")
def classes():
    return published_classes(read_manifest())


def test_sensitive_values_are_in_the_restricted_file_only(copy, classes):
    with open_build(copy) as connection:
        create_quality_results(connection)
        connection.execute(TICKET)
        connection.execute(
            "update raw.subscriptions set end_feedback = ? where end_reason is not null", [WRITTEN]
        )
        connection.execute("update marts.fct_churn_events set feedback = ?", [WRITTEN])
        sensitive = sensitive_values(connection)
    publish(copy, Facts("1" * 32, {}, classes, {}))
    with open_published(copy.published_file) as connection:
        opened = texts(connection)
    with open_published(copy.restricted_file) as connection:
        restricted = texts(connection)
    assert len(sensitive) > 10 and {"canary@example.org", WRITTEN} <= sensitive
    assert [value for value in sensitive if value in opened] == []
    assert [value for value in sensitive if value not in restricted] == []


def test_company_names_are_published_on_request_and_nothing_else_is(copy, classes):
    with open_build(copy) as connection:
        create_quality_results(connection)
        connection.execute("update marts.dim_customers set name = 'Canary Ltd'")
    for with_names in (True, False):
        company = replace(copy, publish_customer_names=with_names)
        publish(company, Facts(f"{int(with_names)}" * 32, {}, classes, {}))
        with open_published(copy.published_file) as connection:
            assert ("Canary Ltd" in texts(connection)) is with_names


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("currency", "EURO", True),
        ("unit_amount", "1.234,56", True),
        ("started_at", "2025-02-30 10:00:00", True),
        ("currency", None, True),
        ("currency", "ada@engines.example", False),
        ("country", "Ada Lovelace", False),
        ("status", "please call me back", False),
        ("email", "too_short", False),
        (None, "too_short", False),
    ],
)
def test_a_refused_value_is_shown_where_it_is_a_code_or_a_number_of_a_column_without_people(
    column, value, shown
):
    asked = f"select {may_show_reject()} from (select ? as column_name, ? as value)"
    assert duckdb.execute(asked, [column, value]).fetchall() == [(shown,)]
