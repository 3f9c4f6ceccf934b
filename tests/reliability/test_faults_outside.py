"""Every fault of `faults.py`: one sentence that names it, exit code 1 or 2, and no traceback."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from backup.test_backup import deliver, land
from pipeline import once_for_all_workers, write_company
from reliability.faults import Fault, faults, meet

from orchestration.settings import Company, load_company, respondent_salt


def make(folder: Path) -> None:
    """A company of one delivery."""
    folder.mkdir(parents=True, exist_ok=True)
    company = write_company(folder)
    deliver(company, 1, 3)
    land(company, 1)
    respondent_salt(company)


@pytest.fixture
def company(tmp_path_factory, tmp_path, worker_id) -> Company:
    """A company of one delivery, without marts."""
    base = tmp_path_factory.getbasetemp()
    made = once_for_all_workers((base if worker_id == "master" else base.parent) / "to-damage", make)
    shutil.copytree(made, tmp_path / "company", symlinks=True)
    return load_company(tmp_path / "company" / "company.yml")


def _cases() -> Iterator[ParameterSet]:
    """One kind of garbage in each state file at every commit, the others by `make test-slow`."""
    for fault in faults():
        often = fault.kind != "state files" or "garbage" in fault.what or "folder" in fault.what
        yield pytest.param(fault, id=f"{fault.kind}: {fault.what}", marks=() if often else pytest.mark.slow)


@pytest.mark.parametrize("fault", list(_cases()))
def test_a_fault_is_named_in_a_sentence(company: Company, fault: Fault):
    assert meet(company, fault).fault_of(fault) == ""
