"""A company after its nights, each kept beside a rebuild of the same state."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pipeline import once_for_all_workers

from orchestration.settings import Company, load_company
from tests.nights.company import (
    FIRST_NIGHT,
    FOURTH_NIGHT,
    SECOND_NIGHT,
    THIRD_NIGHT,
    before_the_fourth_night,
    before_the_second_night,
    before_the_third_night,
    deliver,
    make_company,
)
from tests.nights.comparing import build, rebuild


def _nights(folder: Path) -> None:
    company = make_company(folder)
    build(company, FIRST_NIGHT)
    for night, delivered in (
        (SECOND_NIGHT, before_the_second_night()),
        (THIRD_NIGHT, before_the_third_night()),
        (FOURTH_NIGHT, before_the_fourth_night()),
    ):
        deliver(company, night, delivered)
        build(company, night)
        rebuild(company, night, folder / str(night.date()))


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder of a company after its nights, each kept beside a rebuild of the same state."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    return once_for_all_workers(shared / "nights", _nights)


@pytest.fixture
def company(nights: Path, tmp_path: Path) -> Company:
    """The company after its last night, in a build file of its own."""
    company = replace(load_company(nights / "company.yml"), warehouse=tmp_path)
    company.work.mkdir()
    shutil.copy(nights / "warehouse" / ".work" / "build.duckdb", company.build_file)
    shutil.copy(nights / "warehouse" / "respondents.salt", tmp_path)
    return company
