"""What finance costs in a run: runs of the medium company with and without its rooms, in turn.

    python -m benchmarks.finance_cost [--size medium] [--pairs 2] [--folder FOLDER]

A first run from the extracts to the published file, one a day later for which nothing was delivered, and the
same once more, which finds nothing new. The runs of either kind are a process of their own on the same
extracts; prints the CPU seconds of each step and the share that finance adds to the whole.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path
from unittest.mock import patch

from benchmarks.engine import MEMORY_MB
from benchmarks.measuring import in_a_process
from orchestration.build import models
from orchestration.build.manifest import read_manifest
from orchestration.build.record import fingerprint_of, record_build
from orchestration.run import steps
from orchestration.run.steps import Run
from orchestration.settings import Company, load_company
from orchestration.synthetic.canonical import write_canonical
from orchestration.synthetic.company import simulate
from orchestration.synthetic.dials import END

RUNS = {"first run": "at most 1.15", "a day later": "no bound", "nothing new": "no dearer"}
# Rules of other rooms ask the staging room of closes as well.
LAYERS = ("intermediate", "marts", "rules")
# The company's months hold what finance tells, so they go with it.
ROOMS = ("finance", "bridge", "closes", "company")
VARIANTS = ("with", "without")
COMPANY = {
    "name": "simulated",
    "reporting_currency": "EUR",
    "reporting_timezone": "Europe/Paris",
    "extracts": "extracts",
    "warehouse": "warehouse",
    "sources": [{"name": "simulated", "mapping": "canonical"}],
}


def prepare(folder: Path, size: str) -> Company:
    """The simulated company's extracts."""
    write_canonical(simulate(size, 1), folder / "extracts" / "simulated")
    path = folder / "company.yml"
    path.write_text(json.dumps(COMPANY), encoding="utf-8")
    return load_company(path)


def run_in_turn(company: Company) -> None:
    """A first run, one a day later and that once more; print the CPU seconds of each step of all."""
    shutil.rmtree(company.warehouse, ignore_errors=True)
    costs = []
    later = END + timedelta(days=1)
    for as_of in (END, later, later):
        run = Run(company, as_of)
        run.land()
        run.check("raw")
        run.build()
        if not run.standing:
            record_build(company, as_of, fingerprint_of(company, as_of))
        run.check("marts")
        run.publish()
        costs.append({time.step: time.cpu_seconds for time in run.times})
    # What the process did before its first run counts for both.
    print(json.dumps([cost | {"start-up": costs[0]["start-up"]} for cost in costs]))


@contextmanager
def without_finance() -> Iterator[None]:
    """The product as it would be without the rooms: they are neither built nor checked nor published."""
    paths = [f"path:models/{layer}/{room}" for layer in LAYERS for room in ROOMS]
    manifest = read_manifest()
    gone = {
        name
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and {*LAYERS} & {*(parts := Path(node["original_file_path"]).parts)}
        and {*ROOMS} & {*parts}
    }
    nodes = {
        name: node
        for name, node in manifest["nodes"].items()
        if name not in gone and node.get("attached_node") not in gone
    }
    with (
        patch.object(models, "build", partial(models.build, select=("*", "--exclude", *paths))),
        patch.object(steps, "read_manifest", lambda: {**manifest, "nodes": nodes}),
    ):
        yield


def measure(folder: Path, size: str, pairs: int) -> None:
    """Runs with and without finance, in turn."""
    company = prepare(folder, size)
    # The first to ask parses the project, which would count for one kind alone.
    read_manifest()
    found: dict[str, list[list[dict[str, float]]]] = {variant: [] for variant in VARIANTS}
    for number in range(pairs):
        # Who comes second finds its files read already, so they take turns.
        for variant in VARIANTS if number % 2 == 0 else reversed(VARIANTS):
            answer = in_a_process(
                "benchmarks.finance_cost", "--variant", variant, "--folder", str(company.path.parent)
            )
            found[variant].append(json.loads(answer.printed.splitlines()[-1]))
            for name, cost in zip(RUNS, found[variant][-1], strict=True):
                told = ", ".join(f"{step} {seconds:.1f}" for step, seconds in cost.items())
                print(f"  {variant} finance, {name}: {sum(cost.values()):.1f} s CPU ({told})", flush=True)
    for number, (name, bound) in enumerate(RUNS.items()):
        ours, others = (
            statistics.median(sum(costs[number].values()) for costs in found[variant]) for variant in VARIANTS
        )
        print(f"{name}, with / without finance: {ours:.1f} / {others:.1f} = {ours / others:.2f}   ({bound})")


def main() -> None:
    """Measure, or be one of the pairs of runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="medium")
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keep the files here (default: a temporary folder)")
    parser.add_argument("--variant", choices=VARIANTS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    os.environ.setdefault("SAAS_METRICS_MEMORY_LIMIT", f"{MEMORY_MB}MiB")
    os.environ.setdefault("SAAS_METRICS_THREADS", "2")
    if given.variant:
        with nullcontext() if given.variant == "with" else without_finance():
            run_in_turn(load_company(given.folder / "company.yml"))
        return
    with tempfile.TemporaryDirectory() as temporary:
        measure((given.folder or Path(temporary)).resolve(), given.size, given.pairs)


if __name__ == "__main__":
    main()
