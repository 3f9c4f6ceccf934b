"""The demo's first run: it has nothing to warn of, and shows every column that a real company fills."""

from pathlib import Path

import duckdb
import pytest

from orchestration.settings import load_company
from tests.pipeline import demo_run

# What no demo can fill, by table and column, with the reason; a table without a row stands here by its name.
EMPTY = {
    "fct_changes_since_release": "a first run has no release before it",
    "fct_mrr_reported.closed_as": "no month is closed",
    "fct_mrr_restatements": "no month is closed",
    "fct_revenue_reported.closed_as": "no month is closed",
    "fct_revenue_restatements": "no month is closed",
    "dim_customers.name": "names are in the restricted file, unless company.yml says publish_customer_names",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    return demo_run(tmp_path_factory, worker_id)


@pytest.fixture(scope="module")
def published(run):
    company = load_company(run / "demo" / "company.yml")
    with duckdb.connect(str(company.published_file), read_only=True) as connection:
        yield connection


def test_it_warns_of_nothing(run, published):
    said = (run / "said.txt").read_text(encoding="utf-8")
    assert (
        "Published:" in said
        and "Next: open the morning page, or ask for a figure: saas-metrics explain" in said
    )
    assert [
        line for line in said.splitlines() if line[:1] in ("┏", "┃", "┡", "│", "└") and len(line) > 80
    ] == []
    assert [line for line in said.splitlines() if "warning" in line.lower()] == []
    told = published.execute("select message from audit.quality_results where success is not true").fetchall()
    assert told == []
    assert published.execute("select file, code, value from audit.rejects").fetchall() == []
    verdicts = published.execute("select distinct verdict from audit.deliveries").fetchall()
    assert verdicts == [("accept",)]


def test_a_column_that_is_empty_has_a_reason(published):
    columns = published.execute(
        "select table_name, list(column_name) from information_schema.columns"
        " where table_schema = 'marts' group by table_name"
    ).fetchall()
    empty = set()
    for table, names in columns:
        counts = ", ".join(f'count("{name}")' for name in names)
        rows, *filled = published.execute(f'select count(*), {counts} from marts."{table}"').fetchone()
        if rows:
            empty |= {f"{table}.{name}" for name, count in zip(names, filled, strict=True) if not count}
        else:
            empty.add(table)
    assert len(columns) > 40
    assert sorted(empty) == sorted(EMPTY), "fill the column in the demo, or say why it can't be"


def test_the_costs_are_in_two_currencies(run, published):
    company = load_company(run / "demo" / "company.yml")
    with duckdb.connect(str(company.build_file), read_only=True) as build:
        currencies = build.execute(
            "select distinct currency from raw.acquisition_costs order by 1"
        ).fetchall()
    assert currencies == [("EUR",), ("USD",)]
    costs = published.execute(
        "select count(*) from marts.fct_unit_economics_monthly"
        " where channel = 'event' and sales_marketing_cost > 0"
    ).fetchone()
    assert costs and costs[0] > 12


def test_every_reference_of_the_demo_but_the_merged_customers_bills_matches(published):
    rows = published.execute(
        "select pair, unmatched_sample from marts.fct_reference_match where match_rate < 1"
    ).fetchall()
    assert rows == [("invoice > customer", "stripe:cus_000015_b")]


def test_a_column_that_is_empty_in_some_row_says_when(published):
    columns = published.execute(
        "select table_name, column_name, comment from duckdb_columns() where schema_name = 'marts'"
    ).fetchall()
    silent = [
        f"{table}.{column}: {comment}" for table, column, comment in columns
        if "NULL" not in comment
        and published.execute(f'select count(*) > count("{column}") from marts.{table}').fetchone()[0]
    ]  # fmt: skip
    assert len(columns) > 500 and silent == []


def test_who_was_given_free_weeks_stayed(published):
    asked = published.execute(
        "select count(*), count(offer_source_line), count(withdrawn_on), count_if(is_saved)"
        " from marts.fct_end_requests where offered_on is not null"
    ).fetchone()
    assert asked == (6, 6, 6, 6)


def test_it_shows_every_event_of_finance(run, published):
    classes = published.execute("select distinct revenue_class from marts.fct_revenue_recognition").fetchall()
    assert {name for (name,) in classes} == {
        "earned", "breakage", "credit_note", "refund", "void", "bad_debt", "dispute",
    }  # fmt: skip
    company = load_company(run / "demo" / "company.yml")
    with duckdb.connect(str(company.build_file), read_only=True) as build:
        ends = build.execute("select distinct status from raw.reversals where kind = 'dispute'").fetchall()
    assert {status for (status,) in ends} >= {"won", "lost"}


def test_what_was_entered_late_comes_late(run, published):
    late = published.execute(
        "select count(*) from marts.fct_mrr_ledger"
        " where recorded_at > effective_at + interval 35 day and mrr_before_native = 0"
    ).fetchone()
    assert late and late[0]
    company = load_company(run / "demo" / "company.yml")
    with duckdb.connect(str(company.build_file), read_only=True) as build:
        entered = build.execute(
            "select count(*) from (select min(_extracted_at) as came_at, min(issued_at) as issued_at"
            " from raw.invoices group by invoice_id)"
            " where came_at > timestamp '2025-06-15' and issued_at < '2025-05-31'"
        ).fetchone()
    assert entered and entered[0]
