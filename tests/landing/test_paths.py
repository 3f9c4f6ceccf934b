"""Paths in JSON: keys that a field gives, lists in lists, elements of every kind, prices by currency."""

import json

import pytest

from orchestration.errors import ConfigurationError
from orchestration.landing.mapping import parse_mapping

PRICES = """
source: {minor_units: stripe}
files:
  - table: prices
    match: "*"
    delivery: delta
    format: {type: jsonl}
    KEYS
    columns:
      price_id:       {from: FROM}
      plan_name:      {from: "NAME"}
      currency:       {const: EUR}
      billing_scheme: {const: per_unit}
      usage_type:     {const: licensed}
      interval_unit:  {const: month}
      interval_count: {const: "1"}
"""


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records)


def read(landing, keys, records, price="id", name="id"):
    text = PRICES.replace("KEYS", keys).replace("FROM", price).replace("NAME", name)
    landing.source("own", landing.mapping(text))
    landing.put("own", "prices.jsonl", lines(*records))
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    return landing.rows("select price_id, plan_name from raw.prices order by all")


OPTIONS = {
    "usd": {"amount": 12},
    "a/b~c": {"amount": 13},
    'q"x': {"amount": 14},
    "deep": {"l": [{"amount": 15}]},
}


@pytest.mark.parametrize(
    ("key", "path", "value"),
    [
        ("usd", "options.{cur}.amount", "12"),
        ("a/b~c", "options.{cur}.amount", "13"),
        ('q"x', "options.{cur}.amount", "14"),
        ("deep", "options.{cur}.l[0].amount", "15"),
        ("deep", "options.{cur}.l[*].amount", "15"),
        ("usd", "options.{nested.cur}.amount", "12"),
        ("usd", "{where}.usd.{what}", "12"),
        ("chf", "options.{cur}.amount", None),
        (None, "options.{cur}.amount", None),
        ("usd", "id.{cur}", None),
    ],
)
def test_a_key_in_braces_is_the_value_of_another_field(landing, key, path, value):
    record = {"id": "p", "cur": key, "nested": {"cur": key}, "where": "options", "what": "amount"}
    found = read(landing, "", [record | {"options": OPTIONS}], name=path.replace('"', '\\"'))
    assert found == [("p", value)]


def test_under_explode_a_key_comes_from_the_record_or_from_the_element(landing):
    items = [{"id": "a", "kind": "x", "by": {"eur": {"n": 1}, "x": {"n": 2}}}]
    record = {"currency": "eur", "items": {"data": items}, "names": {"x": "of the record"}}
    keys = "explode: items.data"
    assert read(landing, keys, [record], name="by.{$.currency}.n") == [("a", "1")]


def test_a_key_without_a_dollar_comes_from_the_same_element(landing):
    items = [{"id": "a", "kind": "x", "by": {"x": {"n": 2}}}]
    record = {"items": items, "kind": "of the record"}
    assert read(landing, "explode: items", [record], name="by.{kind}.n") == [("a", "2")]


def test_a_path_of_the_record_takes_its_key_from_the_element(landing):
    record = {"items": [{"id": "a", "kind": "x"}, {"id": "b", "kind": "y"}], "names": {"x": "of the record"}}
    found = read(landing, "explode: items", [record], name="$.names.{kind}")
    assert found == [("a", "of the record"), ("b", None)]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("{cur}", ["both null", "same"]),
        ("!{cur}", ["one null", "other"]),
        ("[usd, '{cur}']", ["both null", "other", "same"]),
    ],
)
def test_a_condition_compares_a_field_with_another_one(landing, value, kept):
    records = [
        {"id": "same", "price": {"cur": "eur"}, "cur": "eur"},
        {"id": "other", "price": {"cur": "usd"}, "cur": "eur"},
        {"id": "one null", "price": {"cur": None}, "cur": "eur"},
        {"id": "both null"},
    ]
    shown = value if value.startswith("[") else f'"{value}"'
    found = read(landing, f"where: {{price.cur: {shown}}}", records)
    assert [name for name, _ in found] == kept


