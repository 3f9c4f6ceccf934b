"""What is left of MRR after the cost of serving each plan and the reseller's commission."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from oracle.ledger import ZERO, Oracle
from oracle.retention import Segment


def margin_on(oracle: Oracle, customer_id: str, on: date, resellers: Segment) -> Decimal | None:
    """The margin of what a customer pays at the end of a local day, at that day's rate; None where a plan has
    no margin.
    """
    state = oracle.state_on(customer_id, on)
    paid: dict[str | None, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for item in state.change.items if state else ():
        if item.mrr:
            paid[item.version.plan_name][item.version.currency] += item.mrr
    kept = oracle.policies.commission.get(resellers(customer_id) or "", ZERO)
    parts = []
    for plan, native in paid.items():
        share = _margin_of(oracle.policies.gross_margin, plan)
        parts.append(None if share is None else oracle.rates.value(native, on) * (share - kept))
    return total_of_known(parts)


def total_of_known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """A sum, None where one of its parts is not known."""
    total = ZERO
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _margin_of(margins: Decimal | Mapping[str, Decimal], plan: str | None) -> Decimal | None:
    if isinstance(margins, Decimal):
        return margins
    return margins.get(plan or "", margins.get("default"))
