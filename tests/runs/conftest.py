"""A company after its runs, each kept beside a rebuild of the same state."""

from pathlib import Path

import pytest
from pipeline import once_for_all_workers

from orchestration.settings import Company
from tests.runs.company import (
    FIRST_NIGHT,
    FOURTH_NIGHT,
    SECOND_NIGHT,
    THIRD_NIGHT,
    before_the_fourth_run,
    before_the_second_run,
    before_the_third_run,
    deliver,
    make_company,
)
from tests.runs.comparing import build, company_in, rebuild


def _runs(folder: Path) -> None:
    company = make_company(folder)
    build(company, FIRST_NIGHT)
    for run, delivered in (
        (SECOND_NIGHT, before_the_second_run()),
        (THIRD_NIGHT, before_the_third_run()),
        (FOURTH_NIGHT, before_the_fourth_run()),
    ):
        deliver(company, run, delivered)
        build(company, run)
        rebuild(company, run, folder / str(run.date()), views=run != FOURTH_NIGHT)


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder of a company after its runs, each kept beside a rebuild of the same state."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    return once_for_all_workers(shared / "runs", _runs)


@pytest.fixture
def company(runs: Path, tmp_path: Path) -> Company:
    """The company after its last run, in a build file of its own."""
    return company_in(runs, tmp_path)
