"""Our own catalogue of faults: one file, one fault, the verdict and the sentence that a user sees."""

import gzip
import json
from dataclasses import dataclass

import duckdb
import pytest
import zstandard

from orchestration.landing import check_file
from orchestration.landing.mapping import parse_mapping

MAPPING = """
source: {name: faults, minor_units: stripe}
locale: {tz: Europe/Paris, decimal: ".", thousands: ",", format: iso}
files:
  - table: invoices
    match: "*.csv"
    delivery: delta
    format: {type: csv, nulls: ["", none]}
    checks: ["issued_at <= paid_at", "amount_paid <= total"]
    columns:
      invoice_id:    {from: id, required: true}
      customer_id:   {from: customer}
      currency:      {from: currency, upper: true}
      status:        {from: status, map: {paid: paid, open: open}}
      issued_at:     {from: issued, type: timestamp}
      paid_at:       {from: paid, type: timestamp}
      due_at:        {from: due, type: timestamp, format: "%d/%m/%Y %H:%M"}
      subtotal:      {from: subtotal, type: money_major}
      total:         {from: total, type: money_minor}
      amount_paid:   {from: amount_paid, type: money_micros}
      attempt_count: {from: attempts, type: integer, min: 0, max: 20}
"""
HEADER = "id,customer,currency,status,issued,paid,due,subtotal,total,amount_paid,attempts"
GOOD = {
    "id": "in_1",
    "customer": "cus_1",
    "currency": "eur",
    "status": "paid",
    "issued": "2025-01-15T10:00:00Z",
    "paid": "2025-01-16 12:00",
    "due": "31/01/2025 00:00",
    "subtotal": '"1,249.50"',
    "total": "124950",
    "amount_paid": "1249500000",
    "attempts": "1",
}


def row(**changes):
    return ",".join((GOOD | changes).values())


def table(*rows):
    return "\n".join([HEADER, *rows]) + "\n"


def check(file, mapping=MAPPING):
    return check_file(file, parse_mapping(mapping, "faults"))


def test_the_good_row_is_good(write):
    report = check(write("good.csv", table(row())))
    assert (report.verdict, report.rows_accepted, report.findings) == ("accept", 1, ())


VALUES = {
    "underscore in a number": ({"attempts": "1_000"}, "V03", "'1_000' is not a number"),
    "hexadecimal": ({"attempts": "0x10"}, "V03", "'0x10' is not a number"),
    "exponent": ({"total": "1e3"}, "V03", "'1e3' is not a number"),
    "not a number": ({"subtotal": "NaN"}, "V03", "'NaN' is not a number"),
    "infinity": ({"subtotal": "inf"}, "V03", "'inf' is not a number"),
    "currency sign": ({"subtotal": "€12"}, "V03", "'€12' is not a number"),
    "Arabic digits": ({"attempts": "٣"}, "V03", "'٣' is not a number"),
    "full-width digits": ({"attempts": "３"}, "V03", "'３' is not a number"),
    "two decimal points": ({"subtotal": "1.2.3"}, "V03", "'1.2.3' is not a number"),
    "thousands in the wrong place": ({"subtotal": '"12,49.00"'}, "V03", "'12,49.00' is not a number"),
    "trailing minus": ({"subtotal": "5-"}, "V03", "'5-' is not a number"),
    "percent": ({"attempts": "5%"}, "V03", "'5%' is not a number"),
    "spreadsheet error": ({"subtotal": "#REF!"}, "V03", "'#REF!' is not a number"),
    "formula": ({"subtotal": "=1+1"}, "V03", "'=1+1' is not a number"),
    "half a thing": ({"attempts": "1.5"}, "V04", "'1.5' has more decimals"),
    "three decimals of euro": ({"subtotal": "1.005"}, "V04", "'1.005' has more decimals"),
    "half a cent": ({"total": "100.5"}, "V04", "'100.5' has more decimals"),
    "a number of fifteen digits": ({"total": "123456789012345"}, "V02", "out of range"),
    "too many attempts": ({"attempts": "21"}, "V11", "'21' must be at least 0 and at most 20"),
    "lower-case letters in a status": ({"status": "Paid"}, "V06", "'Paid' is none of paid, open"),
    "an unknown status": ({"status": "void"}, "V06", "Add it to `map`"),
    "a currency sign for a code": ({"currency": "€"}, "V08", "'€' is not an ISO 4217 currency"),
    "a currency that never was": ({"currency": "eux"}, "V08", "'EUX' is not an ISO 4217 currency"),
    "no currency": ({"currency": ""}, "V10", "currency (from currency) is missing"),
    "a null word in a required column": (
        {"customer": "None"},
        "V10",
        "customer_id (from customer) is missing",
    ),
    "only spaces in a key": ({"id": "   "}, "V10", "invoice_id (from id) is missing"),
    "the 30th of February": (
        {"issued": "2025-02-30"},
        "V01",
        "'2025-02-30' is not a timestamp written as ISO",
    ),
    "the 13th month": ({"issued": "2025-13-01"}, "V01", "'2025-13-01' is not"),
    "the 25th hour": ({"issued": "2025-01-01 25:00"}, "V01", "'2025-01-01 25:00' is not"),
    "a leap second": ({"issued": "2025-01-01T23:59:60Z"}, "V01", "'2025-01-01T23:59:60Z' is not"),
    "American order": ({"due": "01/31/2025 00:00"}, "V01", "is not a timestamp written as %d/%m/%Y %H:%M"),
    "one digit for a day": ({"due": "1/01/2025 00:00"}, "V01", "'1/01/2025 00:00' is not"),
    "a spreadsheet's day number": ({"issued": "45672"}, "V01", "'45672' is not"),
    "the year 0025": ({"issued": "0025-01-15"}, "V02", "'0025-01-15' is out of range"),
    "the year 9999": ({"paid": "9999-12-31"}, "V02", "Name it in `nulls`"),
    "the year 1800 in a format": ({"due": "01/01/1800 00:00"}, "V02", "out of range"),
    "an hour that does not exist": ({"issued": "2025-03-30 02:30"}, "V05", "skipped or comes twice"),
    "an hour that comes twice": ({"issued": "2025-10-26 02:30"}, "V05", "set `locale.ambiguous`"),
    "a gap in a formatted time": ({"due": "30/03/2025 02:30"}, "V05", "skipped or comes twice"),
    "paid before it was issued": ({"paid": "2025-01-14 12:00"}, "R03", "`issued_at <= paid_at` fails"),
    "paid more than it cost": ({"amount_paid": "1249510000"}, "R03", "`amount_paid <= total` fails"),
}


