"""Pages of an API as curl saves them, records that a loader wraps, marks, paths that are nowhere."""

import json

import duckdb
import pytest

from orchestration.errors import ConfigurationError
from orchestration.landing import check_file
from orchestration.landing.mapping import parse_mapping

CUSTOMERS = [{"id": "cus_1", "object": "customer", "livemode": True}, {"id": "cus_2", "object": "customer"}]
HUBSPOT = [
    {"id": "1", "properties": {"name": "One"}, "createdAt": "2025-01-01T00:00:00Z"},
    {"id": "2", "properties": {"name": "Two"}, "createdAt": "2025-01-01T00:00:00Z"},
]
CHARGEBEE = [{"customer": {"id": "c1"}}, {"customer": {"id": "c2"}}]
VENDORS = {
    "stripe": ("customers", "data", CUSTOMERS, {"object": "list", "has_more": False}, {"has_more": True}),
    "chargebee": ("customers", "list", CHARGEBEE, {}, {"next_offset": '["1","2"]'}),
    "hubspot": ("companies", "results", HUBSPOT, {}, {"paging": {"next": {"after": "2"}}}),
}


def codes(report):
    return [finding.code for finding in report.findings]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_page_of_an_api_is_its_records(write, vendor, indent):
    name, place, records, said, _ = VENDORS[vendor]
    page = said | {place: records}
    report = check_file(write(f"{name}.json", json.dumps(page, indent=indent)), vendor)
    assert (report.verdict, report.rows_accepted) == ("accept", report.rows_accepted)
    assert all(good == 2 for table, good, _ in report.tables if table in ("customers", "crm_accounts"))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_page_that_says_more_follow_is_refused(write, vendor):
    name, place, records, said, more = VENDORS[vendor]
    report = check_file(write(f"{name}.json", json.dumps(said | {place: records} | more)), vendor)
    assert (report.verdict, codes(report)) == ("reject_file", ["F14"])
    assert "its last page says that more follow" in report.findings[0].message


@pytest.mark.parametrize("ending", [".json", ".jsonl"])
def test_several_pages_in_one_file_are_whole_when_the_last_says_so(write, ending):
    pages = [{"object": "list", "data": [record], "has_more": record is CUSTOMERS[0]} for record in CUSTOMERS]
    report = check_file(write("customers" + ending, "\n".join(map(json.dumps, pages))), "stripe")
    assert (report.verdict, report.rows_accepted) == ("accept", 2)
    report = check_file(write("customers" + ending, "\n".join(map(json.dumps, reversed(pages)))), "stripe")
    assert codes(report) == ["F14"]


def test_an_array_of_pages_is_read_as_pages(write):
    pages = [{"data": CUSTOMERS[:1], "has_more": True}, {"data": CUSTOMERS[1:], "has_more": False}]
    report = check_file(write("customers.json", json.dumps(pages)), "stripe")
    assert (report.verdict, report.rows_accepted) == ("accept", 2)


@pytest.mark.parametrize(
    "text",
    [json.dumps(CUSTOMERS), "\n".join(map(json.dumps, CUSTOMERS)), json.dumps(CUSTOMERS[0], indent=1)],
    ids=["an array", "lines", "one object"],
)
def test_a_json_file_without_pages_is_read_by_the_same_mapping(write, text):
    report = check_file(write("customers.json", text), "stripe")
    assert (report.verdict, report.rows_accepted) == ("accept", text.count("cus_"))


def test_an_empty_page_is_an_empty_file_of_records_and_no_fault(write):
    page = json.dumps({"object": "list", "data": [], "has_more": False})
    for name in ("customers.json", "subscriptions.json"):
        assert check_file(write(name, page), "stripe").verdict == "accept"


def test_a_file_that_mixes_pages_and_records_is_refused_with_the_line(write):
    text = json.dumps({"data": CUSTOMERS}) + "\n" + json.dumps(CUSTOMERS[0]) + "\n"
    report = check_file(write("customers.jsonl", text), "stripe")
    assert [(f.code, f.line) for f in report.findings] == [("F11", 2)]


