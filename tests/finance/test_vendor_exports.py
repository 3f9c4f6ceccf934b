"""What billing systems export of bought credits, discounts, credit notes, refunds and write-offs, as revenue."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from orchestration.machine.duckdb_files import open_build_read_only
from tests.finance.conftest import build_revenue
from tests.pipeline import write_company

AS_OF = datetime(2025, 7, 1)
FEBRUARY = datetime(2025, 2, 1)
MARTS = ("fct_revenue_recognition", "fct_deferred_revenue_monthly", "fct_journal_monthly")
RULES = (
    "every_invoice_line_can_be_scheduled",
    "lines_of_an_invoice_add_up_to_it",
    "what_is_credited_or_paid_back_fits_its_invoice",
    "what_is_taken_back_says_of_what",
    "no_more_credits_are_drawn_down_than_were_bought",
)


def seconds(instant: datetime) -> int:
    """An instant of UTC as most vendors write it."""
    return int(instant.replace(tzinfo=UTC).timestamp())


def lago_invoice(customer: str, day: str, fees: list[dict[str, Any]], **said: Any) -> dict[str, Any]:
    """An invoice as the API shows it by itself: with its fees. Amounts are in cents."""
    number = f"{customer}-{day}"
    amount = sum(fee["amount_cents"] for fee in fees)
    coupons, progressive = said.get("coupons_amount_cents", 0), said.get("progressive_billing_credit_amount_cents", 0)
    prepaid = said.get("prepaid_credit_amount_cents", 0)
    return {
        "lago_id": number, "number": number, "issuing_date": day, "payment_due_date": day,
        "invoice_type": "subscription", "status": "finalized", "payment_status": "succeeded", "currency": "EUR",
        "fees_amount_cents": amount, "taxes_amount_cents": 0, "coupons_amount_cents": coupons,
        "progressive_billing_credit_amount_cents": progressive, "credit_notes_amount_cents": 0,
        "sub_total_excluding_taxes_amount_cents": amount - coupons - progressive,
        "sub_total_including_taxes_amount_cents": amount - coupons - progressive,
        "prepaid_credit_amount_cents": prepaid, "prepaid_granted_credit_amount_cents": None,
        "prepaid_purchased_credit_amount_cents": None,
        "total_amount_cents": amount - coupons - progressive - prepaid, "created_at": f"{day}T00:00:00Z",
        "voided_at": None, "customer": {"external_id": customer},
        "fees": [{"lago_id": f"{number}-{place}", "lago_invoice_id": number, "amount_currency": "EUR",
                  "taxes_amount_cents": 0, "units": "1.0", **fee} for place, fee in enumerate(fees)],
        **said,
    }  # fmt: skip


def lago_fee(kind: str, amount: int, month: str = "", **said: Any) -> dict[str, Any]:
    """A fee of a month, or of none. Fees of versions that tell what is taken off them say `off`."""
    off = said.pop("off", None)
    period = {"from_date": f"{month}-01T00:00:00Z", "to_date": f"{month}-28T23:59:59Z"} if month else {}
    net = {} if off is None else {"sub_total_excluding_taxes_amount_cents": amount - off}
    return {"amount_cents": amount, "item": {"type": kind}, **period, **net, **said}


LAGO = [
    # 100 bought, 30 used.
    lago_invoice("drawn", "2025-01-10", [lago_fee("credit", 10000)], invoice_type="credit"),
    lago_invoice("drawn", "2025-03-01", [lago_fee("charge", 3000, "2025-02", off=0)],
                 prepaid_credit_amount_cents=3000, prepaid_purchased_credit_amount_cents=3000),
    # 50 bought and 20 given, all used.
    lago_invoice("granted", "2025-01-10", [lago_fee("credit", 5000)], invoice_type="credit"),
    lago_invoice("granted", "2025-03-01", [lago_fee("charge", 7000, "2025-02", off=0)],
                 prepaid_credit_amount_cents=7000, prepaid_granted_credit_amount_cents=2000,
                 prepaid_purchased_credit_amount_cents=5000),
    # A coupon of 10, told by the fee, and by the invoice alone.
    lago_invoice("coupon", "2025-02-01", [lago_fee("subscription", 4000, "2025-02", off=1000)],
                 coupons_amount_cents=1000),
    lago_invoice("old_coupon", "2025-02-01", [lago_fee("subscription", 4000, "2025-02")],
                 coupons_amount_cents=1000),
    # 60 of 100 were billed within the month.
    lago_invoice("progressive", "2025-02-15", [lago_fee("charge", 6000, "2025-02")],
                 invoice_type="progressive_billing"),
    lago_invoice("progressive", "2025-03-01", [lago_fee("charge", 10000, "2025-02")],
                 progressive_billing_credit_amount_cents=6000),
    lago_invoice("voided", "2025-02-01", [lago_fee("subscription", 2800, "2025-02")],
                 status="voided", voided_at="2025-03-05T12:00:00Z"),
    lago_invoice("credited", "2025-02-01", [lago_fee("subscription", 2800, "2025-02"), lago_fee("add_on", 500)]),
    lago_invoice("paid_by_credit", "2025-02-01", [lago_fee("add_on", 500)],
                 credit_notes_amount_cents=200, total_amount_cents=300),
]  # fmt: skip
LAGO_CREDIT_NOTE = {
    "lago_id": "cn", "lago_invoice_id": "credited-2025-02-01", "issuing_date": "2025-04-01", "currency": "EUR",
    "credit_status": "available", "refund_status": None, "reason": "other", "total_amount_cents": 500,
    "sub_total_excluding_taxes_amount_cents": 500, "taxes_amount_cents": 0, "coupons_adjustment_amount_cents": 0,
    "created_at": "2025-04-01T00:00:00Z", "customer": {"external_id": "credited"},
    "items": [{"lago_id": "cni", "amount_cents": 500, "amount_currency": "EUR",
               "fee": {"lago_id": "credited-2025-02-01-1"}}],
}  # fmt: skip


def pages(records: str, rows: list[dict[str, Any]]) -> str:
    """A page of Lago's API as curl saves it."""
    return json.dumps({records: rows, "meta": {"current_page": 1, "next_page": None}}) + "\n"


