"""Sums over nested lists, differences, tiers, days of instants, files that are known and not read."""

import json

import pytest

from orchestration.errors import ConfigurationError
from orchestration.landing import check_file, suggest_mapping
from orchestration.landing.mapping import parse_mapping

MAPPING = """
locale: {{tz: {zone}}}
files:
  - table: invoices
    match: "invoices*.jsonl"
    delivery: delta
    format: {{type: jsonl}}
    columns:
      invoice_id:  {{from: id}}
      customer_id: {{const: c}}
      currency:    {{from: currency}}
      status:      {{const: paid}}
      issued_at:   {{const: "2025-01-01"}}
      subtotal:
        from: amount
        minus: ["off[*].amount", "taxes[kind=inclusive].amount"]
        type: money_minor
      tax_total:   {{from: ["taxes[*].amount", tax], type: money_minor}}
      total:       {{from: amount, type: money_minor}}
"""
SUMS = {
    "both lists": (
        {
            "off": [{"amount": 100}, {"amount": 50}],
            "taxes": [{"kind": "inclusive", "amount": 20}, {"amount": 7}],
        },
        ("8.3", "0.27"),
    ),
    "empty lists": ({"off": [], "taxes": []}, ("10", "0")),
    "no lists": ({"tax": 200}, ("10", "2")),
    "null lists": ({"off": None, "taxes": None}, ("10", None)),
    "elements without the field": ({"off": [{}, {"amount": 1}]}, ("9.99", None)),
    "text amounts": ({"off": [{"amount": "100"}]}, ("9", None)),
    "more taken off than there is": ({"off": [{"amount": 2000}]}, ("-10", None)),
}


@pytest.mark.parametrize("case", SUMS)
def test_lists_are_summed_and_subtracted(landing, case):
    record, expected = SUMS[case]
    landing.source("own", landing.mapping(MAPPING.format(zone="UTC")))
    landing.put(
        "own", "invoices.jsonl", json.dumps({"id": "i", "currency": "EUR", "amount": 1000} | record) + "\n"
    )
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows("select subtotal, tax_total from raw.invoices") == [expected]


@pytest.mark.parametrize(
    ("record", "column", "value"),
    [
        ({"off": [{"amount": "1_000"}]}, "subtotal", '1000 - [{"amount":"1_000"}] - 0'),
        ({"off": [{"amount": 1}, {"amount": "x"}]}, "subtotal", '1000 - [{"amount":1},{"amount":"x"}] - 0'),
        ({"taxes": {"amount": 1}}, "tax_total", '{"amount":1}'),
    ],
)
def test_a_list_that_can_not_be_added_up_refuses_its_row(landing, record, column, value):
    landing.source("own", landing.mapping(MAPPING.format(zone="UTC")))
    text = json.dumps({"id": "i", "currency": "EUR", "amount": 1000} | record, separators=(",", ":"))
    landing.put("own", "invoices.jsonl", text + "\n")
    landing.run()
    found = landing.rows("select column_name, code, value from audit.rejects order by 1")
    assert (column, "V03", value) in found
    assert landing.rows("select count(*) from raw.invoices") == [(0,)]


def test_tiers_come_in_minor_units_and_land_in_major_ones(landing):
    landing.source("stripe", "stripe")
    price = {
        "id": "p", "currency": "eur", "billing_scheme": "tiered", "tiers_mode": "graduated", "livemode": True,
        "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
        "tiers": [
            {"up_to": 5, "unit_amount": 2400, "unit_amount_decimal": "2400", "flat_amount": 1000},
            {"up_to": None, "unit_amount": None, "unit_amount_decimal": "0.25", "flat_amount": None},
        ],
    }  # fmt: skip
    landing.put(
        "stripe",
        "prices.jsonl",
        json.dumps(price) + "\n" + json.dumps(price | {"id": "y", "currency": "jpy"}),
    )
    landing.run()
    found = landing.rows("select tiers from raw.prices order by price_id")
    assert [json.loads(text) for (text,) in found] == [
        [
            {"up_to": 5, "unit_amount": "24", "flat_amount": "10"},
            {"up_to": None, "unit_amount": "0.0025", "flat_amount": None},
        ],
        [
            {"up_to": 5, "unit_amount": "2400", "flat_amount": "1000"},
            {"up_to": None, "unit_amount": "0.25", "flat_amount": None},
        ],
    ]


