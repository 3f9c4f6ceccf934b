"""A run's marts beside those of a full rebuild of the same state."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from pipeline import copy_of

from orchestration.build import models
from orchestration.build.scope import Scope
from orchestration.publish.copying import tables
from orchestration.run.steps import Run
from orchestration.settings import Company, load_company

Differences = dict[str, Sequence[tuple[object, ...]]]


def build(company: Company, as_of: datetime) -> None:
    """Land and build, without the gates."""
    run = Run(company, as_of)
    run.land()
    run.build()


def rebuild(company: Company, as_of: datetime, folder: Path, views: bool = False) -> None:
    """Keep the build file as `folder/run.duckdb`, and beside it everything recomputed.

    Views and seeds are made anew only if asked for: no run writes other ones (test_standing.py).
    """
    other = replace(company, warehouse=folder)
    other.work.mkdir(parents=True)
    shutil.copy(company.build_file, folder / "run.duckdb")
    if (salt := company.warehouse / "respondents.salt").is_file():
        shutil.copy(salt, folder)
    shutil.copy(company.build_file, other.build_file)
    with pytest.MonkeyPatch.context() as patch:
        if not views:
            whole = Scope("everything but what stands", models_stand=True)
            patch.setattr(models, "find_scope", lambda *_: whole)
        Run(other, as_of, full_refresh=True).build()
    other.build_file.rename(folder / "rebuild.duckdb")


def company_in(runs: Path, folder: Path) -> Company:
    """The company after its last run, in a build file of its own."""
    return copy_of(load_company(runs / "company.yml"), folder)


def differing_rows(folder: Path) -> Differences:
    """By mart, the rows that only one of the two has, each with its name."""
    with duckdb.connect() as connection:
        for name in ("run", "rebuild"):
            connection.execute(f"attach '{folder / name}.duckdb' as {name} (read_only)")
        connection.execute("use rebuild")
        marts = tables(connection, "marts")
        assert len(marts) > 30
        found = {mart: connection.execute(_only_in_one(mart)).fetchall() for mart in marts}
    return {mart: rows for mart, rows in found.items() if rows}


def _only_in_one(mart: str) -> str:
    ours, full = f"run.marts.{mart}", f"rebuild.marts.{mart}"
    return (
        f"select 'run', * from (from {ours} except all from {full}) "
        f"union all select 'rebuild', * from (from {full} except all from {ours})"
    )
