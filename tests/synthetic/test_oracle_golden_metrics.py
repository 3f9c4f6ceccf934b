"""The oracle alone reproduces the published metric cases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from timelines import canonical_rows, golden_cases

from oracle.finance import churn_rate_of_active_and_new, rolling_churn, split_delta
from oracle.growth import Nps, ltv, trials
from oracle.inputs import Policies, read_inputs
from oracle.ledger import MonthRow, Oracle
from oracle.payments import dunnings, recovery_by_month, recovery_rate
from oracle.retention import Retention, quick_ratio, retention_of
from oracle.revenue import recognise

CASES = {case["id"]: case for case in golden_cases() if "metric" in case}
AS_OF = datetime(2024, 12, 31, tzinfo=UTC)


def case(name: str):
    return CASES[name]["inputs"], CASES[name]["expected"]


def oracle_on(timeline, as_of=AS_OF, **tables) -> Oracle:
    return Oracle(read_inputs(canonical_rows(timeline) | tables), Policies(), as_of)


def start(customer: str, amount: object, **more):
    return {"at": "2024-01-01", "c": customer, "status": "active", "amount": amount} | more


def test_m01_monthly_and_yearly_customers():
    inputs, expected = case("M01")
    timeline = [
        start(f"{group}{number}", amount, interval=interval)
        for group, (count, amount, interval) in inputs.items()
        for number in range(count)
    ]
    oracle = oracle_on(timeline)
    assert sum(oracle.mrr_on(customer, date(2024, 1, 31)) for customer in oracle.days) == expected["mrr"]


def test_m02_roll_forward_adds_up():
    inputs, expected = case("M02")
    row = MonthRow(date(2024, 1, 1), "all", opening=Decimal(inputs["start"]), fx=Decimal(inputs["fx"]))
    row.by_type.update({k: Decimal(v) for k, v in inputs.items() if k not in ("start", "fx")})
    growth = sum(row.by_type.values()) + row.fx
    assert (growth, row.opening + growth) == (expected["growth"], expected["end"])


def test_m03_logo_retention_of_a_cohort():
    inputs, expected = case("M03")
    timeline, left = [], float(inputs["size"])
    timeline = [start(f"c{n:03}", 10, at="2024-01-01") for n in range(inputs["size"])]
    gone = 0
    for month in range(5):
        left *= 1 - inputs["churn"]
        target = inputs["size"] - round(left)
        timeline += [
            {"at": f"2024-{month + 2:02}-15", "c": f"c{n:03}", "status": "canceled"}
            for n in range(gone, target)
        ]
        gone = target
    cells = Retention(oracle_on(timeline)).cohorts()
    assert [cell.active_customers for cell in cells[1:6]] == expected["m1..m5"]


def test_m05_churn_of_active_and_new():
    inputs, expected = case("M05")
    rate = churn_rate_of_active_and_new(inputs["churned"], inputs["start"], inputs["new"])
    assert rate == pytest.approx(expected["rate"], abs=1e-6)


def test_m07_trials_are_counted_by_subscription():
    inputs, expected = case("M07")
    rows = [
        {"subscription_id": f"{customer}{n}", "customer_id": customer,
        "trial_started_at": "2024-01-01T00:00:00Z",
         "trial_ended_at": "2024-01-15T00:00:00Z"}
        for customer, count in inputs.items() for n in range(count)
    ]  # fmt: skip
    oracle = Oracle(read_inputs({"subscription_items": [], "subscriptions": rows}), Policies(), AS_OF)
    assert len(trials(oracle)) == expected["trials"]


def test_m08_gross_and_net_mrr_churn():
    inputs, expected = case("M08")
    timeline = [start("gone", inputs["churn"]), start("less", 2 * inputs["contraction"]), start("more", 70)]
    timeline += [
        {"at": "2024-02-10", "c": "gone", "status": "canceled"},
        {"at": "2024-02-10", "c": "less", "amount": inputs["contraction"]},
        {"at": "2024-02-10", "c": "more", "amount": 70 + inputs["expansion"]},
    ]
    month = Retention(oracle_on(timeline)).churn_month(date(2024, 2, 1))
    assert month.starting_mrr == inputs["start"]
    assert month.gross_mrr_churn_rate == pytest.approx(expected["gross"])
    assert month.net_mrr_churn_rate == pytest.approx(expected["net"])


def test_m10_ltv_and_its_absence():
    inputs, expected = case("M10")
    assert ltv(Decimal(inputs["arpa"]), Decimal(1), inputs["churn_6m_avg"]) == pytest.approx(expected["ltv"])
    assert ltv(Decimal(inputs["arpa"]), Decimal(1), 0.0) is expected["ltv_when_churn_0"]


def test_m12_retention_is_per_customer():
    inputs, expected = case("M12")
    amounts = [{k: Decimal(v) for k, v in inputs[side].items()} for side in ("start", "end")]
    grr, nrr = retention_of(*amounts)
    assert grr == pytest.approx(expected["grr"], abs=1e-6)
    assert nrr == pytest.approx(expected["nrr"], abs=1e-6)


def test_m14_quick_ratio():
    inputs, expected = case("M14")
    assert quick_ratio(**{k: Decimal(v) for k, v in inputs.items()}) == expected["ratio"]


def test_m15_nps_and_its_margin():
    inputs, expected = case("M15")
    nps = Nps(**inputs)
    assert nps.score == pytest.approx(expected["nps"], abs=0.005)
    assert round(nps.score) == expected["rounded"]
    assert 1.96 * nps.standard_error == pytest.approx(expected["margin95"], abs=0.01)


def test_m17_quantity_before_price():
    inputs, expected = case("M17")
    split = split_delta(*(Decimal(inputs[name]) for name in ("p0", "q0", "p1", "q1")))
    assert (split.quantity_effect, split.price_effect, split.delta) == (
        expected["quantity"], expected["price"], expected["total"],
    )  # fmt: skip


def test_m19_a_year_is_recognised_by_the_day():
    inputs, expected = case("M19")
    start, end = (datetime.fromisoformat(inputs[name]) for name in ("start", "end"))
    months = {
        month: amount
        for (month, _), amount in recognise(Decimal(inputs["amount"]), start, end).revenue.items()
    }
    deferred = Decimal(inputs["amount"])
    for month, (recognised, change) in expected.items():
        amount = months[date.fromisoformat(f"{month}-01")]
        booked = deferred if month == "2019-01" else Decimal(0)
        assert (float(amount), float(booked - amount)) == (recognised, change)
    assert sum(months.values()) == inputs["amount"]


def test_m20_days_are_whole():
    inputs, expected = case("M20")
    begin, end = (datetime.fromisoformat(inputs[name].replace("Z", "")) for name in ("start", "end"))
    revenue = recognise(Decimal(inputs["amount"]), begin, end).revenue
    assert [int(revenue[key]) for key in sorted(revenue)] == expected["day"]


def test_m21_recovery_belongs_to_the_billed_month():
    inputs, expected = case("M21")
    invoices, payments, links = [], [], []
    for name, issued, _, fate in inputs["invoices"]:
        paid = f"{fate.split()[1]}T00:00:00Z" if fate.startswith("recovered") else ""
        invoices.append(
            {"invoice_id": name, "customer_id": "c", "currency": "USD", "total": "10",
            "issued_at": f"{issued}T00:00:00Z",
             "status": "paid" if paid else "open", "paid_at": paid}
        )  # fmt: skip
        payments.append(
            {"payment_id": f"p-{name}", "outcome": "failed", "attempted_at": f"{issued}T01:00:00Z",
             "will_retry": "true" if "dunning" in fate else "false"}
        )  # fmt: skip
        links.append({"invoice_id": name, "payment_id": f"p-{name}"})
    inputs_read = read_inputs({"invoices": invoices, "payments": payments, "invoice_payments": links})
    counts = recovery_by_month(dunnings(inputs_read, AS_OF), lambda at: at.date())[date(2024, 1, 1)]
    wanted = expected["2024-01"]
    assert counts == {state: wanted[state] for state in ("recovered", "lost", "open")}
    assert recovery_rate(counts) == wanted["rate_closed"]
    assert counts["recovered"] / sum(counts.values()) == pytest.approx(wanted["rate_all"], abs=1e-4)


def test_m22_rolling_churn():
    inputs, expected = case("M22")
    timeline = [start(f"c{n}", 10, at="2023-11-01") for n in range(inputs["active"])]
    timeline.append({"at": inputs["canceled_at"], "c": "c0", "status": "canceled"})
    retention = Retention(oracle_on(timeline, datetime(2024, 4, 1, tzinfo=UTC)))
    for day, rate in expected.items():
        assert rolling_churn(retention, date.fromisoformat(day)).rate_with_new == pytest.approx(rate), day


def test_textbook_examples():
    """100 customers, 5 lost = 5 %; NPS 100, -100 and 0."""
    timeline = [start(f"c{n:03}", 10) for n in range(100)]
    timeline += [{"at": "2024-03-10", "c": f"c{n:03}", "status": "canceled"} for n in range(5)]
    month = Retention(oracle_on(timeline)).churn_month(date(2024, 3, 1))
    assert (month.customer_churn_rate, month.unknown) == (0.05, 5)
    assert [Nps(3, 0, 0).score, Nps(0, 0, 3).score, Nps(2, 1, 2).score, Nps(0, 0, 0).score] == [
        100,
        -100,
        0,
        None,
    ]
