"""The verbs of the Makefile work from a checkout, and on files, whose paths have spaces and quotes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from orchestration.machine.project import PROJECT

ODD = 'a b/it\'s "mine" $HOME'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in an odd place, whose programs say what they were called with."""
    folder = tmp_path / ODD
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, folder / name)
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("saas-metrics", "python"):
        (programs / name).write_text('#!/bin/bash\nprintf "<%s>\\n" "$(basename "$0")" "$@"\n')
        (programs / name).chmod(0o755)
    (folder / ".venv" / ".ready").touch()
    return folder


def said(checkout: Path, *arguments: str) -> list[str]:
    known = {
        name: value
        for name, value in os.environ.items()
        if name not in ("SAAS_METRICS_COMPANY", "DAGSTER_HOME")
    }
    done = subprocess.run(
        ["make", "--silent", *arguments], cwd=checkout, env=known, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [line[1:-1] for line in done.stdout.splitlines() if line.startswith("<")]


def make_word(path: str) -> str:
    """A value on make's own command line: a dollar sign is written twice there."""
    return path.replace("$", "$$")


def test_a_company_is_one_word_of_the_command_that_runs_it(checkout):
    company = f"{ODD}/company.yml"
    assert said(checkout, "night", f"COMPANY={make_word(company)}")[:4] == [
        "saas-metrics",
        "run",
        "--company",
        company,
    ]


def test_a_folder_of_peers_is_one_word_of_the_command_that_measures_them(checkout):
    told = said(checkout, "peers", f"CHECKOUTS={make_word(ODD)}")
    assert told == ["python", "-m", "benchmarks.peers", ODD, "--versions", "200000"]


def test_a_warehouse_is_one_word_of_the_command_that_packs_it(checkout):
    told = said(checkout, "superset", f"WAREHOUSE={make_word(ODD)}")
    assert told[:4] == ["python", "examples/superset/pack.py", ODD, "build/superset.zip"]


def test_a_company_is_one_word_of_the_command_that_serves_it(checkout):
    told = said(checkout, "dev", f"COMPANY={make_word(ODD)}.yml")
    assert told[:4] == ["saas-metrics", "dev", "--company", f"{ODD}.yml"]


def test_the_verbs_without_a_path_run_in_such_a_checkout(checkout):
    assert said(checkout, "run")[:3] == ["saas-metrics", "demo", "--dir"]
    assert said(checkout, "sample")[:2] == ["saas-metrics", "run"]


def test_a_python_that_there_is_not_is_named(checkout):
    (checkout / ".venv" / ".ready").unlink()
    done = subprocess.run(
        ["make", "setup", "PYTHON=no such python's"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no such python's was not found. Install Python 3.11 or name yours" in done.stderr
