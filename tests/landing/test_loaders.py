"""Normalised tables of loaders, exports of Recurly and Paddle: small extracts in their real shapes."""

import json

import pytest

ITEMS = (
    "select item_id, customer_id, price_id, currency, unit_amount, quantity, interval_unit, interval_count, "
    "unread_terms from raw.subscription_items where not _is_deleted order by 1"
)


def table(*rows):
    """CSV text of dictionaries; what a row lacks is empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(names), *(",".join(str(row.get(name, "")) for name in names) for row in rows)]
    return "\n".join(lines) + "\n"


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records)


PRICES = "select price_id, currency, unit_amount, billing_scheme, package_size from raw.prices order by 1"


def landed(landing, mapping, **files):
    landing.source("own", mapping)
    for name, text in files.items():
        stem, _, ending = name.rpartition("_")
        landing.put("own", f"2025-06-30/{stem}.{ending}", text)
    landing.run()
    assert landing.rows("select code, column_name, message from audit.rejects") == []


# ---- Fivetran

SYNCED = {"_fivetran_synced": "2025-06-30 03:00:00+00:00"}
SUBSCRIPTION = SYNCED | {
    "id": "sub_1",
    "customer_id": "cus_1",
    "status": "active",
    "billing": "charge_automatically",
    "created": "2025-01-01 00:00:00+00:00",
    "start_date": "2025-01-01 00:00:00+00:00",
    "trial_start": "",
    "trial_end": "",
    "canceled_at": "",
    "cancel_at": "",
    "cancel_at_period_end": "false",
    "ended_at": "",
}
ITEM = SYNCED | {
    "id": "si_1",
    "subscription_id": "sub_1",
    "plan_id": "price_1",
    "quantity": "3",
    "created": "2025-02-01 00:00:00+00:00",
}
PRICE = SYNCED | {
    "id": "price_1",
    "product_id": "prod_1",
    "nickname": "Seats",
    "currency": "eur",
    "unit_amount": "9900",
    "billing_scheme": "per_unit",
    "recurring_interval": "year",
    "recurring_interval_count": "1",
    "recurring_usage_type": "licensed",
}


def fivetran(landing, **changed):
    files = {
        "subscription_csv": table(SUBSCRIPTION),
        "subscription_item_csv": table(ITEM),
        "price_csv": table(PRICE),
    }
    landed(landing, "stripe_fivetran", **(files | changed))


def test_fivetrans_item_takes_its_terms_from_price_and_subscription(landing):
    fivetran(landing)
    assert landing.rows(ITEMS) == [("si_1", "cus_1", "price_1", "EUR", None, "3", "year", "1", None)]
    assert landing.rows(PRICES) == [("price_1", "EUR", "99", "per_unit", None)]
    assert landing.rows("select valid_from, is_item_dated from raw.subscription_items") == [
        ("2025-02-01 00:00:00", "true")
    ]


def test_fivetrans_plans_stand_for_prices(landing):
    plan = {
        "id": "price_1",
        "product_id": "p",
        "currency": "jpy",
        "amount": "9900",
        "interval": "month",
        "interval_count": "3",
    }
    fivetran(landing, price_csv=table(PRICE | {"id": "other"}), plan_csv=table(plan))
    assert landing.rows(ITEMS) == [("si_1", "cus_1", "price_1", "JPY", None, "3", "month", "3", None)]
    assert landing.rows(PRICES)[1] == ("price_1", "JPY", "9900", "per_unit", None)


def test_what_fivetran_marks_as_deleted_is_gone(landing):
    rows = [ITEM | {"_fivetran_deleted": "false"}, ITEM | {"id": "si_2", "_fivetran_deleted": "true"}]
    fivetran(landing, subscription_item_csv=table(*rows))
    found = landing.rows("select item_id, _is_deleted from raw.subscription_items order by 1")
    assert found == [("si_1", False), ("si_2", True)]


def test_of_fivetrans_history_the_active_row_counts(landing):
    rows = [
        SUBSCRIPTION | {"status": "trialing", "_fivetran_active": "false"},
        SUBSCRIPTION
        | {"status": "canceled", "ended_at": "2025-06-01 00:00:00+00:00", "_fivetran_active": "true"},
    ]
    landed(
        landing,
        "stripe_fivetran",
        subscription_history_csv=table(*rows),
        subscription_item_csv=table(ITEM),
        price_csv=table(PRICE),
    )
    assert landing.rows("select status, ended_at from raw.subscriptions") == [
        ("ended", "2025-06-01 00:00:00")
    ]
    assert landing.rows("select valid_to from raw.subscription_items") == [("2025-06-01 00:00:00",)]


def test_fivetrans_package_price_is_a_package(landing):
    package = PRICE | {"transform_quantity_divide_by": "10", "transform_quantity_round": "up"}
    fivetran(landing, price_csv=table(package))
    assert landing.rows("select package_size, package_rounding from raw.subscription_items") == [("10", "up")]


def test_fivetrans_discount_takes_its_size_from_the_coupon(landing):
    coupon = {"id": "C1", "percent_off": "20", "duration": "repeating", "duration_in_months": "3"}
    discount = {
        "subscription_id": "sub_1",
        "coupon_id": "C1",
        "start": "2025-01-01 00:00:00+00:00",
        "end": "",
    }
    fivetran(landing, coupon_csv=table(coupon), subscription_discount_csv=table(discount))
    found = landing.rows(
        "select subscription_id, coupon_id, percent_off, duration, starts_at from raw.discounts"
    )
    assert found == [("sub_1", "C1", "20", "repeating", "2025-01-01 00:00:00")]


def test_an_item_of_fivetran_without_its_price_is_refused_with_table_and_key(landing):
    landing.source("own", "stripe_fivetran")
    landing.put("own", "subscription.csv", table(SUBSCRIPTION))
    landing.put("own", "subscription_item.csv", table(ITEM))
    landing.put("own", "price.csv", table(PRICE | {"id": "other"}))
    landing.run()
    messages = [message for (message,) in landing.rows("select message from audit.rejects")]
    assert any("table prices has no currency for price_id 'price_1'" in message for message in messages)


def test_fivetrans_invoices_come_with_their_lines(landing):
    invoice = {
        "id": "in_1",
        "customer_id": "cus_1",
        "currency": "eur",
        "status": "paid",
        "created": "2025-01-01 00:00:00+00:00",
        "subtotal": "9900",
        "total": "9900",
        "amount_paid": "9900",
        "amount_remaining": "0",
        "number": "F-1",
        "billing_reason": "subscription_cycle",
        "subscription_id": "sub_1",
        "due_date": "",
        "tax": "0",
        "attempt_count": "1",
    }
    line = {
        "id": "il_1",
        "unique_id": "il_1",
        "invoice_id": "in_1",
        "amount": "9900",
        "currency": "eur",
        "type": "subscription",
        "proration": "false",
        "quantity": "1",
        "subscription_id": "sub_1",
        "plan_id": "price_1",
        "period_start": "2025-01-01 00:00:00+00:00",
        "period_end": "2026-01-01 00:00:00+00:00",
    }
    fivetran(landing, invoice_csv=table(invoice), invoice_line_item_csv=table(line))
    assert landing.rows("select total, amount_due from raw.invoices") == [("99", "0")]
    found = landing.rows("select kind, amount_ex_tax, service_end_at from raw.invoice_lines")
    assert found == [("recurring", "99", "2026-01-01 00:00:00")]


def test_fivetrans_table_of_all_discounts_is_read_without_those_of_invoices(landing):
    own = {"coupon_id": "C1", "customer_id": "cus_1", "start": "2025-01-01 00:00:00+00:00", "end": ""}
    rows = [
        own | {"id": "of_subscription", "subscription_id": "sub_1"},
        own | {"id": "of_customer"},
        own | {"id": "of_invoice", "subscription_id": "sub_1", "invoice_id": "in_1"},
        own | {"id": "of_line", "subscription_id": "sub_1", "invoice_item_id": "ii_1"},
        own | {"id": "of_checkout", "checkout_session_id": "cs_1"},
        own | {"id": "of_checkout_line", "checkout_session_line_item_id": "li_1"},
        own | {"id": "of_credit_note", "subscription_id": "sub_1", "credit_note_line_item_id": "cnli_1"},
    ]
    coupon = {"id": "C1", "percent_off": "20", "duration": "forever", "duration_in_months": ""}
    fivetran(landing, coupon_csv=table(coupon), discount_csv=table(*rows))
    found = landing.rows("select discount_id, subscription_id, percent_off from raw.discounts order by 1")
    assert found == [("of_customer", None, "20"), ("of_subscription", "sub_1", "20")]


def test_a_discount_that_several_tables_of_fivetran_have_is_one(landing):
    """Connectors of before 2024 wrote those of subscriptions among the customers' too."""
    own = {"coupon_id": "C1", "customer_id": "cus_1", "start": "2025-01-01 00:00:00+00:00", "end": ""}
    of_subscription = own | {
        "id": "di_1",
        "subscription_id": "sub_1",
        "invoice_id": "",
        "invoice_item_id": "",
    }
    coupon = {"id": "C1", "percent_off": "20", "duration": "forever", "duration_in_months": ""}
    fivetran(
        landing,
        coupon_csv=table(coupon),
        discount_csv=table(of_subscription),
        subscription_discount_csv=table(
            of_subscription, of_subscription | {"id": "di_2", "invoice_id": "in_1"}
        ),
        customer_discount_csv=table(
            of_subscription,
            of_subscription | {"id": "di_3", "subscription_id": ""},
            of_subscription | {"id": "di_4"},
        ),
    )
    found = landing.rows(
        "select discount_id, any_value(subscription_id), any_value(percent_off) from raw.discounts"
        " where not _is_deleted group by discount_id order by 1"
    )
    assert found == [("di_1", "sub_1", "20"), ("di_3", None, "20")]