def chargebee_invoice(number: str, customer: str, day: datetime, amount: int, **said: Any) -> dict[str, Any]:
    """A month of 28 days, as the API lists it; a write-off makes an invoice paid."""
    line = {
        "id": f"li_{number}", "entity_type": "plan_item_price", "entity_id": "pro", "quantity": 1, "amount": amount,
        "unit_amount": amount, "tax_amount": 0, "discount_amount": 0, "date_from": seconds(day),
        "date_to": seconds(day + timedelta(days=28)),
    }  # fmt: skip
    invoice = {
        "id": number, "customer_id": customer, "status": "paid", "currency_code": "EUR", "date": seconds(day),
        "sub_total": amount, "total": amount, "tax": 0, "line_items": [line], **said,
    }  # fmt: skip
    return {"invoice": invoice}


def chargebee_note(number: str, invoice: str, customer: str, day: datetime, amount: int, **said: Any) -> dict[str, Any]:
    """A credit note for a part of an invoice's one line."""
    line = {"id": f"cl_{number}", "reference_line_item_id": f"li_{invoice}", "amount": amount, "discount_amount": 0}
    note = {
        "id": number, "customer_id": customer, "reference_invoice_id": invoice, "status": "adjusted",
        "type": "adjustment", "date": seconds(day), "currency_code": "EUR", "total": amount, "line_items": [line], **said,
    }  # fmt: skip
    return {"credit_note": note}


