"""Five customers over five months, and what may be learnt of them later."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline import saas_metrics, write_canonical, write_company

from orchestration.publish.manifest import read_manifests
from orchestration.settings import load_company

CURRENCIES = {"ada": "EUR", "bob": "USD", "cid": "EUR", "dan": "EUR", "eve": "EUR"}
AS_OF = datetime(2025, 6, 2, tzinfo=UTC)
Tables = dict[str, list[dict[str, Any]]]


def tables() -> Tables:
    """60 a month of each since January, invoiced by the month, but 60 a week of eve.

    A dollar is 0.90 euros all the time.
    """
    return {
        "customers": [
            {"customer_id": who, "name": f"{who} works", "country": "FR", "currency": currency}
            for who, currency in CURRENCIES.items()
        ],
        "subscriptions": [
            {
                "subscription_id": f"s-{who}",
                "customer_id": who,
                "started_at": "2025-01-01",
                "status": "active",
            }
            for who in CURRENCIES
        ],
        "subscription_items": [
            item(who, "2025-01-01", 2, interval_unit="week" if who == "eve" else "month")
            for who in CURRENCIES
        ],
        "invoices": [invoice(who, month) for who in CURRENCIES for month in range(1, 6)],
        "invoice_lines": [line(who, month) for who in CURRENCIES for month in range(1, 6)],
        "fx_rates": [
            {"rate_on": date(2025, 1, 1) + timedelta(days=day), "base": "USD", "quote": "EUR", "rate": 0.9}
            for day in range(152)
        ],
    }


def item(who: str, since: str, seats: int, **other: Any) -> dict[str, Any]:
    """A version of a customer's one item, 30 a seat."""
    return {
        "subscription_id": f"s-{who}", "item_id": f"i-{who}", "valid_from": since, "customer_id": who,
        "status": "active", "currency": CURRENCIES.get(who, "EUR"), "unit_amount": 30, "quantity": seats,
        "interval_unit": "month", "interval_count": 1, **other,
    }  # fmt: skip


def invoice(who: str, month: int, **other: Any) -> dict[str, Any]:
    """The invoice of a month of 2025."""
    return {
        "invoice_id": f"in-{who}-{month}", "customer_id": who, "subscription_id": f"s-{who}",
        "currency": CURRENCIES.get(who, "EUR"), "status": "paid", "issued_at": f"2025-{month:02d}-01",
        "subtotal": 60, "tax_total": 0, "total": 60, "amount_paid": 60, "amount_due": 0, **other,
    }  # fmt: skip


def line(who: str, month: int, **other: Any) -> dict[str, Any]:
    """Its one line, earned over the month."""
    return {
        "invoice_id": f"in-{who}-{month}", "line_id": "1", "subscription_id": f"s-{who}",
        "kind": "recurring", "is_proration": False, "amount_ex_tax": 60,
        "currency": CURRENCIES.get(who, "EUR"), "service_start_at": f"2025-{month:02d}-01",
        "service_end_at": f"2025-{month + 1:02d}-01", **other,
    }  # fmt: skip


def deliver(folder: Path, day: date, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """The extracts of a day."""
    write_canonical(folder / "extracts" / "source" / f"{day:%Y-%m-%d}", rows)


def run(folder: Path, as_of: datetime, *arguments: str) -> str:
    """A run that publishes; what it says."""
    told = saas_metrics(
        "run", "--company", str(folder / "company.yml"), "--as-of", as_of.isoformat(), *arguments
    )
    assert told.returncode == 0, told.stderr
    newest = read_manifests(load_company(folder / "company.yml"))[0]
    assert newest.as_of == as_of.replace(tzinfo=None).isoformat(sep=" "), "it published nothing"
    return told.stdout + told.stderr


def closes(folder: Path, verb: str, *arguments: str) -> Any:
    """`close`, `reopen` or `closes`, whatever becomes of it."""
    return saas_metrics(verb, *arguments, "--company", str(folder / "company.yml"))


def close_four_months(folder: Path, known: Mapping[str, Iterable[Mapping[str, Any]]]) -> str:
    """What is known, with January to April closed, and a run after that; what `close` says."""
    write_company(folder, reporting_currency="EUR")
    deliver(folder, date(2025, 6, 1), known)
    run(folder, AS_OF)
    told = closes(folder, "close", "2025-04")
    assert told.returncode == 0, told.stderr
    run(folder, AS_OF + timedelta(days=1))
    return str(told.stdout)