def test_a_discount_of_fivetran_without_an_id_is_named_after_what_it_is_of(landing):
    own = {"coupon_id": "C1", "start": "2025-01-01", "end": ""}
    coupon = {"id": "C1", "percent_off": "20", "duration": "forever", "duration_in_months": ""}
    fivetran(
        landing,
        coupon_csv=table(coupon),
        subscription_discount_csv=table(own | {"subscription_id": "sub_1"}),
        customer_discount_csv=table(own | {"customer_id": "cus_1"}),
    )
    found = landing.rows("select discount_id, subscription_id, customer_id from raw.discounts order by 1")
    assert found == [("cus_1:C1:2025-01-01", None, "cus_1"), ("sub_1:C1:2025-01-01", "sub_1", None)]


@pytest.mark.parametrize("no", ["false", "False", "FALSE", "f"])
def test_fivetrans_booleans_mean_the_same_however_they_are_written(landing, no):
    line = {"id": "il_1", "invoice_id": "in_1", "type": "invoiceitem", "amount": "5", "currency": "eur"}
    charge = {"id": "ch_1", "amount": "5", "currency": "eur", "created": "2025-02-01 00:00:00"}
    outside = {"id": "in_1", "customer_id": "c", "currency": "eur", "status": "paid", "subtotal": "5"}
    landed(
        landing,
        "stripe_fivetran",
        invoice_line_item_csv=table(line | {"proration": no if no != "f" else ""}),
        charge_csv=table(charge | {"status": "succeeded", "captured": no}),
        invoice_csv=table(
            outside
            | {"total": "5", "amount_due": "5", "created": "2025-02-01 00:00:00"}
            | {"paid_out_of_band": {"false": "true", "False": "True", "FALSE": "TRUE", "f": "t"}[no]}
        ),
    )
    assert landing.rows("select kind from raw.invoice_lines where line_id = 'il_1'") == [("one_time",)]
    assert landing.rows("select payment_id, outcome from raw.payments order by 1") == [
        ("ch_1", "pending"),
        ("in_1:paid_out_of_band", "succeeded"),
    ]


