"""The ECB's wide files of exchange rates, and the one list of currencies."""

import csv

import pytest

from orchestration.errors import ConfigurationError
from orchestration.landing.checking import check_file
from orchestration.landing.currencies import iso_4217
from orchestration.landing.mapping import parse_mapping
from orchestration.machine.project import PROJECT

HISTORY = (
    "Date,USD,JPY,CYP,HRK,\n2025-06-30,1.1720,169.17,N/A,N/A,\n2007-12-31,1.4721,164.93,0.585274,7.3308,\n"
)
RATES = "select rate_on, base, quote, rate from raw.fx_rates order by all"


def test_every_day_and_currency_becomes_a_rate(landing):
    landing.source("ecb", "ecb")
    landing.put("ecb", "eurofxref-hist.csv", HISTORY)
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows(RATES) == [
        ("2007-12-31", "EUR", "CYP", "0.585274"),
        ("2007-12-31", "EUR", "HRK", "7.3308"),
        ("2007-12-31", "EUR", "JPY", "164.93"),
        ("2007-12-31", "EUR", "USD", "1.4721"),
        ("2025-06-30", "EUR", "JPY", "169.17"),
        ("2025-06-30", "EUR", "USD", "1.172"),
    ]
    assert landing.rows("select distinct _line from raw.fx_rates where rate_on = '2007-12-31'") == [(3,)]


def test_the_latest_day_alone(landing):
    landing.source("ecb", "ecb")
    landing.put("ecb", "eurofxref.csv", "Date, USD, JPY, \n30 June 2025, 1.1720, 169.17, \n")
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows(RATES) == [
        ("2025-06-30", "EUR", "JPY", "169.17"),
        ("2025-06-30", "EUR", "USD", "1.172"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [("1.1720", "1,1720", "F09"), ("169.17", "n.c.", "V03"), ("JPY", "YEN", "V08"), ("Date", "Day", "F08")],
)
def test_a_faulty_file_of_rates_is_refused(write, old, new, code):
    report = check_file(write("eurofxref-hist.csv", HISTORY.replace(old, new)), "ecb")
    assert not report.accepted
    assert code in {finding.code for finding in report.findings}


def test_unpivot_is_for_csv_alone():
    text = """
        files:
          - table: fx_rates
            match: "x*"
            delivery: delta
            format: {type: jsonl}
            unpivot: Date
            columns: {rate_on: {from: Date}, base: {const: EUR}, quote: {from: $name}, rate: {from: $value}}
    """
    with pytest.raises(ConfigurationError, match="unpivot is for CSV"):
        parse_mapping(text, "wide")


def test_the_one_list_of_currencies_is_sorted_and_named_and_has_the_odd_ones():
    with (PROJECT / "seeds" / "iso_4217.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["currency"] for row in rows] == sorted({row["currency"] for row in rows})
    assert all(row["name"] for row in rows)
    known = {"EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4, "UGX": 0, "ISK": 0, "HRK": 2}
    assert {code: iso_4217()[code] for code in known} == known
