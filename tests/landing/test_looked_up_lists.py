# ruff: noqa: E501 (lines of mappings stay whole)
"""Lookups that gather rows, try several tables, or choose among several rows."""

import json

import pytest

from orchestration.errors import ConfigurationError
from orchestration.landing.mapping import parse_mapping

MAPPING = """
source: {name: own, kind: billing, minor_units: iso}
files:
  - table: prices
    match: "prices*.csv"
    delivery: full_snapshot
    columns:
      price_id:         {from: id}
      currency:         {from: currency, lookup: [{table: customers, by: price_id, column: currency}, {table: price_options, by: price_id, column: currency}]}
      billing_scheme:   {from: scheme}
      usage_type:       {const: licensed}
      interval_unit:    {const: month}
      interval_count:   {const: "1"}
      tiers:            {from: tiers, type: tiers_minor, lookup: {table: price_tiers, by: price_id, columns: [up_to, unit_amount, flat_amount]}}
      currency_options: {lookup: {table: price_options, by: price_id, columns: [currency, unit_amount]}}
  - table: price_tiers
    match: "tiers*.csv"
    delivery: full_snapshot
    columns:
      price_id:    {from: price}
      step:        {from: up_to, default: last}
      up_to:       {from: up_to}
      unit_amount: {from: amount}
      flat_amount: {from: flat}
  - table: price_options
    match: "options*.csv"
    delivery: full_snapshot
    columns:
      price_id:    {from: price}
      currency:    {from: currency}
      unit_amount: {from: amount, type: money_minor}
"""
PLAIN = MAPPING.replace("{table: customers, by: price_id, column: currency}, ", "")
PRICES = "id,currency,scheme,tiers\np,USD,tiered,\n"
TIERS = "price,up_to,amount,flat\np,10,500,\np,,350,1000\nq,,1,\n"
OPTIONS = "price,currency,amount\np,EUR,9000\np,JPY,9000\n"


def tiers(landing):
    found = landing.rows("select tiers from raw.prices where price_id = 'p' order by _extracted_at")
    return [None if text is None else sorted(json.loads(text), key=str) for (text,) in found]


def steps(first="5", last="3.5"):
    return [
        {"up_to": "10", "unit_amount": first, "flat_amount": None},
        {"up_to": None, "unit_amount": last, "flat_amount": "10"},
    ]


def put(landing, day, **files):
    for name, text in files.items():
        landing.put("own", f"{day}/{name}.csv", text)


@pytest.fixture
def own(landing):
    landing.source("own", landing.mapping(PLAIN))
    return landing


def test_rows_of_another_table_become_a_list_in_the_units_of_the_row(own):
    put(own, "2025-02-01", prices=PRICES, tiers=TIERS, options=OPTIONS)
    own.run()
    assert own.rows("select code, message from audit.rejects") == []
    assert tiers(own) == [sorted(steps(), key=str)]
    (options,) = own.rows("select currency_options from raw.prices")[0]
    assert sorted(json.loads(options), key=str) == [
        {"currency": "EUR", "unit_amount": "90"},
        {"currency": "JPY", "unit_amount": "9000"},
    ]


def test_a_list_of_the_row_itself_comes_first_and_no_rows_are_no_list(own):
    listed = json.dumps([{"up_to": None, "unit_amount": 100}]).replace('"', '""')
    put(
        own,
        "2025-02-01",
        prices=f'id,currency,scheme,tiers\np,USD,tiered,"{listed}"\nr,USD,flat,\n',
        tiers=TIERS,
        options=OPTIONS,
    )
    own.run()
    assert tiers(own) == [[{"up_to": None, "unit_amount": "1", "flat_amount": None}]]
    assert own.rows("select tiers, currency_options from raw.prices where price_id = 'r'") == [(None, None)]


def test_of_a_list_that_changed_only_what_was_told_last_stands(own):
    put(own, "2025-02-01", prices=PRICES, tiers=TIERS, options=OPTIONS)
    own.run()
    put(own, "2025-03-01", tiers="price,up_to,amount,flat\np,,200,\n", prices=PRICES)
    own.run()
    assert tiers(own) == [
        sorted(steps(), key=str),
        [{"up_to": None, "unit_amount": "2", "flat_amount": None}],
    ]


def test_a_list_that_did_not_come_again_is_taken_from_where_it_landed(own):
    put(own, "2025-02-01", prices=PRICES, tiers=TIERS, options=OPTIONS)
    own.run()
    put(own, "2025-03-01", prices=PRICES.replace("USD", "GBP"), options=OPTIONS)
    own.run()
    assert tiers(own) == [sorted(steps(), key=str)] * 2