def test_every_condition_compares_fields_and_takes_keys_from_them(landing):
    text = (
        PRICES.replace("KEYS", 'deleted_when: {state: "{dead}"}')
        .replace("FROM", "id")
        .replace('{from: "NAME"}', '{when: [{if: {"by.{cur}": "{$.wanted}"}, set: chosen}], default: other}')
    )
    landing.source("own", landing.mapping(text))
    records = [
        {"id": "a", "state": "x", "dead": "x", "cur": "k", "by": {"k": "w"}, "wanted": "w"},
        {"id": "b", "state": "y", "dead": "x", "cur": "k", "by": {"k": "v"}, "wanted": "w"},
    ]
    landing.put("own", "prices.jsonl", lines(*records))
    landing.run()
    assert landing.rows("select price_id, plan_name, _is_deleted from raw.prices order by 1") == [
        ("a", "chosen", True),
        ("b", "other", False),
    ]


def test_a_list_is_whole_when_its_count_is_that_of_another_field(landing):
    keys = 'explode: items\n    assert_complete: {$.count: "{$.total}"}'
    text = PRICES.replace("KEYS", keys).replace("FROM", "id").replace("NAME", "id")
    landing.source("own", landing.mapping(text))
    landing.put("own", "prices.jsonl", lines({"items": [{"id": "a"}], "count": 1, "total": 2}))
    landing.run()
    assert landing.rows("select code from audit.rejects") == [("R01",)]


PAGES = [
    {"id": "page 1", "data": [{"id": "s1", "items": {"data": [{"id": "a"}, {"id": "b"}]}}, {"id": "s2"}]},
    {
        "id": "page 2",
        "data": [{"id": "s3", "items": {"data": []}}, {"id": "s4", "items": {"data": [{"id": "c"}]}}],
    },
]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("$.id", ["page 1", "page 1", "page 2"]),
        ("$1.id", ["s1", "s1", "s4"]),
        ("$2.id", ["a", "b", "c"]),
    ],
)
def test_a_list_in_a_list_gives_a_row_for_each_inner_element(landing, name, values):
    found = read(landing, "explode: [data, items.data]", PAGES, name=name)
    assert found == list(zip(["a", "b", "c"], values, strict=True))


def test_three_lists_in_one_another_keep_equal_ids_of_different_elements_apart(landing):
    tree = {
        "a": [{"id": str(i), "b": [{"id": str(j), "c": [{"id": "k"}]} for j in range(2)]} for i in range(3)]
    }
    text = PRICES.replace("KEYS", "explode: [a, b, c]").replace("NAME", "id")
    text = text.replace("{from: FROM}", '{template: "{$1.id}-{$2.id}-{id}"}')
    landing.source("own", landing.mapping(text))
    landing.put("own", "prices.jsonl", lines(tree))
    landing.run()
    found = [name for (name,) in landing.rows("select price_id from raw.prices order by 1")]
    assert found == ["0-0-k", "0-1-k", "1-0-k", "1-1-k", "2-0-k", "2-1-k"]


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({"a": {"items": [{"id": "1"}]}, "items": [{"id": "2"}]}, ["1"]),
        ({"items": [{"id": "2"}]}, ["2"]),
        ({"a": {"items": None}, "items": [{"id": "2"}]}, ["2"]),
        ({"a": {"items": []}, "items": [{"id": "2"}]}, []),
        ({"a": {"items": {"id": "3"}}}, ["3"]),
    ],
)
def test_the_first_place_of_a_list_that_is_there_counts(landing, record, found):
    rows = read(landing, 'explode: "a.items | items"', [record])
    assert [name for name, _ in rows] == found