def test_pages_of_ids_are_no_records(write):
    report = check_file(write("customers.json", json.dumps({"data": ["cus_1"], "has_more": False})), "stripe")
    assert (report.verdict, codes(report)) == ("reject_file", ["F11"])


def test_a_row_of_a_page_says_the_line_of_its_page(landing):
    landing.source("stripe", "stripe")
    pages = [{"data": CUSTOMERS}, {"data": []}, {"data": [{"id": "cus_3"}, {"id": "cus_4"}]}]
    landing.put("stripe", "customers.jsonl", "\n\n".join(map(json.dumps, pages)) + "\n")
    landing.run()
    found = landing.rows("select customer_id, _line from raw.customers order by 1")
    assert found == [("cus_1", 1), ("cus_2", 1), ("cus_3", 5), ("cus_4", 5)]


def test_an_error_message_of_an_api_is_still_no_page(write):
    report = check_file(write("customers.json", '{"error": {"message": "Invalid API Key"}}'), "stripe")
    assert codes(report) == ["F05"]


# ---- byte order marks


@pytest.mark.parametrize("name", ["customers.jsonl", "customers.json"])
def test_json_with_a_byte_order_mark_is_read(write, name):
    content = b"\xef\xbb\xbf" + "\n".join(map(json.dumps, CUSTOMERS)).encode()
    report = check_file(write(name, content), "stripe")
    assert (report.verdict, report.rows_accepted, codes(report)) == ("warn", 2, ["W02"])


def test_a_byte_order_mark_before_a_broken_line_keeps_the_line_number(write):
    content = b"\xef\xbb\xbf" + json.dumps(CUSTOMERS[0]).encode() + b"\n{broken\n"
    report = check_file(write("customers.jsonl", content), "stripe")
    assert ("F11", 2) in [(finding.code, finding.line) for finding in report.findings]


# ---- records that a loader wraps

AIRBYTE = {"_airbyte_raw_id": "r", "_airbyte_extracted_at": 1}


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("name", ["customers.jsonl", "customers.json", "customers/2025_06_30_0.jsonl"])
def test_records_that_airbyte_wraps_are_read_by_the_same_mapping(landing, as_text, name):
    landing.source("stripe", landing.mapping("{extends: stripe, prefix: _airbyte_data}"))
    wrapped = [AIRBYTE | {"_airbyte_data": json.dumps(one) if as_text else one} for one in CUSTOMERS]
    landing.put("stripe", name, "\n".join(map(json.dumps, wrapped)))
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows("select customer_id from raw.customers order by 1") == [("cus_1",), ("cus_2",)]


def test_a_csv_with_wrapped_records_is_read_with_its_lines(landing):
    landing.source("stripe", landing.mapping("{extends: stripe, prefix: _airbyte_data}"))
    cells = ['"' + json.dumps(one, indent=1).replace('"', '""') + '"' for one in CUSTOMERS]
    text = "_airbyte_ab_id,_airbyte_emitted_at,_airbyte_data\n" + "".join(f"x,1,{cell}\n" for cell in cells)
    landing.put("stripe", "customers.csv", text)
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    found = landing.rows("select customer_id, _line from raw.customers order by 1")
    assert found == [("cus_1", 2), ("cus_2", 7)]


@pytest.mark.parametrize("kind", ["json", "varchar", "struct(id varchar, livemode boolean)"])
def test_parquet_with_wrapped_records_is_read(landing, tmp_path, kind):
    landing.source("stripe", landing.mapping("{extends: stripe, prefix: _airbyte_data}"))
    file = tmp_path / "customers.parquet"
    values = ", ".join(f"""('{{"id": "{one["id"]}", "livemode": true}}')""" for one in CUSTOMERS)
    duckdb.sql(
        f"select cast(cast(v as json) as {kind}) as _airbyte_data from (values {values}) as t(v)"
    ).write_parquet(str(file))
    landing.put("stripe", "customers.parquet", file)
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows("select customer_id from raw.customers order by 1") == [("cus_1",), ("cus_2",)]


