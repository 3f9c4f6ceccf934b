"""Revenue by each granularity of recognition, of several companies: Spark's against DuckDB's, row by row.

    python -m tests.spark.granularities FOLDER [--seeds 3]

Each company is simulated and landed once; the marts and rules of finance are then built on both engines for
each granularity. tests/equivalence/test_revenue_marts.py holds DuckDB's against the oracle.
"""

import argparse
import json
import sys
import time
from datetime import datetime
from pathlib import Path

import click
import duckdb

from orchestration.build import models
from orchestration.build.manifest import read_manifest
from orchestration.run.steps import Run
from orchestration.settings import load_company
from orchestration.synthetic.canonical import write_canonical
from orchestration.synthetic.company import simulate
from orchestration.synthetic.dials import END
from tests.spark.cluster import cluster
from tests.spark.companies import copy_on_spark
from tests.spark.comparison import compare, marts_and_keys, told

GRANULARITIES = ("day", "second", "month_even", "month_even_prorated")
ROOM = "models/{}/finance"
SELECTED = ["+path:" + ROOM.format("marts"), "path:" + ROOM.format("rules")]
COMPANY = {
    "name": "simulated",
    "reporting_currency": "EUR",
    "reporting_timezone": "Europe/Paris",
    "extracts": "extracts",
    "warehouse": "warehouse",
    "sources": [{"name": "simulated", "mapping": "canonical"}],
}


def main() -> int:
    """Exit code 0 where every table of finance has the same rows on both engines."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.spark.granularities", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    equal = True
    with cluster(given.folder.resolve() / "cluster") as running:
        for seed in range(1, given.seeds + 1):
            home = given.folder.resolve() / f"seed-{seed}"
            write_canonical(simulate("small", seed), home / "extracts" / "simulated")
            for granularity in GRANULARITIES:
                began = time.monotonic()
                same, tables = _is_equal(home, granularity, running.master)
                equal = equal and same == tables
                took = time.monotonic() - began
                click.echo(f"seed {seed}, {granularity}: {same} of {tables} tables are equal, {took:.0f} s")
    return 0 if equal else 1


def _is_equal(home: Path, granularity: str, master: str) -> tuple[int, int]:
    """How many tables of finance are the same on both engines, of how many."""
    path = home / "company.yml"
    policy = {"recognition_granularity": granularity}
    path.write_text(json.dumps(COMPANY | {"policies": policy}), encoding="utf-8")
    _build(path, END)
    (storage := home / "storage").mkdir(exist_ok=True)
    on_spark = copy_on_spark(path, master, storage)
    _build(on_spark, END)
    manifest = read_manifest()
    keys = {
        name: key
        for name, key in marts_and_keys(manifest).items()
        if ROOM.format("marts") in manifest["nodes"][f"model.saas_metrics.{name}"]["original_file_path"]
    }
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, company in (("ours", path), ("theirs", on_spark)):
            connection.execute(f"attach '{load_company(company).build_file}' as {name} (read_only)")
        found = [
            compare(connection, mart, f"ours.marts.{mart}", f"theirs.marts.{mart}", key)
            for mart, key in keys.items()
        ]
    for one in found:
        if not one.equal:
            click.echo(told(one))
    return sum(one.equal for one in found), len(found)


def _build(path: Path, as_of: datetime) -> None:
    company = load_company(path)
    Run(company, as_of).land()
    models.build(company, as_of, full_refresh=True, select=SELECTED)


if __name__ == "__main__":
    sys.exit(main())