def test_places_may_be_given_for_an_inner_list_too(landing):
    record = {"data": [{"lines": [{"id": "1"}]}, {"items": {"data": [{"id": "2"}]}}]}
    assert read(landing, 'explode: ["data", "items.data | lines"]', [record]) == [("1", "1"), ("2", "2")]


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        (["x", "y"], ["x", "y"]),
        ([1, 2.5, True], ["1", "2.5", "true"]),
        ("x", ["x"]),
        ([], []),
        (None, []),
        (["[odd", '{"a'], ["[odd", '{"a']),
        ("[odd", ["[odd"]),
        (["a;b", 'q"'], ["a;b", 'q"']),
    ],
)
def test_an_element_that_is_no_object_is_a_value(landing, ids, found):
    rows = read(landing, "explode: ids", [{"ids": ids}], price="$value", name="$value")
    assert [name for name, _ in rows] == sorted(found)


def test_an_object_is_no_value_so_that_ids_and_expanded_objects_may_stand_for_one_another(landing):
    record = {"discounts": ["d1", {"id": "d2", "coupon": "c"}]}
    rows = read(landing, "explode: discounts", [record], price="[id, $value]", name="coupon")
    assert rows == [("d1", None), ("d2", "c")]


def test_the_values_of_an_object_are_elements_named_by_their_keys(landing):
    record = {"id": "p", "options": {"eur": {"amount": 1}, "us/d": {"amount": 2}}}
    assert read(landing, "explode: options.*", [record], price="$name", name="amount") == [
        ("eur", "1"),
        ("us/d", "2"),
    ]


def test_the_key_of_an_outer_object_is_told_by_its_list(landing):
    record = {"options": {"eur": {"tiers": [{"id": "t1"}, {"id": "t2"}]}, "usd": {"tiers": [{"id": "t3"}]}}}
    assert read(landing, "explode: [options.*, tiers]", [record], name="$1.$name") == [
        ("t1", "eur"),
        ("t2", "eur"),
        ("t3", "usd"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            PRICES.replace("KEYS", "explode: items").replace("FROM", "$2.id"),
            "is of list 2, but explode opens 1",
        ),
        (PRICES.replace("KEYS", "").replace("FROM", "$1.id"), "is of list 1, but explode opens 0"),
        (PRICES.replace("KEYS", "").replace("FROM", '"a.{b.{c}.d}"'), "braces in braces"),
        (
            PRICES.replace("KEYS", "dated: item").replace("FROM", "id"),
            "`dated: item` is for subscription_items",
        ),
    ],
)
def test_a_path_that_can_not_be_is_refused_with_the_mapping(text, message):
    with pytest.raises(ConfigurationError, match="mapping own") as refused:
        parse_mapping(text.replace("NAME", "id"), "own")
    assert message in str(refused.value)


ITEMS = """
files:
  - table: subscription_items
    match: "*"
    delivery: delta
    format: {type: jsonl}
    KEYS
    columns:
      subscription_id: {from: id}
      item_id:         {const: i}
      valid_from:      {const: "2025-01-01"}
      currency:        {const: EUR}
      quantity:        {from: quantity, minus: free}
      interval_unit:   {const: month}
      interval_count:  {const: "1"}
"""


@pytest.mark.parametrize(
    ("record", "left"),
    [
        ({"quantity": 10, "free": 3}, "7"),
        ({"quantity": "2.5", "free": "0.25"}, "2.25"),
        ({"quantity": 10}, "10"),
        ({"quantity": 10, "free": None}, "10"),
        ({"quantity": 3, "free": 3}, "0"),
    ],
)
def test_a_quantity_is_lessened_by_what_is_free(landing, record, left):
    landing.source("own", landing.mapping(ITEMS.replace("KEYS", "")))
    landing.put("own", "items.jsonl", lines({"id": "s"} | record))
    landing.run()
    assert landing.rows("select message from audit.rejects") == []
    assert landing.rows("select quantity from raw.subscription_items") == [(left,)]


@pytest.mark.parametrize(
    ("keys", "dated"), [("", None), ("dated: subscription", None), ("dated: item", "true")]
)
def test_an_entry_says_whose_dates_its_items_carry(landing, keys, dated):
    landing.source("own", landing.mapping(ITEMS.replace("KEYS", keys)))
    landing.put("own", "items.jsonl", lines({"id": "s", "quantity": 1}))
    landing.run()
    assert landing.rows("select is_item_dated from raw.subscription_items") == [(dated,)]


