"""The MRR models at volume: what dbt, the rules and the storage cost, each against a floor of the same run.

    python -m benchmarks.engine [versions] [--folder FOLDER]

Writes item versions in bulk, lands them, builds the MRR models through dbt, runs the same compiled SQL
without dbt, and times the floors on the result. Two threads, 4 GiB; every ratio is of CPU seconds.
"""

import argparse
import json
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import floors
from benchmarks.measuring import Cost, in_a_process
from benchmarks.versions import write_versions
from orchestration.build.manifest import parsed
from orchestration.machine.project import PROJECT
from orchestration.run.steps import Run
from orchestration.settings import Company, dbt_environment, dbt_vars, load_company

MEMORY_MB = 4096
AS_OF = datetime(2025, 7, 1, tzinfo=UTC)
MRR = "+path:models/marts/mrr"
COMPANY = {
    "name": "bulk",
    "reporting_currency": "EUR",
    "reporting_timezone": "Europe/Paris",
    "extracts": "extracts",
    "warehouse": "warehouse",
    "sources": [{"name": "bulk", "mapping": "canonical"}],
}
STORED = ("table", "kept")


@dataclass(frozen=True)
class Ratio:
    """One line of the report: what was measured, over what, and the bound of the quotient."""

    name: str
    measured: float
    floor: float
    bound: str

    def __str__(self) -> str:
        return (
            f"{self.name:58} {self.measured:8.2f} / {self.floor:7.2f} = {self.measured / self.floor:6.2f}"
            f"   ({self.bound})"
        )


def prepare(folder: Path, versions: int) -> Company:
    """A company with so many item versions, as a file; nothing is landed yet."""
    write_versions(folder / "extracts" / "bulk", versions, seed=1)
    path = folder / "company.yml"
    path.write_text(json.dumps(COMPANY), encoding="utf-8")
    return load_company(path)


def land(company: Company) -> None:
    """Fill the raw schema."""
    Run(company, AS_OF).land()


def run_dbt(company: Company, select: str = MRR) -> None:
    """Some models through dbt; print its CPU seconds and keep what it compiled, in the order it ran."""
    from dbt.cli.main import dbtRunner

    os.environ.update(dbt_environment(company))
    flags = [
        "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--log-level", "none",
        "--log-level-file", "info", "--quiet",
        "--target-path", str(company.work / "dbt"), "--log-path", str(company.work / "dbt" / "logs"),
        "--no-send-anonymous-usage-stats", "--no-write-json",
        "--vars", json.dumps(dbt_vars(company, AS_OF)),
    ]  # fmt: skip
    runner = dbtRunner(manifest=parsed())
    began = time.process_time()
    for command in (["seed"], ["run", "--full-refresh", "--select", select]):
        outcome = runner.invoke([*command, *flags])
        if not outcome.success:
            raise SystemExit(f"dbt {command[0]} failed; read {company.work / 'dbt' / 'logs' / 'dbt.log'}.")
    cpu = time.process_time() - began
    (company.work / "compiled.json").write_text(json.dumps(compiled(outcome)), encoding="utf-8")
    print(json.dumps({"dbt": cpu}))


def compiled(outcome: Any) -> list[dict[str, Any]]:
    """The models that a `dbt run` ran, in its order: name, schema, SQL, and whether each is stored."""
    return [
        {
            "name": result.node.name,
            "schema": result.node.schema,
            "stored": result.node.config.materialized in STORED,
            "sql": result.node.compiled_code,
        }
        for result in outcome.result.results
        if result.node.resource_type == "model"
    ]


def run_raw(company: Company, wanted: Callable[[str], bool] = lambda name: True) -> None:
    """The same SQL of some models without dbt, into a file of its own; print the CPU seconds of each."""
    models = json.loads((company.work / "compiled.json").read_text(encoding="utf-8"))
    with floors.connect(company) as connection:
        floors.attach_inputs(connection, company)
        print(json.dumps(made(connection, (model for model in models if wanted(model["name"])))))


