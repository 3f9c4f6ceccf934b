"""Retention, voice and growth against the oracle, which shares no code with the models."""

from datetime import date

import pytest

from orchestration.synthetic import oracle_growth, oracle_retention
from tests.retention.conftest import Built


def native(identifier: str) -> str:
    return identifier.split(":", 1)[1]


@pytest.fixture(scope="session")
def retention(built: Built) -> oracle_retention.Retention:
    return oracle_retention.Retention(built.oracle)


def close(ours: float | None, theirs: float | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return ours == pytest.approx(theirs, abs=1e-9)


def test_every_month_loses_the_same_customers_and_money(
    built: Built, retention: oracle_retention.Retention
) -> None:
    rows = built.rows(
        "select period_month, starting_customers, churned_customers, voluntary_customers,"
        " involuntary_customers, unknown_customers, churned_in_period_new, starting_mrr, grr, nrr,"
        " gross_mrr_churn_rate, net_mrr_churn_rate"
        " from marts.fct_churn_monthly where segment_type = 'all' and not is_partial"
    )
    assert len(rows) > 20
    for month, *counts, starting_mrr, grr, nrr, gross, net in rows:
        theirs = retention.churn_month(month)
        assert counts == [
            theirs.starting_customers, theirs.churned_customers, theirs.voluntary, theirs.involuntary,
            theirs.unknown, theirs.churned_in_period_new,
        ], month  # fmt: skip
        assert starting_mrr == theirs.starting_mrr, month
        assert close(grr, theirs.grr) and close(nrr, theirs.nrr), month
        assert close(gross, theirs.gross_mrr_churn_rate) and close(net, theirs.net_mrr_churn_rate), month


def test_twelve_months_are_measured_alike(built: Built, retention: oracle_retention.Retention) -> None:
    rows = built.rows(
        "select period_month, starting_customers, churned_customers, grr, nrr"
        " from marts.fct_churn_annual where segment_type = 'all'"
    )
    assert len(rows) > 6
    for month, starting, churned, grr, nrr in rows:
        theirs = retention.churn_month(month, months=12)
        assert (starting, churned) == (theirs.starting_customers, theirs.churned_customers), month
        assert close(grr, theirs.grr) and close(nrr, theirs.nrr), month


def test_the_classes_of_a_country_are_those_of_its_customers(
    built: Built, retention: oracle_retention.Retention
) -> None:
    countries = {c: row["country"] for c, row in built.oracle.inputs.customers.items()}
    rows = built.rows(
        "select period_month, segment_value, starting_customers, churned_customers"
        " from marts.fct_churn_monthly where segment_type = 'country' and not is_partial"
    )
    assert rows
    for month, country, starting, churned in rows:
        theirs = retention.churn_month(month, segment=countries.get, value=country)
        assert (starting, churned) == (theirs.starting_customers, theirs.churned_customers), (month, country)


def test_every_churn_has_the_same_class_evidence_and_amount(
    built: Built, retention: oracle_retention.Retention
) -> None:
    ours = {
        (native(customer), on): rest
        for customer, on, *rest in built.rows(
            "select customer_id, churned_on, churn_class, churn_evidence, reason, feedback, mrr_lost,"
            " is_short_pause from marts.fct_churn_events"
        )
    }
    theirs = {
        (e.customer_id, e.on): [
            e.churn_class, e.evidence, e.reason, e.feedback, e.mrr_lost, e.is_short_pause
        ]
        for events in retention.events.values() for e in events
    }  # fmt: skip
    assert len(ours) > 20
    assert ours == theirs


def test_every_cell_of_the_cohort_triangle(built: Built, retention: oracle_retention.Retention) -> None:
    ours = {
        (cohort, since): tuple(rest)
        for cohort, since, *rest in built.rows(
            "select cohort_month, months_since, cohort_customers, cohort_mrr, active_customers,"
            " retained_unbroken_customers, mrr from marts.fct_cohort_retention where segment_type = 'all'"
        )
    }
    theirs = {
        (c.cohort_month, c.months_since): (
            c.cohort_customers, c.cohort_mrr, c.active_customers, c.retained_unbroken, c.mrr
        )
        for c in retention.cohorts()
    }  # fmt: skip
    assert len(ours) > 200
    assert ours == theirs


def test_nps_of_every_complete_month(built: Built) -> None:
    rows = built.rows(
        "select period_month, survey, promoters, passives, detractors, nps from marts.fct_nps_monthly"
        " where segment_type = 'all' and not is_partial"
    )
    assert len(rows) > 12
    for month, survey, *counts, nps in rows:
        last = built.oracle.closing_day(month)
        answers = oracle_growth.latest_answers(built.tables["survey_responses"], built.oracle, last, survey)
        theirs = oracle_growth.nps_of(answers.values())
        assert counts == [theirs.promoters, theirs.passives, theirs.detractors], month
        assert close(nps, theirs.score), month


def test_every_trial(built: Built) -> None:
    ours = {
        native(subscription): (started, converted, mature)
        for subscription, started, converted, mature in built.rows(
            "select subscription_id, trial_started_on, is_converted, is_mature from marts.fct_trials"
        )
    }
    theirs = {
        t.subscription_id: (t.started_on, t.converted_on is not None, t.is_mature)
        for t in oracle_growth.trials(built.oracle)
    }
    assert len(ours) > 30
    assert ours == theirs


def test_what_became_of_every_failed_invoice(built: Built) -> None:
    ours = {
        native(invoice): state
        for invoice, state in built.rows("select invoice_id, state from marts.fct_payment_recovery")
    }
    theirs = {
        d.invoice_id: d.state
        for d in oracle_retention.dunnings(built.oracle.inputs, built.oracle.as_of)
    }  # fmt: skip
    assert len(ours) > 10
    assert ours == theirs


@pytest.mark.parametrize("month", [date(2024, 9, 1), date(2025, 6, 1)])
def test_cost_by_channel(built: Built, month: date) -> None:
    ours = dict(
        built.rows(
            "select channel, sales_marketing_cost from marts.fct_unit_economics_monthly"
            f" where period_month = '{month}' and channel <> 'all' and sales_marketing_cost <> 0"
        )
    )
    theirs = oracle_growth.cost_of_month(
        built.oracle, month, built.tables["acquisition_costs"], built.tables["ad_spend"]
    )
    assert ours == dict(theirs)


def test_the_health_score_finds_more_than_chance(built: Built) -> None:
    [(found, chance)] = built.rows(
        "select sum(churned_mrr_in_worst_decile) / sum(churned_mrr_90d), sum(worst_decile_mrr) / sum(mrr)"
        " from marts.fct_customer_health_lift"
    )
    assert found > 1.5 * chance
