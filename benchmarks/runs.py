"""A run with a few changed items against a full rebuild of the same state, in one run.

    python -m benchmarks.runs [--versions 1000000] [--runs 1] [--share 0.004] [--folder FOLDER]

Each run changes a share of the items: a third of them from the run's own day on, a third dated back by up
to three years, and of a third the last version is corrected. Prints the CPU seconds of the MRR marts and all
below them for the runs and for the rebuild, their ratio, and whether every MRR mart has the same rows; exit
code 1 where one has not.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks.rows import compared_marts
from benchmarks.versions import write_versions
from orchestration.build import models
from orchestration.build.record import fingerprint_of, record_build
from orchestration.run.steps import Run
from orchestration.settings import Company, load_company

FIRST_NIGHT = datetime(2025, 7, 1, 3, tzinfo=UTC)
MODELS = ("path:models/staging/billing", "+path:models/marts/mrr")
# Some items once more, with other seats from an instant on: of the last day, one in the past, or that of the
# last version.
CHANGES = """
copy (
    with items as (
        select * from read_parquet('{items}')
        where hash(item_id, {run}) % 1000000 < {share} * 1000000
        qualify row_number() over (partition by item_id order by valid_from desc) = 1
    )
    select * replace (
        case hash(item_id) % 3
            when 0 then strftime(
                timestamp '{at}' - to_seconds(cast(hash(item_id, 1) % 86400 as bigint)), '%Y-%m-%dT%H:%M:%SZ'
            )
            when 1 then strftime(
                timestamp '{at}' - to_days(cast(hash(item_id, 1) % 1000 as integer)), '%Y-%m-%dT%H:%M:%SZ'
            )
            else valid_from
        end as valid_from,
        'active' as status,
        quantity + 1 + hash(item_id, {run}) % 5 as quantity
    )
    from items
) to '{file}' (format parquet)
"""


def make_company(folder: Path, versions: int, snapshots: Sequence[str] = ()) -> Company:
    """The bulk company, as deltas, with its first build behind it; more sources deliver full snapshots."""
    write_versions(folder / "extracts" / "bulk", versions, seed=1)
    content = {
        "name": "bulk",
        "reporting_currency": "EUR",
        "extracts": "extracts",
        "warehouse": "warehouse",
        "sources": [
            {"name": name, "mapping": "canonical", "options": {"delivery": delivery}}
            for name, delivery in [("bulk", "delta"), *((name, "full_snapshot") for name in snapshots)]
        ],
    }
    path = folder / "company.yml"
    path.write_text(json.dumps(content), encoding="utf-8")
    company = load_company(path)
    Run(company, FIRST_NIGHT).land()
    build(company, FIRST_NIGHT)
    return company


def build(company: Company, as_of: datetime, full_refresh: bool = False) -> None:
    """Staging and the MRR models, without data tests."""
    models.build(company, as_of, full_refresh, select=MODELS)
    record_build(company, as_of, fingerprint_of(company, as_of))


def deliver(company: Company, number: int, share: float) -> datetime:
    """Write what changes before the run of that number; the run's instant."""
    run = FIRST_NIGHT + timedelta(days=number)
    folder = company.extracts / "bulk" / str(run.date())
    folder.mkdir()
    values = {
        "items": company.extracts / "bulk" / "subscription_items.parquet",
        "run": number,
        "share": share,
        "at": run.replace(tzinfo=None).isoformat(sep=" "),
        "file": folder / "subscription_items.parquet",
    }
    duckdb.execute(CHANGES.format(**values))
    return run


def cpu_seconds(work: Callable[[], None]) -> float:
    """The CPU seconds of this process in a piece of work."""
    before = time.process_time()
    work()
    return time.process_time() - before


def differing(run: Path, rebuild: Path) -> list[str]:
    """The MRR marts that do not have the same rows in two build files."""
    return [mart for mart, (_, is_same) in compared_marts(run, rebuild).items() if not is_same]


def rebuild(company: Company, as_of: datetime, folder: Path) -> tuple[float, list[str]]:
    """Recompute everything in another warehouse: its CPU seconds, and the marts that then differ."""
    rebuilt = replace(company, warehouse=folder)
    rebuilt.work.mkdir(parents=True)
    shutil.copy(company.build_file, rebuilt.build_file)
    seconds = cpu_seconds(lambda: build(rebuilt, as_of, full_refresh=True))
    return seconds, differing(company.build_file, rebuilt.build_file)


def compare(folder: Path, versions: int, runs: int, share: float) -> dict[str, object]:
    """The cost of each run and of one rebuild of the last run's state."""
    company = make_company(folder, versions)
    costs = []
    for number in range(1, runs + 1):
        as_of = deliver(company, number, share)
        Run(company, as_of).land()
        costs.append(cpu_seconds(lambda as_of=as_of: build(company, as_of)))  # type: ignore[misc]
    with duckdb.connect(str(company.build_file), read_only=True) as connection:
        affected = connection.execute("select count(*) from runs.affected_customers").fetchall()[0][0]
    full, differ = rebuild(company, as_of, folder / "rebuilt")
    return {
        "versions": versions,
        "runs": runs,
        "affected_customers_of_the_last_run": affected,
        "run_cpu_seconds": round(statistics.median(costs), 2),
        "slowest_run_cpu_seconds": round(max(costs), 2),
        "rebuild_cpu_seconds": round(full, 2),
        "ratio": round(statistics.median(costs) / full, 3),
        "marts_that_differ": differ,
    }


def main() -> None:
    """Compare, print JSON, fail where rows differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--versions", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.004)
    parser.add_argument("--folder", type=Path, help="keep the company here (default: a temporary folder)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as thrown_away:
        folder = (given.folder or Path(thrown_away)).resolve()
        result = compare(folder, given.versions, given.runs, given.share)
    print(json.dumps(result, indent=2))
    raise SystemExit(1 if result["marts_that_differ"] else 0)


if __name__ == "__main__":
    main()
