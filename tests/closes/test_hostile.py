"""A hundred late changes to closed months at once: the closes stay, and every euro is explained."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from closes.company import closes, run
from closes.test_closes import assert_it_adds_up, files, rows
from pipeline import write_company

from orchestration.synthetic.canonical import rows_known
from orchestration.synthetic.canonical import text as canonical_text
from orchestration.synthetic.company import simulate
from tests.pipeline import write_canonical

CLOSED_AT = datetime(2025, 6, 2, tzinfo=UTC)
SOURCES = [{"name": "source", "mapping": "canonical"}]


def deliver(folder, day, tables):
    texts = {name: [{key: canonical_text(value) for key, value in row.items()} for row in found]
             for name, found in tables.items()}  # fmt: skip
    write_canonical(folder / "extracts" / "source" / f"{day:%Y-%m-%d}", texts)


def known(simulated):
    """Every table of the company as it is told on the day of the close."""
    tables = {}
    for events in simulated.lives():
        for name, found in rows_known(events, CLOSED_AT).items():
            tables.setdefault(name, []).extend(dict(row) for row in found)
    return tables


def changed(tables, draw):
    """The same tables as they are told two days later: 99 rows are others, each in months that are closed."""
    subscriptions = {row["subscription_id"]: row for row in tables["subscriptions"]}
    running = [row for row in tables["subscription_items"] if row.get("valid_to") is None
               and row["valid_from"] < datetime(2025, 3, 1, tzinfo=UTC)]  # fmt: skip
    draw.shuffle(running)
    ended, seats, gone = running[:20], running[20:40], running[40:55]
    for row in ended:
        at = datetime(2025, draw.randint(3, 5), draw.randint(1, 28), 12, tzinfo=UTC)
        row["valid_to"] = at
        subscriptions[row["subscription_id"]] |= {"status": "ended", "ended_at": at}
    for row in seats:
        at = datetime(2025, draw.randint(3, 5), draw.randint(1, 28), 12, tzinfo=UTC)
        more = {**row, "valid_from": at, "quantity": (row["quantity"] or Decimal(1)) + draw.randint(1, 3)}
        row["valid_to"] = at
        tables["subscription_items"].append(more)
    left = {row["subscription_id"] for row in gone}
    for name in ("subscriptions", "subscription_items"):
        tables[name] = [row for row in tables[name] if row["subscription_id"] not in left]
    of_the_year = [row for row in tables["fx_rates"] if date(2025, 1, 1) <= row["rate_on"]]
    # At a month's end every balance in the currency is valued.
    month_ends = [row for row in of_the_year if (row["rate_on"] + timedelta(days=1)).day == 1]
    for row in draw.sample(month_ends, 5) + draw.sample(of_the_year, 15):
        row["rate"] = row["rate"] * Decimal("1.03")
    paid = [row for row in tables["invoices"] if row["status"] == "paid" and row["total"] > 20]
    for number, row in enumerate(draw.sample(paid, 14)):
        tables["credit_notes"].append(
            {"credit_note_id": f"late-{number}", "invoice_id": row["invoice_id"],
             "customer_id": row["customer_id"], "status": "issued", "amount_ex_tax": Decimal(10),
             "tax": Decimal(0), "currency": row["currency"],
             "issued_at": datetime(2025, draw.randint(3, 5), 20, tzinfo=UTC)}
        )  # fmt: skip
    customers = sorted({row["customer_id"] for row in tables["subscriptions"]})
    pairs = draw.sample(customers, 20)
    tables["crm_merges"] = [
        *tables.get("crm_merges", []),
        *({"object": "customer", "merged_id": merged, "survivor_id": survivor,
           "merged_at": datetime(2025, 6, 2, tzinfo=UTC)}
          for merged, survivor in zip(pairs[::2], pairs[1::2], strict=True)),
    ]  # fmt: skip
    return tables


@pytest.mark.slow
def test_a_hundred_late_changes_leave_the_closes_and_are_each_explained(tmp_path):
    simulated, draw = simulate("small", 11), random.Random(11)
    settings = {"reporting_currency": "EUR", "sources": SOURCES}
    write_company(tmp_path, **settings)
    deliver(tmp_path, date(2025, 6, 1), known(simulated))
    run(tmp_path, CLOSED_AT)
    told = closes(tmp_path, "close", "2025-05")
    assert told.returncode == 0, told.stderr
    run(tmp_path, CLOSED_AT + timedelta(hours=1))
    assert rows(tmp_path, "from marts.fct_mrr_restatements") == []
    kept = files(tmp_path)

    deliver(tmp_path, date(2025, 6, 3), changed(known(simulated), draw))
    write_company(tmp_path, **settings, policies={"discounts": "none"})
    run(tmp_path, CLOSED_AT + timedelta(days=2), "--accept-drop", "source")

    assert files(tmp_path) == kept
    assert closes(tmp_path, "closes", "verify").returncode == 0
    assert_it_adds_up(tmp_path)
    causes = dict(rows(tmp_path, "select cause, count(*) from marts.fct_mrr_restatements group by cause"))
    assert causes.keys() == {"late_row", "rate", "identity", "policy"}
    revenue = dict(
        rows(tmp_path, "select cause, count(*) from marts.fct_revenue_restatements group by cause")
    )
    assert {"late_row", "identity"} <= revenue.keys()
    assert rows(tmp_path, "select count(*) from marts.fct_mrr_reported where prior_period_adjustment <> 0 "
                          "and period_month <> date '2025-06-01'") == [(0,)]  # fmt: skip
