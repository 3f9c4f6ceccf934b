"""What MRR counts, as the textbook has it, through landing and every model."""

from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import pytest
from pipeline import write_canonical, write_company

from orchestration.run.steps import Run
from tests.equivalence.warehouses import build_marts

AS_OF = datetime(2025, 1, 20, tzinfo=UTC)
START = datetime(2025, 1, 5, tzinfo=UTC)
ITEM = {"subscription_id": "s", "valid_from": START, "status": "active", "currency": "EUR", "quantity": 1}
OFF = {"duration": "forever", "starts_at": START}
BY_ITEMS = {
    "customers": [{"customer_id": "c"}],
    "subscriptions": [
        {"subscription_id": "s", "customer_id": "c", "status": "active", "started_at": START}
    ],
    "subscription_items": [
        {**ITEM, "item_id": "plan", "unit_amount": 1200, "interval_unit": "year", "interval_count": 1},
        {**ITEM, "item_id": "add-on", "unit_amount": 20, "interval_unit": "month", "interval_count": 1},
        {**ITEM, "item_id": "set-up", "unit_amount": 490, "interval_unit": "one_time", "interval_count": 1},
    ],
    "discounts": [
        {"discount_id": "coupon", "subscription_id": "s", "percent_off": 10, **OFF},
        {"discount_id": "discount", "item_id": "add-on", "amount_off": 5, "currency": "EUR", **OFF},
    ],
}  # fmt: skip
INVOICE = {"invoice_id": "i", "currency": "EUR"}
LINE = {
    **INVOICE, "subscription_id": "s", "quantity": 1, "is_proration": False, "service_start_at": START,
    "service_end_at": datetime(2025, 2, 5, tzinfo=UTC),
}  # fmt: skip
BY_INVOICES = {
    "customers": [{"customer_id": "c"}],
    "invoices": [
        {**INVOICE, "customer_id": "c", "subscription_id": "s", "status": "paid", "issued_at": START,
         "subtotal": 610, "total": 593.5, "paid_at": START}
    ],
    "invoice_lines": [
        {**LINE, "line_id": "1", "item_id": "plan", "kind": "recurring", "unit_amount": 100,
         "amount_ex_tax": 90, "discount_amount": 10},
        {**LINE, "line_id": "2", "item_id": "add-on", "kind": "recurring", "unit_amount": 20,
         "amount_ex_tax": "13.5", "discount_amount": "6.5"},
        {**LINE, "line_id": "3", "kind": "one_time", "unit_amount": 490, "amount_ex_tax": 490,
         "discount_amount": 0},
    ],
}  # fmt: skip


BASES = {"items": BY_ITEMS, "invoice_lines": BY_INVOICES}


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Decimal, Decimal]]:
    """New and closing MRR of the one customer of each source, which is named after its basis."""
    folder = tmp_path_factory.mktemp("textbook")
    for basis, tables in BASES.items():
        write_canonical(folder / "extracts" / basis, tables)
    company = write_company(
        folder, reporting_currency="EUR",
        sources=[
            {"name": basis, "mapping": "canonical", "options": {"mrr_basis": basis}} for basis in BASES
        ],
    )  # fmt: skip
    Run(company, AS_OF).land()
    build_marts(company, AS_OF, ["fct_customer_mrr_monthly"])
    with duckdb.connect(str(company.build_file), read_only=True) as connection:
        found = connection.execute(
            "select customer_id, new_mrr, closing_mrr from marts.fct_customer_mrr_monthly"
        )
        rows = found.fetchall()
    assert len(rows) == len(BASES)
    return {customer.partition(":")[0]: (new, closing) for customer, new, closing in rows}


@pytest.mark.parametrize("basis", BASES)
def test_mrr_counts_coupons_discounts_and_add_ons_but_no_one_off_fees(months, basis):
    """A plan of 1,200 a year at 10 % off is 90; an add-on of 20 less 5, at 10 % off, 13.50; set-up is 0."""
    assert months[basis] == (Decimal("103.5"), Decimal("103.5"))
