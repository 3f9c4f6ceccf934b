"""What billing systems export of bought credits, discounts, refunds and write-offs, as revenue."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from orchestration.machine.duckdb_files import open_build_read_only
from tests.finance import (
    exports_of_billing,
    exports_of_credits,
    exports_of_french,
    exports_of_payments,
    exports_of_recurly,
    exports_of_stripe,
)
from tests.finance.conftest import build_revenue
from tests.pipeline import write_company

AS_OF = datetime(2025, 7, 1)
MARTS = (
    "fct_revenue_recognition",
    "fct_deferred_revenue_monthly",
    "fct_journal_monthly",
    "fct_prepaid_credits_monthly",
    "fct_commitments",
)
RULES = (
    "every_invoice_line_can_be_scheduled",
    "finalised_invoices_stay",
    "lines_of_an_invoice_add_up_to_it",
    "what_is_credited_or_paid_back_fits_its_invoice",
    "what_is_taken_back_says_of_what",
    "what_went_back_was_delivered",
    "what_was_paid_was_delivered",
    "no_more_credits_are_drawn_down_than_were_bought",
    "prepaid_credits_roll_forward",
    "prepaid_credits_are_what_is_deferred",
    "commitments_agree_with_their_invoices",
)
FILES: dict[str, str | bytes] = {
    **exports_of_billing.FILES,
    **exports_of_credits.FILES,
    **exports_of_french.FILES,
    **exports_of_payments.FILES,
    **exports_of_recurly.FILES,
    **exports_of_stripe.FILES,
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
            "select coalesce(sum(moves.amount_native), 0) from intermediate.int_finance__cash_moves as moves"
            " left join staging.stg_reversals as reversals on moves.move_id = reversals.reversal_id"
            " inner join staging.stg_payments as payments"
            " on payments.payment_id = coalesce(reversals.payment_id, moves.move_id)"
            " where payments.customer_id = ?",
            [customer],
        ).fetchall()
        return Decimal(found)

    def owed(self, *customers: str) -> Decimal:
        """What is billed and neither paid nor void; nothing of it was taken back."""
        ((billed,),) = self.connection.execute(
            "select coalesce(sum(total), 0) from intermediate.int_finance__booked_invoices"
            " where customer_id in (select unnest(?)) and status <> 'void'",
            [list(customers)],
        ).fetchall()
        return Decimal(billed) - sum(self.cash(customer) for customer in customers)

    def broken(self, rule: str) -> list[str]:
        """The messages of a rule."""
        return [
            message for (message,) in self.connection.execute(f"select message from rules.{rule}").fetchall()
        ]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    folder = tmp_path_factory.mktemp("vendors")
    names = list(dict.fromkeys(name.split("/")[0] for name in FILES))
    for name, content in FILES.items():
        file = folder / "extracts" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
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
    **{
        f"{name}:{customer}": found
        for name in ("stripe_fivetran", "stripe_sigma_items")
        for customer, found in TAKEN_BACK.items()
    },
    **{f"stripe_dlt:{customer}": found for customer, found in TAKEN_BACK.items()},
    "stripe_dlt:refunded": {"2025-02": 21, "2025-03 refund": -7},
    # What names its line leaves the other one, of 28 over 59 days, as it was.
    "stripe_dlt:credited": {
        "2025-02": Decimal("34.29"),
        "2025-02 credit_note": -7,
        "2025-03": Decimal("14.71"),
    },
    "stripe_sigma_items:disputed": {"2025-02": 21, "2025-03 dispute": -21},
    "recurly:refunded": {"2025-02": 28, "2025-03 credit_note": -7},
    "recurly:failed": {"2025-02": 14, "2025-02 bad_debt": -14},
    "recurly:withdrawn": {"2025-02": 14, "2025-02 void": -14},
    "recurly:before": {"2025-02": 28, "2025-03 credit_note": -7},
    "recurly:gift": {},
    "recurly:prepaid": {},
    # 28 of a month, of which the last 14 days go back.
    "recurly:downgraded": {"2025-02": 14},
    "recurly:by_hand": {"2025-02": 23},
    "recurly:by_hand_void": {"2025-02": 28},
    "recurly:discounted": {"2025-02": 28, "2025-03 credit_note": -28},
    "recurly:half_failed": {"2025-02": 21, "2025-02 bad_debt": -7},
    "recurly:paid_by_credit": {"2025-02": 28, "2025-03 credit_note": -8},
    "recurly:captured": {"2025-02": 28},
    "recurly:giver": {},
    "recurly:receiver": {"2025-02": 28},
    "recurly:prepayer": {"2025-02": 28},
    "lago:drawn": {"2025-02": 30},
    "lago:granted": {"2025-02": 50},
    "lago:expired": {"2025-02": 30, "2025-05 breakage": 70},
    "lago:two_wallets": {},
    "lago:given_back": {"2025-02": 60, "2025-03 void": -60},
    "lago:committed": {"2025-02": 100, "2025-03": 140},
    "lago:coupon": {"2025-02": 30},
    "lago:old_coupon": {"2025-02": 30},
    "lago:progressive": {"2025-02": 100},
    "lago:voided": {"2025-02": 28, "2025-03 void": -28},
    "lago:credited": {"2025-02": 33, "2025-04 credit_note": -5},
    "lago:paid_by_credit": {"2025-02": 5},
    "stripe:cus_bought": {"2025-03": 30},
    "stripe:cus_expired": {"2025-03": 30, "2025-05 breakage": 70},
    "stripe:cus_given": {"2025-03": 15},
    "stripe:cus_balance": {"2025-01": -5, "2025-02": 10},
    "stripe:cus_refunded": {"2025-02": 28, "2025-03 refund": -7},
    "stripe:cus_of_2022": {"2025-02": 8},
    "stripe:cus_outside": {"2025-02": 28},
    "stripe:cus_recorded": {"2025-02": 28},
    "stripe:cus_to_balance": {"2025-02": 90, "2025-03 credit_note": -30, "2025-03 refund": -20},
    "stripe:cus_to_card": {"2025-02": 90, "2025-03 credit_note": -30},
    "stripe:cus_old_refund": {"2025-02": 28, "2025-03 refund": -7},
    "stripe:cus_authorised": {"2025-02": 28},
    "stripe:cus_shipped": {"2025-02": 33},
    "stripe:cus_half_paid": {"2025-02": 21, "2025-02 bad_debt": -7},
    "stripe:cus_half_credited": {"2025-02": 7, "2025-02 bad_debt": -7},
    "stripe:cus_down": {
        **{
            f"2025-{month:02}": days
            for month, days in ((1, 31), (2, 28), (4, 15), (6, 15), (9, 15), (11, 15))
        },
        **{f"2025-{month:02}": Decimal("15.5") for month in (3, 5, 7, 8, 10, 12)},
    },
    "stripe:cus_itemized": {"2025-02": Decimal("12.6")},
    "stripe:cus_ahead": {"2025-04": 30},
    "stripe:cus_given_up_then_void": {"2025-02": 28, "2025-03 void": -28},
    "stripe:cus_repaid": {"2025-02": 28, "2025-03 credit_note": -8},
    "stripe:cus_carried": {"2025-02": 28, "2025-03": 28, "2025-03 credit_note": -7},
    "stripe:cus_in_parts": {"2025-02": 28, "2025-03 dispute": -7},
    "stripe:cus_not_repaid": {"2025-02": 28, "2025-03 credit_note": -7},
    "stripe:cus_half_open": {"2025-02": 28, "2025-03 credit_note": -21},
    "stripe:cus_tried": {},
    "stripe:cus_draft": {},
    "stripe_dlt:shipped": {"2025-02": 33},
    "stripe_fivetran:couponed": {"2025-02": 20},
    "stripe_fivetran:taxed": {"2025-02": Decimal("23.33")},
    "stripe_fivetran:deleted": {},
    **{
        f"stripe_sigma_items:{customer}": found
        for customer, found in {
            "couponed": {"2025-02": 20},
            "taxed": {"2025-02": Decimal("23.33")},
            "shipped": {"2025-02": 33},
            "one_of_two": {
                "2025-02": Decimal("34.29"),
                "2025-02 credit_note": -7,
                "2025-03": Decimal("14.71"),
            },
            "by_intent": {"2025-02": 28, "2025-03 refund": -7},
            "bought": {"2025-02": 23},
            "by_transfer": {"2025-02": 28, "2025-03 credit_note": -7, "2025-03 refund": -7},
        }.items()
    },
    "chargebee:rounded": {"2025-02": 28},
    "chargebee:deleted": {},
    "chargebee:given_up": {"2025-02": 21, "2025-02 bad_debt": -7},
    "chargebee:paid_by_credit": {"2025-02": 28, "2025-03 credit_note": -8},
    "chargebee:paid_twice": {"2025-02": 28},
    "chargebee:overpaid": {"2025-02": 28},
    "chargebee:waived": {"2025-02": 14},
    "chargebee:store": {"2025-02": 14, "2025-03": 28},
    "chargebee:promoted": {"2025-02": 23},
    "chargebee:given": {"2025-02": 28, "2025-03": -5},
    "chargebee:carried": {"2025-02": 28, "2025-03": 28, "2025-03 credit_note": -7},
    "paddle:paid_by_credit": {"2025-02": 28, "2025-03 credit_note": -8},
    "paddle:disputed": {"2025-02": 28, "2025-03 dispute": -28},
    "paddle:tax_inside": {"2025-02": 28, "2025-03 credit_note": -7},
    "paddle:exempt_later": {"2025-02": 28},
    # 20 a day of 59 days, less a tenth.
    "dotsha_fr:remise": {"2025-02": 504, "2025-03": 558},
    "dotsha_fr:avoir": {"2025-02": 280, "2025-03 credit_note": -70},
    "dotsha_fr:acompte": {"2025-03": 2000},
    "dotsha_fr:annulee": {"2025-02": 280, "2025-03 void": -280},
    "dotsha_fr:brouillon": {},
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


@pytest.mark.parametrize(
    ("customer", "left"),
    [
        ("lago:drawn", 70),
        ("lago:granted", 0),
        ("lago:expired", 0),
        ("lago:two_wallets", 200),
        ("lago:given_back", 60),
        ("recurly:gift", 50),
        ("recurly:prepaid", 50),
        ("recurly:giver", 22),
        ("recurly:receiver", 0),
        ("recurly:prepayer", 22),
        ("recurly:by_hand", 0),
        ("dotsha_fr:acompte", 0),
        ("stripe:cus_bought", 70),
        ("stripe_sigma_items:bought", 18),
        ("stripe:cus_expired", 0),
    ],
)
def test_what_was_bought_in_advance_is_deferred_until_it_is_drawn_down(
    books: Books, customer: str, left: int
) -> None:
    assert books.balance(customer) == left


CREDITS = {
    "lago:granted": {"2025-01": (50, 20, 0, 0, 0, 70), "2025-03": (0, 0, -50, -20, 0, 0)},
    "lago:expired": {
        "2025-01": (100, 20, 0, 0, 0, 120), "2025-03": (0, 0, -30, 0, 0, 90), "2025-05": (0, 0, 0, 0, -90, 0),
    },
    "lago:two_wallets": {
        "2025-01": (200, 20, 0, 0, 0, 220), "2025-03": (0, 0, 0, -5, 0, 215),
        "2025-05": (0, 0, 0, 0, -15, 200),
    },
    "lago:given_back": {"2025-01": (60, 0, 0, 0, 0, 60), "2025-03": (0, 0, -60, 0, 0, 60)},
    "stripe_sigma_items:bought": {
        "2025-02": (28, 28, 0, 0, 0, 56), "2025-03": (0, 0, -10, -5, 0, 41),
    },
    "recurly:giver": {"2025-02": (50, 0, -28, 0, 0, 22)},
    "recurly:prepayer": {"2025-02": (50, 0, -33, 0, 0, 17)},
    "stripe:cus_given": {"2025-02": (0, 100, 0, 0, 0, 100), "2025-04": (0, 0, 0, -10, 0, 90)},
    "stripe:cus_expired": {
        "2025-02": (100, 0, 0, 0, 0, 100), "2025-04": (0, 0, -30, 0, 0, 70), "2025-05": (0, 0, 0, 0, -70, 0),
    },
}  # fmt: skip


@pytest.mark.parametrize("customer", CREDITS)
def test_credits_go_on_from_what_a_vendor_says_became_of_them(books: Books, customer: str) -> None:
    """Bought, given, drawn down of both, expired of both, left."""
    found = books.connection.execute(
        "select strftime(period_month, '%Y-%m'), bought_native, granted_native, drawn_down_paid_native,"
        " drawn_down_granted_native, expired_paid_native + expired_granted_native as expired, closing_native"
        " from marts.fct_prepaid_credits_monthly where customer_id = ?"
        " and (bought_native, granted_native, drawn_down_paid_native, drawn_down_granted_native, expired)"
        " <> (0, 0, 0, 0, 0)",
        [customer],
    ).fetchall()
    assert {month: tuple(amounts) for month, *amounts in found} == CREDITS[customer]


def test_a_minimum_is_billed_up_to_where_a_month_missed_it(books: Books) -> None:
    found = books.connection.execute(
        "select strftime(period_start_on, '%m-%d'), outcome, committed_native, used_native, overage_native,"
        " shortfall_native, true_up_native, billed_native from marts.fct_commitments"
    ).fetchall()
    assert sorted(found) == [
        ("02-01", "missed", 100, 60, 0, 40, 40, 100),
        ("03-01", "met", 100, 140, 40, 0, 0, 140),
    ]


@pytest.mark.parametrize("rule", RULES)
def test_no_line_of_an_export_is_out_of_place(books: Books, rule: str) -> None:
    assert books.broken(rule) == []


@pytest.mark.parametrize(
    ("customer", "amount"),
    [
        ("dotsha_fr:remise", Decimal("1274.4")),
        ("dotsha_fr:acompte", 600),
        ("lago:drawn", 100),
        ("lago:credited", 28),
        ("chargebee:half_paid", 14),
        ("chargebee:refunded", 21),
        ("chargebee:returned", 0),
        ("chargebee:deleted", 0),
        ("stripe:cus_refunded", 21),
        ("stripe:cus_outside", 28),
        ("stripe:cus_recorded", 28),
        ("stripe:cus_authorised", 0),
        ("stripe:cus_to_balance", 70),
        ("stripe:cus_carried", 49),
        ("stripe:cus_in_parts", 21),
        ("stripe:cus_not_repaid", 28),
        ("stripe:cus_half_open", 7),
        ("stripe_fivetran:outside", 28),
        ("stripe_dlt:outside", 28),
        ("stripe_dlt:recorded", 28),
        ("chargebee:paid_by_credit", 0),
        ("chargebee:paid_twice", 28),
        ("chargebee:overpaid", 28),
        ("chargebee:waived", 14),
        ("chargebee:store", 42),
        ("chargebee:promoted", 23),
        ("chargebee:given", 22),
        ("chargebee:carried", 49),
        ("stripe_sigma_items:part_outside", 28),
        ("stripe_sigma_items:recorded", 28),
        ("stripe_sigma_items:by_intent", 21),
        ("paddle:refunded", Decimal("31.2")),
        ("paddle:paid_by_credit", 0),
        ("paddle:exempt_later", 28),
        ("recurly:captured", 28),
        ("recurly:charged_back", 0),
        ("recurly:giver", 50),
        ("recurly:receiver", 0),
        ("recurly:prepayer", 50),
        ("recurly:refunded", Decimal("25.2")),
    ],
)
def test_cash_is_what_was_paid_less_what_went_back(books: Books, customer: str, amount: Decimal) -> None:
    assert books.cash(customer) == amount


@pytest.mark.parametrize(
    "customers",
    [
        ("recurly:giver", "recurly:receiver"),
        ("recurly:prepayer",),
        ("chargebee:store",),
        ("chargebee:given",),
    ],
)
def test_what_credits_paid_is_owed_no_more(books: Books, customers: tuple[str, ...]) -> None:
    assert books.owed(*customers) == 0


def test_what_was_paid_back_outside_of_the_billing_system_is_cash_of_its_credit_note(books: Books) -> None:
    found = books.connection.execute(
        "select amount_native from intermediate.int_finance__cash_moves"
        " where move_id = 'stripe:cn_cus_repaid:out_of_band'"
    ).fetchall()
    assert found == [(-8,)]


def test_the_fee_of_a_payment_comes_from_its_balance_transaction(books: Books) -> None:
    found = books.connection.execute(
        "select payment_id, fee from staging.stg_payments where fee is not null"
    ).fetchall()
    loaders = ("stripe_dlt", "stripe_fivetran", "stripe_sigma_items")
    tables = [(f"{name}:ch_{who}", Decimal("0.67")) for name in loaders for who in ("disputed", "refunded")]
    assert sorted(found) == [("stripe:ch_refunded", Decimal("0.67")), *tables]
