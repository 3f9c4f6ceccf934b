"""The rules that warn: each is made true once, and must be told without stopping the run."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from orchestration.machine.duckdb_files import open_build
from orchestration.quality.gate import check
from orchestration.quality.suites import raw
from tests.pipeline import mart_rules

AS_OF = datetime(2025, 7, 1, tzinfo=UTC)

DELIVERIES = """
    insert into audit.deliveries
        (source_name, canonical_table, delivery_id, verdict, rows_accepted, loaded_at)
    select 'stripe', 'customers', 'd' || day, 'accept', case when day = 9 then 10 else 1000 end,
        timestamp '2025-06-01' + to_days(day::integer)
    from range(5, 10) as days(day)
"""

WARNINGS = {
    "a source that stopped": (
        "raw",
        "sources_are_fresh",
        "update audit.deliveries set extracted_at = timestamp '2025-01-01'",
    ),
    "a delivery that shrank": ("raw", "volume_is_as_before", DELIVERIES),
    "a file of two sources": (
        "raw",
        "no_file_comes_from_two_sources",
        "insert into audit.deliveries"
        " select * replace ((select max(source_name) from audit.deliveries) as source_name)"
        " from audit.deliveries where source_name = (select min(source_name) from audit.deliveries)",
    ),
    "a column that came empty": (
        "raw",
        "columns_are_as_full_as_before",
        "insert into raw.customers select * replace (null as name, 'later' as _delivery_id, "
        "_loaded_at + interval 1 day as _loaded_at) from raw.customers",
    ),
    "a total that jumped": (
        "marts",
        "mrr_moved_within_reason",
        "update audit.published_months set closing_mrr = 1 "
        "where period_month = (select max(period_month) from audit.published_months)",
    ),
    "a closed month that changed": (
        "marts",
        "closed_months_are_as_published",
        "insert into audit.published_months values (date '2025-03-01', 99, false)",
    ),
    "a deal of an account that nobody knows": (
        "marts",
        "references_match_what_was_delivered",
        "insert into marts.fct_reference_match values ('deal > account', 'crm', 10, 9, 0.9, 1, 'crm:9')",
    ),
    "a deal without an outcome": (
        "marts",
        "deals_have_an_outcome",
        "create or replace table intermediate.int_growth__deals as"
        " select 'crm:1' as deal_id, null as outcome;"
        "create or replace table staging.growth_deals as"
        " select 'crm:1' as deal_id, 'p' as pipeline, 'Cierre' as stage;"
        "create or replace view staging.stg_crm_deals as select * from staging.growth_deals",
    ),
    "a won deal without a date": (
        "marts",
        "won_deals_have_a_date",
        "create or replace table intermediate.int_growth__deals as"
        " select 'crm:1' as deal_id, 'won' as outcome, null as won_at",
    ),
    "a subscription billed differently": (
        "marts",
        "mrr_is_what_the_billing_system_reports",
        "update staging.stg_subscriptions set mrr_reported = 12345",
    ),
    "a month that the invoices tell otherwise": (
        "marts",
        "mrr_is_what_the_other_histories_of_the_source_say",
        "insert into marts.fct_mrr_reconciliation values (date '2025-05-01', 'canonical', 'items',"
        " 'invoice_lines', true, 'all', 'all', 100, 80, -20, 0.1, false, false)",
    ),
    "a customer whose invoices tell otherwise": (
        "marts",
        "each_customers_mrr_is_what_its_invoices_and_its_source_say",
        "insert into marts.fct_mrr_reconciliation values (date '2025-05-01', 'canonical', 'items',"
        " 'invoice_lines', false, 'canonical:c', 'EUR', 925, 75, -850, 0.01, false, false)",
    ),
}


@pytest.mark.parametrize("case", WARNINGS)
def test_the_gate_warns_of(copy, case):
    gate, name, statement = WARNINGS[case]
    with open_build(copy) as connection:
        connection.execute(statement)
    rules = raw.rules(copy, AS_OF) if gate == "raw" else mart_rules()
    named = [rule for rule in rules if rule.name == name and rule.table != "subscriptions"]
    results = check(copy.build_file, gate, named)
    broken = [result for result in results if result.success is not True]
    assert [(result.rule.name, result.success, result.blocks) for result in broken] == [(name, False, False)]


def test_a_rejected_row_is_told_in_its_own_run(copy):
    rules = [rule for rule in raw.rules(copy, AS_OF) if rule.name == "every_row_was_accepted"]
    assert check(copy.build_file, "raw", rules)[0].sample[0]["file"] == "delighted.csv"
    later = [rule for rule in raw.rules(copy, AS_OF.replace(day=2)) if rule.name == "every_row_was_accepted"]
    assert check(copy.build_file, "raw", later)[0].success is True


def put(copy, tmp_path, file):
    """The company with one file in the folder of each source, all landed long ago."""
    for source in copy.sources:
        path = tmp_path / source.name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("as ever")
    with open_build(copy) as connection:
        connection.execute("update audit.deliveries set extracted_at = timestamp '2025-01-01'")
    return replace(copy, extracts=tmp_path)


def stale(company):
    rules = [rule for rule in raw.rules(company, AS_OF) if rule.name == "sources_are_fresh"]
    return {row["source_name"] for row in check(company.build_file, "raw", rules)[0].sample}


@pytest.mark.parametrize(
    ("file", "is_stale"),
    [("2025-06-30/export.csv", False), ("export_20250628.csv", True), ("export.csv", True)],
)
def test_an_export_without_a_change_is_no_source_that_stopped(copy, tmp_path, file, is_stale):
    company = put(copy, tmp_path, file)
    assert stale(company) == ({source.name for source in copy.sources} if is_stale else set())


def test_an_export_that_was_refused_does_not_make_its_source_fresh(copy, tmp_path):
    company = put(copy, tmp_path, "2025-06-30/export.csv")
    with open_build(company) as connection:
        connection.execute(
            "insert into audit.deliveries (source_name, file, delivery_id, verdict, extracted_at)"
            " values ('stripe', '2025-06-30/export.csv', 'd', 'quarantine', timestamp '2025-06-30')"
        )
    assert stale(company) == {"stripe"}


def test_thresholds_come_from_the_company_file(copy):
    with open_build(copy) as connection:
        connection.execute(DELIVERIES)
    calm = replace(copy, quality=replace(copy.quality, min_volume_ratio="0.001"))
    rules = [rule for rule in raw.rules(calm, AS_OF) if rule.name == "volume_is_as_before"]
    assert check(calm.build_file, "raw", rules)[0].success is True
