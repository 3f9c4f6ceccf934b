"""The mapping language: strict, and its published schema current."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli.mapping import mapping as mapping_commands
from orchestration.errors import ConfigurationError
from orchestration.landing import check_file, list_mappings, suggest_mapping
from orchestration.landing.canonical import canonical_tables
from orchestration.landing.findings import CODES
from orchestration.landing.mapping import load_mapping, parse_mapping, shipped_folder

ROOT = Path(__file__).parent.parent.parent
GOOD = """
source: {name: x}
files:
  - table: customers
    match: "*.csv"
    delivery: delta
    columns: {customer_id: {from: id}, created_at: {from: made, type: timestamp}}
"""

FAULTS = {
    "an unknown key of a file": ("delivery: delta", "delivry: delta", "did you mean 'delivery'"),
    "an unknown key of a column": ("{from: id}", "{frm: id}", "did you mean 'from'"),
    "an unknown key at the top": ("source:", "sauce:", "did you mean 'source'"),
    "an unknown table": ("table: customers", "table: customer", "did you mean 'customers'"),
    "an unknown column": ("created_at:", "createdat:", "did you mean 'created_at'"),
    "an unknown type": ("type: timestamp", "type: datetime", "'timestamp'"),
    "a type that can't fill its column": (
        "type: timestamp",
        "type: integer",
        "can't fill a timestamp column",
    ),
    "a key that is not mapped": (
        "delivery: delta",
        "delivery: delta\n    key: [name]",
        "key column 'name' is not mapped",
    ),
    "a required column left out": (
        "customer_id: {from: id}, ",
        "",
        "required column 'customer_id' is not mapped",
    ),
    "two ways to fill a column": ("{from: id}", "{from: id, const: a}", "give one of from, template, const"),
    "no way to fill a column": ("{from: id}", "{upper: true}", "give one of from, template, const"),
    "a check of an unmapped column": (
        "delivery: delta",
        "delivery: delta\n    checks: [created_at <= name]",
        "is not `column",
    ),
    "a zone that is none": ("source:", "locale: {tz: Paris}\nsource:", "is not a time zone"),
    "a format that is none": ("type: timestamp", 'type: timestamp, format: "%Q"', "unknown directive"),
    "the same separator twice": (
        "source:",
        'locale: {decimal: ",", thousands: ","}\nsource:',
        "same character",
    ),
    "a key written twice": ("delivery: delta", "delivery: delta\n    delivery: events", "written twice"),
    "a key that is a list": ("delivery: delta", "? [delivery]\n    : delta", "line 6: a key is no text"),
    "a sum of an unknown column": (
        "columns: {customer_id: {from: id}",
        "sum_on_key: spend\n    columns: {spend: {from: s}, customer_id: {from: id}",
        "sum_on_key 'spend' is not a mapped number",
    ),
    "a lookup in an unknown table": (
        "customer_id: {from: id}, created_at: {from: made, type: timestamp}}",
        "customer_id: {from: id}, name: {lookup: {table: people, by: customer_id, column: name}}}\n"
        "  - {table: people, match: x, delivery: delta, columns: {customer_id: {from: id}}}",
        "unknown table 'people'",
    ),
    "money without a currency": (
        "created_at: {from: made, type: timestamp}",
        "mrr: {from: m}",
        "unknown column",
    ),
    "not YAML": ("files:", "files: [", "not valid YAML"),
    "a list": (GOOD, "- a\n- b\n", "must be a YAML mapping"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_mapping_is_refused_with_a_hint(fault):
    old, new, message = FAULTS[fault]
    assert old in GOOD
    with pytest.raises(ConfigurationError, match="mapping faulty") as raised:
        parse_mapping(GOOD.replace(old, new, 1), "faulty")
    assert message in str(raised.value)


def test_an_enum_can_only_become_an_allowed_value():
    text = GOOD.replace(
        "created_at: {from: made, type: timestamp}", "sales_model: {from: m, map: {a: low_tuch}}"
    )
    with pytest.raises(ConfigurationError, match="did you mean 'low_touch'"):
        parse_mapping(text, "faulty")


def test_minor_units_need_a_currency():
    text = (
        "files:\n  - {table: discounts, match: x, delivery: delta, columns: {discount_id: {from: id}, "
        "duration: {const: "
        "once}, starts_at: {from: s}, amount_off: {from: a, type: money_minor}}}\n"
    )
    with pytest.raises(ConfigurationError, match="needs the column currency"):
        parse_mapping(text, "faulty")


def test_yaml_words_stay_text(tmp_path):
    text = GOOD.replace(
        "created_at: {from: made, type: timestamp}",
        "is_test: {from: made, map: {No: false, on: true, 012: true}}",
    )
    file = tmp_path / "x.csv"
    file.write_text("id,made\na,No\nb,on\nc,012\n")
    report = check_file(file, parse_mapping(text, "words"))
    assert (report.verdict, report.rows_accepted) == ("accept", 3)


def test_the_published_schema_is_current():
    published = (shipped_folder() / "mapping.schema.json").read_text(encoding="utf-8")
    printed = CliRunner().invoke(mapping_commands, ["schema"])
    assert published == printed.output


@pytest.mark.parametrize("name", list_mappings()[1:])
def test_every_shipped_mapping_is_valid_and_documented(name):
    assert load_mapping(name).files
    assert (ROOT / "docs" / "sources" / f"{name}.md").is_file()


def test_every_example_mapping_is_valid():
    examples = sorted((shipped_folder() / "examples").glob("*.yml"))
    assert examples and all(load_mapping(str(example)).files for example in examples)


def test_a_mapping_that_is_nowhere_is_named_with_the_nearest():
    with pytest.raises(ConfigurationError, match="did you mean 'stripe'"):
        load_mapping("strip")


def test_a_mapping_that_is_no_text_is_refused_by_one_sentence(tmp_path):
    file = tmp_path / "own.yml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"own\.yml is not UTF-8 text .* Save it as UTF-8"):
        load_mapping(file)


def test_every_code_is_documented():
    text = (ROOT / "docs" / "adding-a-source.md").read_text(encoding="utf-8")
    assert [code for code in CODES if f"| {code} |" not in text] == []


def test_a_draft_of_a_canonical_header_is_a_valid_mapping(tmp_path):
    file = tmp_path / "export.csv"
    table = canonical_tables()["tickets"]
    file.write_text(";".join(table.names) + ";Extra\n", encoding="utf-8")
    draft = suggest_mapping(file).text
    assert [entry.table for entry in parse_mapping(draft, "draft").files] == ["tickets"]
    assert "# not mapped: Extra" in draft


def test_checking_and_suggesting_write_nothing(tmp_path):
    file = tmp_path / "customers.csv"
    file.write_text("customer_id,name\na,b\n")
    check_file(file)
    suggest_mapping(file)
    assert [path.name for path in tmp_path.iterdir()] == ["customers.csv"]


def test_an_unknown_column_of_the_built_in_source_is_a_finding(tmp_path):
    file = tmp_path / "customers_2025-06-30.csv"
    file.write_text("customer_id,nmae\na,b\n")
    report = check_file(file)
    assert (report.verdict, [finding.code for finding in report.findings]) == ("warn", ["S02"])


def test_a_check_shows_the_first_rows_as_they_would_land_and_what_is_not_mapped(write):
    rows = "".join(f"c{n},2025-01-0{n},x\n" for n in range(1, 6))
    report = check_file(write("c.csv", "id,made,colour\n" + rows), parse_mapping(GOOD, "good"))
    text = report.as_text().splitlines()
    assert text[:3] == [
        "warn: 5 rows accepted",
        "  customers: 5 good, 0 refused",
        "  customers, line 2: customer_id=c1, created_at=2025-01-01 00:00:00",
    ]
    assert len(report.preview) == 3
    assert "S02" in text[-1] and "colour" in text[-1]