@pytest.mark.parametrize("fault", VALUES)
def test_a_faulty_value_quarantines_and_names_its_place(write, fault):
    changes, code, message = VALUES[fault]
    report = check(write("faults.csv", table(row(id="in_0"), row(**changes))))
    assert (report.verdict, report.rows_accepted) == ("quarantine", 0)
    assert [(finding.code, finding.line) for finding in report.findings] == [(code, 3)]
    assert message in report.findings[0].message


GOOD_VALUES = {
    "an amount with spaces around it": ({"attempts": " 2 "}, "attempt_count", "2"),
    "a zero fraction of a whole number": ({"attempts": "2.0"}, "attempt_count", "2"),
    "zeros behind the decimals": ({"subtotal": "10.5000"}, "subtotal", "10.5"),
    "a plus sign": ({"subtotal": "+10"}, "subtotal", "10"),
    "leading zeros": ({"attempts": "007"}, "attempt_count", "7"),
    "a negative zero": ({"subtotal": "-0.00"}, "subtotal", "0"),
    "two decimals of Ugandan shillings at Stripe": (
        {"currency": "ugx", "total": "500", "amount_paid": ""},
        "total",
        "5",
    ),
    "an Icelandic krona at Stripe": ({"currency": "isk", "total": "500", "amount_paid": ""}, "total", "5"),
    "a yen": ({"currency": "jpy", "subtotal": "500", "total": "500", "amount_paid": ""}, "total", "500"),
    "a Kuwaiti dinar": ({"currency": "kwd", "total": "15500", "amount_paid": ""}, "total", "15.5"),
    "winter time": ({"issued": "2025-01-15 10:00"}, "issued_at", "2025-01-15 09:00:00"),
    "summer time": ({"issued": "2025-01-15", "due": "15/07/2025 10:00"}, "due_at", "2025-07-15 08:00:00"),
    "a local midnight": ({"issued": "2025-01-15"}, "issued_at", "2025-01-14 23:00:00"),
    "an offset": ({"issued": "2025-01-15T10:00:00+05:30"}, "issued_at", "2025-01-15 04:30:00"),
    "an offset without a colon": (
        {"issued": "2025-01-15T10:00:00.000+0000"},
        "issued_at",
        "2025-01-15 10:00:00",
    ),
    "the word UTC": ({"issued": "2025-01-15 10:00:00 UTC"}, "issued_at", "2025-01-15 10:00:00"),
    "microseconds": ({"issued": "2025-01-15T10:00:00.123456Z"}, "issued_at", "2025-01-15 10:00:00.123456"),
    "an accent": ({"customer": "Zoé"}, "customer_id", "Zoé"),
    "quotes within quotes": ({"customer": '"a ""b"" c"'}, "customer_id", 'a "b" c'),
    "a number too long for a float": (
        {"customer": "12345678901234567890123"},
        "customer_id",
        "12345678901234567890123",
    ),
    "leading zeros of an identifier": ({"customer": "007"}, "customer_id", "007"),
}