CHARGEBEE = {
    "invoices": [
        chargebee_invoice("1", "unpaid", FEBRUARY, 2800, write_off_amount=2800),
        chargebee_invoice("2", "half_paid", FEBRUARY, 2800, write_off_amount=1400,
                          linked_payments=[{"txn_id": "t2", "applied_amount": 1400, "applied_at": seconds(FEBRUARY)}]),
        chargebee_invoice("3", "refunded", FEBRUARY, 2800,
                          linked_payments=[{"txn_id": "t3", "applied_amount": 2800, "applied_at": seconds(FEBRUARY)}]),
    ],
    "credit_notes": [
        chargebee_note("CN1", "1", "unpaid", datetime(2025, 2, 15), 2800, create_reason_code="Write Off",
                       reason_code="write_off"),
        chargebee_note("CN2", "2", "half_paid", datetime(2025, 2, 15), 1400, create_reason_code="Write Off"),
        chargebee_note("CN3", "3", "refunded", datetime(2025, 3, 5), 700, status="refunded", type="refundable",
                       create_reason_code="Product Unsatisfactory"),
    ],
    "transactions": [
        {"transaction": {"id": name, "customer_id": customer, "type": kind, "status": "success", "amount": amount,
                         "currency_code": "EUR", "date": seconds(day), "payment_method": "card", **said}}
        for name, customer, kind, amount, day, said in (
            ("t2", "half_paid", "payment", 1400, FEBRUARY, {}),
            ("t3", "refunded", "payment", 2800, FEBRUARY, {}),
            ("t4", "refunded", "refund", 700, datetime(2025, 3, 5),
             {"refunded_txn_id": "t3", "linked_credit_notes": [{"cn_id": "CN3"}]}),
            # What was paid in excess goes back without a credit note, and takes no revenue.
            ("t5", "refunded", "refund", 500, datetime(2025, 3, 6), {"refunded_txn_id": "t3"}),
        )
    ],
}  # fmt: skip


def stripe_invoice(customer: str, number: int, day: datetime, lines: list[dict[str, Any]], **said: Any) -> dict[str, Any]:
    """An invoice as the API shows it since 2025: its total is after credits, and before the customer's balance."""
    total = sum(
        line["amount"] - sum(credit["amount"] for credit in line.get("pretax_credit_amounts", ())) for line in lines
    )
    return {
        "id": f"in_{customer}_{number}", "object": "invoice", "customer": customer, "currency": "eur", "livemode": True,
        "status": "paid", "created": seconds(day), "status_transitions": {"finalized_at": seconds(day)},
        "subtotal": sum(line["amount"] for line in lines), "total": total, "amount_remaining": 0,
        "starting_balance": 0, "ending_balance": 0, "total_discount_amounts": [], "total_taxes": [],
        "lines": {"object": "list", "has_more": False, "data": [
            {"id": f"il_{customer}_{number}_{place}", "object": "line_item", "currency": "eur", "quantity": 1,
             "discount_amounts": [], "taxes": [], "metadata": {}, **line} for place, line in enumerate(lines)]},
        **said,
    }  # fmt: skip


def stripe_line(amount: int, start: datetime, end: datetime, **said: Any) -> dict[str, Any]:
    """A line of a subscription, or of an item put on the invoice by itself."""
    kind = said.pop("of", "subscription_item_details")
    return {"amount": amount, "period": {"start": seconds(start), "end": seconds(end)},
            "parent": {"type": kind, kind: {"proration": False}}, **said}  # fmt: skip


def stripe_credit(amount: int, transaction: str) -> dict[str, Any]:
    """Credits applied to a line."""
    return {"amount": amount, "type": "credit_balance_transaction", "credit_balance_transaction": transaction}


