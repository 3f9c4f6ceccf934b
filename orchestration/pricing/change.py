"""Another price for a plan, played through on the published file: whom it reaches, when, and what for."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.machine.duckdb_files import open_published
from orchestration.pricing.dates import add_months, first_renewal, next_month
from orchestration.pricing.history import History, past_changes
from orchestration.publish.published import release_of
from orchestration.settings import Company

_ITEMS = """
    select
        items.customer_id, items.subscription_id, items.item_id, items.currency, items.billing_interval,
        items.billing_scheme, items.quantity, items.unit_price, items.mrr, items.is_ending,
        subscriptions.started_on, subscriptions.term_end_on, subscriptions.ends_on
    from dim_subscription_items as items
    inner join dim_subscriptions as subscriptions on items.subscription_id = subscriptions.subscription_id
    where items.plan = $plan
    order by items.customer_id, items.subscription_id, items.item_id
"""
_BY_UNIT = ("per_unit", "flat")
_SCHEMES = {"tiered": "priced by tiers", "volume": "priced by volume", "package": "sold by the package"}
_CENT = Decimal("0.0001")


@dataclass(frozen=True)
class Item:
    """An item that the new price reaches: MRR now and then, and the day on which it changes."""

    customer_id: str
    subscription_id: str
    item_id: str
    quantity: Decimal
    unit_price: Decimal
    mrr: Decimal
    mrr_after: Decimal
    changes_on: date
    is_of_a_term: bool
    """Whether an invoice tells when its term ends; else the day is reckoned from its start."""


@dataclass(frozen=True)
class LeftOut:
    """Items of the plan that the price does not move, and why."""

    reason: str
    items: int
    customers: int
    mrr: Decimal


@dataclass(frozen=True)
class Month:
    """A month in which the price reaches customers; MRR of all whom it reaches, at its end."""

    month: date
    customers: int
    added: Decimal
    mrr: Decimal


@dataclass(frozen=True)
class PriceChange:
    """The answer; money is per month in the reporting currency, prices in that of the price."""

    plan: str
    to: Decimal
    currency: str
    interval: str
    from_date: date
    grandfather_months: int
    release_id: str
    as_of: date
    reporting_currency: str
    items: Sequence[Item]
    left_out: Sequence[LeftOut]
    months: Sequence[Month]
    history: History

    @property
    def customers(self) -> int:
        """How many customers the price reaches."""
        return len({item.customer_id for item in self.items})

    @property
    def mrr(self) -> Decimal:
        """Their MRR of these items now."""
        return sum((item.mrr for item in self.items), Decimal(0))

    @property
    def gain(self) -> Decimal:
        """What the price adds to it once it has reached them all and none has reacted; below 0 for a cut."""
        return sum((item.mrr_after for item in self.items), Decimal(0)) - self.mrr

    @property
    def break_even_share(self) -> Decimal:
        """The share of the MRR at the new price whose loss, or for a cut whose gain, undoes the change."""
        return abs(self.gain) / (self.mrr + self.gain)

    @property
    def break_even_customers(self) -> int:
        """So many customers of the mean size lost (or, for a cut, won) bring MRR back to what it is now."""
        return int((self.break_even_share * self.customers).to_integral_value(ROUND_CEILING))

    @property
    def prices(self) -> Mapping[Decimal, Sequence[Item]]:
        """The items by what a unit costs them now, the lowest first."""
        found: dict[Decimal, list[Item]] = defaultdict(list)
        for item in self.items:
            found[item.unit_price].append(item)
        return dict(sorted(found.items()))


@dataclass(frozen=True)
class Asked:
    """What was asked for; what is None is chosen: the reporting currency, the usual interval, next month."""

    plan: str
    to: Decimal
    currency: str | None = None
    interval: str | None = None
    from_date: date | None = None
    grandfather_months: int = 0


def price_change(company: Company, asked: Asked) -> PriceChange:
    """Play another price through on the published file.

    Raises ConfigurationError for a plan, currency or interval that nobody pays, a date in the past, a price
    that is not one of a unit, and one that moves nothing.
    """
    with open_published(company.published_file, company.limits) as connection:
        return _played(connection, company, asked)


def _played(connection: duckdb.DuckDBPyConnection, company: Company, asked: Asked) -> PriceChange:
    release = release_of(connection)
    today = release.as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(company.reporting_timezone)).date()
    from_date = asked.from_date or next_month(today)
    if from_date < today:
        raise ConfigurationError(
            f"--from-date {from_date} lies before the published release, which is as of {today}: a price can "
            f"only change from then on. Name {today} or a later day."
        )
    rows = _rows_of_plan(connection, asked.plan)
    currency = asked.currency or _usual_currency(rows, company.reporting_currency)
    _demand(asked.plan, "currency", currency, rows, lambda row: row["currency"])
    of_currency = [row for row in rows if row["currency"] == currency]
    interval = asked.interval or _most_usual(of_currency)
    _demand(asked.plan, "interval", interval, of_currency, lambda row: row["billing_interval"])
    earliest = add_months(from_date, asked.grandfather_months)
    items, left_out = _sorted_out(rows, asked.to, currency, interval, earliest)
    if not items:
        told = "; ".join(f"{one.items} {one.reason}" for one in left_out)
        raise ConfigurationError(
            f"A price of {asked.to} {currency} {every(interval)} moves no item of {asked.plan}: {told}. "
            "Name another price, --currency or --interval."
        )
    gain = sum(item.mrr_after - item.mrr for item in items)
    return PriceChange(
        plan=asked.plan, to=asked.to, currency=currency, interval=interval, from_date=from_date,
        grandfather_months=asked.grandfather_months, release_id=release.release_id, as_of=today,
        reporting_currency=company.reporting_currency, items=items, left_out=left_out,
        months=_months(items), history=past_changes(connection, asked.plan, "cut" if gain < 0 else "rise"),
    )  # fmt: skip


def every(interval: str) -> str:
    """A billing interval in a sentence: every month, every 14 days."""
    return f"every {interval}"


def _rows_of_plan(connection: duckdb.DuckDBPyConnection, plan: str) -> list[dict[str, Any]]:
    answer = connection.execute(_ITEMS, {"plan": plan})
    columns = [column[0] for column in answer.description or ()]
    rows = [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]
    if rows:
        return rows
    plans = [
        name for (name,) in connection.execute(
            "select distinct plan from dim_subscription_items where plan is not null order by plan"
        ).fetchall()
    ]  # fmt: skip
    metered = connection.execute(
        "select 1 from dim_prices where plan_name = $plan and usage_type = 'metered'", {"plan": plan}
    ).fetchall()
    if metered:
        raise ConfigurationError(
            f"{plan} is billed by what is used, and usage is not MRR: a price of it can't be played through. "
            f"Plans that can: {', '.join(plans)}."
        )
    near = get_close_matches(plan.lower(), [name.lower() for name in plans], 3, 0.5)
    meant = [name for name in plans if name.lower() in near]
    raise ConfigurationError(
        f"Nobody pays for a plan {plan!r} at the published release. "
        + (f"Did you mean {' or '.join(meant)}? " if meant else "")
        + (f"Plans: {', '.join(plans)}." if plans else "No source names a plan.")
    )


def _usual_currency(rows: Sequence[Mapping[str, Any]], reporting_currency: str) -> str:
    currencies = sorted({str(row["currency"]) for row in rows})
    return reporting_currency if reporting_currency in currencies else currencies[0]


def _most_usual(rows: Sequence[Mapping[str, Any]]) -> str:
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[row["billing_interval"]] += 1
    return max(sorted(counts), key=lambda name: counts[name])


def _demand(
    plan: str, what: str, value: str, rows: Sequence[Mapping[str, Any]],
    name: Callable[[Mapping[str, Any]], str],
) -> None:  # fmt: skip
    known = sorted({name(row) for row in rows})
    if value not in known:
        raise ConfigurationError(
            f"Nobody pays for {plan} with the {what} {value!r} at the published release. "
            f"Name --{what} {' or '.join(known)}."
        )


def _sorted_out(
    rows: Sequence[Mapping[str, Any]], to: Decimal, currency: str, interval: str, earliest: date
) -> tuple[list[Item], list[LeftOut]]:
    items: list[Item] = []
    others: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        start = row["term_end_on"] or row["started_on"] or earliest
        changes_on = first_renewal(start, row["billing_interval"], earliest)
        reason = _why_not(row, to, currency, interval, changes_on)
        if reason:
            others[reason].append(row)
            continue
        after = (row["mrr"] * to / row["unit_price"]).quantize(_CENT, ROUND_HALF_UP)
        items.append(Item(
            row["customer_id"], row["subscription_id"], row["item_id"], row["quantity"], row["unit_price"],
            row["mrr"], after, changes_on, row["term_end_on"] is not None,
        ))  # fmt: skip
    left_out = [
        LeftOut(
            reason, len(found), len({row["customer_id"] for row in found}),
            sum((row["mrr"] for row in found), Decimal(0)),
        )
        for reason, found in others.items()
    ]  # fmt: skip
    return items, sorted(left_out, key=lambda one: (-one.mrr, one.reason))


def _why_not(
    row: Mapping[str, Any], to: Decimal, currency: str, interval: str, changes_on: date
) -> str | None:
    if row["currency"] != currency:
        return f"billed in {row['currency']}"
    if row["billing_interval"] != interval:
        return f"billed {every(row['billing_interval'])}"
    if row["billing_scheme"] not in _BY_UNIT or row["unit_price"] is None:
        return _SCHEMES.get(row["billing_scheme"], "priced by invoices alone")
    if row["is_ending"] or (row["ends_on"] is not None and row["ends_on"] <= changes_on):
        return "ending before the price comes"
    return "at this price already" if row["unit_price"] == to else None


def _months(items: Sequence[Item]) -> list[Month]:
    by_month: dict[date, list[Item]] = defaultdict(list)
    for item in items:
        by_month[item.changes_on.replace(day=1)].append(item)
    months, mrr = [], sum((item.mrr for item in items), Decimal(0))
    for month, changing in sorted(by_month.items()):
        added = sum((item.mrr_after - item.mrr for item in changing), Decimal(0))
        mrr += added
        months.append(Month(month, len({item.customer_id for item in changing}), added, mrr))
    return months
