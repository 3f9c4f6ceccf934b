"""A table that holds totals beside their parts has `is_total`, and says first what to filter."""

import re
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import load_company
from tests.pipeline import demo_run


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, worker_id: str):
    run: Path = demo_run(tmp_path_factory, worker_id)
    company = load_company(run / "demo" / "company.yml")
    with duckdb.connect(str(company.published_file), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def labels(published):
    """Every table with a row of `all`, with the columns that are `all` in some row."""
    columns = published.execute(
        "select table_name, column_name from information_schema.columns"
        " where table_schema = 'marts' and data_type = 'VARCHAR'"
    ).fetchall()
    found: dict[str, list[str]] = {}
    for table, column in columns:
        rows = published.execute(f"select count(*) from marts.{table} where \"{column}\" = 'all'").fetchone()
        if rows[0]:
            found.setdefault(table, []).append(column)
    return found


def test_what_holds_totals_says_which_rows_they_are(published, labels):
    marked = published.execute(
        "select table_name from information_schema.columns"
        " where table_schema = 'marts' and column_name = 'is_total'"
    ).fetchall()
    assert len(labels) > 15
    assert labels.keys() == {table for (table,) in marked}


def test_a_total_is_a_row_in_which_every_label_is_all(published, labels):
    for table, columns in labels.items():
        is_all = " and ".join(f"\"{column}\" = 'all'" for column in columns)
        wrong = published.execute(
            f"select count(*) from marts.{table} where is_total is distinct from ({is_all})"
        )
        assert wrong.fetchone() == (0,), table
        held = published.execute(f"select bool_or(is_total), bool_or(not is_total) from marts.{table}")
        assert held.fetchone() == (True, True), table


def test_the_first_sentence_of_such_a_table_says_what_to_filter(published, labels):
    said = dict(
        published.execute(
            "select table_name, comment from duckdb_tables() where schema_name = 'marts'"
        ).fetchall()
    )
    first = {table: re.split(r"\.\s", said[table], maxsplit=1)[0] for table in labels}
    assert {
        table: text for table, text in first.items() if "filter" not in text or "is_total" not in text
    } == {}


@pytest.mark.parametrize("table", ["fct_company_monthly", "fct_customer_plan_mrr_monthly"])
def test_what_may_be_added_up_without_a_filter_holds_no_total(labels, table):
    assert table not in labels
