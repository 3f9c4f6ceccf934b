"""Lookups that add up the rows of another table, and numbers that are lowered by them."""

import pytest

from orchestration.errors import ConfigurationError
from orchestration.landing import check_file
from orchestration.landing.mapping import parse_mapping

MAPPING = """
source: {name: own, kind: billing, minor_units: iso}
files:
  - table: invoice_lines
    match: "a_lines*.csv"
    delivery: full_snapshot
    columns:
      invoice_id:      {from: invoice}
      line_id:         {from: id}
      kind:            {const: recurring}
      is_proration:    {const: "false"}
      currency:        {from: currency, upper: true}
      amount_ex_tax:
        from: amount
        minus:
          - waived
          - [off, &off {table: line_discounts, by: [invoice_id, line_id], column: amount, sum: true}]
        type: money_minor
      discount_amount: {from: off, type: money_minor, lookup: *off}
  - table: line_discounts
    match: "discounts*.csv"
    delivery: full_snapshot
    columns:
      invoice_id: {from: invoice}
      line_id:    {from: line}
      part_id:    {from: id}
      amount:     {from: amount}
"""
LINES = "invoice,id,currency,amount,off,waived\n"
DISCOUNTS = "invoice,line,id,amount\n"
READ = "select line_id, amount_ex_tax, discount_amount from raw.invoice_lines order by line_id, _extracted_at"


def delivered(landing, lines, discounts, day="2025-02-01"):
    landing.put("own", f"{day}/a_lines.csv", LINES + lines)
    if discounts is not None:
        landing.put("own", f"{day}/discounts.csv", DISCOUNTS + discounts)
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    return landing.rows(READ)


@pytest.fixture
def own(landing):
    landing.source("own", landing.mapping(MAPPING))
    return landing


def test_a_number_is_lowered_by_all_rows_of_its_key_in_the_units_of_its_file(own):
    lines = "i,eur,EUR,1000,,\ni,yen,JPY,1000,,\ni,none,EUR,1000,,\ni,waived,EUR,1000,,100\n"
    off = "i,eur,1,250\ni,eur,2,50\ni,yen,1,250\ni,waived,1,200.00\nj,none,1,999\n"
    assert delivered(own, lines, off) == [
        ("eur", "7", "3"),
        ("none", "10", None),
        ("waived", "7", "2"),
        ("yen", "750", "250"),
    ]


def test_what_the_row_says_itself_comes_before_the_rows_of_the_other_table(own):
    assert delivered(own, "i,l,EUR,1000,300,\n", "i,l,1,250\n") == [("l", "7", "3")]


def test_without_the_other_table_nothing_is_taken_off(own):
    assert delivered(own, "i,l,EUR,1000,,\n", None) == [("l", "10", None)]


def test_rows_that_have_gone_take_nothing_off_any_more(own):
    delivered(own, "i,l,EUR,1000,,\n", "i,l,1,250\ni,l,2,50\n")
    assert delivered(own, "i,l,EUR,2000,,\n", "i,l,1,250\n", "2025-03-01")[-1] == ("l", "17.5", "2.5")


def test_another_part_alone_is_read_into_a_line_that_did_not_change(own):
    delivered(own, "i,l,EUR,1000,,\n", "i,l,1,250\n")
    assert delivered(own, "i,l,EUR,1000,,\n", "i,l,1,400\n", "2025-03-01")[-1] == ("l", "6", "4")


def test_one_file_alone_is_not_blamed_for_what_it_is_lowered_by(write):
    file = write("a_lines.csv", LINES + "i,l,EUR,1000,,\n")
    assert check_file(file, parse_mapping(MAPPING, "own")).verdict == "accept"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("column: amount, sum: true", "columns: [amount], sum: true", "sum is of one column"),
        ("column: amount, sum: true", "column: part_id, sum: true", "is a decimal"),
        ("{from: off, type: money_minor, lookup: *off}", "{from: off, lookup: {table: line_discounts, "
         "by: [invoice_id, line_id], column: size, sum: true}}", "has no column 'size'"),
        ("        type: money_minor", "        negate: true\n        type: money_minor", "goes together"),
        ("- [off,", "- [wrong, {tabel: x},", "tabel"),
    ],
)  # fmt: skip
def test_a_sum_that_can_not_be_is_refused_with_the_mapping(old, new, message):
    assert old in MAPPING
    with pytest.raises(ConfigurationError, match=message):
        parse_mapping(MAPPING.replace(old, new, 1), "own")
