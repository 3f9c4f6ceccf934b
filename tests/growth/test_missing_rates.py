"""Money in a currency without a rate stops the run, whatever kind it is, and says what waits for what."""

import re
from datetime import UTC, datetime

import pytest

from orchestration.errors import GateFailed
from orchestration.run.finish import finish
from orchestration.run.steps import Run
from orchestration.settings import Company
from tests.pipeline import write_canonical, write_company

AS_OF = datetime(2024, 3, 10, tzinfo=UTC)
DAY = "2024-02-01"
AT = f"{DAY}T10:00:00Z"
ITEM = {
    "subscription_id": "s1", "item_id": "i1", "valid_from": AT, "customer_id": "c1", "status": "active",
    "currency": "EUR", "unit_amount": 100, "quantity": 1, "interval_unit": "month", "interval_count": 1,
}  # fmt: skip
INVOICE = {
    "invoice_id": "i1", "customer_id": "c1", "currency": "USD", "status": "open", "issued_at": AT,
    "subtotal": 10, "total": 10,
}  # fmt: skip
PAYMENT = {
    "payment_id": "p1", "customer_id": "c1", "amount": 10, "currency": "GBP", "outcome": "succeeded",
    "attempted_at": AT,
}  # fmt: skip
# The days on which each table's row is valued: of MRR the day it began, and the end of each month.
WAITING = {
    "subscription_items": ("CHF", ["2024-02-01", "2024-02-29", "2024-03-10"], 3),
    "invoices": ("USD", [DAY], 1),
    "payments": ("GBP", [DAY], 1),
    "reversals": ("SEK", [DAY], 1),
    "credit_notes": ("NOK", [DAY], 1),
    "ad_spend": ("DKK", [DAY, "2024-02-02"], 3),
    "acquisition_costs": ("PLN", ["2024-02-29"], 1),
    "company_costs": ("HUF", ["2024-02-29"], 1),
    "crm_deals": ("CZK", [DAY], 1),
}


def spend(campaign: str, on: str, currency: str) -> dict[str, object]:
    """A day of a campaign."""
    return {
        "account_id": "a", "campaign_id": campaign, "spend_on": on, "channel": "google_ads", "amount": 5,
        "currency": currency,
    }  # fmt: skip


TABLES = {
    "customers": [{"customer_id": "c1", "name": "One", "currency": "EUR"}, {"customer_id": "c2"}],
    "subscription_items": [
        ITEM,
        {**ITEM, "subscription_id": "s2", "customer_id": "c2", "currency": "CHF"},
    ],
    "invoices": [INVOICE],
    "payments": [PAYMENT],
    "reversals": [
        {"reversal_id": "r1", "payment_id": "p1", "kind": "refund", "status": "succeeded", "amount": 3,
         "currency": "SEK", "occurred_at": AT}
    ],
    "credit_notes": [
        {"credit_note_id": "n1", "customer_id": "c1", "status": "issued", "amount_ex_tax": 3,
         "currency": "NOK", "issued_at": AT}
    ],
    "ad_spend": [spend("1", DAY, "DKK"), spend("2", DAY, "DKK"), spend("1", "2024-02-02", "DKK"),
                 spend("3", DAY, "JPY")],
    "acquisition_costs": [
        {"cost_month": DAY, "category": "events", "channel": "event", "amount": 9, "currency": "PLN"}
    ],
    "company_costs": [
        {"cost_month": DAY, "category": "research_development", "amount": 9, "currency": "HUF"}
    ],
    "crm_deals": [
        {"deal_id": "d1", "stage": "Talks", "outcome": "open", "created_at": AT, "amount": 7,
         "currency": "CZK"}
    ],
    # A rate of three days before is young enough.
    "fx_rates": [{"rate_on": "2024-01-29", "base": "JPY", "quote": "EUR", "rate": "0.0062"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """What the run and its page say of a company whose money of every kind has no rate."""
    folder = tmp_path_factory.mktemp("rates")
    company: Company = write_company(folder, reporting_currency="EUR")
    write_canonical(folder / "extracts" / "source", TABLES)
    run = Run(company, AS_OF)
    run.land()
    with pytest.raises(GateFailed) as raised:
        run.build()
        run.check("marts")
    pages = finish(run)
    assert pages is not None
    return str(raised.value), pages.quality.read_text(encoding="utf-8")


@pytest.mark.parametrize("table", WAITING)
def test_the_sentence_names_pair_days_table_and_rows(stopped, table):
    currency, days, rows = WAITING[table]
    for text in stopped:
        found = re.search(rf"No exchange rate {currency}/EUR for [^.]*\. Deliver fx_rates[^.]*\.", text)
        assert found, text
        assert f"({', '.join(days)})" in found[0]
        assert f"{rows} row{'s' if rows > 1 else ''} of {table} " in found[0]


def test_nothing_else_waits(stopped):
    said, _ = stopped
    assert said.count("No exchange rate") == len(WAITING)
    assert "JPY" not in said
    assert "Got " not in said


def test_nothing_is_published(stopped):
    said, page = stopped
    assert "nothing was published" in said and "Not published" in page
