"""Who asked to leave and stayed: requests to end a subscription, offers, and what is paid 90 days later.

Section 7 of the specification of metrics, in plain loops over the states of each subscription.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from oracle.ledger import ZERO, Oracle
from oracle.states import ItemState, money


@dataclass(frozen=True, slots=True)
class Request:
    """One time at which all that a subscription paid for was asked to end, valued at the rates of its day."""

    customer_id: str
    on: date
    plan: str
    withdrawn: bool
    ended: bool
    offered: bool
    mrr: Decimal
    mrr_after: Decimal | None
    """After 90 days; None while these are not over."""

    @property
    def is_saved(self) -> bool:
        """Whether it was taken back and still pays."""
        return self.withdrawn and bool(self.mrr_after)


States = list[tuple[datetime, list[ItemState]]]


def end_requests(oracle: Oracle) -> Iterator[Request]:
    """Every request by `as_of`, under policies by which requests and retention trials leave MRR alone."""
    for customer, changes in oracle.changes.items():
        if not oracle.movements(customer):
            continue
        by_subscription: dict[str, States] = defaultdict(list)
        names = {item.version.subscription_id for change in changes for item in change.items}
        for change in changes:
            if change.at <= oracle.as_of:
                for name in names:
                    items = [item for item in change.items if item.version.subscription_id == name]
                    by_subscription[name].append((change.at, items))
        for name, states in by_subscription.items():
            yield from _requests(oracle, customer, name, states)


def _requests(oracle: Oracle, customer: str, subscription: str, states: States) -> Iterator[Request]:
    asked = False
    for place, (at, items) in enumerate(states):
        was_asked, asked = asked, _is_asked(items)
        if not asked or was_asked:
            continue
        on = oracle.local_day(at)
        over = next((later for _, later in states[place + 1 :] if not _is_asked(later)), None)
        goes_on = None if over is None else any(item.mrr for item in over)
        after = on + timedelta(days=90)
        last = [later for since, later in states if oracle.local_day(since) <= after][-1]
        # Of two dearest items the first by its id.
        main = min(items, key=lambda item: (-item.mrr, item.version.item_id))
        yield Request(
            customer, on, main.version.plan_name or "unknown", goes_on is True, goes_on is False,
            _is_offered(oracle, customer, subscription, at, states[max(place - 1, 0) :]),
            _value(oracle, items, on), _value(oracle, last, on) if after < oracle.today else None,
        )  # fmt: skip


def _is_asked(items: list[ItemState]) -> bool:
    return any(item.mrr for item in items) and not any(item.committed for item in items)


def _is_offered(oracle: Oracle, customer: str, subscription: str, asked_at: datetime, states: States) -> bool:
    """Whether a trial or a discount began within 30 days; the first state is that before the request."""

    def is_in_time(at: datetime) -> bool:
        return at >= asked_at and (oracle.local_day(at) - oracle.local_day(asked_at)).days <= 30

    on_trial: set[str] = set()
    for at, items in states:
        now = {item.version.item_id for item in items if item.status == "trialing" and item.mrr}
        if now - on_trial and is_in_time(at):
            return True
        on_trial = now
    own = {item.version.item_id for _, found in states for item in found}
    return any(
        is_in_time(discount.granted_at or discount.starts_at)
        for discount in oracle.inputs.discounts
        if discount.customer_id == customer
        or discount.subscription_id == subscription
        or discount.item_id in own
    )


def _value(oracle: Oracle, items: list[ItemState], on: date) -> Decimal:
    return sum((money(item.mrr * oracle.rates.rate(item.version.currency, on)) for item in items), ZERO)
