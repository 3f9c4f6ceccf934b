"""What finance costs in a run: builds of the medium company with and without its rooms, in turn.

    python -m benchmarks.finance_cost [--size medium] [--pairs 2] [--folder FOLDER]

A full build, and one a day later in which nothing is new. Every build is a process of its own on a copy of
the same landed company; prints the CPU seconds of dbt's step and the share that finance adds.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benchmarks.engine import MEMORY_MB
from benchmarks.measuring import in_a_process
from orchestration.build import models
from orchestration.build.record import fingerprint_of, record_build
from orchestration.run.steps import Run
from orchestration.settings import Company, load_company
from orchestration.synthetic.canonical import write_canonical
from orchestration.synthetic.company import simulate
from orchestration.synthetic.dials import END

ROOMS = tuple(
    f"path:models/{layer}/{room}"
    for room in ("finance", "bridge", "closes")
    for layer in ("intermediate", "marts", "rules")
)
WITHOUT = ("*", "--exclude", *ROOMS)
WITH = ("*",)
VARIANTS = {"with": WITH, "without": WITHOUT}
COMPANY = {
    "name": "simulated",
    "reporting_currency": "EUR",
    "reporting_timezone": "Europe/Paris",
    "extracts": "extracts",
    "warehouse": "landed",
    "sources": [{"name": "simulated", "mapping": "canonical"}],
}


def prepare(folder: Path, size: str) -> Company:
    """The simulated company, landed and not built."""
    write_canonical(simulate(size, 1), folder / "extracts" / "simulated")
    path = folder / "company.yml"
    path.write_text(json.dumps(COMPANY), encoding="utf-8")
    company = load_company(path)
    Run(company, END).land()
    return company


def build_twice(company: Company, variant: str) -> None:
    """Everything, then once more a day later; print the CPU seconds of each."""
    copied = replace(company, warehouse=company.warehouse.parent / variant)
    shutil.rmtree(copied.warehouse, ignore_errors=True)
    copied.work.mkdir(parents=True)
    shutil.copy(company.build_file, copied.build_file)
    costs = []
    for as_of in (END, END + timedelta(days=1)):
        began = time.process_time()
        models.build(copied, as_of, select=VARIANTS[variant])
        costs.append(time.process_time() - began)
        record_build(copied, as_of, fingerprint_of(copied, as_of))
    print(json.dumps(costs))


def measure(folder: Path, size: str, pairs: int) -> None:
    """Builds with and without finance, in turn."""
    company = prepare(folder, size)
    found: dict[str, list[list[float]]] = {variant: [] for variant in VARIANTS}
    for number in range(pairs):
        # Who comes second finds its files read already, so they take turns.
        for variant in VARIANTS if number % 2 == 0 else reversed(VARIANTS):
            answer = in_a_process(
                "benchmarks.finance_cost", "--variant", variant, "--folder", str(company.path.parent)
            )
            found[variant].append(json.loads(answer.printed.splitlines()[-1]))
            print(f"  {variant} finance: {found[variant][-1]} s CPU", flush=True)
    report: tuple[tuple[str, Callable[[list[float]], float], str], ...] = (
        ("full build", lambda costs: costs[0], "at most 1.15"),
        ("nothing new", lambda costs: costs[1], "no dearer"),
    )
    for name, of, bound in report:
        ours, others = (statistics.median(map(of, found[variant])) for variant in VARIANTS)
        print(f"{name}, with / without finance: {ours:.1f} / {others:.1f} = {ours / others:.2f}   ({bound})")


def main() -> None:
    """Measure, or be one of the builds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--size", default="medium")
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keep the files here (default: a temporary folder)")
    parser.add_argument("--variant", choices=VARIANTS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    os.environ.setdefault("SAAS_METRICS_MEMORY_LIMIT", f"{MEMORY_MB}MiB")
    os.environ.setdefault("SAAS_METRICS_THREADS", "2")
    if given.variant:
        build_twice(load_company(given.folder / "company.yml"), given.variant)
        return
    with tempfile.TemporaryDirectory() as temporary:
        measure((given.folder or Path(temporary)).resolve(), given.size, given.pairs)


if __name__ == "__main__":
    main()