@pytest.mark.parametrize("case", GOOD_VALUES)
def test_a_sound_value_lands_in_canonical_form(landing, case):
    changes, column, expected = GOOD_VALUES[case]
    landing.reporting_timezone = "Europe/Paris"
    landing.source("faults", landing.mapping(MAPPING))
    landing.put("faults", "x.csv", table(row(**changes)))
    assert [delivery.verdict for delivery in landing.run("2025-12-01")] == ["accept"]
    assert landing.rows(f"select {column} from raw.invoices") == [(expected,)]


FILES = {
    "white space only": ("\n \n\n", "F01", "nothing but blank lines"),
    "a cut gzip stream": (gzip.compress(table(row()).encode() * 50)[:60], "F02", "damaged or cut short"),
    "a spreadsheet": (b"PK\x03\x04rest", "F03", "save the sheet as CSV"),
    "an old spreadsheet": (b"\xd0\xcf\x11\xe0rest", "F03", "old Excel workbook"),
    "a Parquet file under .csv": (b"PAR1rest", "F05", "is a Parquet file"),
    "a log-in page": ("<!doctype html><html>", "F05", "HTML or XML"),
    "a JSON array": ('[{"id": 1}]', "F05", "is JSON"),
    "UTF-16 where UTF-8 is declared": (table(row()).encode("utf-16"), "F06", "Set encoding: utf-16"),
    "a byte of cp1252": (table(row(customer="Zoé")).encode("cp1252"), "F06", "line 2: the bytes e9"),
    "a half character at the end": (table(row()).encode() + b"in_2,\xc3", "F06", "are not utf-8"),
    "a lost comma": (table(row(), row().replace(",", "", 1)), "F09", "line 3 has 10 fields, the header 11"),
    "a comma too many": (table(row() + ",x"), "F09", "line 2 has 12 fields"),
    "a last line cut short": (table(row(), "in_2,cus_2,eu"), "F09", "the export broke off"),
    "a quote never closed": (table(row(customer='"Zoe')), "F04", "quotes are broken"),
    "text after a closing quote": (table(row(customer='"Zoe" x')), "F04", "quotes are broken"),
    "another delimiter": (table(row()).replace(",", "|"), "F08", "It fits when split at '|'"),
    "a required column under another name": (
        table(row()).replace("status", "state", 1),
        "S01",
        "no column 'status'",
    ),
    "two columns of one name": (
        table(row()).replace("paid,due", "paid,status", 1),
        "S03",
        "two columns named 'status'",
    ),
}


@pytest.mark.parametrize("fault", FILES)
def test_a_faulty_file_is_rejected_whole(write, fault):
    content, code, message = FILES[fault]
    report = check(write("faults.csv", content))
    assert (report.verdict, report.rows_accepted) == ("reject_file", 0)
    assert [finding.code for finding in report.findings if finding.refuses] == [code]
    assert message in report.findings[-1].message


SOUND_FILES = {
    "gzip by its name": ("x.csv.gz", gzip.compress(table(row()).encode())),
    "zstd by its name": ("x.csv.zst", zstandard.ZstdCompressor().compress(table(row()).encode())),
    "a trailing blank line": ("x.csv", table(row()) + "\n\n"),
    "no newline at the end": ("x.csv", table(row())[:-1]),
    "mixed line ends within quotes": (
        "x.csv",
        table(row(customer='"a\r\nb"')).replace(HEADER + "\n", HEADER + "\r\n"),
    ),
    "mixed line ends": ("x.csv", table(row()).replace("\n", "\r\n", 1)),
    "columns in another order": (
        "x.csv",
        "\n".join([",".join(reversed(HEADER.split(","))), ",".join(reversed(list(GOOD.values())))]),
    ),
    "capitals and spaces in the header": ("x.csv", table(row()).replace("id,customer", " ID ,Customer", 1)),
    "a decomposed header": ("x.csv", table(row()).replace("id,customer", "id\u200b,customer", 1)),
}


@pytest.mark.parametrize("case", SOUND_FILES)
def test_a_harmless_oddity_is_read(write, case):
    name, content = SOUND_FILES[case]
    mapping = MAPPING.replace('match: "*.csv"', 'match: "*"')
    report = check(write(name, content), mapping)
    assert (report.verdict, report.rows_accepted) == ("accept", 1), report.findings


