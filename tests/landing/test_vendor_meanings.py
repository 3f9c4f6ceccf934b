# ruff: noqa: E501 (lines of files stay whole)
"""What vendors write means what they mean by it: partial answers, spend of a month, signed and lost, deleted."""

import json

import pytest


def test_what_typeform_calls_partial_is_no_answer(landing):
    landing.source("typeform", "typeform")
    landing.put(
        "typeform",
        "responses.csv",
        "#,How likely are you to recommend us to a friend or colleague?,Response Type,Submit Date (UTC)\n"
        "a,9,completed,2025-06-01 10:01:00\n"
        "b,,partial,\n"
        "c,2,partial,2025-06-01 10:02:00\n"
        "d,0,,2025-06-01 10:03:00\n",
    )
    landing.run()
    assert landing.rows("select code from audit.rejects") == []
    assert landing.rows("select response_id, score from raw.survey_responses order by 1") == [
        ("a", "9"),
        ("d", "0"),
    ]


def test_custom_data_of_surveymonkey_is_nobodys_name(landing):
    landing.source("surveymonkey", "surveymonkey")
    landing.put(
        "surveymonkey",
        "responses.csv",
        "Respondent ID,End Date,Email Address,Custom Data 1,nps\n"
        "1,2025-06-10 10:00:00,,Pro,9\n"
        "2,2025-06-11 10:00:00,,Pro,0\n",
    )
    landing.run()
    assert landing.rows("select respondent, score from raw.survey_responses order by 1") == [
        ("1", "9"),
        ("2", "0"),
    ]


LINKEDIN_OF_A_MONTH = (
    "Campaign Performance Report (in UTC)\nReport Start: June 1\nReport End: June 30\nDate Generated: x\n\n"
    "Start Date (in UTC)\tEnd Date (in UTC)\tAccount Name\tCurrency\tCampaign ID\tTotal Spent\n"
    "6/1/2025\t6/30/2025\tAcme\tEUR\t9\t12.5\n"
)
SPEND_OF_A_MONTH = {
    "meta_ads": (
        "meta_ads.csv",
        b"account_id,campaign_id,date_start,date_stop,spend,account_currency\n9,1,2025-06-01,2025-06-30,5,EUR\n",
    ),
    "linkedin_ads": ("performance.csv", LINKEDIN_OF_A_MONTH.encode("utf-16")),
}


@pytest.mark.parametrize("name", SPEND_OF_A_MONTH)
def test_spend_of_a_month_is_not_that_of_its_first_day(landing, name):
    landing.source(name, name)
    landing.put(name, *SPEND_OF_A_MONTH[name])
    landing.run()
    assert landing.rows("select code from audit.rejects") == [("R01",)]
    assert landing.rows("select * from raw.ad_spend") == []


def test_a_probability_of_all_is_a_won_deal_however_it_is_written(landing):
    written = ("1", "1.00", "100%", "100.00%", '"1,0"', "0.00", "0%", "0.2", "90%")
    landing.source("hubspot", "hubspot")
    landing.put(
        "hubspot",
        "deals.csv",
        "Record ID,Deal Stage,Create Date,Deal probability\n"
        + "".join(f"{number},Ganado,2025-01-01 10:00,{one}\n" for number, one in enumerate(written)),
    )
    landing.run()
    assert [outcome for (outcome,) in landing.rows("select outcome from raw.crm_deals order by deal_id")] == [
        "won", "won", "won", "won", "won", "lost", "lost", "open", "open",
    ]  # fmt: skip


def test_a_koban_deal_that_was_signed_and_lost_is_what_its_stage_says(landing):
    landing.source("koban_fr", "koban_fr")
    landing.put(
        "koban_fr",
        "opportunites.csv",
        (
            "Numéro;Étape;Créée le;Signée le;Perdue le\n"
            "1;Perdue;01/02/2025;03/02/2025;04/03/2025\n"
            "2;Gagnée;01/02/2025;03/04/2025;04/03/2025\n"
            "3;En cours;01/02/2025;03/02/2025;\n"
            "4;En cours;01/02/2025;03/02/2025;04/02/2025\n"
        ).encode("cp1252"),
    )
    landing.run()
    assert landing.rows("select deal_id, outcome from raw.crm_deals order by 1") == [
        ("1", "lost"), ("2", "won"), ("3", "won"), ("4", None),
    ]  # fmt: skip