MARCH, APRIL = datetime(2025, 3, 1), datetime(2025, 4, 1)
SOLD = {"of": "invoice_item_details", "metadata": {"kind": "credit_purchase"}}
STRIPE = {
    "invoices": [
        stripe_invoice("cus_bought", 1, FEBRUARY, [stripe_line(10000, FEBRUARY, FEBRUARY, **SOLD)]),
        stripe_invoice("cus_bought", 2, APRIL, [
            stripe_line(3000, MARCH, APRIL, pretax_credit_amounts=[stripe_credit(3000, "cbtxn_bought")])]),
        # A discount stands in both lists of the line.
        stripe_invoice("cus_given", 1, APRIL, [
            stripe_line(3000, MARCH, APRIL, discount_amounts=[{"amount": 500}], pretax_credit_amounts=[
                {"amount": 500, "type": "discount"}, stripe_credit(1000, "cbtxn_given")])]),
        # 5 of 10 come from the customer's balance.
        stripe_invoice("cus_balance", 1, FEBRUARY, [stripe_line(1000, FEBRUARY, MARCH)], starting_balance=-500,
                       amount_due=500),
        stripe_invoice("cus_refunded", 1, FEBRUARY, [stripe_line(2800, FEBRUARY, MARCH)]),
    ],
    "credit_grants": [
        {"id": "credgr_bought", "object": "billing.credit_grant", "category": "paid", "livemode": True},
        {"id": "credgr_given", "object": "billing.credit_grant", "category": "promotional", "livemode": True},
    ],
    "credit_balance_transactions": [
        {"id": f"cbtxn_{which}", "object": "billing.credit_balance_transaction", "credit_grant": f"credgr_{which}",
         "type": "debit", "livemode": True} for which in ("bought", "given")
    ],
    "charges": [
        {"id": "ch_refunded", "object": "charge", "customer": "cus_refunded", "amount": 2800, "currency": "eur",
         "created": seconds(FEBRUARY), "status": "succeeded", "livemode": True, "balance_transaction": "txn_1",
         "payment_method_details": {"type": "card", "card": {"exp_year": 2030, "exp_month": 1}}},
    ],
    "balance_transactions": [
        {"id": "txn_1", "object": "balance_transaction", "type": "charge", "currency": "eur", "fee": 67,
         "exchange_rate": None, "available_on": seconds(datetime(2025, 2, 8)), "source": "ch_refunded"},
    ],
    "invoice_payments": [
        {"id": "inpay_1", "object": "invoice_payment", "invoice": "in_cus_refunded_1", "amount_paid": 2800,
         "currency": "eur", "status": "paid", "created": seconds(FEBRUARY), "livemode": True,
         "payment": {"type": "charge", "charge": "ch_refunded"}},
    ],
    "refunds": [
        {"id": "re_1", "object": "refund", "charge": "ch_refunded", "amount": 700, "currency": "eur",
         "created": seconds(datetime(2025, 3, 5)), "status": "succeeded"},
    ],
}  # fmt: skip