# ---- Sigma's tables of states

SIGMA_PRICE = {"id": "p", "currency": "eur", "unit_amount": "100", "recurring_interval": "month"}
SIGMA_SUBSCRIPTION = {"id": "s", "customer_id": "c", "status": "active", "created": "2025-01-01 00:00:00.000"}


def sigma(landing, price=None, created="1735689600", **files):
    landed(
        landing,
        "stripe_sigma_items",
        subscriptions_csv=table(SIGMA_SUBSCRIPTION),
        subscription_items_csv=table(
            {"id": "i", "subscription": "s", "price_id": "p", "quantity": "1", "created": created}
        ),
        prices_csv=table(SIGMA_PRICE | (price or {})),
        **files,
    )


@pytest.mark.parametrize("created", ["1735689600", "2025-01-01 00:00:00.000", "2025-01-01T00:00:00Z"])
def test_a_time_of_sigma_is_seconds_or_an_instant(landing, created):
    sigma(landing, created=created)
    assert landing.rows("select valid_from from raw.subscription_items") == [("2025-01-01 00:00:00",)]


def test_a_tax_in_a_price_of_sigma_is_named(landing):
    sigma(landing, {"tax_behavior": "inclusive"})
    assert landing.rows("select unread_terms from raw.subscription_items") == [("tax in the price",)]