def test_a_deal_that_pipedrive_calls_deleted_is_gone(landing):
    landing.source("pipedrive", "pipedrive")
    landing.put(
        "pipedrive",
        "deals.csv",
        "Deal - ID,Deal - Stage,Deal - Status,Deal - Deal created\n"
        "1,Lead In,Open,2025-02-01 10:00:00\n2,Lead In,Deleted,2025-02-01 10:00:00\n",
    )
    landing.run()
    assert landing.rows("select deal_id, _is_deleted from raw.crm_deals order by 1") == [
        ("1", False),
        ("2", True),
    ]


def test_a_page_of_intercom_is_its_conversations(landing):
    landing.source("intercom", "intercom")
    landing.put(
        "intercom",
        "conversations.jsonl",
        '{"type": "conversation.list", "pages": {"next": null}, "conversations": '
        '[{"id": "1", "created_at": 1748772000}, {"id": "2", "created_at": 1748772060}]}\n',
    )
    landing.run()
    assert landing.rows("select ticket_id from raw.tickets order by 1") == [("1",), ("2",)]


PIPELINES = (
    '{"id": "p", "archived": false, "stages": ['
    '{"id": "a", "label": "Meeting", "displayOrder": 0, "metadata": {"isClosed": "false", "probability": "0.2"}},'
    '{"id": "b", "label": "Cita", "displayOrder": 1, "metadata": {"isClosed": "false", "probability": "0.4"}},'
    '{"id": "c", "label": "Ganado", "displayOrder": 2, "metadata": {"isClosed": "true", "probability": "1.0"}},'
    '{"id": "d", "label": "Perdido", "displayOrder": 3, "metadata": {"isClosed": "true", "probability": "0.0"}}]}\n'
)
STAGES = (
    "ApiName,MasterLabel,IsClosed,IsWon,SortOrder\na,Meeting,false,false,1\nb,Cita,false,false,2\n"
    "c,Ganado,true,true,3\nd,Perdido,true,false,4\n"
)
STAGES_OF_A_CRM = {
    "hubspot": ("pipelines.jsonl", PIPELINES, "p"),
    "salesforce": ("OpportunityStage.csv", STAGES, "*"),
}


@pytest.mark.parametrize("name", STAGES_OF_A_CRM)
def test_an_open_stage_is_an_opportunity_unless_the_company_says_otherwise(landing, name):
    file, content, pipeline = STAGES_OF_A_CRM[name]
    landing.source(name, name, labels={"funnel_stage": {"Cita": "sales_qualified"}})
    landing.put(name, file, content)
    landing.run()
    assert landing.rows(
        "select pipeline, stage, outcome, funnel_stage from raw.crm_stages order by stage"
    ) == [
        (pipeline, "a", "open", "opportunity"),
        (pipeline, "b", "open", "sales_qualified"),
        (pipeline, "c", "won", "won"),
        (pipeline, "d", "lost", None),
    ]


def test_a_file_that_ends_before_its_header_is_refused(landing):
    landing.source("mine", landing.mapping(OF_A_TITLE))
    landing.put("mine", "spend.csv", "account_id,campaign_id,spend_on,amount\n7,9,2025-06-01,5\n")
    landing.run()
    assert landing.rows("select code, line from audit.rejects") == [("F08", 1)]


OF_A_TITLE = """
source: {name: mine, system: mine, kind: spend}
files:
  - table: ad_spend
    match: "*.csv"
    delivery: delta
    format: {type: csv, skip_rows: 3}
    columns:
      account_id: {from: account_id}
      campaign_id: {from: campaign_id}
      spend_on: {from: spend_on, type: date}
      channel: {const: mine}
      amount: {from: amount}
      currency: {const: EUR}
"""


CONTACTS = (
    '{"id": "1", "properties": {"createdate": "2025-01-01T10:00:00Z", "lifecyclestage": "subscriber"}}\n'
    '{"id": "2", "properties": {"createdate": "2025-01-01T10:00:00Z", "hs_merged_object_ids": "7;8"}}\n'
    '{"id": "3", "properties": {"createdate": "2025-01-01T10:00:00Z", "lifecyclestage": "lead"}}\n'
)


