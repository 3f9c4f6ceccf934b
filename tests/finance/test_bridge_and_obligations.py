"""Customers that bill as real ones do, through the whole pipeline, with figures worked out by hand."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from orchestration.machine.duckdb_files import open_build_read_only
from orchestration.run.steps import Run
from tests.equivalence.warehouses import FINANCE_RULES, build_marts
from tests.finance.conftest import write_invoices

AS_OF = datetime(2025, 6, 16)
MARTS = ("fct_remaining_obligations", "fct_billing_bridge_monthly", "fct_deferred_revenue_monthly")
JANUARY = datetime(2025, 1, 1)


class Company:
    """Customers with one subscription each, in euros."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def subscribe(
        self, customer: str, price: int, unit: str = "month", start: datetime = JANUARY, **more: Any
    ) -> None:
        """A customer whose only item costs this much a period."""
        self.tables["customers"].append({"customer_id": customer})
        self.tables["subscriptions"].append(
            {"subscription_id": customer, "customer_id": customer, "currency": "EUR", "status": "active",
             "started_at": start, **more}
        )  # fmt: skip
        self.add_item(customer, customer, price, unit, start)

    def add_item(self, customer: str, item: str, price: int, unit: str, start: datetime) -> None:
        """One more item of the customer's subscription."""
        self.tables["subscription_items"].append(
            {"subscription_id": customer, "item_id": item, "valid_from": start, "customer_id": customer,
             "status": "active", "currency": "EUR", "unit_amount": price, "quantity": 1,
             "billing_scheme": "per_unit", "usage_type": "licensed", "interval_unit": unit,
             "interval_count": 1, "is_item_dated": True}
        )  # fmt: skip

    def invoice(self, customer: str, at: datetime, *lines: dict[str, Any], **more: Any) -> None:
        """An invoice of lines; each is for the customer's own item unless it says otherwise."""
        number = f"{customer}-{len(self.tables['invoices'])}"
        total = sum(line["amount_ex_tax"] for line in lines)
        self.tables["invoices"].append(
            {"invoice_id": number, "customer_id": customer, "currency": "EUR", "status": "open",
             "issued_at": at, "subtotal": total, "total": total, **more}
        )  # fmt: skip
        for position, line in enumerate(lines):
            named = {"subscription_id": customer, "item_id": customer} if line["kind"] == "recurring" else {}
            self.tables["invoice_lines"].append(
                {"invoice_id": number, "line_id": str(position), "is_proration": False, "currency": "EUR",
                 **named, **line}
            )  # fmt: skip


def recurring(amount: int, start: datetime, end: datetime, **more: Any) -> dict[str, Any]:
    return {"kind": "recurring", "amount_ex_tax": amount, "service_start_at": start, "service_end_at": end,
            **more}  # fmt: skip


def month(number: int) -> datetime:
    return datetime(2025, number, 1)


def company() -> Company:
    made = Company()
    made.subscribe("in_arrears", 100)
    for number in range(2, 7):
        made.invoice("in_arrears", month(number), recurring(100, month(number - 1), month(number)))
    made.subscribe("voided", 1200, "year")
    year = recurring(1200, JANUARY, datetime(2026, 1, 1))
    made.invoice("voided", JANUARY, year, status="void", voided_at=month(2))
    made.invoice("voided", month(2), year)
    made.subscribe("discounted", 100)
    made.tables["discounts"].append(
        {"discount_id": "d", "subscription_id": "discounted", "percent_off": 20, "duration": "forever",
         "starts_at": JANUARY}
    )  # fmt: skip
    off = {"kind": "discount", "amount_ex_tax": -20}
    made.invoice("discounted", JANUARY, recurring(100, JANUARY, month(2)), off)
    made.subscribe("named_nowhere", 50)
    nowhere = {"subscription_id": None, "item_id": None}
    made.invoice("named_nowhere", JANUARY, recurring(50, JANUARY, month(2), **nowhere))
    made.subscribe("misbilled", 100)
    made.invoice("misbilled", JANUARY, recurring(80, JANUARY, month(2)))
    made.subscribe("twice", 100)
    made.invoice("twice", JANUARY, recurring(100, JANUARY, month(2)))
    made.invoice("twice", datetime(2025, 1, 9), recurring(100, JANUARY, month(2)))
    made.subscribe("prepaying", 10)
    made.invoice(
        "prepaying", JANUARY, recurring(10, JANUARY, month(2)),
        {"kind": "credit_purchase", "amount_ex_tax": 500}, {"kind": "one_time", "amount_ex_tax": 7},
        recurring(3, JANUARY, datetime(2025, 1, 8), is_proration=True),
    )  # fmt: skip
    made.subscribe("contracted", 10, ends_at=datetime(2026, 9, 1))
    made.invoice("contracted", JANUARY, recurring(10, JANUARY, month(2)))
    made.subscribe("with_addon", 120, "year")
    made.add_item("with_addon", "addon", 12, "year", JANUARY)
    made.invoice("with_addon", JANUARY, recurring(120, JANUARY, datetime(2026, 1, 1)))
    made.subscribe("metered", 10)
    for used_at, quantity in ((datetime(2025, 1, 20), 1000), (datetime(2025, 2, 20), 500)):
        made.tables["usage_records"].append(
            {"usage_id": str(used_at), "subscription_id": "metered", "used_at": used_at, "quantity": quantity}
        )
    used = {"kind": "usage", "amount_ex_tax": 30, "service_start_at": JANUARY, "service_end_at": month(2),
            "subscription_id": "metered"}  # fmt: skip
    made.invoice("metered", month(3), used)
    return made


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    settings = write_invoices(tmp_path_factory.mktemp("bridge"), company().tables, reporting_currency="EUR")
    Run(settings, AS_OF).land()
    build_marts(settings, AS_OF, (*MARTS, *FINANCE_RULES))
    with open_build_read_only(settings) as connection:
        yield connection


