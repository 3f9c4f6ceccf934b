"""What is read of Stripe: endpoints, filters, expansions, and the events that tell of a change."""

from collections.abc import Sequence
from dataclasses import dataclass

COUPON = "discounts.source.coupon"


@dataclass(frozen=True)
class StripeObject:
    """One list endpoint.

    Without `events` it is always read whole. An event about a `parent` has all records of that parent read
    again. A list that Stripe gives of one customer only is asked for each customer of another list.
    """

    kind: str
    permission: str
    filters: Sequence[tuple[str, str]] = ()
    expand: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    parent: str | None = None
    path: str = ""
    """Where it is not called as the object is here."""
    customers_of: str | None = None
    """The list that names the customers."""


def _events(prefix: str, endings: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{ending}" for ending in endings.split())


_INVOICE_EVENTS = _events(
    "invoice",
    "created deleted finalized finalization_failed marked_uncollectible overdue paid payment_failed "
    "payment_succeeded sent updated voided",
)

# What stands (customers, subscriptions, the catalogue) is read whole every time: only a snapshot of all shows
# that a customer is gone or an item was taken off a subscription, and MRR hangs on it. What only accrues
# (invoices, payments) is read by change.
OBJECTS: dict[str, StripeObject] = {
    "customers": StripeObject(
        kind="customer",
        permission="Customers: Read",
        expand=("discount.source.coupon",),
    ),
    "products": StripeObject(kind="product", permission="Products: Read"),
    "prices": StripeObject(kind="price", permission="Prices: Read", expand=("tiers", "product")),
    "subscriptions": StripeObject(
        kind="subscription",
        permission="Subscriptions: Read",
        # The default leaves out what was cancelled, and with it all churn.
        filters=(("status", "all"),),
        expand=(COUPON,),
    ),
    "invoices": StripeObject(kind="invoice", permission="Invoices: Read", events=_INVOICE_EVENTS),
    "invoice_payments": StripeObject(
        kind="invoice_payment",
        permission="Invoices: Read, and Payment intents: Read for the charge behind a payment",
        expand=("payment.payment_intent",),
        events=("invoice_payment.paid", *_INVOICE_EVENTS),
        parent="invoice",
    ),
    "charges": StripeObject(
        kind="charge",
        permission="Charges: Read, and Balance transactions: Read for the fees",
        expand=("balance_transaction",),
        events=(
            *_events("charge", "captured expired failed pending refunded succeeded updated"),
            *_events("charge.dispute", "created closed"),
            *_events("refund", "created updated"),
        ),
    ),
    "refunds": StripeObject(
        kind="refund",
        permission="Refunds: Read",
        events=("charge.refund.updated", *_events("refund", "created failed updated")),
    ),
    "disputes": StripeObject(
        kind="dispute",
        permission="Disputes: Read",
        events=_events("charge.dispute", "closed created funds_reinstated funds_withdrawn updated"),
    ),
    "credit_notes": StripeObject(
        kind="credit_note",
        permission="Credit notes: Read",
        events=_events("credit_note", "created updated voided"),
    ),
    "credit_grants": StripeObject(
        kind="billing.credit_grant", permission="Credit grants: Read", path="billing/credit_grants"
    ),
    "credit_balance_transactions": StripeObject(
        kind="billing.credit_balance_transaction",
        permission="Credit grants: Read, and Credit balance transactions: Read",
        path="billing/credit_balance_transactions",
        customers_of="credit_grants",
    ),
}
