"""What people use today, on the same input: the same rows compared, and the CPU seconds of either.

    python -m benchmarks.peers CHECKOUTS [--versions 200000] [--size small] [--only pandas,polars] [--pairs 3]

CHECKOUTS is a folder in which the reader has cloned the peers (benchmarks/README.md gives the commands):
nothing of theirs is part of this project. Ours and theirs are measured in turn, in one process a pair.
dbt_stripe runs on the simulated company of that size, the others on the MRR of items of so many versions
(see benchmarks.versions).
"""

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.against import dbt_stripe, fight_churn, frames, playbook
from benchmarks.against.checkouts import needed
from benchmarks.against.states import (
    CENTS,
    CLOSINGS,
    FIGURES,
    KEY,
    MONTHS_OF_THE_FACT,
    compared,
    cost_of_the_facts,
    our_months,
    write_states,
)  # fmt: skip
from benchmarks.against.stripe_tables import write_stripe_company
from benchmarks.engine import MEMORY_MB, Ratio, prepare
from benchmarks.floors import connect
from benchmarks.measuring import in_a_process
from orchestration.settings import load_company

SEED = 1


@dataclass(frozen=True)
class Place:
    """Where a part finds its input and leaves its rows."""

    checkouts: Path
    shared: Path
    """What all parts of a peer start from: states.parquet, or the Stripe account."""
    own: Path

    @property
    def states(self) -> Path:
        """MRR of items by interval."""
        return self.shared / "states.parquet"

    @property
    def theirs(self) -> Path:
        """The customer months that a peer finds."""
        return self.own / "theirs.parquet"


def _months(theirs: Callable[[Place], dict[str, float]]) -> Callable[[Place], dict[str, float]]:
    """Ours, then theirs: a pair."""
    return lambda place: (
        {"ours": our_months(place.states, place.own, place.own / "ours.parquet")} | theirs(place)
    )


PARTS: dict[str, Callable[[Place], dict[str, float]]] = {
    "pandas": _months(lambda place: {"theirs": frames.pandas_months(place.states, place.theirs)}),
    "polars": _months(lambda place: {"theirs": frames.polars_months(place.states, place.theirs)}),
    "playbook": _months(lambda place: playbook.run(place.checkouts, place.states, place.own, place.theirs)),
    "fight-churn": _months(lambda place: fight_churn.run(place.checkouts, place.states, place.own)),
    "told": lambda place: dbt_stripe.build_told(place.shared / "told"),
    "stripe-ours": lambda place: dbt_stripe.run_ours(place.shared),
    "stripe-theirs": lambda place: dbt_stripe.run_theirs(
        place.checkouts, place.shared / "theirs.duckdb", place.own
    ),
}
PEERS = ("pandas", "polars", "playbook", "fight-churn", "dbt_stripe")
CHECKOUTS_OF = {
    "playbook": ("mrr-playbook", "dbt-utils-0.8.0"),
    "fight-churn": ("fight-churn",),
    "dbt_stripe": ("dbt_stripe", "dbt_fivetran_utils", "dbt-utils"),
}


def chosen(checkouts: Path, only: str) -> list[str]:
    """The peers to run, in order. Raises SystemExit where one is not known, or what it needs is missing."""
    names = only.split(",") if only else list(PEERS)
    for name in names:
        if name not in PEERS:
            raise SystemExit(f"--only: {name} is no peer; choose from {', '.join(PEERS)}.")
        for checkout in CHECKOUTS_OF.get(name, ()):
            needed(checkouts, checkout)
    if "polars" in names:
        frames.import_polars()
    if "fight-churn" in names:
        fight_churn.programs_of_postgres()
    return [name for name in PEERS if name in names]


def part(name: str, checkouts: Path, shared: Path, own: Path) -> dict[str, float]:
    """One part in a process of its own: what it measured."""
    own.mkdir(parents=True)
    arguments = [str(checkouts), "--part", name, "--folder", str(shared), "--own", str(own)]
    return dict(json.loads(in_a_process("benchmarks.peers", *arguments).printed.splitlines()[-1]))


def build_states(shared: Path, versions: int) -> dict[str, float]:
    """Land and build so many versions, and leave the states; CPU seconds of the facts made from them."""
    prepare(shared, versions)
    for step in ("land", "dbt", "raw"):
        answer = in_a_process("benchmarks.engine", "--part", step, "--folder", str(shared))
    company = load_company(shared / "company.yml")
    states = write_states(company, shared / "states.parquet")
    print(f"{versions} item versions: {states} intervals of items with MRR", flush=True)
    models = json.loads((company.work / "compiled.json").read_text(encoding="utf-8"))
    return cost_of_the_facts(models, json.loads(answer.printed.splitlines()[-1]))


