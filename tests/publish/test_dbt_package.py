"""The marts as a dbt package (examples/dbt_package), and the project of another team that builds upon it."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.build.manifest import read_manifest
from orchestration.machine.project import PROJECT
from orchestration.settings import Company

PACKAGE = PROJECT / "examples" / "dbt_package"


def test_the_package_has_every_mart_with_its_columns():
    writer = runpy.run_path(str(PACKAGE / "write.py"))
    written = writer["SOURCES"].read_text(encoding="utf-8")
    assert written == writer["sources"](read_manifest()), "Write it anew: make dbt-package"


@pytest.mark.slow
def test_another_project_builds_upon_the_published_marts(sample: Company, tmp_path: Path):
    for name in ("dbt_package", "dbt_project"):
        shutil.copytree(PROJECT / "examples" / name, tmp_path / name)
    built = tmp_path / "account_reviews.duckdb"
    told = {"SAAS_METRICS_WAREHOUSE": str(sample.published_file), "ACCOUNT_REVIEWS": str(built)}
    dbt = [str(Path(sys.executable).with_name("dbt"))]
    for command in ("deps", "build"):
        done = subprocess.run(
            [*dbt, command, "--profiles-dir", "."],
            cwd=tmp_path / "dbt_project",
            env=os.environ | told,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    with (
        duckdb.connect(str(built)) as own,
        duckdb.connect(str(sample.published_file), read_only=True) as marts,
    ):
        ours = own.execute("select count(*), sum(mrr), count(band) > 0 from account_reviews").fetchone()
        theirs = marts.execute("select count(*), sum(mrr), true from marts.dim_customers where mrr > 0")
        assert ours == theirs.fetchone()