JSON_MAPPING = """
files:
  - table: customers
    match: "*"
    delivery: delta
    format: {type: jsonl}
    columns: {customer_id: {from: id}, name: {from: profile.name}, created_at: {from: created, type: epoch_s}}
"""
JSON_FAULTS = {
    "a broken line": ('{"id": "a"}\n{"id": "b"\n', "F11", "line 2 is not one JSON object"),
    "a list for an object": ('{"id": "a"}\n["b"]\n', "F11", "is not"),
    "an array of objects": ('[{"id": "a"}]', "F05", "declare type json"),
    "a CSV": ("id,name\n1,x\n", "F05", "no JSON"),
    "an error body": ('{"error": {"message": "Rate limit"}}', "F05", "error message"),
    "milliseconds for seconds": ('{"id": "a", "created": 1736899200000}', "V02", "out of range"),
    "a date for an epoch": ('{"id": "a", "created": "2025-01-15"}', "V01", "epoch seconds"),
    "no id": ('{"id": null}', "V10", "customer_id (from id) is missing"),
}


@pytest.mark.parametrize("fault", JSON_FAULTS)
def test_faulty_json(write, fault):
    content, code, message = JSON_FAULTS[fault]
    report = check(write("x.jsonl", content), JSON_MAPPING)
    assert [finding.code for finding in report.findings] == [code]
    assert message in report.findings[0].message and not report.accepted


def test_json_arrays_and_nested_names(write):
    rows = [{"id": "a", "profile": {"name": "Zoé"}}, {"id": "b"}]
    report = check(write("x.json", json.dumps(rows, indent=1)), JSON_MAPPING.replace("jsonl", "json"))
    assert (report.verdict, report.rows_accepted) == ("accept", 2)


PARQUET = (
    "files:\n  - {table: customers, match: '*', delivery: delta, format: {type: parquet}, "
    "columns: {customer_id: {from: id}, created_at: {from: made, type: timestamp}}}\n"
)


def test_parquet_with_a_zone_and_a_damaged_one(landing, tmp_path):
    file = tmp_path / "x.parquet"
    duckdb.connect().execute(
        f"copy (select 'a' as id, timestamptz '2025-01-15 10:00:00+02:00' as made) to '{file}' "
        f"(format parquet)"
    )
    landing.source("p", landing.mapping(PARQUET))
    landing.put("p", "x.parquet", file)
    assert [delivery.verdict for delivery in landing.run()] == ["accept"]
    assert landing.rows("select customer_id, created_at from raw.customers") == [("a", "2025-01-15 08:00:00")]
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(file.read_bytes()[:60])
    assert [finding.code for finding in check(broken, PARQUET).findings] == ["F12"]


@dataclass
class Control:
    text: str
    codes: list[str]


@pytest.mark.parametrize(
    "control",
    [
        Control('{"n": 2, "sum": "2499.00"}', []),
        Control('{"n": 3, "sum": "2499.00"}', ["F13"]),
        Control('{"n": 2, "sum": "2499.01"}', ["F13"]),
        Control("", ["F13"]),
    ],
    ids=["right", "wrong count", "wrong sum", "missing"],
)
def test_control_totals(write, control):
    mapping = MAPPING.replace(
        "    columns:\n",
        "    control_total: {suffix: .total, rows: n, sums: {subtotal: sum}}\n    columns:\n",
    )
    file = write("x.csv", table(row(), row(id="in_2")))
    if control.text:
        write("x.csv.total", control.text)
    assert [finding.code for finding in check(file, mapping).findings] == control.codes


def test_a_footer_and_rows_to_skip(write):
    mapping = MAPPING.replace("format: {type: csv,", "format: {type: csv, skip_rows: 2, footer: Total,")
    file = write(
        "x.csv", "Export\nof today\n" + table(row(), row(id="Total_Energies"), row(id="in_3")) + "Total,,\n"
    )
    assert (check(file, mapping).verdict, check(file, mapping).rows_accepted) == ("accept", 3)


def test_an_overlap_is_read_when_the_mapping_says_which(landing):
    landing.reporting_timezone = "Europe/Paris"
    for which in ("earlier", "later"):
        landing.source(
            which, landing.mapping(MAPPING.replace("format: iso}", f"format: iso, ambiguous: {which}}}"))
        )
        landing.put(which, "x.csv", table(row(issued="2025-10-26 02:30", paid="")))
    assert [delivery.verdict for delivery in landing.run("2025-12-01")] == ["accept", "accept"]
    assert landing.rows("select issued_at from raw.invoices order by 1") == [
        ("2025-10-26 00:30:00",),
        ("2025-10-26 01:30:00",),
    ]


@pytest.mark.parametrize("shifted", ["a,1,000.50,", 'a,"1",000.50,'])
def test_a_row_with_one_field_too_many_is_refused_even_where_the_last_is_empty(landing, shifted):
    """DuckDB's strict reader takes such a row, every value one column off."""
    landing.source("crm")
    landing.put("crm", "customers.csv", f"customer_id,name,email\n{shifted}\nb,Bob,b@example.com\n")
    landing.run()
    assert landing.rows("select code, line from audit.rejects") == [("F09", 2)]
    assert landing.rows("select count(*) from raw.customers") == [(0,)]
