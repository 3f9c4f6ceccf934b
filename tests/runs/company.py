"""A small company whose runs bring every kind of change, each to a customer that is named after it."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from orchestration.settings import Company
from tests.pipeline import write_canonical, write_company

Tables = Mapping[str, Iterable[Mapping[str, Any]]]

FIRST_NIGHT = datetime(2024, 6, 10, 3, tzinfo=UTC)
SECOND_NIGHT = datetime(2024, 6, 11, 3, tzinfo=UTC)
THIRD_NIGHT = datetime(2024, 7, 2, 3, tzinfo=UTC)
FOURTH_NIGHT = datetime(2024, 9, 3, 3, tzinfo=UTC)
BYSTANDERS = 120
# Its checksum fails, which the marts tell with the file and line it was delivered in.
NO_SIREN = "123456789"

# One per canonical source, with its settings: deltas of dated items, full snapshots of them, reported changes
# and invoice lines; `observed` shows the present only, through a mapping of its own.
SOURCES = {
    "dated": {"delivery": "delta"},
    "complete": {"delivery": "full_snapshot"},
    "changes": {"delivery": "delta", "mrr_basis": "changes"},
    "lines": {"delivery": "delta", "mrr_basis": "invoice_lines"},
}
OBSERVED = {
    "source": {"name": "observed", "system": "tested", "kind": "billing", "mrr_basis": "items"},
    "files": [
        {
            "table": "subscription_items",
            "match": "subscription_items.csv",
            "delivery": "full_snapshot",
            "format": {"type": "csv"},
            "key": ["subscription_id", "item_id"],
            "columns": {
                "subscription_id": {"from": "subscription_id"},
                "item_id": {"from": "item_id"},
                "customer_id": {"from": "customer_id"},
                "valid_from": {"from": "valid_from", "type": "timestamp"},
                "status": {"from": "status"},
                "currency": {"from": "currency"},
                "unit_amount": {"from": "unit_amount", "type": "money_major"},
                "quantity": {"from": "quantity", "type": "decimal"},
                "billing_scheme": {"const": "per_unit"},
                "usage_type": {"const": "licensed"},
                "interval_unit": {"const": "month"},
                "interval_count": {"const": "1"},
            },
        }
    ],
}


def make_company(folder: Path, **settings: Any) -> Company:
    """The company with what it delivered before its first run."""
    sources: list[dict[str, Any]] = [
        {"name": name, "mapping": "canonical", "options": options} for name, options in SOURCES.items()
    ]
    (folder / "observed.yml").write_text(json.dumps(OBSERVED), encoding="utf-8")
    sources.append({"name": "observed", "mapping": "observed.yml"})
    company = write_company(
        folder, sources=sources, policies={"past_due_max_days": 30, "gap_tolerance_days": 5}, **settings
    )
    deliver(company, FIRST_NIGHT, before_the_first_run())
    return company


def deliver(company: Company, run: datetime, sources: Mapping[str, Tables]) -> None:
    """Write what the sources deliver in the day before a run."""
    day = (run - timedelta(hours=3)).date()
    for source, tables in sources.items():
        write_canonical(company.extracts / source / day.isoformat(), tables)


def item(customer: str, since: str, amount: int = 100, **more: Any) -> dict[str, Any]:
    """A version of the one item of a customer's subscription."""
    return {
        "subscription_id": f"sub_{customer}", "item_id": f"it_{customer}", "valid_from": since,
        "valid_to": None, "customer_id": customer, "status": "active", "price_id": None,
        "product_id": "prod", "plan_name": "Plan", "currency": "USD", "unit_amount": amount, "quantity": 1,
        "billing_scheme": "per_unit", "usage_type": "licensed", "interval_unit": "month", "interval_count": 1,
        "cancel_at_period_end": False, **more,
    }  # fmt: skip


def parts(customer: str, since: str, plans: Iterable[str]) -> list[dict[str, Any]]:
    """A euro item of 0.3333 on each of some plans, every plan with a product of its own."""
    return [
        item(customer, since, currency="EUR", item_id=f"it_{customer}_{plan}", plan_name=plan,
             product_id=f"prod_{plan}", unit_amount="0.3333")
        for plan in plans
    ]  # fmt: skip


def customer(name: str, **more: Any) -> dict[str, Any]:
    """A customer's own row."""
    return {
        "customer_id": name, "name": name.title(), "email": None, "legal_id": None, "country": "FR",
        "currency": "USD", "sales_model": "low_touch", "acquisition_channel": "referral", "reseller_id": None,
        "is_test": False, "is_internal": False, **more,
    }  # fmt: skip