@pytest.mark.parametrize(
    ("record", "line"),
    [({"id": "cus_3"}, 2), (AIRBYTE | {"_airbyte_data": "{cut"}, 2), (AIRBYTE | {"_airbyte_data": [1]}, 2)],
    ids=["not wrapped", "cut JSON text", "a list"],
)
def test_a_record_that_is_not_wrapped_as_declared_refuses_the_file(landing, record, line):
    landing.source("stripe", landing.mapping("{extends: stripe, prefix: _airbyte_data}"))
    wrapped = [AIRBYTE | {"_airbyte_data": CUSTOMERS[0]}, record]
    landing.put("stripe", "customers.jsonl", "\n".join(map(json.dumps, wrapped)))
    landing.run()
    assert landing.rows("select code, line from audit.rejects") == [("F11", line)]


def test_a_vendors_own_csv_entries_do_not_read_what_a_loader_wraps(landing):
    landing.source("crm", "hubspot_airbyte")
    cells = ['"' + json.dumps(one).replace('"', '""') + '"' for one in HUBSPOT]
    landing.put("crm", "companies.csv", "_airbyte_data\n" + "".join(f"{cell}\n" for cell in cells))
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows("select name from raw.crm_accounts order by 1") == [("One",), ("Two",)]


def test_a_table_without_the_wrapping_column_is_refused(landing):
    landing.source("stripe", landing.mapping("{extends: stripe, prefix: _airbyte_data}"))
    landing.put("stripe", "customers.csv", "id,name\ncus_1,One\n")
    landing.run()
    ((code, message),) = landing.rows("select code, message from audit.rejects")
    assert code == "F08" and "no column '_airbyte_data'" in message


def test_a_mapping_that_extends_another_says_only_what_is_different():
    mapping = parse_mapping("{extends: stripe, source: {name: mine}, locale: {tz: Europe/Paris}}", "mine")
    assert (mapping.source.name, mapping.source.minor_units) == ("mine", "stripe")
    assert mapping.locale.tz == "Europe/Paris" and mapping.files and mapping.pages is not None


def test_a_mapping_that_extends_none_is_refused():
    with pytest.raises(ConfigurationError, match="did you mean 'stripe'"):
        parse_mapping("{extends: strip}", "mine")


# ---- paths that are in no record

ITEMS = """
files:
  - table: subscription_items
    match: "*"
    delivery: delta
    format: {type: jsonl}
    KEYS
    columns:
      subscription_id: {from: $.id}
      item_id:         {from: [id, $value]}
      valid_from:      {const: "2025-01-01"}
      currency:        {const: EUR}
      quantity:        {const: "1"}
      interval_unit:   {const: month}
      interval_count:  {const: "1"}
"""


def verdict(write, keys, *records, extra=""):
    text = "".join(json.dumps(record) + "\n" for record in records)
    report = check_file(write("any.jsonl", text), parse_mapping(ITEMS.replace("KEYS", keys) + extra, "own"))
    return report.verdict, codes(report)


FOUND, ABSENT = ("accept", []), ("reject_file", ["path_in_no_record"])


