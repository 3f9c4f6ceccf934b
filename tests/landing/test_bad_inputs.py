"""Forty files with one fault each: the verdict and the reason code that were agreed for them."""

import csv
from pathlib import Path

import pytest

from orchestration.landing import check_file

BAD = Path(__file__).parent.parent / "data" / "bad_inputs"
VERDICTS = {
    "ACCEPT": "accept",
    "ACCEPT+WARN": "warn",
    "REJECT FILE": "reject_file",
    "QUARANTINE": "quarantine",
}
with (BAD / "manifest.csv").open(encoding="utf-8") as listed:
    CASES = list(csv.DictReader(listed))


def test_all_forty_are_there():
    assert len(CASES) == 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['fault'][:40]}")
def test_verdict_and_code_of_a_single_fault(case):
    report = check_file(BAD / case["file"], BAD / "mapping.yml")
    codes = {finding.code for finding in report.findings}
    expected = {case["expected_code"]} - {""}
    assert (report.verdict, codes) == (VERDICTS[case["expected_verdict"]], expected)
    assert all(finding.message for finding in report.findings)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("308_jpy_decimals.csv", 5),
        ("322_missing_key.csv", 2),
        ("111_nul_padding.csv", 8),
        ("127_backslash_quotes.csv", 4),
    ],
)
def test_the_finding_names_the_physical_line(file, line):
    assert [finding.line for finding in check_file(BAD / file, BAD / "mapping.yml").findings] == [line]


def test_lines_are_counted_through_quoted_newlines_and_blank_lines(tmp_path):
    text = (BAD / "125_quoted_newline_emoji.csv").read_text(encoding="utf-8")
    file = tmp_path / "1.csv"
    file.write_text(
        text.replace("sub_3,cus_3,", "\n\nsub_3,,").replace("month,trialing", "month,frozen"),
        encoding="utf-8",
    )
    report = check_file(file, BAD / "mapping.yml")
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [(finding.code, finding.line) for finding in report.findings] == [("V10", 7), ("V06", 10)]
    assert lines[6].startswith("sub_3") and lines[9].startswith("sub_6")


def test_the_control_file_loads_whole():
    assert check_file(BAD / "000_good.csv", BAD / "mapping.yml").rows_accepted == 6
