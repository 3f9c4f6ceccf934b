"""Every model is built and every rule holds, whatever customers do and extracts lack.

A rule that is too strict, or an amount that does not fit a type, would stop a night over good data.
"""

from datetime import datetime
from pathlib import Path

import pytest
from pipeline import write_company

from orchestration.run.steps import Run
from orchestration.settings import Company
from orchestration.synthetic.canonical import write_canonical
from orchestration.synthetic.company import simulate
from orchestration.synthetic.dials import END
from tests.equivalence import habits, hostile
from tests.equivalence.odd_extracts import (
    Change,
    change_extracts,
    enlarged,
    with_gaps,
    with_missing_rows,
    with_other_times,
)


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
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("change", [enlarged, with_gaps, with_missing_rows, with_other_times])
def test_over_a_company_whose_extracts_are_odd(change: Change, seed: int, tmp_path: Path) -> None:
    write_canonical(simulate("small", seed), tmp_path / "extracts" / "source")
    change_extracts(tmp_path / "extracts", change, seed)
    company = write_company(tmp_path, reporting_currency="EUR", reporting_timezone="Europe/Paris")
    Run(company, END).land()
    build_and_ask(company, END)