@pytest.mark.parametrize(
    ("keys", "records", "expected"),
    [
        ("explode: items", [{"id": "s", "items": [{"id": "i"}]}], FOUND),
        ("explode: items", [{"id": "s"}, {"id": "t", "items": [{"id": "i"}]}], FOUND),
        ("explode: items", [{"id": "s", "items": []}], FOUND),
        ("explode: items", [{"id": "s", "items": None}], FOUND),
        ("explode: items", [{"id": "s", "addons": [{"id": "i"}]}, {"id": "t"}], ABSENT),
        ("explode: items.data", [{"id": "s", "items": [{"id": "i"}]}], ABSENT),
        ("explode: items.data", [{"id": "s", "items": None}], ABSENT),
        ('explode: "items | lines"', [{"id": "s", "lines": []}], FOUND),
        ('explode: "items | lines"', [{"id": "s", "rows": []}], ABSENT),
        ("explode: [data, items]", [{"id": "s", "data": [{"items": [{"id": "i"}]}]}], FOUND),
        ("explode: [data, items]", [{"id": "s", "data": [{"items": []}]}], FOUND),
        ("explode: [data, items]", [{"id": "s", "data": []}], FOUND),
        ("explode: [data, items]", [{"id": "s", "data": [{"lines": [{"id": "i"}]}]}], ABSENT),
        ("explode: [data, items]", [{"id": "s", "rows": [{"items": []}]}], ABSENT),
        ("explode: items\n    optional_list: true", [{"id": "s"}], FOUND),
        ("explode: items\n    where: {$.live: yes}", [{"id": "s", "live": "no"}], FOUND),
        ("explode: items\n    deleted_when: {$.gone: yes}", [{"id": "s", "gone": "yes"}], FOUND),
        ("explode: items\n    deleted_when: {$.gone: yes}", [{"id": "s", "gone": "no"}], ABSENT),
        ("explode: items\n    where: {kind: x}", [{"id": "s", "items": [{"id": "i", "kind": "y"}]}], FOUND),
        ("explode: options.*", [{"id": "s", "options": {}}], FOUND),
        ("explode: options.*", [{"id": "s"}], ABSENT),
    ],
)
def test_a_list_that_no_record_has_is_no_empty_list(write, keys, records, expected):
    assert verdict(write, keys, *records) == expected


def second(keys):
    return ITEMS.split("files:\n")[1].replace("KEYS", keys)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"id": "s", "items": [{"id": "i"}]}, FOUND),
        ({"id": "s", "addons": [{"id": "i"}]}, FOUND),
        ({"id": "s", "addons": []}, FOUND),
        ({"id": "s", "charges": [{"id": "i"}]}, ABSENT),
    ],
)
def test_one_of_the_entries_that_feed_a_table_is_enough(write, record, expected):
    assert verdict(write, "explode: items", record, extra=second("explode: addons")) == expected


def test_the_sentence_names_every_place_that_was_looked_at(write):
    mapping = parse_mapping(ITEMS.replace("KEYS", "explode: items") + second("explode: addons"), "own")
    (finding,) = check_file(write("any.jsonl", '{"id": "s"}\n'), mapping).findings
    assert "`items`, `addons`" in finding.message and "subscription_items" in finding.message


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"id": "s", "items": [{"id": None}]}, ("quarantine", ["V10"])),
        ({"id": "s", "items": [{"name": "x"}, {"name": "y"}]}, ABSENT),
        ({"id": "s", "items": [{"name": "x"}, {"id": "y"}]}, ("quarantine", ["V10"])),
        ({"key": "s", "items": [{"id": "y"}]}, ABSENT),
        ({"id": None, "items": [{"id": "y"}]}, ("quarantine", ["V10"])),
    ],
)
def test_a_required_field_that_no_record_has_refuses_the_file(write, record, expected):
    text = ITEMS.replace("[id, $value]", "[id, key]").replace("KEYS", "explode: items")
    report = check_file(write("any.jsonl", json.dumps(record) + "\n"), parse_mapping(text, "own"))
    assert (report.verdict, codes(report)) == expected


def test_one_of_the_names_of_a_required_field_is_enough(write):
    text = ITEMS.replace("[id, $value]", "[id, key]").replace("KEYS", "explode: items")
    record = {"id": "s", "items": [{"key": "y"}]}
    assert check_file(write("any.jsonl", json.dumps(record) + "\n"), parse_mapping(text, "own")).accepted


def test_a_csv_knows_its_columns_by_the_header(write):
    text = ITEMS.replace("jsonl", "csv").replace("KEYS", "explode: items")
    report = check_file(write("any.csv", 'id,items\ns,"[]"\n'), parse_mapping(text, "own"))
    assert report.verdict == "accept"


def test_wrapped_records_and_pages_are_looked_into_too(write):
    text = "prefix: data\n" + ITEMS.replace("KEYS", "explode: items")
    report = check_file(write("any.jsonl", '{"data": {"id": "s"}}\n'), parse_mapping(text, "own"))
    assert codes(report) == ["path_in_no_record"]
    page = json.dumps({"data": [{"id": "sub_1"}], "has_more": False})
    assert "path_in_no_record" in codes(check_file(write("subscriptions.json", page), "stripe"))
