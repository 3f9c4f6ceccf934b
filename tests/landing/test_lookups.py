"""Values that another table of the same source has: `lookup: {table, by, column}`."""

import json

import pytest

from orchestration.errors import ConfigurationError
from orchestration.landing import check_file
from orchestration.landing.mapping import parse_mapping

MAPPING = """
source: {name: own, kind: billing, minor_units: iso}
locale: {decimal: ","}
files:
  - table: subscription_items
    match: "a_items*.csv"
    delivery: full_snapshot
    key: [subscription_id, item_id]
    columns:
      subscription_id: {from: subscription}
      item_id:         {from: id}
      valid_from:      {const: "2025-01-01"}
      customer_id:     {lookup: {table: subscriptions, by: subscription_id, column: customer_id}}
      price_id:        {from: price}
      currency:        {from: currency, lookup: {table: prices, by: price_id, column: currency}}
      unit_amount:
        from: amount
        type: money_minor
        lookup: {table: prices, by: price_id, column: unit_amount}
      quantity:        {from: quantity}
      interval_unit:   {lookup: {table: prices, by: price_id, column: interval_unit}}
      interval_count:  {lookup: {table: prices, by: price_id, column: interval_count}, default: "1"}
  - table: prices
    match: "prices*.csv"
    delivery: full_snapshot
    columns:
      price_id:       {from: id}
      currency:       {from: currency, upper: true}
      unit_amount:    {from: amount, type: money_minor}
      billing_scheme: {const: per_unit}
      usage_type:     {const: licensed}
      interval_unit:  {from: interval}
      interval_count: {from: count, default: "1"}
  - table: subscriptions
    match: "subscriptions*.csv"
    delivery: full_snapshot
    columns:
      subscription_id: {from: id}
      customer_id:     {from: customer}
      status:          {const: active}
      started_at:      {const: "2025-01-01"}
"""
ITEMS = "subscription,id,price,currency,amount,quantity\n"
PRICES = "id,currency,amount,interval,count\n"
SUBSCRIPTIONS = "id,customer\ns,c\n"
CHOSEN = (
    "select customer_id, currency, unit_amount, interval_unit, interval_count from raw.subscription_items"
)


def deliver(landing, **files):
    for name, text in files.items():
        folder, _, stem = name.rpartition("__")
        landing.put("own", f"{folder.replace('_', '-')}/{stem}.csv".lstrip("/"), text)


def prepared(landing):
    landing.source("own", landing.mapping(MAPPING))


def test_what_is_looked_up_is_read_before_whatever_the_names_of_files(landing):
    prepared(landing)
    deliver(
        landing,
        a_items=ITEMS + "s,i,p,,,1\n",
        prices=PRICES + "p,eur,1250,month,3\n",
        subscriptions=SUBSCRIPTIONS,
    )
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    # The values are those of the other table, whatever the locale and the units of this file.
    assert landing.rows(CHOSEN) == [("c", "EUR", "12.5", "month", "3")]


def test_a_value_of_the_row_itself_comes_first_and_a_default_last(landing):
    prepared(landing)
    deliver(
        landing,
        a_items=ITEMS + "s,i,p,USD,300,1\n",
        prices=PRICES + "p,eur,1250,month,\n",
        subscriptions=SUBSCRIPTIONS,
    )
    landing.run()
    assert landing.rows(CHOSEN) == [("c", "USD", "3", "month", "1")]


def test_an_amount_of_the_row_is_in_the_minor_units_of_the_currency_that_is_looked_up(landing):
    prepared(landing)
    deliver(
        landing,
        a_items=ITEMS + "s,i,p,,300,1\n",
        prices=PRICES + "p,jpy,1250,month,\n",
        subscriptions=SUBSCRIPTIONS,
    )
    landing.run()
    assert landing.rows(CHOSEN) == [("c", "JPY", "300", "month", "1")]


def test_a_key_that_finds_nothing_is_refused_with_table_and_key(landing):
    prepared(landing)
    deliver(landing, a_items=ITEMS + "s,i,other,,,1\n", prices=PRICES + "p,eur,1250,month,1\n")
    landing.run()
    found = landing.rows("select column_name, code, value, message from audit.rejects order by 1")
    assert [row[:3] for row in found] == [("currency", "V10", "other"), ("interval_unit", "V10", "other")]
    assert "table prices has no currency for price_id 'other'" in found[0][3]