def made(connection: duckdb.DuckDBPyConnection, models: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Make what `compiled` gave, in its order; the CPU seconds of each."""
    costs: dict[str, float] = {}
    for model in models:
        kind = "table" if model["stored"] else "view"
        connection.execute(f"create schema if not exists {model['schema']}")
        began = time.process_time()
        connection.execute(f'create {kind} {model["schema"]}."{model["name"]}" as {model["sql"]}')
        costs[model["name"]] = time.process_time() - began
    return costs


def run_floors(company: Company) -> None:
    """What the same work costs at least, or done in another way, on what the models left."""
    with floors.connect(company) as connection:
        floors.attach_inputs(connection, company)
        print(json.dumps(floors.costs(connection)))


PARTS = {"land": land, "dbt": run_dbt, "raw": run_raw, "floors": run_floors}


def measure(folder: Path, versions: int, parts: Iterable[str] = PARTS) -> tuple[dict[str, Any], Cost]:
    """Every part in a process of its own: what they printed, and the cost of the models run raw."""
    prepare(folder, versions)
    printed: dict[str, Any] = {}
    raw = Cost(0, 0, 0)
    for part in parts:
        answer = in_a_process("benchmarks.engine", "--part", part, "--folder", str(folder))
        if part == "raw":
            raw = answer.cost
        printed[part] = json.loads(answer.printed.splitlines()[-1]) if answer.printed else None
        print(f"  {part}: {answer.cost.cpu:.1f} s CPU, {answer.cost.peak:.0f} MB", flush=True)
    return printed, raw


def ratios(printed: Mapping[str, Any], raw: Cost) -> list[Ratio]:
    """The table of the README, in its order."""
    models, floor = printed["raw"], printed["floors"]
    total = sum(models.values())
    scan = floor["scan_of_fact"]
    wrote = floor["write_of_ledger"] + floor["write_of_fact"]
    fact = floors.sum_of(models, floors.FROM_THE_STATES)
    rules = floors.sum_of(models, floors.TO_THE_STATES)
    return [
        Ratio("dbt models / the same SQL run raw", printed["dbt"]["dbt"], total, "at most 1.25"),
        Ratio(
            "event fact / (scan of the versions with their MRR + write)",
            fact, floor["scan_of_states"] + wrote, "at most 4",
        ),
        Ratio(
            "rules and event fact / (scan of staging + write)",
            rules + fact, floor["scan_of_staging"] + wrote, "no bound",
        ),
        Ratio("customer x month spine / ours, same rows", floor["spine"], floor["our_months"], "at least 5"),
        Ratio("pandas event method / ours, same rows", floor["pandas"], floor["our_days"], "at least 1.4"),
        Ratio("retention triangle / scan of the event fact", floor["triangle"], scan, "at most 6"),
        Ratio("waterfall / scan of the event fact", floor["waterfall"], scan, "at most 6"),
        Ratio("peak memory / limit, MB", raw.peak, MEMORY_MB, "at most 1.1"),
    ]  # fmt: skip


def main() -> None:
    """Measure a volume and a quarter of it, or be one of the parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("versions", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--folder", type=Path, help="keep the files here")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    os.environ.setdefault("SAAS_METRICS_MEMORY_LIMIT", f"{MEMORY_MB}MiB")
    if given.part:
        PARTS[given.part](load_company(given.folder / "company.yml"))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        print(f"{given.versions} item versions")
        printed, raw = measure(folder / "whole", given.versions)
        quarter, _ = measure(folder / "quarter", given.versions // 4, ("land", "dbt", "raw"))
        for ratio in ratios(printed, raw):
            print(ratio)
        total, less = sum(printed["raw"].values()), sum(quarter["raw"].values())
        print(f"growth exponent, from a quarter: {math.log(total / less) / math.log(4):.2f}   (at most 1.05)")
        dearest = sorted(printed["raw"].items(), key=lambda item: -item[1])[:10]
        print("dearest models:", ", ".join(f"{name} {cpu:.1f}" for name, cpu in dearest))


if __name__ == "__main__":
    main()
