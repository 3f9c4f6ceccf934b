"""Churn, cohorts, NPS, trials and payment recovery of three companies against the oracle."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from oracle.finance import rolling_churn
from oracle.growth import latest_answers, nps_category, nps_of, trials
from oracle.inputs import RawRow, flag
from oracle.payments import (
    Dunning,
    cards_in_use,
    dunnings,
    ratio,
    recovery_by_month,
    recovery_rate,
)
from oracle.retention import annualised
from tests.equivalence.rates import MIN_N, of_counts
from tests.equivalence.segments import SEGMENT_TYPES, segments_of, segments_of_everyone
from tests.equivalence.warehouses import SOURCE, Built, assert_same, native


@pytest.mark.parametrize("segment_type", SEGMENT_TYPES)
def test_churn_of_every_month_and_segment(built: Built, segment_type: str) -> None:
    ours = {
        (month, value): rest
        for month, value, *rest in built.rows(
            "select period_month, segment_value, starting_customers, churned_customers, voluntary_customers,"
            " involuntary_customers, unknown_customers, paused_customers, churned_in_period_new,"
            " starting_mrr, grr, nrr, gross_mrr_churn_rate, net_mrr_churn_rate, customer_churn_rate,"
            " customer_churn_rate_low, customer_churn_rate_high, annualised_customer_churn_rate"
            " from marts.fct_churn_monthly where segment_type = ? and not is_partial"
            " and starting_customers + churned_in_period_new > 0",
            segment_type,
        )
    }
    segment = segments_of(built)[segment_type]
    months = [month for month in built.oracle.months() if not built.oracle.is_partial(month)]
    theirs = {}
    for month in months:
        for value in set(segment.values()):
            row = built.retention.churn_month(month, segment=segment.get, value=value)
            rate = of_counts(row.churned_customers, row.starting_customers)
            if row.starting_customers or row.churned_in_period_new:
                theirs[month, value] = [
                    row.starting_customers, row.churned_customers, row.voluntary, row.involuntary,
                    row.unknown, row.paused, row.churned_in_period_new, row.starting_mrr, row.grr, row.nrr,
                    row.gross_mrr_churn_rate, row.net_mrr_churn_rate, *rate,
                    None if rate[0] is None else annualised(rate[0]),
                ]  # fmt: skip
    assert_same(ours, theirs)


@pytest.mark.parametrize("segment_type", SEGMENT_TYPES)
def test_churn_of_twelve_months(built: Built, segment_type: str) -> None:
    ours = {
        (month, value): rest
        for month, value, *rest in built.rows(
            "select period_month, segment_value, starting_customers, churned_customers, customer_churn_rate,"
            " customer_churn_rate_low, customer_churn_rate_high, retention_rate, grr, nrr"
            " from marts.fct_churn_annual where segment_type = ?",
            segment_type,
        )
    }
    segment, theirs = segments_of(built)[segment_type], {}
    for month in built.oracle.months():
        for value in set(segment.values()):
            row = built.retention.churn_month(month, 12, segment.get, value)
            rate = of_counts(row.churned_customers, row.starting_customers)
            if row.starting_customers and not built.oracle.is_partial(month):
                theirs[month, value] = [
                    row.starting_customers, row.churned_customers, *rate,
                    None if rate[0] is None else 1 - rate[0], row.grr, row.nrr,
                ]  # fmt: skip
    assert_same(ours, theirs)


def test_every_churn_has_the_same_class_evidence_and_amount(built: Built) -> None:
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
        for events in built.retention.events.values() for e in events
    }  # fmt: skip
    assert len(theirs) > 20
    assert_same(ours, theirs)


@pytest.mark.parametrize("segment_type", SEGMENT_TYPES)
@pytest.mark.parametrize(
    ("mart", "period", "months"),
    [("fct_cohort_retention", "month", 1), ("fct_cohort_retention_quarterly", "quarter", 3)],
)
def test_every_cell_of_the_cohort_triangle(
    built: Built, segment_type: str, mart: str, period: str, months: int
) -> None:
    ours = {
        (cohort, value, since): rest
        for cohort, value, since, *rest in built.rows(
            f"select cohort_{period}, segment_value, {period}s_since, cohort_customers, cohort_mrr,"
            " active_customers, retained_unbroken_customers, mrr, logo_retention, revenue_retention"
            f" from marts.{mart} where segment_type = ?",
            segment_type,
        )
    }
    segment = segments_of(built)[segment_type]
    theirs = {
        (c.cohort_start, value, c.since): [
            c.cohort_customers, c.cohort_mrr, c.active_customers, c.retained_unbroken, c.mrr,
            None if c.active_customers is None else of_counts(c.active_customers, c.cohort_customers)[0],
            None if c.mrr is None else ratio(c.mrr, c.cohort_mrr),
        ]
        for value in set(segment.values()) for c in built.retention.cohorts(segment.get, value, months)
    }  # fmt: skip
    assert len(theirs) > 200 / months**2
    assert_same(ours, theirs)


def test_churn_of_the_30_days_before_each_day(built: Built) -> None:
    ours = {
        day: rest
        for day, *rest in built.rows(
            "select churn_day, active_customers_30d_ago, new_customers_30d, churned_customers_30d,"
            " churned_active_customers_30d, rolling_churn_rate, rolling_churn_rate_with_new"
            " from marts.fct_churn_rolling where extract(day from churn_day) in (1, 2, 15, 31)"
        )
    }
    theirs = {}
    for day in ours:
        found = rolling_churn(built.retention, day)
        theirs[day] = [
            found.active, found.joined, found.churned, found.churned_active,
            found.rate if found.active >= MIN_N else None,
            found.rate_with_new if found.active + found.joined >= MIN_N else None,
        ]  # fmt: skip
    assert any(found[2] > found[3] for found in theirs.values()), "nobody came and left within 30 days"
    assert_same(ours, theirs)


@pytest.mark.parametrize("segment_type", SEGMENT_TYPES)
def test_nps_of_every_month_and_survey(built: Built, segment_type: str) -> None:
    ours = {
        (month, native(survey), value): rest
        for month, survey, value, *rest in built.rows(
            "select period_month, survey, segment_value, responses, promoters, passives, detractors, nps,"
            " nps_standard_error, nps_mrr_weighted from marts.fct_nps_monthly"
            " where segment_type = ? and responses > 0",
            segment_type,
        )
    }
    oracle, theirs = built.oracle, {}
    segment = segments_of_everyone(built)[segment_type]
    responses = built.tables["survey_responses"]
    for month in sorted({key[0] for key in ours}):
        last, partial = oracle.closing_day(month), oracle.is_partial(month)
        for survey in {row["survey"] for row in responses}:
            groups = defaultdict(list)
            for answer in latest_answers(responses, oracle, last, survey).values():
                stranger = "all" if segment_type == "all" else "unknown"
                groups[segment.get(str(answer["customer_id"]), stranger)].append(answer)
            for value, answers in groups.items():
                theirs[month, survey, value] = nps_figures(built, answers, last, partial)
    assert_same(ours, theirs)


def nps_figures(built: Built, answers: Sequence[RawRow], last: date, partial: bool) -> list[Any]:
    """Counts, score, standard error and the score weighted with the MRR of the month's end."""
    found, signed, weight = nps_of(answers), Decimal(0), Decimal(0)
    for answer in answers:
        customer = answer["customer_id"]
        mrr = built.oracle.mrr_on(customer, last) if customer in built.oracle.days else Decimal(0)
        sign = {"promoter": 1, "passive": 0, "detractor": -1}[nps_category(int(answer["score"]))]
        signed, weight = signed + sign * mrr, weight + mrr
    error = found.standard_error if found.responses >= MIN_N else None
    figures = [found.score, error, ratio(100 * signed, weight)]
    counts = [found.responses, found.promoters, found.passives, found.detractors]
    return [*counts, *([None] * 3 if partial else figures)]


