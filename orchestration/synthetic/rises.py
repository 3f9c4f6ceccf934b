"""Prices that rise: what a price is at an instant, and whom the rise drives away.

A rise draws from streams of its own, so that the company without it lives the same lives. New customers pay
the new price from its day on, the others from their next renewal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from orchestration.synthetic.catalogue import CURRENCIES, INTERVALS, PRODUCTS, Price, price


@dataclass(frozen=True, slots=True)
class PriceRise:
    """A product's monthly list price in EUR becomes `monthly` at an instant; other currencies and intervals
    follow.
    """

    product_id: str
    effective: datetime
    monthly: Decimal
    leaves: float = 0.0
    """The share of those it reaches who leave because of it, within `LATEST_DAYS`."""


EARLIEST_DAYS, LATEST_DAYS = 3, 55


def price_at(listed: Price, at: datetime, rises: tuple[PriceRise, ...]) -> Price:
    """What a price of the list is at an instant: the same, or the one that the last rise until then made."""
    reached = [
        rise for rise in rises if rise.product_id == listed.product.product_id and rise.effective <= at
    ]
    if not reached:
        return listed
    rise = max(reached, key=lambda one: one.effective)
    plain = price(listed.product, listed.currency, listed.interval_unit, listed.interval_count)
    return _raised(plain, rise)


def raised_prices(rises: tuple[PriceRise, ...]) -> Iterator[tuple[datetime, Price]]:
    """Every price that the rises add to the list, and when."""
    products = {product.product_id: product for product in PRODUCTS}
    for rise in rises:
        for currency in CURRENCIES:
            for unit, count in INTERVALS:
                plain = price(products[rise.product_id], currency, unit, count)
                yield rise.effective, _raised(plain, rise)


def _raised(plain: Price, rise: PriceRise) -> Price:
    raised = price(
        replace(plain.product, monthly=rise.monthly),
        plain.currency,
        plain.interval_unit,
        plain.interval_count,
    )
    return replace(plain, price_id=f"{plain.price_id}_{rise.effective:%Y%m}", unit_amount=raised.unit_amount)