def subscription(name: str, since: str, **more: Any) -> dict[str, Any]:
    """The subscription of a customer."""
    return {
        "subscription_id": f"sub_{name}", "customer_id": name, "currency": "USD", "status": "active",
        "started_at": since, "trial_started_at": None, "trial_ended_at": None, "paused_at": None,
        "cancel_requested_at": None, "ends_at": None, "ended_at": None, "end_reason": None, **more,
    }  # fmt: skip


def rate(day: str, value: str, base: str = "EUR") -> dict[str, Any]:
    """A quote against the dollar."""
    return {"rate_on": day, "base": base, "quote": "USD", "rate": value}


def change(name: str, number: int, at: str, delta: int) -> dict[str, Any]:
    """A change of MRR as the source reports it."""
    return {
        "change_id": f"ch_{name}_{number}", "subscription_id": f"sub_{name}", "item_id": f"it_{name}",
        "customer_id": name, "product_id": "prod", "price_id": None, "occurred_at": at, "mrr_delta": delta,
        "quantity_delta": 0, "currency": "USD", "kind": "change",
    }  # fmt: skip


def invoice(name: str, month: int, status: str = "paid", currency: str = "USD") -> dict[str, Any]:
    """The invoice of a month of 2024."""
    issued = f"2024-{month:02}-01T00:00:00Z"
    return {
        "invoice_id": f"in_{name}_{month}", "number": None, "customer_id": name,
        "subscription_id": f"sub_{name}", "currency": currency, "status": status, "reason": None,
        "issued_at": issued, "due_at": issued, "finalized_at": issued,
        "paid_at": issued if status == "paid" else None, "voided_at": None, "subtotal": 100,
        "discount_total": 0, "tax_total": 0, "total": 100, "amount_paid": 100, "amount_due": 0,
        "attempt_count": 1, "next_attempt_at": None,
    }  # fmt: skip


def line(
    name: str, month: int, amount: int = 100, kind: str = "recurring", currency: str = "USD"
) -> dict[str, Any]:
    """The one line of that invoice."""
    return {
        "invoice_id": f"in_{name}_{month}", "line_id": kind, "subscription_id": f"sub_{name}",
        "item_id": f"it_{name}", "price_id": None, "kind": kind, "is_proration": False, "quantity": 1,
        "unit_amount": amount, "amount_ex_tax": amount, "discount_amount": 0, "tax_amount": 0,
        "currency": currency, "service_start_at": f"2024-{month:02}-01T00:00:00Z",
        "service_end_at": f"2024-{month + 1:02}-01T00:00:00Z",
    }  # fmt: skip


def discount(name: str, percent: int, **more: Any) -> dict[str, Any]:
    """A discount for ever, of a customer, subscription or item."""
    return {
        "discount_id": f"di_{name}", "customer_id": None, "subscription_id": None, "item_id": None,
        "percent_off": percent, "amount_off": None, "currency": None, "duration": "forever",
        "starts_at": "2024-04-01T00:00:00Z", "ends_at": None, **more,
    }  # fmt: skip


def price(amount: int) -> dict[str, Any]:
    """The one price that items refer to."""
    return {
        "price_id": "pr_shared", "product_id": "prod_shared", "product_name": "Shared", "plan_name": "Shared",
        "currency": "USD", "unit_amount": amount, "billing_scheme": "per_unit", "tiers": None,
        "usage_type": "licensed", "interval_unit": "month", "interval_count": 1, "is_addon": False,
    }  # fmt: skip


# Customers whose only row is an item since January; what happens to each is in the runs below.
PLAIN = (
    "late_row", "corrected_row", "ends_back_then", "becomes_a_test", "label", "merged", "survivor",
    "moved_from", "moved_to", "discounted_item", "discounted_subscription", "discounted_customer", "usage",
    "swaps_plan", "leaves_plan", "started_earlier", "started_larger", "last_of_country", "sold_by_acme",
    "sold_by_acme_and_late", "shared", "vanishes",
    *(f"bystander_{number}" for number in range(BYSTANDERS)),
)  # fmt: skip
SNAPSHOT = ("stays", "stays_on", "stays_too", "vanishes", "falls")
SEEN = ("seen", "seen_still", "seen_too")