def steps(built: Any, customer: str, number: int) -> dict[str, Decimal]:
    """The steps of a customer's month that are not 0, but for those after what is invoiced."""
    relation = built.execute(
        "select * exclude (period_month, customer_id, is_partial) from marts.fct_billing_bridge_monthly"
        " where customer_id = ? and period_month = ?", [f"source:{customer}", month(number)],
    )  # fmt: skip
    names = [column[0] for column in relation.description]
    found = dict(zip(names, relation.fetchone(), strict=True))
    return {name: amount for name, amount in found.items() if amount}


def test_a_month_that_is_invoiced_afterwards_is_not_yet_invoiced(built: Any) -> None:
    assert steps(built, "in_arrears", 1) == {
        "contracted_mrr": 100, "not_yet_invoiced": -100, "accrued": 100, "net_revenue": 100,
    }  # fmt: skip
    assert steps(built, "in_arrears", 2) == {
        "contracted_mrr": 100, "invoiced": 100, "accrued": 100, "accrued_before": -100, "net_revenue": 100,
    }  # fmt: skip


def test_an_invoice_that_became_void_is_a_step_of_its_own(built: Any) -> None:
    day = Decimal("1200") / 365
    january = (31 * day).quantize(Decimal("0.01"))
    assert steps(built, "voided", 1) == {
        "contracted_mrr": 100, "not_yet_invoiced": -100, "voided_invoices": 1200, "invoiced": 1200,
        "deferred": january - 1200, "accrued": january, "net_revenue": 2 * january,
    }  # fmt: skip
    february = steps(built, "voided", 2)
    assert (february["not_yet_invoiced"], february["yearly_timing"]) == (1200, -100)
    assert (february["invoiced"], february["voids"]) == (1200, -january)


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        ("discounted", {"contracted_mrr": 80, "invoiced": 80, "net_revenue": 80}),
        ("named_nowhere", {"contracted_mrr": 50, "invoiced": 50, "net_revenue": 50}),
        ("misbilled", {"contracted_mrr": 100, "unexplained": -20, "invoiced": 80, "net_revenue": 80}),
        ("twice", {"contracted_mrr": 100, "unexplained": 100, "invoiced": 200, "net_revenue": 200}),
        (
            "prepaying",
            {"contracted_mrr": 10, "proration": 3, "one_time": 7, "prepaid": 500, "invoiced": 520,
             "deferred": -500, "net_revenue": 20},
        ),
    ],
)  # fmt: skip
def test_a_month_of_one_invoice(built: Any, customer: str, expected: dict[str, int]) -> None:
    assert steps(built, customer, 1) == expected


def test_only_what_the_terms_do_not_explain_is_named(built: Any) -> None:
    named = built.execute(
        "select distinct customer_id from marts.fct_billing_bridge_monthly where unexplained <> 0"
    ).fetchall()
    assert sorted(named) == [("source:misbilled",), ("source:twice",)]
    for rule in FINANCE_RULES[:2]:
        assert built.execute(f"select message from rules.{rule}").fetchall() == []


@pytest.mark.parametrize(
    ("customer", "number", "expected"),
    [
        # To September of next year are 19 months, 12 of them within a year.
        ("contracted", 1, (0, 190, 190, 120, 0, 0)),
        # What began on 1 June ends on 1 July, 15 of its 30 days after the as-of instant.
        ("in_arrears", 6, (0, Decimal("50.0000"), Decimal("50.0000"), Decimal("50.0000"), 0, 0)),
        ("in_arrears", 1, (0, 0, 0, 0, 100, 0)),
        # The year is invoiced, its add-on of 1 a month is not: 11 months.
        ("with_addon", 1, (Decimal("109.81"), 11, Decimal("120.81"), Decimal("120.81"), 0, 0)),
        ("metered", 1, (0, 0, 0, 0, 30, 1000)),
        ("metered", 2, (0, 0, 0, 0, 30, 1500)),
        ("metered", 3, (0, 0, 0, 0, 0, 500)),
    ],
)
def test_what_is_left_of_a_customer_at_a_month_s_end(
    built: Any, customer: str, number: int, expected: tuple[Any, ...]
) -> None:
    rows = built.execute(
        "select billed_not_recognised, contracted_not_billed, total, within_12_months, recognised_not_billed,"
        " usage_not_invoiced_quantity from marts.fct_remaining_obligations"
        " where customer_id = ? and period_month = ?", [f"source:{customer}", month(number)],
    ).fetchall()  # fmt: skip
    assert rows == [expected]


def test_usage_stands_beside_unbilled_revenue(built: Any) -> None:
    rows = built.execute(
        "select usage_not_invoiced_quantity from marts.fct_deferred_revenue_monthly"
        " where currency = 'all' order by period_month"
    ).fetchall()
    assert [quantity for (quantity,) in rows] == [1000, 1500, 500, 500, 500, 500]
