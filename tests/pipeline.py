"""The real pipeline as tests use it: canonical rows in, the built marts out."""

import contextlib
import csv
import fcntl
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.build.manifest import read_manifest
from orchestration.build.record import record_build
from orchestration.cli.main import _exit_code
from orchestration.machine.duckdb_files import open_build
from orchestration.machine.project import PROJECT
from orchestration.quality.rule import GateReport, Rule
from orchestration.quality.suites import marts
from orchestration.quality.verdicts import GATES, pass_gate
from orchestration.run.steps import Run
from orchestration.settings import Company, load_company

SAMPLE_AS_OF = datetime(2025, 7, 1, tzinfo=UTC)


def text(value: Any) -> str:
    """A value as a canonical CSV writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def write_canonical(folder: Path, tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """One CSV a table; the columns are those any of its rows names."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        listed = list(rows)
        if not listed:
            continue
        columns = list(dict.fromkeys(name for row in listed for name in row))
        with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows([text(row.get(name)) for name in columns] for row in listed)


def write_company(folder: Path, **settings: Any) -> Company:
    """A company file with one canonical source below `folder`; settings are added to it."""
    content = {
        "name": "tested",
        "reporting_currency": "USD",
        "extracts": "extracts",
        "warehouse": "warehouse",
        "sources": [{"name": "source", "mapping": "canonical"}],
        **settings,
    }
    path = folder / "company.yml"
    path.write_text(json.dumps(content), encoding="utf-8")
    return load_company(path)


def land_and_build(company: Company, as_of: datetime, full_refresh: bool = False) -> Company:
    """Land what is new and build every model, without the gates."""
    run = Run(company, as_of, full_refresh=full_refresh)
    run.land()
    run.build()
    return company


def saas_metrics(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command in this process, as its own entry point calls it: without the start of another Python."""
    said, complained = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(complained),
    ):
        patch.setattr(sys, "argv", ["saas-metrics", *arguments])
        code = _exit_code()
    return subprocess.CompletedProcess(arguments, code, said.getvalue(), complained.getvalue())


def copy_of(company: Company, folder: Path) -> Company:
    """The company with a build file of its own in a folder."""
    copied = replace(company, warehouse=folder)
    copied.work.mkdir(parents=True)
    shutil.copy(company.build_file, copied.build_file)
    shutil.copy(company.warehouse / "respondents.salt", folder)
    return copied


def check_by_hand(company: Company, as_of: datetime) -> None:
    """Have a build file that a test wrote pass for one that was built and passed both gates."""
    record_build(company, as_of, fingerprint="of a test")
    with open_build(company) as connection:
        for gate in GATES:
            pass_gate(connection, GateReport(gate, ()), as_of)


def mart_rules() -> list[Rule]:
    """The rules of the mart gate."""
    return marts.rules(read_manifest())


def once_for_all_workers(folder: Path, make: Any) -> Path:
    """`make(folder)` in the first worker that asks; the others wait for it and use what it made."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / ".done"
        if not done.exists():
            make(folder)
            done.touch()
    return folder


def demo_run(tmp_path_factory: Any, worker_id: str) -> Path:
    """The folder of a demo as a newcomer runs it on a narrow terminal, with `said.txt`."""
    base: Path = tmp_path_factory.getbasetemp()
    return once_for_all_workers((base if worker_id == "master" else base.parent) / "demo-run", _run_demo)


def _run_demo(folder: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("saas-metrics"), "demo", "--dir", folder / "demo"],
        cwd=PROJECT, env=os.environ | {"COLUMNS": "80"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    (folder / "said.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    assert done.returncode == 0, done.stderr
