"""The sample company, landed and built once; each test corrupts its own copy."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.night import Night
from orchestration.settings import SAMPLE_COMPANY, Company, load_company

AS_OF = datetime(2025, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Company:
    company = replace(load_company(SAMPLE_COMPANY), warehouse=tmp_path_factory.mktemp("sample"))
    night = Night(company, AS_OF)
    night.land()
    night.build()
    return company


@pytest.fixture
def copy(built: Company, tmp_path: Path) -> Company:
    company = replace(built, warehouse=tmp_path)
    company.work.mkdir()
    shutil.copy(built.build_file, company.build_file)
    return company
