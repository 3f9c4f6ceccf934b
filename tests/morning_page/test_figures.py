"""Each figure of the page is that of its mart."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from quality_page.reading import Page

from orchestration.run.morning_page.tiles import METRICS, OTHER_METRICS, Moment, back, tiles
from orchestration.settings import TARGET_METRICS, Note, Target


@pytest.fixture(scope="module")
def text(demo) -> str:
    return Page(demo.page()).text


def test_tiles_are_the_columns_of_the_company_table(demo, text):
    ((mrr, arr, customers),) = demo.asked(
        "select closing_mrr, arr, closing_customers from marts.fct_company_monthly "
        "order by period_month desc limit 1"
    )
    ((month, *rest),) = demo.asked(
        "select period_month, nrr_12m, grr_12m, customer_churn_rate, nps, cac_payback_months, net_revenue, "
        "deferred_revenue from marts.fct_company_monthly where not is_partial "
        "order by period_month desc limit 1"
    )
    nrr, grr, churn, nps, payback, revenue, deferred = rest
    for words in (
        f"MRR, now {mrr:,.0f} ", f"ARR, now {arr:,.0f} ", f"Customers, now {customers} ",
        f"NRR, 12 months, {month:%Y-%m} {nrr:.1%} ", f"GRR, 12 months, {month:%Y-%m} {grr:.1%} ",
        f"Customer churn, {month:%Y-%m} {churn:.1%} ", f"NPS, {month:%Y-%m} {nps:.0f} ",
        f"CAC payback, {month:%Y-%m} {payback:.1f} months ",
        f"Net revenue, {month:%Y-%m} {revenue:,.0f} ", f"Deferred revenue, {month:%Y-%m} {deferred:,.0f} ",
    ):  # fmt: skip
        assert words in text


def test_tiles_are_held_against_the_month_and_the_year_before(demo, text):
    now, before, year = (
        demo.asked(f"select closing_mrr from marts.fct_company_monthly where period_month = '{month}'")[0][0]
        for month in ("2025-06-01", "2025-05-01", "2024-06-01")
    )
    assert f"2025-05 {now / before - 1:+.1%} 2024-06 {now / year - 1:+.1%}" in text


def test_the_months_are_the_last_24_complete_ones(demo, text):
    facts = demo.facts()
    assert [facts.months[0]["period_month"], facts.months[-1]["period_month"]] == [
        date(2023, 7, 1), date(2025, 6, 1),
    ]  # fmt: skip
    for row in demo.asked(
        "select period_month, opening_mrr, new_mrr, expansion_mrr, reactivation_mrr, contraction_mrr, "
        "churned_mrr, fx_mrr, closing_mrr, closing_customers from marts.fct_company_monthly "
        "where not is_partial"
    ):
        month, *figures = row
        words = " ".join("0" if not round(figure) else f"{figure:,.0f}" for figure in figures)
        assert f"{month:%Y-%m} {words} " in text


def test_lists_have_what_their_tables_have(demo, text):
    ((leaks, at_risk),) = demo.asked("select count(*), sum(amount_at_risk) from marts.fct_revenue_leakage")
    assert f"{leaks} findings, {at_risk:,.0f} at risk" in text
    bands = dict(
        demo.asked(
            "select band, count(*) from marts.fct_customer_health "
            "where period_month = (select max(period_month) from marts.fct_customer_health) group by band"
        )
    )
    assert f"{bands['at_risk']} at risk, {bands['watch']} to watch" in text
    for customer, mrr, score, usage in demo.asked(
        "select customer_id, mrr, score, usage_score from marts.fct_customer_health where band = 'at_risk' "
        "and period_month = (select max(period_month) from marts.fct_customer_health)"
    ):
        assert f"{customer} at risk {mrr:,.0f} {score:.0f} {usage:.0f} " in text
    for customer, mrr in demo.asked(
        "select customer_id, mrr_at_risk from marts.fct_card_expiries "
        "where months_until_expiry <= 1 and mrr_at_risk > 0 order by mrr_at_risk desc, customer_id limit 10"
    ):
        assert customer in text and f"{mrr:,.2f}" in text
    for stage, entered, advanced in demo.asked(
        "select stage, sum(entered), sum(advanced) from marts.fct_funnel_monthly "
        "where is_total and period_month between '2024-07-01' and '2025-06-01' group by stage"
    ):
        assert f"{stage.replace('_', ' ')} {entered} {advanced} " in text


def test_segments_and_cohorts_are_those_of_their_tables(demo, text):
    for plan, mrr, customers in demo.asked(
        "select segment_value, closing_mrr, closing_customers from marts.fct_mrr_monthly "
        "where segment_type = 'plan' and period_month = '2025-06-01' and closing_mrr > 0"
    ):
        assert f"{plan} {mrr:,.0f} " in text and f" {customers} " in text
    for column in ("logo_retention", "revenue_retention"):
        cohorts = demo.asked(
            f"select cohort_quarter, any_value(cohort_customers), list({column} order by quarters_since) "
            "from marts.fct_cohort_retention_quarterly where is_total and active_customers is not null "
            "group by cohort_quarter"
        )
        for quarter, customers, rates in cohorts:
            assert f"{quarter:%Y-%m} {customers} {' '.join(f'{rate:.0%}' for rate in rates)} " in text


def test_reasons_and_bounds_of_churn(demo, text):
    ((lost, opening, low, high),) = demo.asked(
        "select lost_customers, opening_customers, customer_churn_rate_low, customer_churn_rate_high "
        "from marts.fct_company_monthly where period_month = '2025-06-01'"
    )
    assert f"{lost} of {opening} customers left: " in text
    assert f"between {low:.1%} and {high:.1%} (95%)" in text
    total = sum(row["events"] for row in demo.facts().reasons)
    assert [(total,)] == demo.asked(
        "select count(*) from marts.fct_churn_events where not is_short_pause "
        "and period_month between '2024-07-01' and '2025-06-01'"
    )


MONTHS = {
    date(2025, 5, 1): {
        "closing_mrr": Decimal(100),
        "nps": 10.0,
        "nps_responses": 8,
        "nps_standard_error": 9.0,
    },
    date(2025, 6, 1): {
        "closing_mrr": Decimal(120),
        "nps": 30.0,
        "nps_responses": 9,
        "nps_standard_error": 8.0,
    },
    date(2025, 7, 1): {
        "closing_mrr": Decimal(121),
        "nps": None,
        "nps_responses": 9,
        "nps_standard_error": None,
    },
}
MOMENT = Moment(now=date(2025, 7, 1), complete=date(2025, 6, 1), yesterday=date(2025, 6, 1))


def tiles_of(months=MONTHS, earlier=None, targets=None, moment=MOMENT):
    found = tiles(months, moment, earlier, targets or {}, 5)
    return {tile.metric.column: tile for tile in found}


def told(tile):
    return [(one.beside, one.words, one.tone) for one in tile.comparisons]


def test_a_balance_is_of_now_and_held_against_the_month_before_yesterdays():
    mrr = tiles_of()["closing_mrr"]
    assert (mrr.value, mrr.of) == ("121", "now")
    assert told(mrr) == [("2025-05", "+21.0%", "good"), ("2024-06", "not known", "flat")]


def test_a_rate_is_of_the_last_complete_month_and_says_its_n():
    nps = tiles_of()["nps"]
    assert (nps.value, nps.of, nps.notes) == ("30", "2025-06", ("n = 9 answers", "± 16 (95%)"))
    assert told(nps)[0] == ("2025-05", "+20", "good")


def test_of_too_few_only_the_n_is_told():
    months = {of: {**row, "nps_responses": 3} for of, row in MONTHS.items()}
    nps = tiles_of(months)["nps"]
    assert (nps.value, nps.notes, nps.line) == ("n = 3", ("too few answers for a figure",), "")
    assert nps.comparisons == ()


def test_what_was_never_known_has_no_tile():
    assert set(tiles_of()) == {"closing_mrr", "nps"}


def test_the_last_run_knew_the_newest_balance_and_no_unfinished_month():
    earlier = {
        date(2025, 6, 1): {"closing_mrr": Decimal(130), "is_partial": True, "nps": 28.0, "nps_responses": 9}
    }
    found = tiles_of(earlier=earlier)
    assert told(found["closing_mrr"])[0] == ("last run", "-9", "bad")
    assert told(found["nps"])[0] == ("last run", "month not over", "flat")
    earlier[date(2025, 6, 1)]["is_partial"] = False
    assert told(tiles_of(earlier=earlier)["nps"])[0] == ("last run", "+2", "good")


def test_a_target_stands_on_its_tile():
    found = tiles_of(targets={(date(2025, 6, 1), "closing_mrr"): Decimal(140)})
    assert found["closing_mrr"].notes == ("target 140",)


@pytest.mark.parametrize(
    ("of", "months", "then"),
    [
        (date(2025, 6, 1), 1, date(2025, 5, 1)),
        (date(2025, 1, 1), 1, date(2024, 12, 1)),
        (date(2025, 6, 1), 12, date(2024, 6, 1)),
    ],
)
def test_months_before(of, months, then):
    assert back(of, months) == then


def test_every_metric_is_a_column_and_may_have_a_target(demo):
    names = [metric.column for metric in (*METRICS, *OTHER_METRICS)]
    assert sorted(names) == sorted(TARGET_METRICS)
    columns = demo.asked("select column_name from duckdb_columns() where table_name = 'fct_company_monthly'")
    assert set(names) <= {name for (name,) in columns}


def test_notes_and_targets_stand_beside_the_charts(demo):
    company = replace(
        demo.company,
        notes=(Note(date(2025, 3, 14), "New prices"), Note(date(2019, 1, 1), "Long ago")),
        targets=(
            Target(date(2025, 6, 1), "closing_mrr", Decimal(37500)),
            Target(date(2025, 12, 1), "nrr_12m", Decimal("1.05")),
            Target(date(2019, 1, 1), "arr", Decimal(1)),
        ),
    )
    facts = replace(demo, company=company).facts()
    assert [(number, note.text) for number, note in facts.notes] == [(1, "New prices")]
    page = Page(replace(demo, company=company).page()).text
    assert "2025-03-14: New prices" in page and "Long ago" not in page
    assert "2025-06 MRR 37,500 36,914 -586" in page and "2025-12 NRR, 12 months 105.0% – –" in page
    for chart in facts.drawings["mrr"].charts:
        assert [text for _, text in chart.notes] == ["1"]
        assert sum(kind == "target" for kind, _ in chart.paths) == 1
