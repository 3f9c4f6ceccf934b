"""The figures at the end of a run can be read on a terminal of any width."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console

from orchestration.cli.display import _as_wide_as, _shown

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
