"""The figures at the end of a run can be read on a terminal of any width."""

import re
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console

from orchestration.cli import audit
from orchestration.cli.display import _as_wide_as, _shown
from orchestration.machine.wording import counted

MONTHS = [
    _shown(date(2025, month, 1), *[Decimal("-1617.84")] * 7, 113, 0.012, month == 7, 41)
    for month in range(2, 8)
]


@pytest.mark.parametrize(("width", "months"), [(140, 6), (100, 6), (80, 5), (40, 1)])
def test_no_figure_is_cut_whatever_the_width(width, months):
    console = Console(width=width, record=True, file=StringIO())
    console.print(_as_wide_as(console, "demo, EUR", MONTHS))
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= width
    shown = "\n".join(lines)
    assert "…" not in shown
    assert shown.count("113") == months and "2025-07" in shown and "(so far)" in shown


REFUSED = (
    ("loaded_at", "source_name", "file", "line", "column_name", "code", "value", "message"),
    [
        (
            "2025-07-01 00:00:00",
            "billing",
            "invoices.csv",
            line,
            "currency",
            "V08",
            None,
            "is no currency. " * 8,
        )
        for line in (2, 3)
    ],
)


@pytest.mark.parametrize(("width", "is_block"), [(80, True), (40, True), (300, False)])
def test_rows_that_a_terminal_is_too_narrow_for_are_blocks_of_lines(monkeypatch, capsys, width, is_block):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("rich.console.Console.is_terminal", property(lambda self: True))
    audit.print_rows(*REFUSED)
    told = capsys.readouterr().out
    # A table's edge is as long as the table; with colours a line has more signs than it shows.
    shown = re.sub(r"\x1b\[[0-9;]*m", "", told)
    assert max(map(len, shown.splitlines())) <= width
    assert "…" not in told and ("source_name  billing" in told) == is_block
    # An empty value has no line, and a blank one stands between two rows.
    assert told.count("\n\n") == is_block and ("value  " not in told or not is_block)


def test_a_count_agrees_with_its_noun():
    assert (counted(1, "file"), counted(2, "file"), counted(0, "row")) == ("1 file", "2 files", "0 rows")
    assert (counted(1_000, "delivery"), counted(2, "day")) == ("1,000 deliveries", "2 days")