def test_a_key_that_finds_nothing_leaves_a_column_empty_that_may_be(landing):
    prepared(landing)
    deliver(
        landing,
        a_items=ITEMS + "t,i,p,,,1\n",
        prices=PRICES + "p,eur,,month,1\n",
        subscriptions=SUBSCRIPTIONS,
    )
    landing.run()
    assert landing.rows(CHOSEN) == [(None, "EUR", None, "month", "1")]


def test_without_its_key_a_row_finds_nothing(landing):
    prepared(landing)
    deliver(landing, a_items=ITEMS + "s,i,,EUR,,1\n", prices=PRICES + "p,eur,1,month,1\n")
    landing.run()
    assert ("interval_unit", "V10") in landing.rows("select column_name, code from audit.rejects")


def test_a_table_that_did_not_change_is_looked_up_where_it_landed_before(landing):
    prepared(landing)
    deliver(landing, prices=PRICES + "p,eur,1250,month,1\n")
    landing.run("2025-07-01")
    deliver(landing, a_items=ITEMS + "s,i,p,,,1\n")
    landing.run("2025-07-02")
    assert landing.rows(CHOSEN) == [(None, "EUR", "12.5", "month", "1")]


def test_rows_of_this_delivery_come_before_those_of_an_earlier_one(landing):
    prepared(landing)
    deliver(landing, prices=PRICES + "p,eur,1250,month,1\n")
    landing.run("2025-07-01")
    deliver(landing, a_items=ITEMS + "s,i,p,,,1\n", prices=PRICES + "p,eur,9900,year,1\n")
    landing.run("2025-07-01")
    assert landing.rows(CHOSEN) == [(None, "EUR", "99", "year", "1")]


def test_a_file_of_the_past_looks_up_what_was_in_force_then(landing):
    prepared(landing)
    deliver(
        landing,
        **{
            "2025_01_01__prices": PRICES + "p,eur,1250,month,1\n",
            "2025_01_01__a_items": ITEMS + "s,i,p,,,1\n",
            "2025_02_01__prices": PRICES + "p,eur,9900,year,1\n",
            "2025_02_01__a_items": ITEMS + "s,i,p,,,1\n",
        },
    )
    landing.run()
    found = landing.rows(
        "select _extracted_at, unit_amount, interval_unit from raw.subscription_items order by 1"
    )
    assert [row[1:] for row in found] == [("12.5", "month"), ("99", "year")]


def test_a_table_that_was_extracted_a_moment_later_counts_where_nothing_came_before(landing):
    prepared(landing)
    landing.put("own", "2025-01-01/a_items_20250101T0300.csv", ITEMS + "s,i,p,,,1\n")
    landing.put("own", "2025-01-01/prices_20250101T0305.csv", PRICES + "p,eur,1250,month,1\n")
    landing.run()
    assert landing.rows(CHOSEN) == [(None, "EUR", "12.5", "month", "1")]


def test_a_row_that_has_gone_still_tells_what_it_was(landing):
    prepared(landing)
    deliver(
        landing, prices=PRICES + "p,eur,1250,month,1\nq,eur,1,month,1\nr,eur,1,month,1\nt,eur,1,month,1\n"
    )
    landing.run("2025-07-01")
    deliver(landing, prices=PRICES + "q,eur,1,month,1\nr,eur,1,month,1\nt,eur,1,month,1\n")
    landing.run("2025-07-02")
    deliver(landing, a_items=ITEMS + "s,i,p,,,1\n")
    landing.run("2025-07-03")
    assert landing.rows(CHOSEN) == [(None, "EUR", "12.5", "month", "1")]


def test_another_source_is_not_looked_into(landing):
    prepared(landing)
    landing.source("other", landing.mapping(MAPPING))
    landing.put("other", "prices.csv", PRICES + "p,eur,1250,month,1\n")
    deliver(landing, a_items=ITEMS + "s,i,p,,,1\n")
    landing.run()
    assert landing.rows("select count(*) from raw.subscription_items") == [(0,)]