def report_facts(shared: Path, costs: dict[str, float]) -> None:
    """The warehouse's own customer months against our SQL for them alone, and what its facts cost."""
    company = load_company(shared / "company.yml")
    ours = our_months(shared / "states.parquet", shared, shared / "months.parquet")
    with connect(company) as connection:
        connection.execute(f"create temp view months as from read_parquet('{shared / 'months.parquet'}')")
        connection.execute(f"create temp table facts as {MONTHS_OF_THE_FACT}")
        rows = compared(connection, "months", "facts", KEY, CLOSINGS)
    print(
        Ratio("our facts from the states / our customer months alone", sum(costs.values()), ours, str(rows))
    )
    print(
        "    of it",
        ", ".join(f"{name} {cpu:.2f}" for name, cpu in sorted(costs.items(), key=lambda c: -c[1])[:8]),
    )


def report_months(name: str, checkouts: Path, folder: Path, pairs: int, facts: float) -> None:
    """A peer of the customer months: as many pairs, the middle one of each side, and the rows of the last."""
    shared, measured = folder / "bulk", []
    for number in range(pairs):
        own = folder / name / str(number)
        measured.append(part(name, checkouts, shared, own))
    ours, theirs = (statistics.median(pair[side] for pair in measured) for side in ("ours", "theirs"))
    with duckdb.connect() as connection:
        connection.execute(f"create table ours as from read_parquet('{own / 'ours.parquet'}')")
        if name == "fight-churn":
            connection.execute("create view months as from ours")
            seconds, rows = fight_churn.months_compared(connection, own)
            ours += seconds
        else:
            connection.execute(f"create table theirs as from read_parquet('{own / 'theirs.parquet'}')")
            figures = CENTS if name == "playbook" else FIGURES
            rows = compared(connection, "ours", "theirs", KEY, figures)
    print(Ratio(f"{name} / our SQL for the same rows", theirs, ours, str(rows)))
    print(Ratio(f"{name} / our facts from the same states", theirs, facts, "more than these rows"))
    if "through dbt" in measured[-1]:
        print(f"    through dbt {measured[-1]['through dbt']:.1f} s CPU", flush=True)


def report_stripe(checkouts: Path, folder: Path, size: str) -> None:
    """The whole package and our whole build on the Stripe account of a company."""
    shared = folder / "account"
    shared.mkdir()
    database = write_stripe_company(size, SEED, shared)
    part("told", checkouts, shared, folder / "told")
    ours = part("stripe-ours", checkouts, shared, folder / "stripe-ours")
    theirs = part("stripe-theirs", checkouts, shared, folder / "stripe-theirs")
    models = f"{theirs['models']:.0f} models / {ours['models']:.0f}"
    print(f"the Stripe account of the {size} company")
    print(
        Ratio("dbt_stripe / our whole build, through dbt", theirs["through dbt"], ours["through dbt"], models)
    )
    print(f"    its SQL without dbt {theirs['SQL alone']:.1f} s CPU; our landing {ours['landing']:.1f} s CPU")
    for name, rows in dbt_stripe.rows_compared(shared, database).items():
        print(f"    {name}: {rows}", flush=True)


def main() -> None:
    """Run the peers chosen, or be one part of one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("checkouts", type=Path, help="the folder in which the peers are cloned")
    parser.add_argument("--versions", type=int, default=200_000, help="item versions (default: 200000)")
    parser.add_argument(
        "--size", default="small", help="of the company for dbt_stripe: small, medium or large"
    )
    parser.add_argument("--only", default="", help=f"some of {','.join(PEERS)}")
    parser.add_argument("--pairs", type=int, default=1, help="how often each pair is measured (default: 1)")
    parser.add_argument("--folder", type=Path, help="keep the files here, in a folder that is not there yet")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--own", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    os.environ.setdefault("SAAS_METRICS_MEMORY_LIMIT", f"{MEMORY_MB}MiB")
    os.environ.setdefault("SAAS_METRICS_THREADS", "2")
    if given.part:
        print(json.dumps(PARTS[given.part](Place(given.checkouts, given.folder, given.own))))
        return
    names = chosen(given.checkouts, given.only)
    with tempfile.TemporaryDirectory() as temporary:
        folder: Path = (given.folder or Path(temporary)).resolve()
        if given.folder and folder.exists():
            raise SystemExit(f"--folder: {folder} is there already. Name one that is not, and run again.")
        of_months = [name for name in names if name != "dbt_stripe"]
        if of_months:
            costs = build_states(folder / "bulk", given.versions)
            report_facts(folder / "bulk", costs)
            for name in of_months:
                report_months(name, given.checkouts, folder, given.pairs, sum(costs.values()))
        if "dbt_stripe" in names:
            folder.mkdir(parents=True, exist_ok=True)
            report_stripe(given.checkouts, folder, given.size)


if __name__ == "__main__":
    main()
