"""What the MRR models do, counted at two small volumes: their growth guarded without a timed assertion.

    python -m benchmarks.growth [--versions 100000] [--write]

Builds so many item versions and a quarter of them, and counts the tables, the statements that dbt sends and
the rows that every operator of the models' SQL passes on. Prints what moved against growth.json, CPU seconds
beside it. Exit code 1 where the rows grow faster than the data, or a count has grown by more than a tenth:
mend it, or accept it with --write.
"""

import argparse
import json
import math
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks import floors
from benchmarks.engine import land, prepare, run_dbt
from benchmarks.measuring import in_a_process
from orchestration.build.dbt_call import close_connections
from orchestration.settings import Company

BASELINE = Path(__file__).with_suffix(".json")
VERSIONS = 100_000
MOST_GROWTH = 1.05
"""Of the exponent from a quarter of the versions to all of them."""
MOST_MORE = 1.1
"""A count over that of the baseline."""


def count(folder: Path, versions: int) -> None:
    """Land and build so many versions; print what was counted, by name."""
    from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper

    company = prepare(folder, versions)
    seconds = {}
    began = time.process_time()
    land(company)
    seconds["landing"] = time.process_time() - began
    execute = DuckDBCursorWrapper.execute
    statements: list[str] = []

    def counted(cursor: Any, sql: str, *given: Any) -> Any:
        statements.append(sql)
        return execute(cursor, sql, *given)

    began = time.process_time()
    with patch.object(DuckDBCursorWrapper, "execute", counted):
        run_dbt(company)
    close_connections()
    seconds["dbt"] = time.process_time() - began
    began = time.process_time()
    rows = rows_of_models(company)
    seconds["models"] = time.process_time() - began
    compiled = json.loads((company.work / "compiled.json").read_text(encoding="utf-8"))
    counts = {"statements": len(statements), "tables": sum(one["stored"] for one in compiled)}
    print(json.dumps({"counts": counts, "rows": rows, "seconds": seconds}))


def rows_of_models(company: Company) -> dict[str, int]:
    """The rows that the operators of each table's SQL pass on; in one thread they are always as many."""
    rows: dict[str, int] = {}
    with floors.connect(company) as connection:
        floors.attach_inputs(connection, company)
        connection.execute("set threads = 1")
        connection.execute("pragma enable_profiling = 'no_output'")
        for model in json.loads((company.work / "compiled.json").read_text(encoding="utf-8")):
            kind = "table" if model["stored"] else "view"
            connection.execute(f"create schema if not exists {model['schema']}")
            connection.execute(f'create {kind} {model["schema"]}."{model["name"]}" as {model["sql"]}')
            if model["stored"]:
                told = json.loads(connection.get_profiling_information())
                rows[model["name"]] = sum(one["intermediate_rows"] for one in _operators(told))
    return rows


def _operators(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for one in (*told.get("operator", ()), *told.get("children", ())):
        if "intermediate_rows" in one:
            yield one
        yield from _operators(one)


def moved(now: Mapping[str, int], before: Mapping[str, int]) -> list[str]:
    """What is counted otherwise than in the baseline, a line each, the largest difference first."""
    names = sorted(now.keys() | before.keys(), key=lambda name: -abs(now.get(name, 0) - before.get(name, 0)))
    return [
        f"  {name}: {before.get(name, 0):,} -> {now.get(name, 0):,}"
        for name in names
        if now.get(name) != before.get(name)
    ]


def grown(now: Mapping[str, int], before: Mapping[str, int]) -> list[str]:
    """What has grown by more than a tenth; what the baseline does not know has not."""
    return [
        f"{name} has grown from {before[name]:,} to {number:,}"
        for name, number in now.items()
        if name in before and number > MOST_MORE * before[name]
    ]


def exponent(whole: Mapping[str, int], quarter: Mapping[str, int]) -> float:
    """How the rows grow with the data, which grows to the fourfold: 1 is as fast."""
    return math.log(sum(whole.values()) / sum(quarter.values())) / math.log(4)


def main() -> None:
    """Count and compare, or be one of the two volumes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--versions", type=int, default=VERSIONS)
    parser.add_argument("--write", action="store_true", help="make what is counted the baseline")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    os.environ.setdefault("SAAS_METRICS_THREADS", "2")
    if given.folder:
        count(given.folder, given.versions)
        return
    with tempfile.TemporaryDirectory() as temporary:
        whole, quarter = (
            json.loads(
                in_a_process(
                    "benchmarks.growth", "--versions", str(versions), "--folder", f"{temporary}/{versions}"
                ).printed.splitlines()[-1]
            )
            for versions in (given.versions, given.versions // 4)
        )
    power = exponent(whole["rows"], quarter["rows"])
    now = whole["counts"] | {"rows": sum(whole["rows"].values())}
    print(", ".join(f"{name} {number:,}" for name, number in now.items()))
    print(", ".join(f"{step} {seconds:.1f} s CPU" for step, seconds in whole["seconds"].items()))
    print(f"growth exponent of the rows, from a quarter: {power:.3f}   (at most {MOST_GROWTH})")
    if given.write:
        told = {"versions": given.versions, "counts": now, "rows": whole["rows"]}
        BASELINE.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return
    before = json.loads(BASELINE.read_text(encoding="utf-8"))
    if before["versions"] != given.versions:
        print(f"No baseline: growth.json is of {before['versions']:,} versions.")
        before = {"counts": {}, "rows": {}}
    print("\n".join(["What moved:", *moved(whole["rows"], before["rows"])[:20]]))
    faults = grown(now, before["counts"])
    faults += [f"the rows grow by the power {power:.3f}"] if power > MOST_GROWTH else []
    if faults:
        raise SystemExit("\n".join([*faults, "Mend it, or accept it: python -m benchmarks.growth --write"]))


if __name__ == "__main__":
    main()