def test_every_answer_of_a_survey(built: Built) -> None:
    ours = {
        native(response): rest
        for response, *rest in built.rows(
            "select response_id, survey, responded_on, score, category, is_excluded"
            " from marts.fct_nps_responses"
        )
    }
    theirs = {
        row["response_id"]: [
            f"{SOURCE}:{row['survey']}", built.oracle.local_day(row["responded_at"]), int(row["score"]),
            nps_category(int(row["score"])), bool(flag(row.get("excluded"))),
        ]
        for row in built.tables["survey_responses"] if row["survey_type"] == "nps"
    }  # fmt: skip
    assert_same(ours, theirs)


def test_every_trial(built: Built) -> None:
    cards = {True: "card", False: "no_card", None: "unknown"}
    ours = {
        native(subscription): rest
        for subscription, *rest in built.rows(
            "select subscription_id, trial_started_on, trial_ended_on, card_on_file, is_converted, is_mature"
            " from marts.fct_trials"
        )
    }
    theirs = {
        t.subscription_id: [
            t.started_on, t.ended_on, cards[t.card_on_file], t.converted_on is not None, t.is_mature
        ]
        for t in trials(built.oracle)
    }  # fmt: skip
    assert len(theirs) > 30
    assert_same(ours, theirs)


def test_what_became_of_every_failed_invoice(built: Built) -> None:
    ours = {
        native(invoice): rest
        for invoice, *rest in built.rows(
            "select invoice_id, state, method, failure_code, billed_month, amount_native, currency"
            " from marts.fct_payment_recovery"
        )
    }
    theirs = {
        d.invoice_id: [
            d.state, d.method or "unknown", d.failure_code or "unknown",
            built.oracle.local_day(d.billed_at).replace(day=1), d.amount, d.currency,
        ]
        for d in dunnings(built.oracle.inputs, built.oracle.as_of)
    }  # fmt: skip
    assert len(theirs) > 10
    assert_same(ours, theirs)