def test_a_file_that_was_written_again_for_its_day_tells_the_list(own):
    put(own, "2025-02-01", prices=PRICES, tiers=TIERS, options=OPTIONS)
    own.run()
    put(own, "2025-02-01", tiers="price,up_to,amount,flat\np,10,200,\n")
    own.run()
    put(own, "2025-03-01", prices=PRICES.replace("USD", "GBP"), options=OPTIONS)
    own.run()
    assert tiers(own)[-1] == [{"up_to": "10", "unit_amount": "2", "flat_amount": None}]


CHAIN = """
source: {name: own, kind: billing, minor_units: iso}
files:
  - table: credit_notes
    match: "notes*.csv"
    delivery: full_snapshot
    columns:
      credit_note_id: {from: id}
      invoice_id:     {from: invoice}
      customer_id:    {from: customer}
      status:         {const: issued}
      issued_at:      {const: "2025-01-01"}
      currency:       {from: currency, lookup: [{table: invoices, by: invoice_id, column: currency}, {table: customers, by: customer_id, column: currency}]}
      amount_ex_tax:  {from: amount, type: money_minor}
  - table: customers
    match: "customers*.csv"
    delivery: full_snapshot
    columns: {customer_id: {from: id}, currency: {from: currency}}
  - table: invoices
    match: "invoices*.csv"
    delivery: full_snapshot
    columns:
      invoice_id:  {from: id}
      customer_id: {const: c}
      currency:    {from: currency}
      status:      {const: paid}
      issued_at:   {const: "2025-01-01"}
      subtotal:    {const: "0"}
      total:       {const: "0"}
"""


def test_each_row_takes_the_first_table_that_knows_its_key(landing):
    landing.source("own", landing.mapping(CHAIN))
    notes = "id,invoice,customer,currency,amount\na,i,c,,500\nb,,c,,500\nd,i,c,GBP,500\n"
    put(
        landing,
        "2025-02-01",
        notes=notes,
        customers="id,currency\nc,USD\n",
        invoices="id,currency\ni,JPY\n",
    )
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    found = landing.rows("select credit_note_id, currency, amount_ex_tax from raw.credit_notes order by 1")
    assert found == [("a", "JPY", "500"), ("b", "USD", "5"), ("d", "GBP", "5")]


def test_a_key_that_no_table_knows_is_refused_with_the_last_one(landing):
    landing.source("own", landing.mapping(CHAIN))
    put(
        landing,
        "2025-02-01",
        notes="id,invoice,customer,currency,amount\na,i,c,,500\n",
        customers="id,currency\nx,USD\n",
        invoices="id,currency\nx,JPY\n",
    )
    landing.run()
    messages = [message for (message,) in landing.rows("select message from audit.rejects")]
    assert any("table customers has no currency for customer_id 'c'" in message for message in messages)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "columns: [currency, unit_amount]",
            "columns: [currency, cost]",
            "price_options has no column 'cost'",
        ),
        ("columns: [currency, unit_amount]", "first: currency", "give one of column, columns"),
        (
            "column: currency}]",
            "column: currency, first: unit_amount}]",
            "first 'unit_amount' is no integer column",
        ),
        (
            "column: currency}]",
            "columns: [currency]}]",
            "price_options.currency is json or text, currency is currency",
        ),
    ],
)
def test_a_list_that_can_not_be_is_refused_with_the_mapping(old, new, message):
    assert old in PLAIN
    with pytest.raises(ConfigurationError, match=message.replace("(", r"\(")):
        parse_mapping(PLAIN.replace(old, new), "own")


DEALS = (
    "deal_id,property_dealname,property_dealstage,property_createdate,property_closedate,_fivetran_deleted\n"
    "1,a,closedwon,2025-02-01 10:00:00,2025-03-10 16:00:00,false\n"
    "2,b,contractsent,2025-02-01 10:00:00,,false\n"
    "3,c,contractsent,2025-02-01 10:00:00,,false\n"
    "4,d,contractsent,2025-02-01 10:00:00,,false\n"
)
COMPANIES_OF_DEALS = (
    "deal_id,company_id,type_id,_fivetran_deleted\n"
    "1,501,341,false\n1,502,341,false\n1,502,5,false\n2,501,341,false\n2,503,341,false\n4,501,5,true\n"
)


def test_fivetrans_deal_is_of_its_primary_company_else_of_the_first(landing):
    landing.source("hs", "hubspot")
    landing.put("hs", "2025-03-31/deal.csv", DEALS)
    landing.put("hs", "2025-03-31/deal_company.csv", COMPANIES_OF_DEALS)
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows("select deal_id, crm_account_id from raw.crm_deals order by 1") == [
        ("1", "502"),
        ("2", "501"),
        ("3", None),
        ("4", None),
    ]
