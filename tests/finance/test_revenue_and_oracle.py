"""Random invoices with all that can happen to them: the marts against the oracle."""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from oracle.revenue import Event, recognise, spread
from orchestration.machine.duckdb_files import open_build_read_only
from tests.finance.conftest import build_revenue, write_invoices

AS_OF = datetime(2027, 1, 1)
PLACES = {"EUR": 2, "JPY": 0, "KWD": 3}
KINDS = ("credit_note", "credit_note", "line_credit", "refund", "dispute", "void", "bad_debt")


class Invoices:
    """Random invoices as canonical rows, and what the oracle makes of each line."""

    def __init__(self, seed: int, granularity: str, zone: str) -> None:
        self.draws = random.Random(seed)
        self.how = {"granularity": granularity, "zone": zone}
        self.tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.revenue: dict[tuple[Any, ...], Decimal] = {}
        self.taken: dict[tuple[Any, ...], Decimal] = {}
        for number in range(160):
            self.invoice(f"i{number:03}")

    def instant(self, first: datetime, days: int) -> datetime:
        """A whole second within so many days; midnights are as frequent as in real exports."""
        at = first + timedelta(seconds=self.draws.randrange(days * 86400))
        return at.replace(hour=0, minute=0, second=0) if self.draws.random() < 0.4 else at

    def invoice(self, name: str) -> None:
        """One invoice of one to three lines and what happens to it."""
        draws = self.draws
        currency = draws.choice([*PLACES, "EUR"])
        issued = self.instant(datetime(2023, 1, 1), 900)
        invoice: dict[str, Any] = {
            "invoice_id": name, "customer_id": "c", "currency": currency, "status": "open",
            "issued_at": issued,
        }  # fmt: skip
        lines = [
            self.line(f"{name}-{number}", currency, issued) for number in range(draws.choice((1, 1, 2, 3)))
        ]
        total = sum((amount for _, amount, *_ in lines), Decimal(0))
        invoice |= {"subtotal": total, "total": total}
        events = self.events(invoice, lines, total) if total > 0 else {}
        self.tables["invoices"].append(invoice)
        for line_id, amount, start, end, kind in lines:
            self.tables["invoice_lines"].append(
                {"invoice_id": name, "line_id": line_id, "kind": kind, "is_proration": amount < 0,
                 "amount_ex_tax": amount, "currency": currency, "service_start_at": start,
                 "service_end_at": end}
            )  # fmt: skip
            found = recognise(
                amount, start or issued, end or issued, events.get(line_id, []),
                places=PLACES[currency], is_prepaid=kind == "credit_purchase", **self.how,
            )  # fmt: skip
            for (month, kind_of_row), value in found.revenue.items():
                self.revenue[line_id, month, kind_of_row] = value
            for (month, kind_of_row), value in found.taken_deferred.items():
                self.taken[line_id, month, kind_of_row] = value

    def line(self, line_id: str, currency: str, issued: datetime) -> tuple[Any, ...]:
        """Id, amount, begin and end of service, kind."""
        draws = self.draws
        kind = draws.choice(("recurring", "recurring", "recurring", "usage", "one_time", "credit_purchase"))
        amount = Decimal(draws.randrange(1, 500_000)).scaleb(-PLACES[currency])
        if kind == "recurring" and draws.random() < 0.2:
            amount = -amount
        if kind == "credit_purchase" and draws.random() < 0.4:
            amount = -amount
        if kind in ("one_time", "credit_purchase"):
            return line_id, amount, None, None, kind
        start = self.instant(issued - timedelta(days=40 if kind == "usage" else 3), 10)
        length = draws.choice((1, 20, 30, 31, 90, 365, 366))
        end = start + timedelta(days=length) if draws.random() < 0.7 else self.instant(start, length + 1)
        return line_id, amount, start, max(end, start + timedelta(seconds=1)), kind

    def events(
        self, invoice: dict[str, Any], lines: list[tuple[Any, ...]], total: Decimal
    ) -> dict[str, list[Event]]:
        """What happens to the invoice, as rows, and to each of its lines."""
        found: dict[str, list[Event]] = defaultdict(list)
        places, of = PLACES[invoice["currency"]], {"currency": invoice["currency"]}
        moments = sorted(
            self.instant(invoice["issued_at"], 420) for _ in range(self.draws.choice((0, 0, 1, 2, 3)))
        )
        paid_back = False
        for number, at in enumerate(dict.fromkeys(moments)):
            kind, event_id = self.draws.choice(KINDS), f"{invoice['invoice_id']}-{number}"
            amount = (total * Decimal(self.draws.randrange(5, 60)) / 100).quantize(Decimal(1).scaleb(-places))
            if kind in ("credit_note", "line_credit") and not paid_back:
                is_write_off = self.draws.random() < 0.3
                event = "bad_debt" if is_write_off else "credit_note"
                self.tables["credit_notes"].append(
                    {**of, "credit_note_id": event_id, "invoice_id": invoice["invoice_id"],
                     "customer_id": "c", "status": "issued", "amount_ex_tax": amount, "issued_at": at,
                     "is_write_off": is_write_off}
                )  # fmt: skip
                if kind == "line_credit" and (line := lines[0])[1] > 0:
                    self.tables["credit_note_lines"].append(
                        {**of, "credit_note_id": event_id, "credit_note_line_id": "1", "line_id": line[0],
                         "amount_ex_tax": amount}
                    )  # fmt: skip
                    found[line[0]].append(Event(event, at, amount))
                    continue
                share_out(event, at, amount, lines, places, found)
            elif kind in ("refund", "dispute") and not self.tables_credit(invoice):
                paid_back = True
                self.tables["payments"].append(
                    {**of, "payment_id": event_id, "customer_id": "c", "amount": total,
                     "outcome": "succeeded", "attempted_at": invoice["issued_at"]}
                )  # fmt: skip
                self.tables["invoice_payments"].append(
                    {
                        **of,
                        "invoice_id": invoice["invoice_id"],
                        "payment_id": event_id,
                        "amount_applied": total,
                    }
                )
                self.tables["reversals"].append(
                    {**of, "reversal_id": event_id, "payment_id": event_id, "kind": kind, "amount": amount,
                     "status": "lost" if kind == "dispute" else "succeeded", "occurred_at": at}
                )  # fmt: skip
                share_out(kind, at, amount, lines, places, found)
            elif kind in ("void", "bad_debt") and number == len(moments) - 1:
                status, column = (
                    ("void", "voided_at") if kind == "void" else ("uncollectible", "uncollectible_at")
                )
                invoice |= {"status": status, column: at}
                for line in lines:
                    found[line[0]].append(Event(kind, at))
        return found

    def tables_credit(self, invoice: dict[str, Any]) -> bool:
        """Whether the invoice has a credit note: its refunds pay that out."""
        return any(row["invoice_id"] == invoice["invoice_id"] for row in self.tables["credit_notes"])


