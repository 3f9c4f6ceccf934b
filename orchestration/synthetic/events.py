"""The truth: one ordered log of typed business events, from which everything else is derived.

An event says when something became known (`at`, UTC), what kind of thing it was,
and what it set in one row of a
canonical table. Folding the events up to a night gives what any system could have delivered on that night.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

Value = str | int | bool | Decimal | datetime | date | None
Row = dict[str, Value]


class Kind(Enum):
    """What happened, in the words of the business."""

    SIGNED_UP = "signed up"
    CUSTOMER_MERGED = "customer merged into another"
    TRIAL_WITH_CARD = "trial started with a card"
    TRIAL_WITHOUT_CARD = "trial started without a card"
    TRIAL_CONVERTED = "trial converted"
    TRIAL_LOST = "trial ended without a subscription"
    RETENTION_TRIAL = "free weeks given to a paying customer"
    INCOMPLETE = "first payment not finished"
    ACTIVATED = "subscription activated"
    RETURNED = "customer came back"
    SEATS_ADDED = "seats added"
    SEATS_REMOVED = "seats removed"
    UPGRADED = "upgraded"
    DOWNGRADED = "downgraded"
    DOWNGRADED_TO_FREE = "downgraded to the free plan"
    PRODUCT_SWAPPED = "product swapped"
    INTERVAL_SWITCHED = "billing interval switched"
    CURRENCY_SWITCHED = "currency switched"
    ADDON_ADDED = "add-on added"
    ADDON_REMOVED = "add-on removed"
    CHANGE_SCHEDULED = "change scheduled"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCEL_REQUESTED = "cancellation requested"
    CANCEL_WITHDRAWN = "cancellation withdrawn"
    ENDED_VOLUNTARILY = "ended on request"
    ENDED_INVOLUNTARILY = "ended for payment"
    ENDED_UNEXPLAINED = "ended without a reason"
    DISCOUNT_ONCE = "discount for one invoice"
    DISCOUNT_REPEATING = "discount for some months"
    DISCOUNT_FOREVER = "discount for ever"
    INVOICED = "invoice issued"
    PAID = "invoice paid"
    PAYMENT_PENDING = "payment sent to the bank"
    PAYMENT_SUCCEEDED = "payment succeeded"
    PAYMENT_FAILED = "payment failed"
    PAST_DUE = "subscription past due"
    RECOVERED = "failed invoice recovered"
    UNPAID = "retries exhausted, subscription unpaid"
    KEPT_UNPAID = "subscription kept without the lost invoice"
    WRITTEN_OFF = "invoice uncollectible"
    SEPA_REVERSED = "direct debit reversed by the bank"
    REFUNDED = "payment refunded"
    CREDIT_NOTE = "credit note issued"
    DISPUTED = "payment disputed"
    DISPUTE_WON = "dispute won"
    DISPUTE_LOST = "dispute lost"
    VOIDED = "invoice voided"
    REISSUED = "corrected invoice issued"
    BILLED_TWICE = "invoice issued twice"
    CREDITS_BOUGHT = "credits bought in advance"
    CREDITS_USED = "credits used"
    CREDITS_GRANTED = "credits granted"
    CREDITS_EXPIRED = "credits expired"
    COMMITTED = "minimum agreed"
    TRUED_UP = "missed minimum billed"
    USAGE_METERED = "metered usage recorded"
    PRODUCT_USED = "product used"
    TICKET_OPENED = "ticket opened"
    TICKET_SOLVED = "ticket solved"
    SURVEY_SENT = "survey sent"
    SURVEY_ANSWERED = "survey answered"
    LEAD_CREATED = "lead created"
    LEAD_ADVANCED = "lead advanced"
    ACCOUNT_CREATED = "account created"
    ACCOUNT_MERGED = "account merged"
    DEAL_CREATED = "deal created"
    DEAL_ADVANCED = "deal advanced"
    DEAL_WON = "deal won"
    DEAL_LOST = "deal lost"
    MONEY_SPENT = "acquisition money spent"
    LISTED = "catalogue entry or rate published"
    # What a billing system lets happen to a subscription: only companies with habits do these (`habits.py`).
    IMPORTED = "subscription brought in with its past"
    ITEM_REPLACED = "item replaced by another"
    CHANGED_AGAIN = "changed again within the same second"
    DISCOUNT_CHANGED = "discount takes off something else"
    DISCOUNT_WITHDRAWN = "discount taken away before its end"
    DISCOUNT_RAN_OUT = "discount at its end"
    PRICE_CHANGED = "price of the list changed for all who have it"
    PRICE_DELETED = "price taken off the list"
    SUBSCRIPTION_DELETED = "subscription deleted"
    CUSTOMER_DELETED = "customer deleted"


KEYS: dict[str, tuple[str, ...]] = {
    "customers": ("customer_id",),
    "prices": ("price_id",),
    "subscriptions": ("subscription_id",),
    "subscription_items": ("subscription_id", "item_id", "valid_from"),
    "discounts": ("discount_id",),
    "invoices": ("invoice_id",),
    "invoice_lines": ("invoice_id", "line_id"),
    "payments": ("payment_id",),
    "invoice_payments": ("invoice_id", "payment_id"),
    "reversals": ("reversal_id",),
    "credit_notes": ("credit_note_id",),
    "credit_transactions": ("transaction_id",),
    "commitments": ("commitment_id",),
    "usage_records": ("usage_id",),
    "fx_rates": ("rate_on", "base", "quote"),
    "crm_accounts": ("crm_account_id",),
    "crm_contacts": ("contact_id",),
    "crm_leads": ("lead_id",),
    "crm_deals": ("deal_id",),
    "crm_deal_stages": ("deal_id", "entered_at", "stage"),
    "crm_stages": ("pipeline", "stage"),
    "crm_merges": ("object", "merged_id"),
    "survey_responses": ("response_id",),
    "survey_sends": ("send_id",),
    "ad_spend": ("account_id", "campaign_id", "spend_on"),
    "acquisition_costs": ("cost_month", "category", "channel"),
    "company_costs": ("cost_month", "category"),
    "tickets": ("ticket_id",),
    "product_usage": ("customer_id", "used_on", "feature"),
    "identity_links": ("customer_id", "crm_account_id", "valid_from"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: it set `values` in the row of `table` that has this key; no values removes
    the row.
    """

    at: datetime
    kind: Kind
    table: str
    key: tuple[Value, ...]
    values: Mapping[str, Value]


@dataclass(slots=True)
class Log:
    """Collects the events of one life in any order; `known` gives them in the order they became known."""

    events: list[Event] = field(default_factory=list)

    def put(self, at: datetime, kind: Kind, table: str, /, **values: Value) -> None:
        """Set columns of a row; the key columns must be among them."""
        key = tuple(values[column] for column in KEYS[table])
        self.events.append(Event(at, kind, table, key, values))

    def remove(self, at: datetime, kind: Kind, table: str, /, **key: Value) -> None:
        """Take a row away from `at` on."""
        self.events.append(Event(at, kind, table, tuple(key[column] for column in KEYS[table]), {}))

    def known(self, until: datetime) -> list[Event]:
        """The events known at `until`, in the order they became known."""
        return sorted((event for event in self.events if event.at <= until), key=lambda event: event.at)


def fold(events: Iterable[Event]) -> dict[str, dict[tuple[Value, ...], Row]]:
    """The rows of every table after the events, by key, in the order the rows first appeared."""
    tables: dict[str, dict[tuple[Value, ...], Row]] = {}
    for event in events:
        rows = tables.setdefault(event.table, {})
        if event.values:
            rows.setdefault(event.key, {}).update(event.values)
        else:
            rows.pop(event.key, None)
    return tables