def before_the_first_run() -> dict[str, dict[str, list[dict[str, Any]]]]:
    """What every source delivered until 10 June 2024."""
    january = "2024-01-05T00:00:00Z"
    items = [item(name, january, 100 + number) for number, name in enumerate(PLAIN)]
    items += [
        item("moves_in_euro", january, currency="EUR"),
        item("moves_in_euro", "2024-05-06T10:00:00Z", 150, currency="EUR"),
        item("only_in_euro", january, 70, currency="EUR"),
        item("billed_in_euro", january, 70, currency="EUR"),
        item("two_currencies", january, 70, currency="EUR"),
        item("two_currencies", "2024-03-10T00:00:00Z", 90),
        item("priced", january, unit_amount=None, price_id="pr_shared"),
        item("priced_as_well", january, unit_amount=None, price_id="pr_shared", quantity=3),
        # What has been known for long happens while time passes.
        item("scheduled", january), item("scheduled", "2024-06-10T12:00:00Z", 250),
        item("late_payer", "2024-01-02T00:00:00Z"),
        item("late_payer", "2024-05-11T20:00:00Z", status="past_due"),
        item("gap", january, valid_to="2024-06-09T00:00:00Z"), item("gap", "2024-06-11T00:00:00Z", 80),
        item("ends_in_june", january, valid_to="2024-06-20T00:00:00Z"),
        item("scheduled_far", january, 60, currency="EUR"),
        item("scheduled_far", "2024-12-01T00:00:00Z", 300, currency="EUR"),
        # The only one of November.
        item("becomes_a_test", "2023-11-05T00:00:00Z", 10),
        item("last_of_plan", january, plan_name="Lonely", product_id="lonely"),
        # Euro balances of a third of a cent: what each part is rounded to hangs on the order of the plans.
        *parts("parts", january, ("Plan", "Plan 2")), *parts("parts_of_others", january, ("Plan 2", "Plan")),
        # Who never paid is in a segment too.
        item("tries_by_acme", january, status="trialing"),
    ]  # fmt: skip
    names = {row["customer_id"]: None for row in items}
    on_trial = {"status": "trialing", "trial_started_at": january}
    labels: dict[str, dict[str, Any]] = {
        "last_of_country": {"country": "NZ"},
        "sold_by_acme": {"reseller_id": "acme"},
        "sold_by_acme_and_late": {"reseller_id": "acme"},
        "tries_by_acme": {"reseller_id": "acme"},
        "bystander_2": {"legal_id": NO_SIREN},
    }
    return {
        "dated": {
            "customers": [customer(name, **labels.get(name, {})) for name in names],
            "subscriptions": [
                subscription(name, january, **on_trial if name == "tries_by_acme" else {}) for name in names
            ],
            "subscription_items": items,
            "prices": [price(40)],
            "discounts": [discount("bystander", 10, customer_id="bystander_1")],
            # A native id of two sources names nobody.
            "crm_accounts": [
                {"crm_account_id": f"acc_{name}", "name": name.title(), "billing_customer_id": name}
                for name in ("shared", "vanishes", "merged")
            ],
            "invoices": [invoice("usage", 4), invoice("billed_in_euro", 4, currency="EUR")],
            "invoice_lines": [
                line("usage", 4, 30, "usage"),
                line("billed_in_euro", 4, 70, currency="EUR"),
            ],
            # No quote for 6 May nor for the end of March: both days use the one before.
            "fx_rates": [
                rate((date(2023, 12, 20) + timedelta(days=number)).isoformat(), f"1.{100 + number}")
                for number in range(174)
                if number not in (102, 138)
            ],
        },
        "complete": snapshot(dict.fromkeys(SNAPSHOT, 100)),
        "changes": {
            "customers": [customer("reported"), customer("reported_again")],
            "subscription_changes": [
                change("reported", 1, "2024-02-01T00:00:00Z", 100),
                change("reported_again", 1, "2024-02-01T00:00:00Z", 100),
            ],
        },
        "lines": {
            "customers": [customer("voided"), customer("renewed")],
            "invoices": [invoice(name, month) for name in ("voided", "renewed") for month in (3, 4, 5)],
            "invoice_lines": [line(name, month) for name in ("voided", "renewed") for month in (3, 4, 5)],
        },
        "observed": observed(dict.fromkeys((*SEEN, "seen_no_more", "seen_changed"), 100)),
    }


def snapshot(amounts: Mapping[str, int]) -> dict[str, list[dict[str, Any]]]:
    """All that a source of full snapshots holds: what is not in it any more is gone."""
    return {
        "customers": [customer(name) for name in amounts],
        "subscription_items": [
            item(name, "2024-02-10T00:00:00Z", amount) for name, amount in amounts.items()
        ],
    }