def test_an_instant_fills_a_date_with_its_local_day(landing):
    text = """
        locale: {tz: Europe/Paris}
        files:
          - table: crm_deals
            match: "deals*.jsonl"
            delivery: delta
            format: {type: jsonl}
            columns:
              deal_id: {from: id}
              stage: {const: won}
              outcome: {const: won}
              created_at: {from: at}
              expected_close_on: {from: at, type: timestamp}
    """
    landing.source("crm", landing.mapping(text))
    landing.put("crm", "deals.jsonl", '{"id": "d", "at": "2025-06-30T22:30:00.000Z"}\n')
    landing.run()
    assert landing.rows("select created_at, expected_close_on from raw.crm_deals") == [
        ("2025-06-30 22:30:00", "2025-07-01")
    ]


def test_files_that_are_known_and_not_wanted_are_not_named(landing):
    landing.source("stripe", "stripe")
    landing.put("stripe", "products.jsonl", '{"id": "prod_1"}\n')
    landing.put("stripe", "products-2.jsonl", '{"id": "prod_2"}\n')
    landing.put("stripe", "2025-06-01/products.delta.jsonl", '{"id": "prod_1"}\n')
    assert landing.run() == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("delivery: delta", "delivery: delta\n    parent: invoice_id", "parent 'invoice_id' must be"),
        ("{const: paid}", "{from: state, minus: x}", "minus needs a number"),
        ("{const: paid}", "{from: state, negate: true}", "negate needs a number"),
        ("{const: paid}", "{from: state, inclusive: true}", "inclusive needs an instant"),
    ],
)
def test_what_makes_no_sense_is_refused(old, new, message):
    with pytest.raises(ConfigurationError, match=message):
        parse_mapping(MAPPING.format(zone="UTC").replace(old, new, 1), "faulty")


def test_words_for_numbers_and_dates_are_mapped_and_the_others_read(write):
    text = """
        files:
          - table: tickets
            match: "*.csv"
            delivery: delta
            columns:
              ticket_id: {from: id}
              opened_at: {from: opened, type: date, map: {launch: "2025-01-02"}}
              csat: {from: stars, map: {five stars: "5"}}
    """
    file = write(
        "tickets.csv", "id,opened,stars\na,launch,five stars\nb,2025-01-03,4\nc,2025-01-04,six stars\n"
    )
    report = check_file(file, parse_mapping(text, "words"))
    assert [(one.code, one.line, one.value) for one in report.findings] == [("V03", 4, "six stars")]


def test_a_draft_skips_the_title_and_finds_the_table_by_the_files_name(write):
    file = write("Tickets_2025-06-30.csv", "Report of June;;\nNr;Opened;E-Mail\n1;2025-06-01;a@b.fr\n")
    draft = suggest_mapping(file).text
    assert "- table: tickets" in draft and 'match: "Tickets*.csv"' in draft
    assert "skip_rows: 1" in draft and "opened_at: {from: Opened, type: date}" in draft


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"amount": 1000, "off": 300}, "-7"),
        ({"amount": 1000}, "-10"),
        ({"amount": 0}, "0"),
        ({"amount": -5}, "0.05"),
    ],
)
def test_what_is_taken_off_stands_with_the_other_sign(landing, record, expected):
    subtracted = "{from: amount, minus: off, negate: true, type: money_minor}"
    text = MAPPING.format(zone="UTC").replace("{from: amount, type: money_minor}", subtracted)
    landing.source("own", landing.mapping(text))
    landing.put("own", "invoices.jsonl", json.dumps({"id": "i", "currency": "EUR"} | record) + "\n")
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows("select total from raw.invoices") == [(expected,)]
