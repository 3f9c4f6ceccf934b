"""What the company sells, in which currencies and at which prices."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

EXPONENT = {"EUR": 2, "USD": 2, "GBP": 2, "JPY": 0}
CURRENCIES = tuple(EXPONENT)
# Price lists are set by hand in each market; these factors only decide the magnitude.
FACTOR = {"EUR": Decimal(1), "USD": Decimal("1.1"), "GBP": Decimal("0.9"), "JPY": Decimal(160)}
# A year is sold for ten months, a quarter for 5 % less, a fortnight for just over half a month.
PERIOD_FACTOR = {"month": Decimal(1), "quarter": Decimal("2.85"), "year": Decimal(10), "day": Decimal("0.52")}
COUNTRIES = {"FR": "EUR", "DE": "EUR", "ES": "EUR", "GB": "GBP", "US": "USD", "JP": "JPY"}
VAT = {"FR": Decimal("0.20"), "DE": Decimal("0.19"), "ES": Decimal("0.21"), "GB": Decimal("0.20")}


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a price: up to this quantity (None: without end) at this unit price."""

    up_to: int | None
    unit_amount: Decimal


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its monthly list price in EUR."""

    product_id: str
    name: str
    monthly: Decimal
    rank: int
    per_seat: bool = False
    is_addon: bool = False
    scheme: str = "per_unit"
    tiers: tuple[tuple[int | None, Decimal], ...] = ()
    usage_type: str = "licensed"


FREE = Product("free", "Free", Decimal(0), 0)
STARTER = Product("starter", "Starter", Decimal(29), 1)
TEAM = Product("team", "Team", Decimal(19), 2, per_seat=True)
GROWTH = Product(
    "growth", "Growth", Decimal(0), 3, per_seat=True, scheme="tiered",
    tiers=((5, Decimal(24)), (20, Decimal(20)), (None, Decimal(16))),
)  # fmt: skip
BUSINESS = Product(
    "business", "Business", Decimal(0), 4, per_seat=True, scheme="volume",
    tiers=((10, Decimal(35)), (50, Decimal(30)), (None, Decimal(26))),
)  # fmt: skip
INSIGHTS = Product("insights", "Insights", Decimal(79), 1)
ANALYTICS = Product("addon_analytics", "Analytics add-on", Decimal(39), 0, is_addon=True)
SUPPORT = Product("addon_support", "Priority support", Decimal(89), 0, is_addon=True)
API_CALLS = Product("api_calls", "API calls", Decimal("0.002"), 0, usage_type="metered")

LADDER = (FREE, STARTER, TEAM, GROWTH, BUSINESS)
ADDONS = (ANALYTICS, SUPPORT)
PRODUCTS = (*LADDER, INSIGHTS, *ADDONS, API_CALLS)
INTERVALS = (("month", 1), ("quarter", 1), ("year", 1), ("day", 14))


@dataclass(frozen=True, slots=True)
class Price:
    """A product in one currency and one billing interval."""

    price_id: str
    product: Product
    currency: str
    unit_amount: Decimal | None
    tiers: tuple[Tier, ...]
    interval_unit: str
    interval_count: int
    package_size: int | None = None
    """So many units are sold at once, and a part of them is a whole package."""

    def amount(self, quantity: Decimal) -> Decimal:
        """The list amount of one period in the currency, tiers included."""
        if self.unit_amount is not None:
            return self.unit_amount * (
                -(-int(quantity) // self.package_size) if self.package_size else quantity
            )
        if self.product.scheme == "volume":
            return (
                next(t.unit_amount for t in self.tiers if t.up_to is None or quantity <= t.up_to) * quantity
            )
        total, floor = Decimal(0), Decimal(0)
        for tier in self.tiers:
            top = quantity if tier.up_to is None else min(quantity, Decimal(tier.up_to))
            total += max(top - floor, Decimal(0)) * tier.unit_amount
            floor = max(floor, top)
        return total

    def tiers_json(self) -> str | None:
        """The tiers in major units, the shape of `prices.tiers`."""
        if not self.tiers:
            return None
        steps = [
            {"up_to": t.up_to, "unit_amount": str(t.unit_amount), "flat_amount": None} for t in self.tiers
        ]
        return json.dumps(steps)


def money(amount: Decimal, currency: str) -> Decimal:
    """Round half up to what the currency can pay."""
    return amount.quantize(Decimal(1).scaleb(-EXPONENT[currency]), ROUND_HALF_UP)


def price(product: Product, currency: str, unit: str, count: int) -> Price:
    """The price of a product in a currency and interval; metered prices keep their fractions of a cent."""

    def convert(monthly: Decimal) -> Decimal:
        raw = monthly * FACTOR[currency]
        if product.usage_type == "metered":
            return raw.normalize() + Decimal("0.000")
        return money(raw * PERIOD_FACTOR[unit], currency)

    tiers = tuple(Tier(up_to, convert(monthly)) for up_to, monthly in product.tiers)
    unit_amount = None if tiers else convert(product.monthly)
    every = f"{count}{unit}" if count != 1 else unit
    price_id = f"price_{product.product_id}_{every}_{currency.lower()}"
    return Price(price_id, product, currency, unit_amount, tiers, unit, count)


PRICES = {
    listed.price_id: listed
    for product in PRODUCTS
    for currency in CURRENCIES
    for unit, count in INTERVALS
    for listed in [price(product, currency, unit, count)]
}
"""The whole price list by the price's id, in a fixed order."""