def lines(rows: Iterable[dict[str, Any]]) -> str:
    """JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def paddle_transaction(customer: str, lines: list[tuple[str, int, bool]], **said: Any) -> dict[str, Any]:
    """A completed transaction of February: lines as price, net amount, and whether the price recurs; tax is a fifth."""
    net = sum(amount for _, amount, _ in lines)
    cycle = {"interval": "month", "frequency": 1}
    return {
        "id": f"txn_{customer}", "status": "completed", "customer_id": customer, "subscription_id": None,
        "invoice_number": "1-1", "currency_code": "EUR", "origin": "subscription_recurring", "billed_at": "2025-02-01T00:00:00Z",
        "created_at": "2025-02-01T00:00:00Z", "updated_at": "2025-02-15T00:00:00Z", "discount_id": None,
        "billing_period": {"starts_at": "2025-02-01T00:00:00Z", "ends_at": "2025-03-01T00:00:00Z"},
        "items": [{"quantity": 1, "price": {"id": price, "billing_cycle": cycle if recurs else None}, "proration": None}
                  for price, _, recurs in lines],
        "details": {
            "totals": {"subtotal": str(net), "discount": "0", "tax": str(net // 5), "total": str(net + net // 5),
                       "credit": "0", "balance": "0", "grand_total": str(net + net // 5)},
            "line_items": [
                {"id": f"txnitm_{customer}_{price}", "price_id": price, "quantity": 1, "proration": None, "totals": {
                    "subtotal": str(amount), "discount": "0", "tax": str(amount // 5), "total": str(amount + amount // 5)}}
                for price, amount, _ in lines],
        },
        "payments": [{"payment_attempt_id": f"pay_{customer}", "amount": str(net + net // 5), "status": "captured",
                      "created_at": "2025-02-01T00:00:00Z", "captured_at": "2025-02-01T00:01:00Z",
                      "method_details": {"type": "card"}, "error_code": None}],
        **said,
    }  # fmt: skip


def paddle_adjustment(customer: str, action: str, net: int, price: str = "pri_month", **said: Any) -> dict[str, Any]:
    """An adjustment of 5 March, for a line of the transaction."""
    totals = {"subtotal": str(net), "tax": str(net // 5), "total": str(net + net // 5)}
    return {
        "id": f"adj_{customer}_{action}", "action": action, "transaction_id": f"txn_{customer}", "customer_id": customer,
        "reason": "error", "currency_code": "EUR", "status": "approved", "created_at": "2025-03-05T00:00:00Z",
        "items": [{"id": f"adjitm_{customer}_{action}", "item_id": f"txnitm_{customer}_{price}", "totals": totals}],
        "totals": totals, **said,
    }  # fmt: skip


PADDLE = {
    "transactions": [
        paddle_transaction("refunded", [("pri_month", 2800, True), ("pri_setup", 500, False)]),
        paddle_transaction("charged_back", [("pri_month", 2800, True)]),
        paddle_transaction("taken_for_won", [("pri_month", 2800, True)]),
        paddle_transaction("withdrawn", [("pri_month", 2800, True)], status="canceled", payments=[]),
        paddle_transaction("abandoned", [("pri_month", 2800, True)], status="canceled", billed_at=None, payments=[]),
    ],
    "adjustments": [
        paddle_adjustment("refunded", "refund", 700),
        paddle_adjustment("refunded", "credit", 100, status="rejected"),
        paddle_adjustment("charged_back", "chargeback", 2800),
        paddle_adjustment("charged_back", "chargeback_warning", 2800),
        paddle_adjustment("taken_for_won", "chargeback", 2800, status="reversed"),
        paddle_adjustment("taken_for_won", "chargeback_reverse", 2800),
    ],
}


def stripe_tables() -> dict[str, list[dict[str, Any]]]:
    """Stripe's objects as tables of loaders: four invoices over 28 in February, and what went back of each."""
    february, march = "2025-02-01 00:00:00", "2025-03-01 00:00:00"
    customers = ("refunded", "disputed", "credited", "given_up")
    return {
        "invoice": [
            {"id": f"in_{name}", "customer_id": name, "currency": "eur", "status": "paid", "created": february,
             "subtotal": 2800, "tax": "", "total": 2800, "status_transitions_finalized_at": february}
            | ({"status": "uncollectible", "status_transitions_marked_uncollectible_at": "2025-02-15 00:00:00"}
               if name == "given_up" else {})
            for name in customers
        ],
        "invoice_line_item": [
            {"id": f"il_{name}", "invoice_id": f"in_{name}", "amount": 2800, "currency": "eur", "proration": "false",
             "quantity": 1, "period_start": february, "period_end": march} for name in customers
        ],
        "charge": [
            {"id": f"ch_{name}", "customer_id": name, "invoice_id": f"in_{name}", "amount": 2800, "currency": "eur",
             "created": february, "status": "succeeded", "balance_transaction_id": f"txn_{name}"}
            for name in ("refunded", "disputed")
        ],
        "balance_transaction": [
            {"id": f"txn_{name}", "currency": "eur", "fee": 67, "exchange_rate": "", "available_on": "2025-02-08 00:00:00"}
            for name in ("refunded", "disputed")
        ],
        "refund": [
            {"id": "re_1", "charge_id": "ch_refunded", "amount": 700, "currency": "eur", "created": "2025-03-05 00:00:00",
             "status": "succeeded"},
        ],
        "dispute": [
            {"id": "du_1", "charge_id": "ch_disputed", "amount": 2800, "currency": "eur", "created": "2025-03-05 00:00:00",
             "status": "lost"},
            {"id": "du_2", "charge_id": "ch_refunded", "amount": 2800, "currency": "eur", "created": "2025-03-05 00:00:00",
             "status": "won"},
        ],
        "credit_note": [
            {"id": "cn_1", "invoice_id": "in_credited", "customer_id": "credited", "currency": "eur", "status": "issued",
             "subtotal": 1500, "discount_amount": 100, "total": 1400, "created": "2025-02-15 00:00:00", "voided_at": ""},
        ],
        "credit_note_line_item": [
            {"id": "cnli_1", "credit_note_id": "cn_1", "amount": 1500, "discount_amount": 100},
        ],
    }  # fmt: skip


