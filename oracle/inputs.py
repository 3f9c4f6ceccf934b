"""What the oracle reads: canonical-like rows, typed. It can be fed a simulated company or a hand-written
timeline.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

RawRow = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ItemVersion:
    """The state of one subscription item from `valid_from` (UTC) to its next version or `valid_to`."""

    subscription_id: str
    item_id: str
    valid_from: datetime
    currency: str
    quantity: Decimal
    interval_unit: str
    interval_count: int
    unit_amount: Decimal | None = None
    status: str | None = "active"
    valid_to: datetime | None = None
    customer_id: str | None = None
    price_id: str | None = None
    product_id: str | None = None
    plan_name: str | None = None
    usage_type: str = "licensed"
    cancel_at_period_end: bool = False
    recorded_at: datetime | None = None
    package_size: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as last delivered."""

    subscription_id: str
    customer_id: str
    status: str = "active"
    started_at: datetime | None = None
    trial_started_at: datetime | None = None
    trial_ended_at: datetime | None = None
    card_on_file_at_start: bool | None = None
    paused_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    end_feedback: str | None = None


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount on an item, a subscription or a customer (one of the three), on all products or one.

    One that was taken away or changed still is what it was granted for: from `granted_at` to `granted_until`.
    """

    discount_id: str
    duration: str
    starts_at: datetime
    customer_id: str | None = None
    subscription_id: str | None = None
    item_id: str | None = None
    percent_off: Decimal | None = None
    amount_off: Decimal | None = None
    currency: str | None = None
    ends_at: datetime | None = None
    product_ids: str | None = None
    granted_at: datetime | None = None
    granted_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Policies:
    """The settings of `company.yml` that change a figure, with the specification's defaults."""

    reporting_currency: str = "USD"
    reporting_timezone: str = "UTC"
    discounts: str = "forever+repeating"
    weeks_per_year: int = 52
    days_per_year: int = 365
    past_due_max_days: int | None = None
    mrr_start: str = "activation"
    counted_statuses: str = "active+past_due+retention_trial"
    churn_date: str = "effective_end"
    reactivation_window_days: int | None = None
    pause_max_days: int = 90
    gap_tolerance_days: int = 0
    fx_max_age_days: int = 7
    constant_currency_date: date | None = None
    min_n: int = 5
    nps_window_days: int = 90
    gross_margin: Decimal | Mapping[str, Decimal] = Decimal("0.8")
    """One for all plans, or by the name of the plan, with one of `default` for the others."""
    commission: Mapping[str, Decimal] = field(default_factory=dict)
    """What a reseller keeps of the MRR of its customers."""
    cac_lag_months: int = 0
    fiscal_year_start: int = 1
    trial_window_days: int = 30