# The columns that Stripe's own tables have, and what a row has of them; all else is empty.
SIGMA_TABLES = {
    "balance_transactions": "id amount automatic_transfer_id available_on created currency description "
    "exchange_rate fee net reporting_category source_id status type",
    "charges": "id amount amount_refunded application_fee_id balance_transaction_id captured captured_at "
    "created currency customer_id description dispute_id failure_code failure_message invoice_id "
    "outcome_reason outcome_type paid payment_intent payment_method_id payment_method_type "
    "presentment_amount presentment_currency refunded source_id status",
    "coupons": "id amount_off applies_to_products created currency duration duration_in_months "
    "max_redemptions name percent_off redeem_by times_redeemed valid",
    "coupons_currency_options": "coupon_id amount_off currency",
    "credit_notes": "id amount amount_shipping created currency customer_balance_transaction_id "
    "customer_id effective_at invoice_id memo number out_of_band_amount reason refund_id status type "
    "shipping_cost_amount_subtotal shipping_cost_amount_tax shipping_cost_amount_total voided_at",
    "credit_note_line_item_tax_amounts": "credit_note_line_item_id id amount inclusive tax_rate_id",
    "credit_note_tax_amounts": "credit_note_id id amount inclusive tax_rate_id",
    "discounts": "id checkout_session_id coupon_id created customer_id end invoice_id invoice_item_id "
    "promotion_code_id subscription_id subscription_item_id",
    "disputes": "id amount charge_id created currency is_charge_refundable network_reason_code reason status",
    "invoice_line_item_discount_amounts": "id invoice_id invoice_line_item_id amount discount",
    "invoice_line_item_tax_amounts": "id invoice_id invoice_line_item_id amount filing_amount inclusive "
    "tax_rate taxable_amount",
    "invoice_line_items": "invoice_id amount currency description discountable id invoice_item_id "
    "line_item_parent_id line_item_parent_type period_end period_start plan_id price_id proration "
    "proration_details_credited_items_invoice proration_details_credited_items_invoice_line_items "
    "quantity quantity_decimal source_id source_type subscription subscription_item_id total_discount "
    "total_exclusive_tax",
    "invoice_payments": "id amount_overpaid amount_paid amount_requested currency invoice is_default "
    "payment_id payment_intent payment_type status status_transitions_canceled_at "
    "status_transitions_paid_at",
    "invoices": "id amount_due amount_paid amount_remaining amount_shipping attempt_count attempted "
    "billing_reason charge_id collection_method currency customer_id date discounts due_date effective_at "
    "ending_balance next_payment_attempt number paid paid_out_of_band parent_id parent_type period_end "
    "period_start post_payment_credit_notes_amount pre_payment_credit_notes_amount "
    "shipping_cost_amount_subtotal shipping_cost_amount_tax starting_balance status "
    "status_transitions_finalized_at status_transitions_marked_uncollectible_at "
    "status_transitions_paid_at status_transitions_voided_at subscription_id subtotal tax total",
    "refunds": "id amount balance_transaction_id charge_id created currency failure_reason reason "
    "refund_description refund_payment_intent status",
}
SIGMA_ROW = dict.fromkeys(("created", "date", "available_on"), "2025-02-01 00:00:00.000") | {
    "id": "x_1", "amount": "100", "currency": "eur", "status": "paid", "inclusive": "true",
    "duration": "once", "percent_off": "10.0", "customer_id": "cus_1", "invoice_id": "in_1",
    "invoice": "in_1", "payment_id": "pi_1", "charge_id": "ch_1", "coupon_id": "C", "credit_note_id": "cn_1",
    "credit_note_line_item_id": "cnli_1", "invoice_line_item_id": "il_1", "subtotal": "100", "total": "100",
    "amount_paid": "100",
}  # fmt: skip


@pytest.mark.parametrize("name", SIGMA_TABLES)
def test_a_table_of_sigmas_is_a_good_file_as_stripe_has_it(landing, name):
    columns = SIGMA_TABLES[name].split()
    rows = table({column: SIGMA_ROW.get(column, "") for column in columns})
    landed(landing, "stripe_sigma_items", **{f"{name}_csv": rows})


@pytest.mark.parametrize(
    ("listed", "found"),
    [("di_1", [("di_1", None, None)]), ("", [("s:C20", "C20", "2026-01-01 00:00:00")])],
)
def test_a_discount_of_sigma_that_no_list_has_is_told_by_the_subscription(landing, listed, found):
    told = {
        "discounts": listed,
        "discount_coupon_id": "C20",
        "discount_start": "2025-01-01 00:00:00.000",
        "discount_end": "2026-01-01 00:00:00.000",
    }
    landed(landing, "stripe_sigma_items", subscriptions_csv=table(SIGMA_SUBSCRIPTION | told))
    read = "select discount_id, coupon_id, ends_at from raw.discounts"
    assert landing.rows(read) == found


def test_a_coupon_of_sigma_has_its_amounts_in_further_currencies(landing):
    coupon = {"id": "C5", "amount_off": "500", "currency": "usd", "duration": "forever"}
    options = [{"coupon_id": "C5", "currency": "eur", "amount_off": "400"},
               {"coupon_id": "C5", "currency": "jpy", "amount_off": "600"}]  # fmt: skip
    landed(
        landing,
        "stripe_sigma_items",
        customers_csv=table({"id": "c", "currency": "eur"}),
        subscriptions_csv=table(SIGMA_SUBSCRIPTION | {"discounts": "di_1"}),
        coupons_csv=table(coupon),
        coupons_currency_options_csv=table(*options),
        discounts_csv=table(
            {
                "id": "di_1",
                "coupon_id": "C5",
                "customer_id": "c",
                "subscription_id": "s",
                "created": "1735689600",
            }
        ),
    )
    assert landing.rows("select amount_off, currency, currency_options from raw.coupons") == [
        ("5", "USD", '[{"currency":"EUR","amount_off":"4"},{"currency":"JPY","amount_off":"600"}]')
    ]
    assert landing.rows("select coupon_id, currency from raw.discounts") == [("C5", "EUR")]


def test_what_snowflake_unloads_of_sigma_has_words_for_nothing(landing):
    landed(
        landing,
        "stripe_sigma_items",
        subscriptions_csv=table(SIGMA_SUBSCRIPTION | {"ended_at": r"\N", "discounts": r"\N"}),
        customers_csv=table({"id": "c", "name": r"\N", "deleted": "false"}),
    )
    assert landing.rows("select ended_at from raw.subscriptions") == [(None,)]
    assert landing.rows("select name from raw.customers") == [(None,)]
    assert landing.rows("select count(*) from raw.discounts") == [(0,)]