def dlt_tables() -> dict[str, list[dict[str, Any]]]:
    """The same as dlt loads it: instants in seconds, lists as tables whose rows name their parent's row."""
    moments = {"created", "period_start", "period_end", "available_on", "voided_at"}
    renamed = {"customer_id": "customer", "invoice_id": "invoice", "charge_id": "charge",
               "balance_transaction_id": "balance_transaction", "period_start": "period__start",
               "period_end": "period__end", "status_transitions_finalized_at": "status_transitions__finalized_at",
               "status_transitions_marked_uncollectible_at": "status_transitions__marked_uncollectible_at"}  # fmt: skip
    found = {
        name: [
            {renamed.get(key, key): seconds(datetime.fromisoformat(value)) if key in moments or "transitions" in key else value
             for key, value in row.items() if value != ""} for row in rows
        ]
        for name, rows in stripe_tables().items()
    }  # fmt: skip
    # A discount of 7 on what is refunded, and a total that says so.
    for row in found["invoice_line_item"]:
        row["_dlt_id"] = f"row_{row['id']}"
    refunded = next(row for row in found["invoice"] if row["id"] == "in_refunded")
    refunded |= {"total": 2100, "total_excluding_tax": 2100}
    (credit_note,) = found["credit_note"]
    credit_note |= {"total_excluding_tax": 1400}
    return {
        **{name: rows for name, rows in found.items() if "line_item" not in name},
        "invoice__lines__data": found["invoice_line_item"],
        "invoice__lines__data__discount_amounts": [
            {"amount": 700, "discount": "di_1", "_dlt_parent_id": "row_il_refunded", "_dlt_list_idx": 0, "_dlt_id": "row_off"}
        ],
    }


def table(rows: list[dict[str, Any]]) -> str:
    """CSV text of a table; what a row lacks is empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return "\n".join([",".join(names), *(",".join(str(row.get(name, "")) for name in names) for row in rows)]) + "\n"


FILES = {
    **{f"paddle/{name}.jsonl": lines(rows) for name, rows in PADDLE.items()},
    **{f"stripe_dlt/{name}/1751250000.12ab.jsonl": lines(rows) for name, rows in dlt_tables().items()},
    **{f"stripe_fivetran/{name}.csv": table(rows) for name, rows in stripe_tables().items()},
    **{f"stripe_sigma_items/{name}s.csv": table(rows) for name, rows in stripe_tables().items()},
    **{f"chargebee/{name}.jsonl": lines(rows) for name, rows in CHARGEBEE.items()},
    **{f"stripe/{name}.jsonl": lines(rows) for name, rows in STRIPE.items()},
    "lago/invoices.json": pages("invoices", LAGO),
    "lago/credit_notes.json": pages("credit_notes", [LAGO_CREDIT_NOTE]),
}


class Books:
    """What a built company says of a customer of a source."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def revenue(self, customer: str) -> dict[str, Decimal]:
        """Native revenue by month, with its class where it is not earned."""
        return dict(
            self.connection.execute(
                "select strftime(recognition_month, '%Y-%m')"
                " || case when revenue_class = 'earned' then '' else ' ' || revenue_class end as month,"
                " sum(amount_native) as amount from marts.fct_revenue_recognition"
                " where customer_id = ? group by all having amount <> 0",
                [customer],
            ).fetchall()
        )

    def balance(self, customer: str) -> Decimal:
        """Native deferred revenue at the end."""
        ((found,),) = self.connection.execute(
            "select coalesce(sum(amount_native), 0) from intermediate.int_finance__balance_moves"
            " where customer_id = ? and movement not in ('accrued', 'invoiced')",
            [customer],
        ).fetchall()
        return Decimal(found)

    def cash(self, customer: str) -> Decimal:
        """What came of a customer's payments, less what went back."""
        ((found,),) = self.connection.execute(
            "select sum(moves.amount_native) from intermediate.int_finance__cash_moves as moves"
            " left join staging.stg_reversals as reversals on moves.move_id = reversals.reversal_id"
            " inner join staging.stg_payments as payments"
            " on payments.payment_id = coalesce(reversals.payment_id, moves.move_id)"
            " where payments.customer_id = ?",
            [customer],
        ).fetchall()
        return Decimal(found)

    def broken(self, rule: str) -> list[str]:
        """The messages of a rule."""
        return [message for (message,) in self.connection.execute(f"select message from rules.{rule}").fetchall()]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    folder = tmp_path_factory.mktemp("vendors")
    names = list(dict.fromkeys(name.split("/")[0] for name in FILES))
    for name, text in FILES.items():
        file = folder / "extracts" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    company = write_company(
        folder, reporting_currency="EUR", sources=[{"name": name, "mapping": name} for name in names]
    )
    build_revenue(company, AS_OF.replace(tzinfo=UTC), (*MARTS, *RULES))
    with open_build_read_only(company) as connection:
        yield Books(connection)