@pytest.mark.parametrize("contacts", [CONTACTS, CONTACTS.replace("lifecyclestage", "another")])
def test_a_subscriber_is_no_lead_and_a_merged_contact_is_no_lead_of_its_own(landing, contacts):
    landing.source("hubspot", "hubspot")
    landing.put("hubspot", "contacts.jsonl", contacts)
    landing.run()
    assert landing.rows("select code from audit.rejects") == []
    leads = [lead for (lead,) in landing.rows("select lead_id from raw.crm_leads order by 1")]
    assert leads == (["2", "3"] if contacts == CONTACTS else ["1", "2", "3"])
    assert landing.rows("select count(*) from raw.crm_contacts") == [(3,)]
    assert landing.rows("select object, merged_id, survivor_id from raw.crm_merges order by 1, 2") == [
        ("contact", "7", "2"), ("contact", "8", "2"), ("lead", "7", "2"), ("lead", "8", "2"),
    ]  # fmt: skip


def chargebee_invoice(number: int, **said) -> str:
    """An invoice over 120 of which 20 is tax, as the API lists it."""
    line = {
        "id": f"li_{number}", "subscription_id": "s", "entity_type": "plan_item_price", "entity_id": "pro-EUR-Monthly",
        "quantity": 1, "unit_amount": 12000, "amount": 12000, "tax_amount": 2000, "discount_amount": 0,
        "date_from": 1748736000, "date_to": 1751328000,
    }  # fmt: skip
    invoice = {
        "id": str(number), "customer_id": "c", "subscription_id": "s", "status": "paid", "currency_code": "EUR",
        "date": 1748736000, "sub_total": 12000, "total": 12000, "tax": 2000, "line_items": [line], **said,
    }  # fmt: skip
    return json.dumps({"invoice": invoice}) + "\n"


def test_a_line_of_chargebee_whose_price_holds_the_tax_is_less_without_it(landing):
    landing.source("chargebee", "chargebee")
    landing.put(
        "chargebee",
        "invoices.jsonl",
        chargebee_invoice(1, price_type="tax_inclusive")
        + chargebee_invoice(2, price_type="tax_exclusive")
        + chargebee_invoice(3),
    )
    landing.run()
    assert landing.rows("select invoice_id, amount_ex_tax from raw.invoice_lines order by 1") == [
        ("1", "100"),
        ("2", "120"),
        ("3", "120"),
    ]


CHARGEBEE_CREDIT = {
    "id": "CN1", "customer_id": "c", "reference_invoice_id": "1", "status": "refund_due", "date": 1751328000,
    "price_type": "tax_exclusive", "currency_code": "EUR", "total": 3600, "sub_total": 3500, "reason_code": "waiver",
    "taxes": [{"name": "VAT", "amount": 600}],
    "line_items": [
        {"id": "cl_1", "reference_line_item_id": "li_1", "amount": 3500, "discount_amount": 500, "tax_amount": 600}
    ],
}  # fmt: skip
STRIPE_CREDIT = {
    "id": "CN1", "object": "credit_note", "customer": "c", "invoice": "1", "status": "issued", "currency": "eur",
    "created": 1751328000, "total": 3600, "total_excluding_tax": 3000, "livemode": True, "reason": "order_change",
    "total_taxes": [{"amount": 600, "tax_behavior": "exclusive"}],
    "lines": {"object": "list", "has_more": False, "data": [
        {"id": "cl_1", "object": "credit_note_line_item", "type": "invoice_line_item", "invoice_line_item": "li_1",
         "amount": 3500, "discount_amounts": [{"amount": 500}], "taxes": [{"amount": 600, "tax_behavior": "exclusive"}]},
    ]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("mapping", "note"),
    [
        ("chargebee", {"credit_note": CHARGEBEE_CREDIT}),
        ("chargebee", CHARGEBEE_CREDIT),
        ("chargebee", CHARGEBEE_CREDIT | {"price_type": "tax_inclusive", "line_items": [
            {"id": "cl_1", "reference_line_item_id": "li_1", "amount": 4100, "discount_amount": 500, "tax_amount": 600}
        ]}),
        ("stripe", STRIPE_CREDIT),
        ("stripe", STRIPE_CREDIT | {"lines": {"object": "list", "has_more": False, "data": [
            STRIPE_CREDIT["lines"]["data"][0] | {"amount": 4500, "pretax_credit_amounts": [
                {"type": "discount", "amount": 500}, {"type": "credit_balance_transaction", "amount": 1000}]}]}}),
    ],
    ids=["chargebee enveloped", "chargebee", "chargebee with tax inside", "stripe", "stripe with credits"],
)  # fmt: skip
def test_credit_notes_name_the_lines_that_they_credit(landing, mapping, note):
    landing.source("billing", mapping)
    landing.put("billing", "credit_notes.jsonl", json.dumps(note) + "\n")
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows(
        "select credit_note_id, invoice_id, customer_id, status, amount_ex_tax, tax, issued_at from raw.credit_notes"
    ) == [("CN1", "1", "c", "issued", "30", "6", "2025-07-01 00:00:00")]
    assert landing.rows(
        "select credit_note_id, credit_note_line_id, line_id, amount_ex_tax, currency from raw.credit_note_lines"
    ) == [("CN1", "cl_1", "li_1", "30", "EUR")]


def test_a_void_credit_note_of_chargebee_is_void(landing):
    landing.source("chargebee", "chargebee")
    note = CHARGEBEE_CREDIT | {"status": "voided", "voided_at": 1751414400, "line_items": []}
    landing.put("chargebee", "credit_notes.jsonl", json.dumps(note) + "\n")
    landing.run()
    assert landing.rows("select status, voided_at from raw.credit_notes") == [("void", "2025-07-02 00:00:00")]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"create_reason_code": "Write Off", "reason_code": "write_off"}, "true"),
        ({"create_reason_code": "Write Off"}, "true"),
        ({"reason_code": "write_off"}, "true"),
        ({"create_reason_code": "Product Unsatisfactory", "reason_code": "product_unsatisfactory"}, "false"),
    ],
)
@pytest.mark.parametrize("is_enveloped", [True, False])
def test_what_chargebee_writes_off_is_a_write_off(landing, is_enveloped, more, expected):
    landing.source("chargebee", "chargebee")
    note = {name: value for name, value in CHARGEBEE_CREDIT.items() if name != "reason_code"} | more
    text = json.dumps({"credit_note": note} if is_enveloped else note)
    landing.put("chargebee", "credit_notes.jsonl", text + "\n")
    landing.run()
    assert landing.rows("select is_write_off from raw.credit_notes") == [(expected,)]