SIGMA_LINE = {
    "id": "il_1", "invoice_id": "in_1", "amount": "1000", "currency": "eur", "quantity": "1",
    "period_start": "2025-02-01 00:00:00.000", "period_end": "2025-03-01 00:00:00.000",
}  # fmt: skip
SIGMA_CHARGE = {
    "id": "ch_1", "amount": "1000", "currency": "eur", "created": "2025-02-01 00:00:00.000",
    "status": "succeeded", "balance_transaction_id": "txn_1", "payment_intent": "pi_1",
}  # fmt: skip
SIGMA_KINDS = {
    "a period of a subscription": ({"source_type": "subscription", "proration": "false"}, "recurring"),
    "an item by itself": ({"source_type": "invoice_item", "proration": "false"}, "one_time"),
    "an item by itself, as pandas writes it": (
        {"source_type": "invoice_item", "proration": "False"},
        "one_time",
    ),
    "an item by itself, as Redshift writes it": (
        {"source_type": "invoiceitem", "proration": "f"},
        "one_time",
    ),
    "a part of a period": ({"source_type": "invoice_item", "proration": "t"}, "recurring"),
    "a part of a period that is an item": ({"invoice_item_id": "ii_1", "proration": "True"}, "recurring"),
    "an item of which only the id was exported": ({"invoice_item_id": "ii_1", "proration": ""}, "one_time"),
    "an item by what it comes from": (
        {"line_item_parent_type": "invoice_item_details", "proration": "false"},
        "one_time",
    ),
}


@pytest.mark.parametrize("case", SIGMA_KINDS)
def test_a_line_of_sigma_is_what_it_comes_from_however_booleans_are_written(landing, case):
    said, kind = SIGMA_KINDS[case]
    landed(landing, "stripe_sigma_items", invoice_line_items_csv=table(SIGMA_LINE | said))
    is_part = "true" if "part" in case else "false"
    assert landing.rows("select kind, is_proration from raw.invoice_lines") == [(kind, is_part)]


@pytest.mark.parametrize("no", ["false", "False", "FALSE", "f", "0"])
def test_a_charge_of_sigma_that_was_not_captured_has_brought_nothing(landing, no):
    charge = SIGMA_CHARGE | {"captured": no, "invoice_id": "in_1"}
    landed(landing, "stripe_sigma_items", charges_csv=table(charge))
    assert landing.rows("select outcome from raw.payments") == [("pending",)]
    assert landing.rows("select amount_applied from raw.invoice_payments") == [("0",)]


@pytest.mark.parametrize("yes", ["true", "True", "TRUE", "t", "1"])
def test_a_customer_of_sigma_who_was_deleted_is_gone(landing, yes):
    landed(landing, "stripe_sigma_items", customers_csv=table({"id": "c", "deleted": yes}))
    assert landing.rows("select _is_deleted from raw.customers") == [(True,)]


@pytest.mark.parametrize(
    ("said", "fee"),
    [
        ({"currency": "eur", "fee": "67"}, "0.67"),
        ({"currency": "nzd", "fee": "151", "exchange_rate": "1.84"}, None),
        ({"currency": "nzd", "fee": "151"}, None),
    ],
)
def test_a_fee_of_sigma_in_another_currency_than_its_payment_is_left_out(landing, said, fee):
    transaction = {"id": "txn_1", "available_on": "2025-02-08 00:00:00.000"} | said
    landed(
        landing,
        "stripe_sigma_items",
        charges_csv=table(SIGMA_CHARGE),
        balance_transactions_csv=table(transaction),
    )
    assert landing.rows("select fee, settled_at from raw.payments") == [(fee, "2025-02-08 00:00:00")]


@pytest.mark.parametrize(
    ("named", "line"), [("sli_1", "il_1"), ("il_1", "il_1"), ("il_other", "il_other"), ("", None)]
)
def test_a_credit_note_of_sigma_names_a_line_by_its_id_or_by_what_it_comes_from(landing, named, line):
    note = {
        "id": "cn_1", "invoice_id": "in_1", "customer_id": "c", "amount": "500", "currency": "eur",
        "status": "issued", "created": "2025-02-15 00:00:00.000",
    }  # fmt: skip
    credited = {"id": "cnli_1", "credit_note_id": "cn_1", "amount": "600", "discount_amount": "20"}
    held = {"credit_note_line_item_id": "cnli_1", "id": "ta_1", "amount": "80", "inclusive": "true"}
    landed(
        landing,
        "stripe_sigma_items",
        invoice_line_items_csv=table(SIGMA_LINE | {"source_id": "sli_1"}),
        credit_notes_csv=table(note),
        credit_note_line_items_csv=table(credited | {"invoice_line_item": named}),
        credit_note_line_item_tax_amounts_csv=table(held),
    )
    assert landing.rows("select line_id, amount_ex_tax from raw.credit_note_lines") == [(line, "5")]