TAKEN_BACK = {
    "refunded": {"2025-02": 28, "2025-03 refund": -7},
    "disputed": {"2025-02": 28, "2025-03 dispute": -28},
    "credited": {"2025-02": 21, "2025-02 credit_note": -7},
    "given_up": {"2025-02": 14, "2025-02 bad_debt": -14},
}
REVENUE = {
    **{f"{name}:{customer}": found for name in ("stripe_fivetran", "stripe_sigma_items")
       for customer, found in TAKEN_BACK.items()},
    **{f"stripe_dlt:{customer}": found for customer, found in TAKEN_BACK.items()},
    "stripe_dlt:refunded": {"2025-02": 21, "2025-03 refund": -7},
    "lago:drawn": {"2025-02": 30},
    "lago:granted": {"2025-02": 70, "2025-03": -20},
    "lago:coupon": {"2025-02": 30},
    "lago:old_coupon": {"2025-02": 30},
    "lago:progressive": {"2025-02": 100},
    "lago:voided": {"2025-02": 28, "2025-03 void": -28},
    "lago:credited": {"2025-02": 33, "2025-04 credit_note": -5},
    "lago:paid_by_credit": {"2025-02": 5},
    "stripe:cus_bought": {"2025-03": 30},
    "stripe:cus_given": {"2025-03": 15},
    "stripe:cus_balance": {"2025-02": 10},
    "stripe:cus_refunded": {"2025-02": 28, "2025-03 refund": -7},
    "paddle:refunded": {"2025-02": 33, "2025-03 credit_note": -7},
    "paddle:charged_back": {"2025-02": 28, "2025-03 dispute": -28},
    "paddle:taken_for_won": {"2025-02": 28},
    "paddle:withdrawn": {"2025-02": 14, "2025-02 void": -14},
    "paddle:abandoned": {},
    "chargebee:unpaid": {"2025-02": 14, "2025-02 bad_debt": -14},
    "chargebee:half_paid": {"2025-02": 21, "2025-02 bad_debt": -7},
    "chargebee:refunded": {"2025-02": 28, "2025-03 credit_note": -7},
}


@pytest.mark.parametrize("customer", REVENUE)
def test_what_a_vendor_exports_is_earned_in_its_month(books: Books, customer: str) -> None:
    assert books.revenue(customer) == REVENUE[customer]


@pytest.mark.parametrize(("customer", "left"), [("lago:drawn", 70), ("lago:granted", 0), ("stripe:cus_bought", 70)])
def test_what_was_bought_in_advance_is_deferred_until_it_is_drawn_down(
    books: Books, customer: str, left: int
) -> None:
    assert books.balance(customer) == left


@pytest.mark.parametrize("rule", RULES)
def test_no_line_of_an_export_is_out_of_place(books: Books, rule: str) -> None:
    assert books.broken(rule) == []


@pytest.mark.parametrize(("customer", "amount"), [("chargebee:half_paid", 14), ("chargebee:refunded", 21), ("stripe:cus_refunded", 21), ("paddle:refunded", Decimal("31.2"))])
def test_cash_is_what_was_paid_less_what_went_back(books: Books, customer: str, amount: Decimal) -> None:
    assert books.cash(customer) == amount


def test_the_fee_of_a_payment_comes_from_its_balance_transaction(books: Books) -> None:
    found = books.connection.execute("select payment_id, fee from staging.stg_payments where fee is not null").fetchall()
    tables = [(f"{name}:ch_{who}", Decimal("0.67")) for name in ("stripe_dlt", "stripe_fivetran", "stripe_sigma_items")
              for who in ("disputed", "refunded")]  # fmt: skip
    assert sorted(found) == [("stripe:ch_refunded", Decimal("0.67")), *tables]
