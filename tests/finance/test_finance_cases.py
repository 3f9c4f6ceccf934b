"""The published examples of recognised revenue, each through the whole pipeline."""

import json
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestration.machine.duckdb_files import open_build_read_only
from tests.finance.conftest import build_revenue, write_invoices

AS_OF = datetime(2027, 6, 1)
PUBLISHED = Path(__file__).parents[1] / "data" / "finance_cases.json"
CASES = {case["id"]: case for case in json.loads(PUBLISHED.read_text(encoding="utf-8"))}
CASES = {name: CASES.get(case.get("same_as"), {}) | case for name, case in CASES.items()}
EVENTS = {"credit_note", "refund", "void"}


def instant(text: str) -> str:
    """An instant as a canonical file writes it."""
    return text.removesuffix("Z").replace("T", " ") if "T" in text else f"{text} 00:00:00"


def rows_of(case: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """A case as canonical rows: each line on an invoice of its own."""
    tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
    customer = case["id"]
    tables["customers"].append({"customer_id": customer})
    lines = [*case["lines"]]
    for drawn in case.get("usage_drawn", []):
        used = {"currency": case["lines"][0]["currency"], "issued_at": drawn["at"]}
        lines.append({**used, "kind": "usage", "amount": drawn["amount"]})
        lines.append({**used, "kind": "credit_purchase", "amount": -drawn["amount"]})
    for number, line in enumerate(lines):
        invoice = f"{customer}-{number}"
        service = line.get("service", (None, None))
        tables["invoices"].append(
            {"invoice_id": invoice, "customer_id": customer, "currency": line["currency"], "status": "open",
             "issued_at": instant(line["issued_at"]), "subtotal": line["amount"], "total": line["amount"]}
        )  # fmt: skip
        tables["invoice_lines"].append(
            {"invoice_id": invoice, "line_id": "1", "kind": line["kind"], "amount_ex_tax": line["amount"],
             "is_proration": line.get("is_proration", False), "currency": line["currency"],
             "service_start_at": service[0] and instant(service[0]),
             "service_end_at": service[1] and instant(service[1])}
        )  # fmt: skip
    for event in case.get("events", []):
        happen(tables, event)
    return tables


def happen(tables: dict[str, list[dict[str, Any]]], event: dict[str, Any]) -> None:
    """What happens to the first invoice of a case."""
    invoice = tables["invoices"][0]
    at, of = instant(event["at"]), {"currency": invoice["currency"], "customer_id": invoice["customer_id"]}
    assert event["type"] in EVENTS
    if event["type"] == "void":
        invoice |= {"status": "void", "voided_at": at}
    elif event["type"] == "credit_note":
        tables["credit_notes"].append(
            {**of, "credit_note_id": f"cn-{invoice['invoice_id']}", "invoice_id": invoice["invoice_id"],
             "status": "issued", "amount_ex_tax": event["amount"], "issued_at": at}
        )  # fmt: skip
    else:
        payment = f"p-{invoice['invoice_id']}"
        tables["payments"].append(
            {**of, "payment_id": payment, "amount": invoice["total"], "outcome": "succeeded",
             "attempted_at": invoice["issued_at"]}
        )  # fmt: skip
        tables["invoice_payments"].append(
            {"invoice_id": invoice["invoice_id"], "payment_id": payment, "amount_applied": invoice["total"],
             "currency": of["currency"]}
        )  # fmt: skip
        tables["reversals"].append(
            {"reversal_id": f"r-{payment}", "payment_id": payment, "kind": "refund", "status": "succeeded",
             "amount": event["amount"], "currency": of["currency"], "occurred_at": at}
        )  # fmt: skip


class Warehouse:
    """What the built models say of one customer."""

    def __init__(self, connection: Any, customer: str) -> None:
        self.connection, self.customer = connection, f"source:{customer}"

    def revenue(self, classes: str, through: str = "9999-12") -> dict[str, Decimal]:
        """Native revenue of classes, by month."""
        return dict(
            self.connection.execute(
                "select strftime(recognition_month, '%Y-%m') as month, sum(amount_native)"
                " from marts.fct_revenue_recognition"
                f" where customer_id = ? and revenue_class {classes} group by all order by 1",
                [self.customer],
            ).fetchall()
        )

    def balance(self, month: str, movements: str) -> Decimal:
        """What the movements of a balance come to at a month's end, native."""
        year, number = map(int, month.split("-"))
        ((found,),) = self.connection.execute(
            "select coalesce(sum(amount_native), 0) from intermediate.int_finance__balance_moves"
            f" where customer_id = ? and month_index <= ? and movement {movements} ('accrued', 'invoiced')",
            [self.customer, year * 12 + number - 1],
        ).fetchall()
        return Decimal(found)


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The build file of each granularity, made when it is first asked for."""
    folder = tmp_path_factory.mktemp("finance-cases")
    made: dict[str, Any] = {}

    def company(granularity: str) -> Any:
        if granularity not in made:
            tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for case in CASES.values():
                if case["granularity"] == granularity:
                    for table, rows in rows_of(case).items():
                        tables[table] += rows
            (folder / granularity).mkdir()
            made[granularity] = build_revenue(
                write_invoices(
                    folder / granularity, tables, policies={"recognition_granularity": granularity}
                ),
                AS_OF,
            )
        return made[granularity]

    return {"of": company}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if case["granularity"] == "day" else [pytest.mark.slow])
        for name, case in CASES.items()
    ],
)
def test_published_example(name: str, companies: dict[str, Any]) -> None:
    case = CASES[name]
    tolerance = Decimal(str(case.get("tolerance", 0)))

    def assert_close(found: dict[str, Decimal], given: dict[str, Any]) -> None:
        assert found.keys() == given.keys()
        for month, amount in given.items():
            assert abs(found[month] - Decimal(str(amount))) <= tolerance, (month, found[month])

    with open_build_read_only(companies["of"](case["granularity"])) as connection:
        built = Warehouse(connection, name)
        if "recognised" in case:
            assert_close(built.revenue("= 'earned'"), case["recognised"])
        if "net_revenue_total" in case:
            assert sum(built.revenue("is not null").values()) == case["net_revenue_total"]
        for month, amounts in case.get("contra", {}).items():
            for event, amount in amounts.items():
                assert -built.revenue(f"= '{event}'")[month] == Decimal(str(amount))
        for month, amount in case.get("deferred_closing", {}).items():
            assert built.balance(month, "not in") == Decimal(str(amount)), month
        for month, amount in case.get("unbilled_closing", {}).items():
            assert built.balance(month, "in") == Decimal(str(amount)), month