def test_events_of_test_mode_and_of_the_preview_are_none_of_sigmas_changes(landing):
    events = table({
        "event_timestamp": "2025-01-15 00:00:00.000", "event_type": "ACTIVE_START", "currency": "eur",
        "customer_id": "c", "mrr_change": "4900", "quantity_change": "1", "subscription_id": "s",
        "subscription_item_id": "si",
    })  # fmt: skip
    landing.source("own", "stripe_sigma")
    for name in ("", "_testmode", "_v2_beta"):
        landing.put(
            "own", f"2025-06-30/subscription_item_change_events{name}.csv", events.replace("s,", f"s{name},")
        )
    landing.put("own", "2025-06-30/customers_metadata.csv", "customer_id,key,value\nc,a,b\n")
    landing.run()
    assert landing.rows("select code from audit.rejects") == [("W09",)]
    assert landing.rows("select subscription_id from raw.subscription_changes") == [("s",)]


# ---- dlt

DLT_SUBSCRIPTION = {
    "id": "sub_1",
    "customer": "cus_1",
    "status": "active",
    "currency": "usd",
    "created": 1735689600,
    "start_date": 1735689600,
    "livemode": True,
    "_dlt_id": "a",
    "_dlt_load_id": "1",
}
DLT_ITEM = {
    "id": "si_1",
    "subscription": "sub_1",
    "quantity": 2,
    "created": 1738368000,
    "price__id": "price_1",
    "price__product": "prod_1",
    "price__currency": "usd",
    "price__unit_amount": 1050,
    "price__billing_scheme": "per_unit",
    "price__recurring__interval": "month",
    "price__recurring__interval_count": 1,
    "price__recurring__usage_type": "licensed",
    "_dlt_parent_id": "a",
    "_dlt_list_idx": 0,
    "_dlt_id": "b",
}


def dlt(landing, item=None, subscription=None):
    landing.source("own", "stripe_dlt")
    rows = {
        "subscription": DLT_SUBSCRIPTION | (subscription or {}),
        "subscription__items__data": DLT_ITEM | (item or {}),
    }
    for name, row in rows.items():
        landing.put("own", f"{name}/1751250000.12ab.jsonl", lines(row))
    landing.put("own", "_dlt_loads/1.jsonl", lines({"load_id": "1"}))
    landing.run()
    assert landing.rows("select code, file, message from audit.rejects") == []


def test_dlts_child_tables_are_items_of_their_subscription(landing):
    dlt(landing)
    assert landing.rows(ITEMS) == [("si_1", "cus_1", "price_1", "USD", None, "2", "month", "1", None)]
    assert landing.rows(PRICES) == [("price_1", "USD", "10.5", "per_unit", None)]


def test_a_tax_in_dlts_price_is_named(landing):
    dlt(landing, {"price__tax_behavior": "inclusive"})
    assert landing.rows("select unread_terms from raw.subscription_items") == [("tax in the price",)]


def test_dlts_price_in_steps_has_no_amount_until_the_steps_come(landing):
    dlt(landing, {"price__billing_scheme": "tiered", "price__tiers_mode": "volume"})
    assert landing.rows("select billing_scheme, unit_amount from raw.subscription_items") == [
        ("volume", None)
    ]
    assert landing.rows(PRICES) == []


def test_dlts_package_is_a_package(landing):
    dlt(landing, {"price__transform_quantity__divide_by": 5, "price__transform_quantity__round": "up"})
    assert landing.rows("select package_size, package_rounding from raw.subscription_items") == [("5", "up")]


def test_dlts_discount_is_one_of_its_subscription(landing):
    discount = {
        "discount__id": "di_1",
        "discount__coupon__id": "C",
        "discount__coupon__percent_off": 10.0,
        "discount__coupon__duration": "forever",
        "discount__start": 1735689600,
    }
    dlt(landing, subscription=discount)
    assert landing.rows("select subscription_id, percent_off from raw.discounts") == [("sub_1", "10")]


# ---- Paddle

PADDLE_PRICE = {
    "id": "pri_1",
    "product_id": "pro_1",
    "name": "Team",
    "description": "Team, monthly",
    "type": "standard",
    "billing_cycle": {"interval": "month", "frequency": 3},
    "tax_mode": "external",
    "unit_price": {"amount": "12345", "currency_code": "EUR"},
    "unit_price_overrides": [],
}
PADDLE_ITEM = {
    "status": "active",
    "quantity": 2,
    "recurring": True,
    "created_at": "2025-02-01T00:00:00.1Z",
    "price": PADDLE_PRICE,
}
PADDLE = {
    "id": "sub_1",
    "status": "active",
    "customer_id": "ctm_1",
    "currency_code": "EUR",
    "created_at": "2025-01-01T00:00:00Z",
    "started_at": "2025-01-01T00:00:00Z",
    "canceled_at": None,
    "discount": None,
    "scheduled_change": None,
    "collection_mode": "automatic",
    "billing_cycle": {"interval": "month", "frequency": 3},
    "items": [PADDLE_ITEM],
}


