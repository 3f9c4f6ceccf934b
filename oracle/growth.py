"""NPS, trials and unit economics: sections 6 and 7 of the specification, in plain loops over rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from oracle.inputs import RawRow, Subscription, flag, instant
from oracle.ledger import ZERO, Oracle
from oracle.payments import ratio
from oracle.states import money


@dataclass(frozen=True, slots=True)
class Nps:
    """The answers that count and what they add up to."""

    promoters: int
    passives: int
    detractors: int

    @property
    def responses(self) -> int:
        """All answers that count."""
        return self.promoters + self.passives + self.detractors

    @property
    def score(self) -> float | None:
        """From -100 to 100; None without an answer."""
        share = ratio(self.promoters - self.detractors, self.responses)
        return None if share is None else 100 * share

    @property
    def standard_error(self) -> float | None:
        """In points of the score; None without an answer."""
        if not self.responses:
            return None
        promoters, detractors = self.promoters / self.responses, self.detractors / self.responses
        variance = promoters + detractors - (promoters - detractors) ** 2
        return float(100 * (variance / self.responses) ** 0.5)


def nps_category(score: int) -> str:
    """promoter from 9, passive from 7, else detractor."""
    return "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"


def latest_answers(
    responses: Iterable[RawRow], oracle: Oracle, last: date, survey: str | None = None
) -> dict[str, RawRow]:
    """Each respondent's latest answer in the window that ends with the local day `last`."""
    first = last - timedelta(days=oracle.policies.nps_window_days - 1)
    found: dict[str, tuple[datetime, str, RawRow]] = {}
    for row in responses:
        at = instant(row["responded_at"])
        if at is None or row["survey_type"] != "nps" or flag(row.get("excluded")) or at > oracle.as_of:
            continue
        if survey not in (None, row["survey"]) or not first <= oracle.local_day(at) <= last:
            continue
        key = (at, str(row["response_id"]), row)
        if row["respondent"] not in found or key[:2] > found[row["respondent"]][:2]:
            found[row["respondent"]] = key
    return {respondent: row for respondent, (_, _, row) in sorted(found.items())}


def nps_of(answers: Iterable[RawRow]) -> Nps:
    """The NPS of some answers."""
    categories = [nps_category(int(row["score"])) for row in answers]
    return Nps(*(categories.count(name) for name in ("promoter", "passive", "detractor")))


@dataclass(frozen=True, slots=True)
class Trial:
    """The trial of one subscription, and the day on which it turned into MRR within the window."""

    subscription_id: str
    customer_id: str
    started_on: date
    ended_on: date | None
    card_on_file: bool | None
    converted_on: date | None
    is_mature: bool


def trials(oracle: Oracle) -> list[Trial]:
    """Every trial started by `as_of`; a trial is mature once its conversion window is over."""
    found = []
    first_mrr = _first_mrr(oracle)
    window = timedelta(days=oracle.policies.trial_window_days)
    for subscription in sorted(oracle.inputs.subscriptions.values(), key=lambda s: s.subscription_id):
        started = subscription.trial_started_at
        if started is None or started > oracle.as_of:
            continue
        end = _trial_end(subscription, oracle)
        converted = first_mrr.get(subscription.subscription_id)
        in_time = converted is not None and (end is None or converted <= end + window)
        found.append(
            Trial(
                subscription.subscription_id,
                subscription.customer_id,
                oracle.local_day(started),
                end,
                subscription.card_on_file_at_start,
                converted if in_time else None,
                end is not None and end + window < oracle.today,
            )
        )
    return found


def _trial_end(subscription: Subscription, oracle: Oracle) -> date | None:
    ends = subscription.trial_ended_at
    return None if ends is None else oracle.local_day(ends)


def _first_mrr(oracle: Oracle) -> dict[str, date]:
    """The local day on which each subscription first had MRR."""
    found: dict[str, date] = {}
    for changes in oracle.changes.values():
        for change in changes:
            for state in change.items:
                if state.mrr:
                    found.setdefault(state.version.subscription_id, oracle.local_day(change.at))
    return found


def ltv(arpa: Decimal, gross_margin: Decimal, mean_churn: float | None) -> float | None:
    """ARPA x margin / churn; None at churn 0 or without one."""
    return float(arpa * gross_margin) / mean_churn if mean_churn else None


def cost_of_month(
    oracle: Oracle, month: date, costs: Iterable[RawRow], ads: Iterable[RawRow]
) -> Mapping[str, Decimal]:
    """Sales and marketing cost by channel in the reporting currency: ads at each day's rate, costs at the
    month's.
    """
    total: dict[str, Decimal] = {}
    for row in ads:
        on = date.fromisoformat(str(row["spend_on"]))
        if on.replace(day=1) == month:
            value = money(Decimal(str(row["amount"])) * oracle.rates.rate(row["currency"], on))
            total[row["channel"]] = total.get(row["channel"], ZERO) + value
    for row in costs:
        if date.fromisoformat(str(row["cost_month"])) == month:
            rate = oracle.rates.rate(row["currency"], oracle.closing_day(month))
            value = money(Decimal(str(row["amount"])) * rate)
            total[row["channel"]] = total.get(row["channel"], ZERO) + value
    return dict(sorted(total.items()))


def payback_months(cost: Decimal, new_margin: Decimal) -> float | None:
    """Months of margin on the new MRR until the cost is earned back."""
    return ratio(cost, new_margin)


def split_of_expansion(oracle: Oracle, customer_id: str, on: date) -> tuple[Decimal, Decimal]:
    """(up-sell, cross-sell) of the day's expansion: what the customer did not have the day before, unless it
    takes the place of a product that goes.
    """
    before = _products(oracle, customer_id, on - timedelta(days=1))
    after = _products(oracle, customer_id, on)
    gains = {
        product: oracle.rates.value(after.get(product, {}), on)
        - oracle.rates.value(before.get(product, {}), on)
        for product in {*before, *after}
    }  # fmt: skip
    movement = next(m for m in oracle.movements(customer_id) if m.on == on)
    gained = sum((gain for gain in gains.values() if gain > 0), ZERO)
    added = sum((gain for product, gain in gains.items() if product not in before), ZERO)
    if before.keys() - after.keys():
        return movement.delta, ZERO
    crossed = movement.delta if added == gained else min(movement.delta, added)
    return movement.delta - crossed, crossed


def _products(oracle: Oracle, customer_id: str, on: date) -> dict[str | None, dict[str, Decimal]]:
    """What the customer pays for each product at the end of a day, by currency."""
    state = oracle.state_on(customer_id, on)
    found: dict[str | None, dict[str, Decimal]] = {}
    for item in state.change.items if state else ():
        if item.mrr:
            amounts = found.setdefault(item.version.product_id, {})
            amounts[item.version.currency] = amounts.get(item.version.currency, ZERO) + item.mrr
    return found