def share_out(
    kind: str, at: datetime, amount: Decimal, lines: list[tuple[Any, ...]], places: int,
    found: dict[str, list[Event]],
) -> None:  # fmt: skip
    """An event of a whole invoice as events of its lines, but those that draw down a prepayment."""
    sharing = {name: worth for name, worth, *_, kind_of in lines if kind_of != "credit_purchase" or worth > 0}
    for line_id, part in spread(amount, sharing, places).items():
        found[line_id].append(Event(kind, at, part))


SETTINGS = [
    pytest.param(1, "day", "Europe/Paris"),
    pytest.param(2, "second", "America/Los_Angeles", marks=pytest.mark.slow),
    pytest.param(3, "month_even_prorated", "Pacific/Auckland", marks=pytest.mark.slow),
    pytest.param(4, "month_even", "UTC", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("seed", "granularity", "zone"), SETTINGS)
def test_every_line_is_recognised_as_the_oracle_says(
    seed: int, granularity: str, zone: str, tmp_path: Path
) -> None:
    invoices = Invoices(seed, granularity, zone)
    company = write_invoices(
        tmp_path, invoices.tables, reporting_timezone=zone, reporting_currency="EUR",
        policies={"recognition_granularity": granularity},
    )  # fmt: skip
    build_revenue(company, AS_OF)
    with open_build_read_only(company) as connection:
        revenue = connection.execute(
            "select line_id, recognition_month, revenue_class, amount_native"
            " from marts.fct_revenue_recognition"
        ).fetchall()
        taken = connection.execute(
            "select line_id, make_date(month_index // 12, month_index % 12 + 1, 1), event_kind,"
            " taken_deferred from intermediate.int_finance__taken"
            " join intermediate.int_finance__lines using (line_number) where taken_deferred <> 0"
        ).fetchall()
    assert len({kind for _, _, kind, _ in revenue}) == 6
    assert {(line, month, kind): amount for line, month, kind, amount in revenue} == invoices.revenue
    assert {(line, month, kind): amount for line, month, kind, amount in taken} == invoices.taken
