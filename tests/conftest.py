"""Fixtures of every room: one whole run over the sample, made once for all workers."""

from dataclasses import replace
from pathlib import Path

import pytest
from pipeline import SAMPLE_AS_OF, copy_of, once_for_all_workers

from orchestration.build.manifest import read_manifest
from orchestration.defs.nightly import run_nightly
from orchestration.run.finish import finish
from orchestration.run.steps import Run
from orchestration.settings import SAMPLE_COMPANY, Company, load_company

# The files that take longest, in their order: first, so that no worker is left alone with one at the end. Two
# that wait for the same company are not neighbours.
_LONG = (
    "models/test_dbt_tests.py",
    "runs/test_runs.py",
    "forget/test_forget.py",
    "cases/test_cases.py",
    "runs/test_sources_of_a_run.py",
    "runs/test_standing.py",
    "runs/test_same_customer.py",
    "equivalence/test_leakage.py",
    "equivalence/test_growth_marts.py",
    "quality/test_mutations.py",
    "equivalence/test_vendor_habits.py",
    "equivalence/test_presets.py",
    "golden/test_golden_cases.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first; the order within a file stays."""
    here = Path(__file__).parent
    rank = {here / name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


def _run_sample(folder: Path) -> None:
    run = Run(replace(load_company(SAMPLE_COMPANY), warehouse=folder), SAMPLE_AS_OF)
    run_nightly(run, read_manifest())
    finish(run)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Company:
    """The committed sample, landed, built, checked and published. Tests read it; who writes takes a copy."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    return replace(
        load_company(SAMPLE_COMPANY), warehouse=once_for_all_workers(shared / "sample-run", _run_sample)
    )


@pytest.fixture
def copy(sample: Company, tmp_path: Path) -> Company:
    """The sample with a build file of its own, to test on or to corrupt."""
    return copy_of(sample, tmp_path)