def test_stripe_says_when_it_gave_an_invoice_up(landing):
    landing.source("stripe", "stripe")
    invoice = {
        "id": "in_1", "customer": "c", "currency": "eur", "status": "uncollectible", "created": 1751328000,
        "subtotal": 1000, "total": 1000, "livemode": True, "lines": {"data": [], "has_more": False},
        "status_transitions": {"finalized_at": 1751328000, "marked_uncollectible_at": 1751414400},
    }  # fmt: skip
    landing.put("stripe", "invoices.jsonl", json.dumps(invoice) + "\n")
    landing.run()
    assert landing.rows("select status, uncollectible_at from raw.invoices") == [
        ("uncollectible", "2025-07-02 00:00:00")
    ]


def stripe_usage(credit) -> str:
    """An invoice of usage that credits pay a part of."""
    line = {
        "id": "il_1", "amount": 3000, "currency": "eur", "quantity": 1, "discount_amounts": [], "taxes": [],
        "period": {"start": 1748736000, "end": 1751328000},
        "parent": {"type": "subscription_item_details", "subscription_item_details": {"subscription": "sub_1"}},
        "pretax_credit_amounts": [
            {"amount": 500, "type": "discount", "discount": "di_1"},
            {"amount": 1000, "type": "credit_balance_transaction", "credit_balance_transaction": credit},
        ],
    }  # fmt: skip
    invoice = {
        "id": "in_1", "customer": "c", "currency": "eur", "status": "paid", "created": 1751328000, "livemode": True,
        "subtotal": 3000, "total": 2000, "lines": {"data": [line], "has_more": False},
    }  # fmt: skip
    return json.dumps(invoice) + "\n"


