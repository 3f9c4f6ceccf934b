"""Every model is built and every rule holds, whatever customers do and however large amounts are.

A rule that is too strict, or an amount that does not fit a type, would stop a night over good data.
"""

import csv
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pipeline import write_company

from orchestration.landing.canonical import canonical_tables
from orchestration.run.steps import Run
from orchestration.settings import Company
from orchestration.synthetic.canonical import write_canonical
from orchestration.synthetic.company import simulate
from orchestration.synthetic.dials import END
from tests.equivalence import habits, hostile

AMOUNTS = ("money", "price")
RUPIAH = Decimal(10_000_000)
"""How much larger than a company of some thousand euros a month one may be in a currency without cents."""


def build_and_ask(company: Company, as_of: datetime) -> None:
    """Raises GateFailed, which names the model or the rule."""
    run = Run(company, as_of)
    run.build()
    run.check("marts")


@pytest.mark.slow
@pytest.mark.parametrize("count", [220, 1_500])
def test_over_hostile_timelines(count: int, tmp_path: Path) -> None:
    timelines = [*hostile.draw_timelines(count), *hostile.EXAMPLES]
    build_and_ask(hostile.landed(tmp_path, timelines), hostile.AS_OF)


@pytest.mark.slow
@pytest.mark.parametrize("setting", [habits.FAST, *habits.SLOW], ids=lambda setting: setting.name)
def test_over_what_billing_systems_let_happen(setting: habits.Setting, tmp_path: Path) -> None:
    build_and_ask(habits.landed(tmp_path, setting), habits.AS_OF)


@pytest.mark.slow
def test_over_amounts_as_large_as_a_currency_makes_them(tmp_path: Path) -> None:
    write_canonical(simulate("small", 1), tmp_path / "extracts" / "source")
    assert sum(enlarge(file) for file in (tmp_path / "extracts").rglob("*.csv")) > 10_000
    company = write_company(tmp_path, reporting_currency="EUR", reporting_timezone="Europe/Paris")
    Run(company, END).land()
    build_and_ask(company, END)


def enlarge(file: Path) -> int:
    """Multiply every amount of a canonical file; how many there are."""
    with file.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    table = canonical_tables()[file.stem]
    columns = [name for name in rows[0] if (of := table.column(name)) and of.kind in AMOUNTS]
    amounts = 0
    for row in rows:
        for name in columns:
            if row[name]:
                row[name] = f"{Decimal(row[name]) * RUPIAH:f}"
                amounts += 1
    with file.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return amounts