def test_recovery_by_month_method_and_decline_code(built: Built) -> None:
    ours = {
        (month, method, code): rest
        for month, method, code, *rest in built.rows(
            "select period_month, method, failure_code, recovered_invoices, lost_invoices, open_invoices,"
            " recovery_rate, recovered_amount, lost_amount, open_amount, amount_recovery_rate"
            " from marts.fct_payment_recovery_monthly"
        )
    }
    oracle = built.oracle
    groups: dict[tuple[date, str, str], list[Dunning]] = defaultdict(list)
    for found in dunnings(oracle.inputs, oracle.as_of):
        month = oracle.local_day(found.billed_at).replace(day=1)
        for method in ("all", found.method or "unknown"):
            for code in ("all", found.failure_code or "unknown"):
                groups[month, method, code].append(found)
    theirs = {}
    for key, group in groups.items():
        ((_, counts),) = recovery_by_month(group, oracle.local_day).items()
        amounts = {state: Decimal(0) for state in counts}
        for found in group:
            billed_on = oracle.local_day(found.billed_at)
            amounts[found.state] += oracle.rates.value({found.currency: found.amount}, billed_on)
        settled = amounts["recovered"] + amounts["lost"]
        over = not oracle.is_partial(key[0])
        theirs[key] = [
            *counts.values(), recovery_rate(counts) if over else None, *amounts.values(),
            ratio(amounts["recovered"], settled) if over else None,
        ]  # fmt: skip
    assert_same(ours, theirs)


def test_every_card_in_use(built: Built) -> None:
    today = built.oracle.today
    ours = {
        native(customer): rest
        for customer, *rest in built.rows(
            "select customer_id, payment_method_id, card_expires_month, months_until_expiry, last_paid_on,"
            " has_other_method, next_invoice_on, expires_before_next_invoice, mrr, mrr_at_risk"
            " from marts.fct_card_expiries"
        )
    }
    theirs = {
        card.customer_id: [
            f"{SOURCE}:{card.payment_method_id}", card.expires_month,
            12 * (card.expires_month.year - today.year) + card.expires_month.month - today.month,
            card.last_paid_on, card.has_other_method, card.next_invoice_on,
            None if card.next_invoice_on is None
            else card.expires_month < card.next_invoice_on.replace(day=1),
            card.mrr, Decimal(0) if card.has_other_method else card.mrr,
        ]
        for card in cards_in_use(built.oracle, built.tables["invoice_lines"])
    }  # fmt: skip
    assert any(months <= 3 for _, _, months, *_ in theirs.values()), "no card is about to expire"
    assert any(row[6] for row in theirs.values()), "every card lasts until its next invoice"
    assert_same(ours, theirs)
