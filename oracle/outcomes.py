"""What came of customers: how long they stay, what they do after an NPS answer, what they cost and bring.

Sections 6 and 7 of the specification, in plain loops over customers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import exp, log, sqrt

from oracle.growth import nps_category, payback_months
from oracle.inputs import RawRow, flag, instant
from oracle.ledger import ZERO, Oracle
from oracle.margins import margin_on, total_of_known
from oracle.payments import ratio
from oracle.retention import Z95, Retention, Segment, wilson
from oracle.states import money

Life = tuple[int, bool]
"""Months, and whether it ended."""


def first_lives(retention: Retention, before: date | None = None) -> dict[str, Life]:
    """Each customer's first unbroken life: the months begun until it left, or completed until `as_of`.

    With a day, those that had begun before it, as far as they were known by then.
    """
    found = {}
    for customer, moves in retention.moves.items():
        start = next((move.on for move in moves if move.type == "new"), None)
        if start is None or (before and start >= before):
            continue
        ends = [event.on for event in retention.events[customer] if not event.is_short_pause]
        ends = [on for on in ends if before is None or on < before]
        last = ends[0] if ends else before or retention.oracle.today
        completed = 12 * (last.year - start.year) + last.month - start.month - (last.day < start.day)
        found[customer] = (completed + (last.day != start.day) if ends else completed, bool(ends))
    return found


def survival_curve(lives: Iterable[Life]) -> dict[int, tuple[float, float, float]]:
    """Kaplan and Meier's share of survivors after each duration, with its log-log 95 % bounds."""
    lives = list(lives)
    survival, variance, found = Fraction(1), 0.0, {}
    for month in sorted({month for month, _ in lives}):
        at_risk = sum(1 for other, _ in lives if other >= month)
        lost = sum(1 for other, churned in lives if churned and other == month)
        survival *= 1 - Fraction(lost, at_risk)
        if lost < at_risk:
            variance += lost / (at_risk * (at_risk - lost))
        if survival in (0, 1):
            found[month] = (float(survival),) * 3
        else:
            power = exp(Z95 * sqrt(variance) / -log(survival))
            found[month] = (float(survival), float(survival) ** power, float(survival) ** (1 / power))
    return found


def months_lived(lives: Iterable[Life], cap: int = 60) -> float:
    """The months that a customer lives of its first `cap`: the area under the survival curve."""
    area, begun, share = 0.0, 0, 1.0
    for month, (survival, *_) in survival_curve(lives).items():
        area += share * (min(month, cap) - begun)
        begun, share = min(month, cap), survival
    return area + share * (cap - begun)


@dataclass(slots=True)
class Consequences:
    """The customers of a month with one last category, and what they took away in the days after it."""

    customers: int = 0
    mrr: Decimal = ZERO
    churned_90d: int = 0
    churned_180d: int = 0
    lost_90d: Decimal = ZERO
    lost_180d: Decimal = ZERO


def after_answers(retention: Retention, responses: Iterable[RawRow]) -> dict[tuple[date, str], Consequences]:
    """Complete month and category of the last NPS answer by its end (`none` without one) to what followed."""
    oracle, answers = retention.oracle, _answers(retention, responses)
    found: dict[tuple[date, str], Consequences] = {}
    for month in oracle.months():
        last = oracle.closing_day(month)
        if oracle.is_partial(month):
            continue
        for customer in oracle.days:
            mrr = oracle.mrr_on(customer, last)
            if not mrr:
                continue
            told = [category for on, category in answers.get(customer, ()) if on <= last]
            row = found.setdefault((month, told[-1] if told else "none"), Consequences())
            row.customers, row.mrr = row.customers + 1, row.mrr + mrr
            row.churned_90d += _churns_within(retention, customer, last, 90)
            row.churned_180d += _churns_within(retention, customer, last, 180)
            row.lost_90d += min(mrr, _lost_within(retention, customer, last, 90))
            row.lost_180d += min(mrr, _lost_within(retention, customer, last, 180))
    return found


def _answers(retention: Retention, responses: Iterable[RawRow]) -> dict[str, list[tuple[date, str]]]:
    """Each customer's answers as local day and category, the oldest first."""
    found: dict[str, list[tuple[datetime, str, RawRow]]] = {}
    for row in responses:
        at = instant(row["responded_at"])
        is_known = at is not None and at <= retention.oracle.as_of and row["survey_type"] == "nps"
        if at is not None and is_known and row["customer_id"] and not flag(row.get("excluded")):
            found.setdefault(row["customer_id"], []).append((at, row["response_id"], row))
    return {
        customer: [
            (retention.oracle.local_day(at), nps_category(int(row["score"])))
            for at, _, row in sorted(rows, key=lambda answer: answer[:2])
        ]
        for customer, rows in found.items()
    }


def _churns_within(retention: Retention, customer: str, last: date, days: int) -> bool:
    return any(
        0 < (event.on - last).days <= days and not event.is_short_pause
        for event in retention.events[customer]
    )