def paddle(landing, subscription=None, item=None, price=None, **files):
    made = PADDLE | {"items": [PADDLE_ITEM | {"price": PADDLE_PRICE | (price or {})} | (item or {})]}
    page = {"data": [made | (subscription or {})], "meta": {"pagination": {"has_more": False}}}
    landed(landing, "paddle", subscriptions_json=json.dumps(page, indent=1), **files)


def test_a_page_of_paddles_subscriptions_is_items_at_their_own_price(landing):
    paddle(landing)
    assert landing.rows(ITEMS) == [("pri_1", "ctm_1", "pri_1", "EUR", "123.45", "2", "month", "3", None)]


@pytest.mark.parametrize(
    ("price", "term", "amount"),
    [
        ({"tax_mode": "internal"}, "tax in the price", "123.45"),
        ({"unit_price": {"amount": "1", "currency_code": "USD"}}, "price in another currency", None),
        (
            {
                "unit_price_overrides": [
                    {"country_codes": ["FR"], "unit_price": {"amount": "9", "currency_code": "EUR"}}
                ]
            },
            "price by country",
            "123.45",
        ),
    ],
)
def test_a_term_of_paddle_that_is_not_read_is_named(landing, price, term, amount):
    paddle(landing, price=price)
    assert landing.rows("select unread_terms, unit_amount from raw.subscription_items") == [(term, amount)]


def test_paddles_one_time_and_inactive_items_are_no_subscription(landing):
    items = [PADDLE_ITEM, PADDLE_ITEM | {"recurring": False, "price": PADDLE_PRICE | {"id": "x"}}]
    items.append(PADDLE_ITEM | {"status": "inactive", "price": PADDLE_PRICE | {"id": "y"}})
    paddle(landing, subscription={"items": items})
    assert landing.rows("select item_id from raw.subscription_items") == [("pri_1",)]


def test_paddles_planned_cancellation_is_an_end_to_come_and_a_planned_pause_is_none(landing):
    change = {"action": "cancel", "effective_at": "2025-09-01T00:00:00Z", "resume_at": None}
    paddle(landing, {"scheduled_change": change})
    assert landing.rows("select ends_at, ended_at from raw.subscriptions") == [("2025-09-01 00:00:00", None)]
    assert landing.rows("select cancel_at_period_end from raw.subscription_items") == [("true",)]


@pytest.mark.parametrize(
    ("discount", "size"),
    [
        ({"type": "percentage", "amount": "10", "recur": True}, ("10", None, "forever")),
        (
            {
                "type": "flat",
                "amount": "500",
                "currency_code": "EUR",
                "recur": True,
                "maximum_recurring_intervals": 3,
            },
            (None, "5", "repeating"),
        ),
        (
            {"type": "flat_per_seat", "amount": "500", "currency_code": "EUR", "recur": True},
            (None, None, "forever"),
        ),
        (
            {"type": "percentage", "amount": "10", "recur": True, "restrict_to": ["pro_9"]},
            (None, None, "forever"),
        ),
    ],
)
def test_paddles_discount_takes_its_size_from_the_discounts(landing, discount, size):
    own = {"discount": {"id": "dsc_1", "starts_at": "2025-01-01T00:00:00Z", "ends_at": None}}
    paddle(landing, own, discounts_jsonl=lines({"id": "dsc_1"} | discount))
    assert landing.rows("select percent_off, amount_off, duration from raw.discounts") == [size]


# ---- Recurly

RECURLY = {
    "uuid": "u1",
    "account_code": "acme",
    "plan_code": "gold",
    "plan_name": "Gold",
    "state": "active",
    "quantity": "2",
    "currency": "USD",
    "unit_amount": "49.90",
    "created_at": "2025-01-01 00:00:00 UTC",
    "activated_at": "2025-01-02 00:00:00 UTC",
    "canceled_at": "",
    "expires_at": "",
    "plan_interval_unit": "months",
    "plan_interval_length": "6",
}


ADD_ON = {
    "subscription_uuid": "u1",
    "add_on_add_on_code": "seats",
    "subscription_add_on_quantity": "5",
    "subscription_add_on_unit_amount_in_cents": "300",
    "account_code": "acme",
    "add_on_name": "Seats",
    "add_on_type": "fixed",
    "subscription_currency": "USD",
    "subscription_add_on_percentage": "",
    "subscription_add_on_tier_type": "flat",
    "subscription_add_on_unit_amount_in_decimal_cents": "",
}


def test_recurlys_subscription_is_its_plan_and_its_add_ons(landing):
    landed(landing, "recurly", subscriptions_csv=table(RECURLY), subscription_add_ons_csv=table(ADD_ON))
    assert landing.rows(ITEMS) == [
        ("add_on:seats", "acme", "gold", "USD", "3", "5", "month", "6", None),
        ("plan", "acme", "gold", "USD", "49.9", "2", "month", "6", None),
    ]