COUPONS = """
files:
  - table: coupons
    match: "*"
    delivery: delta
    format: {type: TYPE}
    columns:
      coupon_id:   {from: id}
      duration:    {const: once}
      product_ids: {from: products, type: id_list}
"""


@pytest.mark.parametrize(("ids", "listed"), [(["a", "b"], "a;b"), (["a"], "a"), ([], None), (None, None)])
def test_a_list_of_ids_may_be_empty(landing, ids, listed):
    landing.source("own", landing.mapping(COUPONS.replace("TYPE", "jsonl")))
    landing.put("own", "coupons.jsonl", lines({"id": "c", "products": ids}))
    landing.run()
    assert landing.rows("select message from audit.rejects") == []
    assert landing.rows("select product_ids from raw.coupons") == [(listed,)]


@pytest.mark.parametrize(("cell", "listed"), [("[ ]", None), ("a;b", "a;b"), ('"a, b"', "a;b"), ("", None)])
def test_a_list_of_ids_in_a_cell_may_be_empty(landing, cell, listed):
    landing.source("own", landing.mapping(COUPONS.replace("TYPE", "csv")))
    landing.put("own", "coupons.csv", f"id,products\nc,{cell}\n")
    landing.run()
    assert landing.rows("select message from audit.rejects") == []
    assert landing.rows("select product_ids from raw.coupons") == [(listed,)]


OPTIONS_MINOR = """
source: {minor_units: stripe}
files:
  - table: prices
    match: "*"
    delivery: delta
    format: {type: jsonl}
    columns:
      price_id:       {from: id}
      tiers:          {from: currency_options, type: options_minor}
      currency:       {const: EUR}
      billing_scheme: {const: per_unit}
      usage_type:     {const: licensed}
      interval_unit:  {const: month}
      interval_count: {const: "1"}
"""
TIERS = [
    {"up_to": 5, "unit_amount": 1000, "flat_amount": 2000},
    {"up_to": None, "unit_amount_decimal": "0.5"},
]


@pytest.mark.parametrize(
    ("options", "listed"),
    [
        (
            {"eur": {"unit_amount": 9000, "unit_amount_decimal": "9000"}, "jpy": {"unit_amount": 9000}},
            [
                {"currency": "EUR", "unit_amount": "90", "tiers": None},
                {"currency": "JPY", "unit_amount": "9000", "tiers": None},
            ],
        ),
        (
            {"kwd": {"unit_amount": None, "unit_amount_decimal": "0.5"}},
            [{"currency": "KWD", "unit_amount": "0.0005", "tiers": None}],
        ),
        (
            {"usd": {"unit_amount": None, "tiers": TIERS}},
            [
                {
                    "currency": "USD",
                    "unit_amount": None,
                    "tiers": [
                        {"up_to": 5, "unit_amount": "10", "flat_amount": "20"},
                        {"up_to": None, "unit_amount": "0.005", "flat_amount": None},
                    ],
                }
            ],
        ),
        ({}, []),
    ],
)
def test_prices_by_currency_land_in_the_major_unit_of_each(landing, options, listed):
    landing.source("own", landing.mapping(OPTIONS_MINOR))
    landing.put("own", "prices.jsonl", lines({"id": "p", "currency_options": options}))
    landing.run()
    assert landing.rows("select message from audit.rejects") == []
    ((text,),) = landing.rows("select tiers from raw.prices")
    assert json.loads(text) == listed


@pytest.mark.parametrize("options", [[1], "eur", {"euro": {"unit_amount": 1}}])
def test_prices_by_currency_that_are_none_refuse_their_row(landing, options):
    landing.source("own", landing.mapping(OPTIONS_MINOR))
    landing.put("own", "prices.jsonl", lines({"id": "p", "currency_options": options}))
    landing.run()
    assert landing.rows("select column_name, code from audit.rejects") == [("tiers", "V09")]