def _lost_within(retention: Retention, customer: str, last: date, days: int) -> Decimal:
    return sum(
        (-move.delta for move in retention.moves[customer]
         if move.type in ("churn", "contraction") and 0 < (move.on - last).days <= days), ZERO,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Economics:
    """What the customers of one month and channel cost, and what such a customer is worth."""

    cost: Decimal | None
    new_customers: int
    new_mrr: Decimal
    gross_margin: float | None
    new_gross_margin: float | None
    cac: float | None
    payback_months: float | None
    arpa: float | None
    mean_churn: float | None
    ltv: float | None
    ltv_low: float | None
    ltv_60m: float | None
    ltv_observed: float | None


def economics(
    retention: Retention,
    costs: Mapping[date, Decimal],
    segment: Segment,
    value: str,
    resellers: Segment,
) -> Iterator[tuple[date, Economics]]:
    """Each complete month of the customers of one segment value, with what winning them cost."""
    oracle = retention.oracle
    members = [customer for customer in oracle.days if segment(customer) == value]
    churns: list[tuple[int, int]] = []
    lived: dict[str, Decimal | None] = dict.fromkeys(members, ZERO)
    for month in oracle.months():
        if oracle.is_partial(month):
            return
        last = oracle.closing_day(month)
        closing = {customer: oracle.mrr_on(customer, last) for customer in members}
        margins = {customer: margin_on(oracle, customer, last, resellers) for customer in members}
        for customer, margin in margins.items():
            lived[customer] = total_of_known([lived[customer], margin])
        paying = [mrr for mrr in closing.values() if mrr]
        gone = [
            lived[customer] for customer, mrr in closing.items()
            if not mrr and _has_left(retention, customer, last)
        ]  # fmt: skip
        news = [
            (customer, move) for customer in members for move in retention.moves[customer]
            if move.type == "new" and move.on.replace(day=1) == month
        ]  # fmt: skip
        new_mrr = sum((move.delta for _, move in news), ZERO)
        new_margin = total_of_known(
            margin_on(oracle, customer, move.on, resellers) for customer, move in news
        )
        cost, arpa = costs.get(month), ratio(sum(paying, ZERO), len(paying))
        mean, high = _trailing(churns[-6:], oracle.policies.min_n)
        share = _share(total_of_known(margins.values()), sum(paying, ZERO))
        worth = None if arpa is None or share is None else arpa * share
        known = first_lives(retention, last + timedelta(days=1))
        lives = [life for customer, life in known.items() if segment(customer) == value]
        yield month, Economics(
            cost, len(news), new_mrr, share, _share(new_margin, new_mrr),
            None if cost is None else ratio(cost, len(news)),
            None if cost is None or new_margin is None else payback_months(cost, new_margin), arpa, mean,
            worth / mean if worth is not None and mean else None,
            worth / high if worth is not None and high else None,
            worth * months_lived(lives)
            if worth is not None and len(lives) >= oracle.policies.min_n
            else None,
            _share(total_of_known(gone), len(gone)),
        )  # fmt: skip
        row = retention.churn_month(month, segment=segment, value=value)
        churns.append((row.churned_customers, row.starting_customers))


def _share(part: Decimal | None, whole: Decimal | int) -> float | None:
    return None if part is None else ratio(part, whole)


def lifetime_revenue(oracle: Oracle, tables: Mapping[str, list[RawRow]]) -> dict[str, Decimal]:
    """Before tax, what each customer paid and did not get back, at the rate of the day each invoice was paid.

    Of a credit note and a refund of one invoice the larger is what was lost.
    """
    found: dict[str, Decimal] = {}
    invoice_of = {row["payment_id"]: row["invoice_id"] for row in tables.get("invoice_payments", [])}
    credited: dict[str, Decimal] = {}
    for note in tables.get("credit_notes", []):
        if note["status"] != "void":
            _add(credited, note["invoice_id"], Decimal(note["amount_ex_tax"]))
    returned: dict[str, Decimal] = {}
    for row in tables.get("reversals", []):
        if row["status"] in ("succeeded", "pending", "lost"):
            _add(returned, invoice_of.get(row["payment_id"], ""), Decimal(row["amount"]))
    for invoice in tables["invoices"]:
        if invoice["status"] == "paid":
            total, tax = Decimal(invoice["total"]), Decimal(invoice["tax_total"] or 0)
            back = returned.get(invoice["invoice_id"], ZERO)
            back = money(back * (total - tax) / total) if total else ZERO
            lost = max(credited.get(invoice["invoice_id"], ZERO), back)
            on = oracle.local_day(invoice["paid_at"] or invoice["issued_at"])
            kept = {invoice["currency"]: max(total - tax - lost, ZERO)}
            _add(found, invoice["customer_id"], oracle.rates.value(kept, on))
    return found


def _add(amounts: dict[str, Decimal], key: str, amount: Decimal) -> None:
    amounts[key] = amounts.get(key, ZERO) + amount


def _has_left(retention: Retention, customer: str, last: date) -> bool:
    return any(event.on <= last for event in retention.events[customer])


def _trailing(churns: list[tuple[int, int]], min_n: int) -> tuple[float | None, float | None]:
    """Mean churn of six months with customers, and the upper Wilson bound of all of them together."""
    if len(churns) < 6 or not all(starting for _, starting in churns):
        return None, None
    lost, starting = sum(churned for churned, _ in churns), sum(start for _, start in churns)
    bounds = wilson(lost, starting)
    mean = sum(churned / start for churned, start in churns) / 6
    return mean, bounds[1] if bounds and starting >= min_n else None