Tiers = tuple[tuple[Decimal | None, Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class PriceTiers:
    """A tiered or volume price: steps of (up to, unit amount, flat amount) in major units."""

    scheme: str
    tiers: Tiers


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything one computation needs; only `items` has to be there."""

    items: tuple[ItemVersion, ...]
    subscriptions: Mapping[str, Subscription] = field(default_factory=dict)
    discounts: tuple[Discount, ...] = ()
    customers: Mapping[str, RawRow] = field(default_factory=dict)
    rates: Mapping[tuple[str, str], Mapping[date, Decimal]] = field(default_factory=dict)
    tiers: Mapping[str, PriceTiers] = field(default_factory=dict)
    invoices: tuple[RawRow, ...] = ()
    payments: Mapping[str, RawRow] = field(default_factory=dict)
    invoice_payments: tuple[RawRow, ...] = ()

    def customer_of(self, version: ItemVersion) -> str:
        """The customer of an item: its own column, else its subscription's."""
        if version.customer_id:
            return version.customer_id
        return self.subscriptions[version.subscription_id].customer_id


def instant(value: Any) -> datetime | None:
    """ISO text or a datetime as an aware instant in UTC; empty is None, a naive one is taken as UTC."""
    if value is None or value == "":
        return None
    moment = (
        value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    )
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def day(value: Any) -> date:
    """ISO text or a date as a date."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def number(value: Any) -> Decimal | None:
    """Text or a number as an exact Decimal; empty is None."""
    return None if value is None or value == "" else Decimal(str(value))


def flag(value: Any) -> bool | None:
    """`true`, `false`, a boolean or nothing."""
    return None if value is None or value == "" else str(value).lower() == "true"


def word(value: Any) -> str | None:
    """Text, where the empty text means nothing."""
    return None if value is None or value == "" else str(value)


def _typed(row: RawRow, kinds: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    return {
        name: kind(row[name]) for name, kind in kinds.items() if name in row and kind(row[name]) is not None
    }


_Kinds = dict[str, Callable[[Any], Any]]


def _words(*names: str) -> _Kinds:
    return dict.fromkeys(names, word)


_ITEM: _Kinds = {
    "valid_from": instant,
    "valid_to": instant,
    "recorded_at": instant,
    "quantity": number,
    "unit_amount": number,
    "package_size": number,
    "cancel_at_period_end": flag,
    "interval_count": int,
    **_words(
        "subscription_id",
        "item_id",
        "currency",
        "interval_unit",
        "customer_id",
        "price_id",
        "product_id",
        "plan_name",
        "usage_type",
    ),
}
_SUBSCRIPTION: _Kinds = {
    "started_at": instant,
    "trial_started_at": instant,
    "trial_ended_at": instant,
    "paused_at": instant,
    "cancel_requested_at": instant,
    "ended_at": instant,
    "card_on_file_at_start": flag,
    **_words("subscription_id", "customer_id", "status", "end_reason", "end_feedback"),
}
_DISCOUNT: _Kinds = {
    "starts_at": instant,
    "ends_at": instant,
    "granted_at": instant,
    "granted_until": instant,
    "percent_off": number,
    "amount_off": number,
    **_words(
        "discount_id", "duration", "customer_id", "subscription_id", "item_id", "currency", "product_ids"
    ),
}


def _item(row: RawRow) -> ItemVersion:
    return ItemVersion(**_typed(row, _ITEM), status=word(row.get("status")))


def _price_tiers(rows: Iterable[RawRow]) -> dict[str, PriceTiers]:
    found: dict[str, PriceTiers] = {}
    for row in rows:
        if row.get("tiers"):
            steps = json.loads(row["tiers"])
            tiers = tuple(
                (number(s.get("up_to")), number(s.get("unit_amount")) or Decimal(0),
                 number(s.get("flat_amount")) or Decimal(0)) for s in steps
            )  # fmt: skip
            found[row["price_id"]] = PriceTiers(row["billing_scheme"], tiers)
    return found


def read_inputs(tables: Mapping[str, Iterable[RawRow]]) -> Inputs:
    """Type the rows of the canonical tables (values as text or as Python values)."""
    rates: dict[tuple[str, str], dict[date, Decimal]] = {}
    for row in tables.get("fx_rates", ()):
        rates.setdefault((row["base"], row["quote"]), {})[day(row["rate_on"])] = Decimal(str(row["rate"]))
    subscriptions = [Subscription(**_typed(row, _SUBSCRIPTION)) for row in tables.get("subscriptions", ())]
    return Inputs(
        items=tuple(_item(row) for row in tables.get("subscription_items", ())),
        subscriptions={s.subscription_id: s for s in subscriptions},
        discounts=tuple(Discount(**_typed(row, _DISCOUNT)) for row in tables.get("discounts", ())),
        customers={row["customer_id"]: row for row in tables.get("customers", ())},
        rates=rates,
        tiers=_price_tiers(tables.get("prices", ())),
        invoices=tuple(tables.get("invoices", ())),
        payments={row["payment_id"]: row for row in tables.get("payments", ())},
        invoice_payments=tuple(tables.get("invoice_payments", ())),
    )