@pytest.mark.parametrize(
    ("more", "term"),
    [
        ({"subscription_add_on_tier_type": "volume"}, "steps of the price"),
        ({"subscription_add_on_percentage": "4.5"}, "percentage of an amount"),
    ],
)
def test_an_add_on_of_recurly_whose_price_is_no_amount_is_named(landing, more, term):
    row = ADD_ON | more
    landed(landing, "recurly", subscriptions_csv=table(RECURLY), subscription_add_ons_csv=table(row))
    unread = landing.rows("select unread_terms from raw.subscription_items where item_id <> 'plan'")
    assert unread == [(term,)]


def test_an_add_on_of_recurly_is_read_where_columns_have_the_names_of_the_api(landing):
    add_on = {
        "subscription_uuid": "u1",
        "plan_code": "gold",
        "add_on_code": "seats",
        "quantity": "5",
        "unit_amount": "3.00",
    }
    landed(landing, "recurly", subscriptions_csv=table(RECURLY), subscription_add_ons_csv=table(add_on))
    assert landing.rows(ITEMS) == [
        ("add_on:seats", "acme", "gold", "USD", "3", "5", "month", "6", None),
        ("plan", "acme", "gold", "USD", "49.9", "2", "month", "6", None),
    ]


def test_recurlys_interval_comes_from_the_plans_where_the_export_has_none(landing):
    row = {name: value for name, value in RECURLY.items() if not name.startswith("plan_interval")}
    plan = {"plan_code": "gold", "plan_name": "Gold", "currency": "USD", "unit_amount": "49.90"}
    plan |= {"plan_interval_unit": "years", "plan_interval_length": "1"}
    landed(landing, "recurly", subscriptions_csv=table(row), plans_csv=table(plan))
    assert landing.rows("select interval_unit, interval_count from raw.subscription_items") == [("year", "1")]


def test_recurlys_interval_comes_from_the_catalog(landing):
    row = {name: value for name, value in RECURLY.items() if not name.startswith("plan_interval")}
    catalog = table(
        {
            "product_type": "plan",
            "plan_code": "gold",
            "plan_interval_unit": "months",
            "plan_interval_length": 3,
        },
        {"product_type": "add_on", "plan_code": "gold", "product_code": "seats"},
    )
    files = {"subscriptions_csv": table(row), "subscription_add_ons_csv": table(ADD_ON)}
    landed(landing, "recurly", **files, products_csv=catalog)
    found = landing.rows("select distinct interval_unit, interval_count from raw.subscription_items")
    assert found == [("month", "3")]


REDEMPTION = {
    "coupon_code": "spring",
    "account_code": "acme",
    "discount": "0",
    "discount_percent": "20",
    "applied_at": "2025-01-02 06:21:14 PST",
    "expires_at": "",
    "timeframe": "forever",
    "uuid": "r1",
    "currency": "USD",
    "subscription_id": "u1",
    "discount_type": "percent",
}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, [("20", None, "forever", "2025-01-02 14:21:14", None)]),
        (
            {"discount": "5.50", "discount_percent": "0", "discount_type": "fixed_amount"},
            [(None, "5.5", "forever", "2025-01-02 14:21:14", None)],
        ),
        (
            {"timeframe": "temporal", "expires_at": "2025-07-02 06:21:14 PDT"},
            [("20", None, "repeating", "2025-01-02 14:21:14", "2025-07-02 13:21:14")],
        ),
        ({"timeframe": "single_use"}, [("20", None, "once", "2025-01-02 14:21:14", None)]),
        ({"discount_type": "free_trial"}, []),
    ],
)
def test_a_coupon_of_recurly_takes_off_what_its_redemption_says(landing, more, expected):
    redemptions = table(REDEMPTION | more)
    landed(landing, "recurly", subscriptions_csv=table(RECURLY), coupon_redemptions_csv=redemptions)
    found = landing.rows("select percent_off, amount_off, duration, starts_at, ends_at from raw.discounts")
    assert found == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("active", ("active", "2025-09-01 00:00:00", None)),
        ("canceled", ("active", "2025-09-01 00:00:00", None)),
        ("expired", ("ended", None, "2025-09-01 00:00:00")),
        ("pending", ("incomplete", "2025-09-01 00:00:00", None)),
        ("future", ("incomplete", "2025-09-01 00:00:00", None)),
        ("failed", ("incomplete", None, None)),
    ],
)
def test_recurlys_canceled_subscription_runs_to_its_end(landing, state, expected):
    row = RECURLY | {"state": state, "expires_at": "2025-09-01 00:00:00 UTC"}
    landed(landing, "recurly", subscriptions_csv=table(row))
    assert landing.rows("select status, ends_at, ended_at from raw.subscriptions") == [expected]


@pytest.mark.parametrize(
    ("more", "term"),
    [
        ({"pricing_model": "ramp"}, "ramp price"),
        ({"coupon_code": "SPRING"}, "coupon"),
        ({"tax_inclusive": "true"}, "tax in the price"),
        ({"pricing_model": "fixed"}, None),
    ],
)
def test_a_term_of_recurly_that_is_not_read_is_named(landing, more, term):
    landed(landing, "recurly", subscriptions_csv=table(RECURLY | more))
    assert landing.rows("select unread_terms from raw.subscription_items") == [(term,)]