def observed(amounts: Mapping[str, int]) -> dict[str, list[dict[str, Any]]]:
    """What a source without history shows."""
    columns = ("subscription_id", "item_id", "customer_id", "valid_from", "status", "currency",
               "unit_amount", "quantity")  # fmt: skip
    rows = [item(name, "2024-03-01T00:00:00Z", amount) for name, amount in amounts.items()]
    return {"subscription_items": [{column: row[column] for column in columns} for row in rows]}


def before_the_second_run() -> dict[str, dict[str, list[dict[str, Any]]]]:
    """One day later: every kind of change of rows."""
    return {
        "dated": {
            "customers": [
                customer("newcomer"), customer("a_newcomer"), customer("becomes_a_test", is_test=True),
                customer("label", country="DE"), customer("last_of_country", is_internal=True, country="NZ"),
                # A customer that is delivered again as it was.
                customer("bystander_2", legal_id=NO_SIREN),
            ],
            "subscriptions": [
                subscription("newcomer", "2024-06-10T08:00:00Z"),
                subscription("a_newcomer", "2024-06-10T08:00:00Z"),
                subscription("last_of_plan", "2024-01-05T00:00:00Z", status="ended",
                             ended_at="2024-01-05T00:00:00Z"),
                subscription("ends_back_then", "2024-01-05T00:00:00Z", status="ended",
                             ended_at="2024-03-15T00:00:00Z"),
                subscription("moved_from", "2024-01-05T00:00:00Z", customer_id="moved_to"),
            ],
            "subscription_items": [
                item("newcomer", "2024-06-10T08:00:00Z", 500),
                item("a_newcomer", "2024-06-10T08:00:00Z", 90, currency="EUR"),
                item("leaves_plan", "2024-01-05T00:00:00Z", 115, plan_name="Plan 2"),
                item("started_earlier", "2023-12-21T00:00:00Z", 10),
                item("started_larger", "2024-01-05T00:00:00Z", 90_000),
                *parts("parts", "2024-03-05T00:00:00Z", ("A new plan",)),
                item("late_row", "2024-03-20T00:00:00Z", 175),
                item("sold_by_acme_and_late", "2024-03-20T00:00:00Z", 190),
                item("corrected_row", "2024-01-05T00:00:00Z", 42),
                item("moved_from", "2024-01-05T00:00:00Z", 107, customer_id=None),
                item("swaps_plan", "2024-04-20T00:00:00Z", 130, plan_name="A new plan"),
            ],
            # The account by whose name billing knows a reseller.
            "crm_accounts": [{"crm_account_id": "acme", "name": "Acme", "is_reseller": True}],
            "prices": [price(55)],
            "discounts": [
                discount("a", 20, item_id="it_discounted_item"),
                discount("b", 30, subscription_id="sub_discounted_subscription"),
                discount("c", 50, customer_id="discounted_customer"),
            ],
            "crm_merges": [
                {"object": "customer", "merged_id": "merged", "survivor_id": "survivor",
                 "merged_at": "2024-06-10T09:00:00Z"},
            ],
            "invoices": [invoice("usage", 5)],
            "invoice_lines": [line("usage", 5, 90, "usage")],
        },
        "complete": snapshot({"stays": 100, "stays_on": 100, "stays_too": 100, "falls": 60}),
        "changes": {
            "customers": [customer("shared")],
            "subscription_changes": [change("reported", 2, "2024-03-01T00:00:00Z", 25)],
        },
        "lines": {
            "invoices": [invoice("voided", 4, "void"), invoice("renewed", 6)],
            "invoice_lines": [line("renewed", 6, 120)],
        },
        "observed": observed(dict.fromkeys(SEEN, 100) | {"seen_changed": 190}),
    }  # fmt: skip


def before_the_third_run() -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Three weeks later, a new month: late exchange rates, and nothing else but time."""
    late = [rate("2024-05-06", "1.5"), rate("2024-03-31", "1.6")]
    return {"dated": {"fx_rates": late + rates(date(2024, 6, 11), 21)}}


def before_the_fourth_run() -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Two months later: the rates of these months, and one customer that left in the second."""
    left = item("bystander_3", "2024-08-15T00:00:00Z", status="ended")
    return {"dated": {"fx_rates": rates(date(2024, 7, 2), 63), "subscription_items": [left]}}


def rates(since: date, days: int) -> list[dict[str, Any]]:
    """A quote of each day, each another one."""
    return [rate((since + timedelta(days=n)).isoformat(), f"1.{300 + n}") for n in range(days)]