GRANT = {"id": "credgr_1", "category": "promotional", "customer": "c", "expires_at": None, "livemode": True}
APPLIED = {
    "id": "cbtxn_1", "credit_grant": "credgr_1", "type": "debit", "effective_at": 1751328000, "credit": None,
    "debit": {
        "type": "credits_applied", "amount": {"type": "monetary", "monetary": {"currency": "eur", "value": 1000}},
        "credits_applied": {"invoice": "in_1", "invoice_line_item": "il_1"},
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("credit", "files", "kind"),
    [
        ("cbtxn_1", {}, "credit_purchase"),
        ("cbtxn_1", {"credit_grants": GRANT}, "credit_purchase"),
        (
            "cbtxn_1",
            {
                "credit_grants": GRANT,
                "credit_balance_transactions": APPLIED,
            },
            "granted_credit",
        ),
        ("cbtxn_1", {"credit_balance_transactions": APPLIED | {"credit_grant": GRANT}}, "granted_credit"),
        ({"id": "cbtxn_1", "credit_grant": GRANT}, {}, "granted_credit"),
        ({"id": "cbtxn_1", "credit_grant": "credgr_1"}, {"credit_grants": GRANT}, "granted_credit"),
    ],
)
def test_credits_that_stripe_applied_are_a_line_of_their_own(landing, credit, files, kind):
    landing.source("stripe", "stripe")
    landing.put("stripe", "invoices.jsonl", stripe_usage(credit))
    for name, record in files.items():
        landing.put("stripe", f"{name}.jsonl", json.dumps({"livemode": True} | record) + "\n")
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows(
        "select line_id, kind, amount_ex_tax, subscription_id, service_end_at from raw.invoice_lines order by 1"
    ) == [
        ("il_1", "recurring", "30", "sub_1", "2025-07-01 00:00:00"),
        ("il_1:cbtxn_1", kind, "-10", "sub_1", "2025-07-01 00:00:00"),
    ]
    told = [("cbtxn_1", "c", "credgr_1", "granted", "draw_down", "10", "EUR", "in_1")]
    assert landing.rows(
        "select transaction_id, customer_id, balance_id, credit_kind, kind, amount, currency, invoice_id"
        " from raw.credit_transactions"
    ) == (told if "credit_balance_transactions" in files else [])


@pytest.mark.parametrize(("rate", "fee"), [(None, "0.67"), (1.08, None)])
def test_a_charge_takes_its_fee_from_its_balance_transaction(landing, rate, fee):
    landing.source("stripe", "stripe")
    charge = {
        "id": "ch_1", "customer": "c", "amount": 2800, "currency": "eur", "created": 1748736000, "status": "succeeded",
        "livemode": True, "balance_transaction": "txn_1",
    }  # fmt: skip
    transaction = {
        "id": "txn_1", "type": "charge", "currency": "eur", "fee": 67, "exchange_rate": rate, "available_on": 1748995200,
        "source": "ch_1",
    }  # fmt: skip
    landing.put("stripe", "charges.jsonl", json.dumps(charge) + "\n")
    landing.put("stripe", "balance_transactions.jsonl", json.dumps(transaction) + "\n")
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows("select fee, settled_at from raw.payments") == [(fee, "2025-06-04 00:00:00")]


DASHBOARD = {
    "id": "ch_1", "Created date (UTC)": "2025-02-01 10:00:00", "Amount": "28.00", "Amount Refunded": "0.00",
    "Currency": "eur", "Converted Currency": "eur", "Fee": "0.67", "Refunded date (UTC)": "", "Status": "Paid",
    "Customer ID": "c", "Disputed Amount": "", "Dispute Date (UTC)": "", "Dispute Status": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "reversal", "fee"),
    [
        ({}, [], "0.67"),
        ({"Converted Currency": "usd"}, [], None),
        (
            {
                "Amount Refunded": "7.00",
                "Refunded date (UTC)": "2025-03-05 12:00:00",
                "Status": "Partially Refunded",
            },
            [("ch_1:refunded", "ch_1", "refund", "succeeded", "7", "2025-03-05 12:00:00")],
            "0.67",
        ),
        (
            {
                "Disputed Amount": "28.00",
                "Dispute Date (UTC)": "2025-03-05 12:00:00",
                "Dispute Status": "Lost",
            },
            [("ch_1:disputed", "ch_1", "dispute", "lost", "28", "2025-03-05 12:00:00")],
            "0.67",
        ),
    ],
)
def test_the_dashboards_payments_tell_what_went_back_and_what_they_cost(landing, more, reversal, fee):
    landing.source("dashboard", "stripe_dashboard")
    row = DASHBOARD | more
    landing.put("dashboard", "unified_payments.csv", ",".join(row) + "\n" + ",".join(row.values()) + "\n")
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    columns = "reversal_id, payment_id, kind, status, amount, occurred_at"
    assert landing.rows(f"select {columns} from raw.reversals") == reversal
    assert landing.rows("select fee from raw.payments") == [(fee,)]


def test_a_short_export_of_the_dashboard_is_good(landing):
    landing.source("dashboard", "stripe_dashboard")
    names = ("id", "Created date (UTC)", "Amount", "Currency", "Status")
    text = ",".join(names) + "\n" + ",".join(DASHBOARD[name] for name in names) + "\n"
    landing.put("dashboard", "payments.csv", text)
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows("select amount, fee from raw.payments") == [("28", None)]