def test_tables_of_one_file_look_up_one_another(landing):
    text = """
    files:
      - table: subscription_items
        match: "*"
        delivery: delta
        format: {type: jsonl}
        explode: items
        columns:
          subscription_id: {from: $.id}
          item_id:         {from: id}
          valid_from:      {const: "2025-01-01"}
          price_id:        {from: price}
          currency:        {lookup: {table: prices, by: price_id, column: currency}}
          quantity:        {const: "1"}
          interval_unit:   {lookup: {table: prices, by: price_id, column: interval_unit}}
          interval_count:  {const: "1"}
      - table: prices
        match: "*"
        delivery: delta
        format: {type: jsonl}
        explode: prices
        columns:
          price_id:       {from: id}
          currency:       {from: currency}
          billing_scheme: {const: per_unit}
          usage_type:     {const: licensed}
          interval_unit:  {from: interval}
          interval_count: {const: "1"}
    """
    landing.source("own", landing.mapping(text))
    record = {
        "id": "s",
        "items": [{"id": "i", "price": "p"}],
        "prices": [{"id": "p", "currency": "EUR", "interval": "year"}],
    }
    landing.put("own", "all.jsonl", json.dumps(record) + "\n")
    landing.run()
    assert landing.rows("select currency, interval_unit from raw.subscription_items") == [("EUR", "year")]


def test_a_word_that_the_column_does_not_know_is_refused(landing):
    entry = """
  - table: invoices
    match: "invoices*.csv"
    delivery: delta
    columns:
      invoice_id:      {from: id}
      customer_id:     {const: c}
      subscription_id: {from: subscription}
      currency:        {const: EUR}
      status:          {lookup: {table: subscriptions, by: subscription_id, column: status}}
      issued_at:       {const: "2025-01-01"}
      subtotal:        {const: "1"}
      total:           {const: "1"}
"""
    landing.source("own", landing.mapping(MAPPING + entry))
    deliver(landing, invoices="id,subscription\ni,s\n", subscriptions=SUBSCRIPTIONS)
    landing.run()
    assert landing.rows("select column_name, code, value from audit.rejects") == [("status", "V06", "active")]


def test_the_same_bytes_are_read_again_when_what_they_look_up_has_changed(landing):
    prepared(landing)
    deliver(landing, a_items=ITEMS + "s,i,p,,,1\n", prices=PRICES + "p,eur,1250,month,1\n")
    landing.run("2025-07-01")
    landing.run("2025-07-02")
    assert landing.rows("select count(*) from raw.subscription_items") == [(1,)]
    deliver(landing, prices=PRICES + "p,eur,9900,month,1\n")
    landing.run("2025-07-03")
    found = landing.rows("select unit_amount from raw.subscription_items order by _extracted_at")
    assert found == [("12.5",), ("99",)]


def test_one_file_alone_is_not_blamed_for_what_is_looked_up(write):
    report = check_file(write("a_items.csv", ITEMS + "s,i,p,,,1\n"), parse_mapping(MAPPING, "own"))
    assert (report.verdict, report.rows_accepted) == ("accept", 1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "table: prices, by: price_id, column: currency",
            "table: coupons, by: coupon_id, column: currency",
            "feeds no",
        ),
        ("by: price_id, column: currency", "by: price_id, column: money", "has no column 'money'"),
        ("by: price_id, column: currency", "by: price_ref, column: currency", "has no column 'price_ref'"),
        ("by: price_id, column: currency", "by: product_id, column: currency", "'product_id' must be mapped"),
        ("by: price_id, column: currency", "by: price_id, column: price_id", "is text, currency is currency"),
        (
            "currency:       {from: currency, upper: true}",
            "currency: {lookup: {table: subscription_items, by: price_id, column: currency}}",
            "lookups go in a circle",
        ),
    ],
)
def test_a_lookup_that_can_not_be_is_refused_with_the_mapping(old, new, message):
    assert old in MAPPING
    with pytest.raises(ConfigurationError) as refused:
        parse_mapping(MAPPING.replace(old, new), "own")
    assert message in str(refused.value)
