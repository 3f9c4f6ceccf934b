"""One customer with one subscription, as the habits of `habits.py` meet it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orchestration.synthetic.billing import DAY, HOUR
from orchestration.synthetic.book import Book
from orchestration.synthetic.catalogue import FACTOR, Price, Product, Tier, money, price
from orchestration.synthetic.draws import Draws
from orchestration.synthetic.events import Kind, Log, Value

LEGACY = Product("legacy", "Legacy", Decimal(0), 2, per_seat=True, scheme="volume")


@dataclass(slots=True)
class Story:
    """A subscription with at most one discount of its own. `over` once nothing more can happen."""

    number: int
    book: Book
    draws: Draws
    unit: str
    over: bool = False
    discount: dict[str, Value] | None = None

    @property
    def log(self) -> Log:
        """Where it is written."""
        return self.book.log

    def sign_up(self, at: datetime) -> None:
        """Write the customer's record."""
        customer_id, currency = self.book.customer_id, self.book.currency
        country = {"EUR": "DE", "USD": "US", "JPY": "JP"}[currency]
        self.log.put(
            at, Kind.SIGNED_UP, "customers", customer_id=customer_id, name=customer_id.removeprefix("cus_"),
            email=f"{customer_id}@example.com", domain=None, legal_id=None, vat_id=None, country=country,
            currency=currency, created_at=at, crm_account_id=None, parent_customer_id=None, reseller_id=None,
            sales_model="low_touch", acquisition_channel="referral", acquisition_campaign=None,
            segment="small", is_test=False, is_internal=False,
        )  # fmt: skip

    def price(self, product: Product) -> Price:
        """The list price of a product for this subscription."""
        return price(product, self.book.currency, self.unit, 1)

    def seats(self, product: Product) -> int:
        """How many of a product."""
        return self.draws.integer(2, 25) if product.per_seat else 1

    def between(self, start: datetime, end: datetime) -> datetime:
        """An instant in the midst of two."""
        return self.draws.instant(start + HOUR, end - HOUR)

    def price_by_volume(self, price_id: str) -> Price:
        """A price that only this customer has."""
        dear, currency = self.draws.integer(20, 40), self.book.currency
        amounts = ((10, dear), (20, dear - 4), (None, dear - 9))
        tiers = tuple(Tier(up_to, money(amount * FACTOR[currency], currency)) for up_to, amount in amounts)
        return Price(price_id, LEGACY, currency, None, tiers, self.unit, 1)

    def list_price(self, at: datetime, kind: Kind, listed: Price, **columns: Value) -> None:
        """Put a price of its own on the list."""
        self.log.put(
            at, kind, "prices", price_id=listed.price_id, product_id=listed.product.product_id,
            product_name=listed.product.name, plan_name=listed.product.name, currency=listed.currency,
            unit_amount=listed.unit_amount, billing_scheme=listed.product.scheme, tiers=listed.tiers_json(),
            usage_type="licensed", interval_unit=listed.interval_unit, interval_count=1, is_addon=False,
            **columns,
        )  # fmt: skip

    def give(self, at: datetime, **columns: Value) -> dict[str, Value]:
        """Give the subscription a discount; it takes the place of what there was."""
        self.withdraw(at)
        self.discount = self.grant(at, **columns)
        return self.discount

    def grant(self, at: datetime, **columns: Value) -> dict[str, Value]:
        """Write a discount, a percent or an amount."""
        draws, currency = self.draws, self.book.currency
        percent = draws.chance(0.6)
        months = draws.integer(1, 2) if draws.chance(0.4) and self.unit == "month" else 0
        base = Decimal(draws.integer(3, 12))
        discount: dict[str, Value] = {
            "discount_id": f"di_{self.number}_{len(self.log.events)}", "customer_id": None,
            "subscription_id": self.book.subscription_id, "item_id": None,
            "percent_off": Decimal(draws.integer(2, 8) * 5) if percent else None,
            "amount_off": None if percent else money(base * FACTOR[currency], currency),
            "currency": None if percent else currency, "duration": "repeating" if months else "forever",
            "starts_at": at, "ends_at": at + 30 * months * DAY if months else None, **columns,
        }  # fmt: skip
        if not percent and currency != "EUR":
            # The coupon is one for all currencies, like the price.
            discount |= {"listed_amount": base, "listed_currency": "EUR"}
        kind = Kind.DISCOUNT_REPEATING if months else Kind.DISCOUNT_FOREVER
        self.log.put(at, kind, "discounts", **discount)
        return discount

    def withdraw(self, at: datetime) -> None:
        """Take the discount away, if there is one that did not run out before."""
        if self.discount is None:
            return
        kind, ends_at = Kind.DISCOUNT_WITHDRAWN, self.discount["ends_at"]
        if isinstance(ends_at, datetime) and ends_at <= at:
            at, kind = ends_at, Kind.DISCOUNT_RAN_OUT
        self.log.remove(at, kind, "discounts", discount_id=self.discount["discount_id"])
        self.discount = None
