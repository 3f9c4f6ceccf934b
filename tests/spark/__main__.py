"""Runs one company on DuckDB and on a standalone cluster of Spark, and compares what was published.

The company's warehouse is copied before the run, so both start from the same releases and closes. With
--faults the process that leads is killed first, then every worker, each in a run of its own, and one worker
of two in the middle of the run that is compared. With --connect a Spark Connect server leads the executors,
and is killed in a run after it.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click
import duckdb

from orchestration.build.manifest import read_manifest
from orchestration.settings import load_company
from tests.spark.cluster import Cluster, children, cluster, connect_server
from tests.spark.companies import copy_on_spark
from tests.spark.comparison import compare, marts_and_keys, told

RUN = (str(Path(sys.executable).with_name("saas-metrics")), "run", "--full-refresh")
"""A run that makes a release also where nothing is new."""
EARLY, MIDDLE = 10, 120
"""So many tables stand when something is killed."""


def main() -> int:
    """Exit code 0 where marts have the same rows, rules find as many, and every fault ends as it should."""
    parser = argparse.ArgumentParser(prog="python -m tests.spark", description=__doc__)
    parser.add_argument("company", type=Path, help="the company file of a warehouse that has published")
    parser.add_argument("--as-of", required=True, help="the instant of the run that is compared")
    parser.add_argument("--faults", action="store_true", help="kill workers and the leading process")
    parser.add_argument("--connect", action="store_true", help="have a Spark Connect server lead")
    arguments = parser.parse_args()
    home = arguments.company.resolve().parent
    storage = home / "storage"
    storage.mkdir(exist_ok=True)
    with ExitStack() as started:
        running = started.enter_context(cluster(home / "cluster"))
        server = (
            started.enter_context(connect_server(home / "connect", running.master))
            if arguments.connect
            else None
        )
        master = server.address if server else running.master
        on_spark = copy_on_spark(arguments.company, master, storage)
        clock = _Clock()
        _run(arguments.company, arguments.as_of)
        clock.say("the run on DuckDB published")
        well = True
        if arguments.faults:
            well = _faults_end_well(on_spark, arguments.as_of, running, storage, clock)
        else:
            _run(on_spark, arguments.as_of)
            clock.say(f"the run on {master} published")
        well = _equal(arguments.company, on_spark, clock) and well
        if server:
            what = "the server was killed"
            harm = {what: lambda process: server.kill()}
            well = _losses_end_well(on_spark, arguments.as_of, storage, clock, harm) and well
        return 0 if well else 1


class _Clock:
    """Says what is done, with the seconds since it was done before."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def say(self, sentence: str) -> None:
        click.echo(f"{time.monotonic() - self._started:7.1f} s  {sentence}")
        self._started = time.monotonic()


def _run(company: Path, as_of: str) -> None:
    done = subprocess.run([*RUN, "--company", company, "--as-of", as_of], check=False)
    if done.returncode:
        raise SystemExit(f"The run over {company} ended with exit code {done.returncode}.")


def _equal(company: Path, on_spark: Path, clock: _Clock) -> bool:
    """Whether both published the same marts, in the same types, and the same rows break their rules."""
    ours, theirs = load_company(company), load_company(on_spark)
    manifest = read_manifest()
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, file in {
            "ours": ours.published_file,
            "theirs": theirs.published_file,
            "our_build": ours.build_file,
            "their_build": theirs.build_file,
        }.items():
            connection.execute(f"attach '{file}' as {name} (read_only)")
        marts = marts_and_keys(manifest)
        differences = [
            compare(connection, mart, f"ours.marts.{mart}", f"theirs.marts.{mart}", key)
            for mart, key in marts.items()
        ]
        for difference in differences:
            click.echo(told(difference))
        unlike = [mart for mart in marts if not _same_columns(connection, mart)]
        click.echo("".join(f"  DIFFERS {mart}: its columns or their types\n" for mart in unlike), nl=False)
        rules, found = (_found(connection, place) for place in ("our_build", "their_build"))
        other = {rule for rule in rules.keys() | found.keys() if rules.get(rule) != found.get(rule)}
        for rule in sorted(other):
            broken = f"{found.get(rule)} rows break it on Spark, {rules.get(rule)} on DuckDB"
            click.echo(f"  DIFFERS {rule[0]}: {broken}")
    unequal = [difference for difference in differences if not difference.equal]
    same = len(differences) - len(unequal)
    clock.say(f"{same} marts of {len(differences)} are equal, {len(marts) - len(unlike)} in every type")
    clock.say(f"{len(rules) - len(other)} rules of {len(rules)} are broken by as many rows")
    return bool(differences and rules) and not (unequal or unlike or other)


def _same_columns(connection: duckdb.DuckDBPyConnection, mart: str) -> bool:
    ours, theirs = (
        connection.execute(f"describe {place}.marts.{mart}").fetchall() for place in ("ours", "theirs")
    )
    return ours == theirs


def _found(connection: duckdb.DuckDBPyConnection, place: str) -> dict[tuple[str, str, str], int]:
    """How many rows broke each rule of the mart gate in the last run; a view would tell of now."""
    rows = connection.execute(
        "select expectation, table_name, coalesce(column_name, ''), unexpected_count "
        f"from {place}.audit.quality_results where gate = 'marts' and run_id = "
        f"(select last(run_id order by rowid) from {place}.audit.quality_results)"
    ).fetchall()
    return {(rule, table, column): count for rule, table, column, count in rows}


@dataclass(frozen=True)
class _Ended:
    """How a run ended."""

    code: int
    said: str


def _faults_end_well(on_spark: Path, as_of: str, running: Cluster, storage: Path, clock: _Clock) -> bool:
    """Whether losses end with a sentence and leave what is published, and one worker of two is no loss."""
    harms = {
        "the process that leads was killed": _kill_leader,
        "every worker was killed": lambda process: running.kill_workers(),
    }
    well = _losses_end_well(on_spark, as_of, storage, clock, harms)
    running.add_worker()
    running.add_worker()
    lost = _run_until(on_spark, as_of, storage, MIDDLE, lambda process: running.kill_workers(1))
    clock.say(f"a worker was killed in the middle: exit code {lost.code}\n{lost.said}")
    return well and lost.code == 0


def _losses_end_well(
    on_spark: Path,
    as_of: str,
    storage: Path,
    clock: _Clock,
    harms: Mapping[str, Callable[["subprocess.Popen[str]"], None]],
) -> bool:
    """Whether a run that loses what it needs says so and leaves what is published and nothing else."""
    published = load_company(on_spark).pointer.readlink()
    well = True
    for what, harm in harms.items():
        ended = _run_until(on_spark, as_of, storage, EARLY, harm)
        clock.say(f"{what}: exit code {ended.code}\n{ended.said}")
        stays = load_company(on_spark).pointer.readlink() == published and not any(storage.iterdir())
        well = well and ended.code == 1 and stays
    return well


def _run_until(
    company: Path, as_of: str, storage: Path, tables: int, harm: Callable[["subprocess.Popen[str]"], None]
) -> _Ended:
    """A run to which something is done once so many tables stand."""
    words = [*RUN, "--company", str(company), "--as-of", as_of]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    while len(list(storage.glob("*/warehouse/*.db/*"))) < tables and process.poll() is None:
        time.sleep(0.5)
    if process.poll() is None:
        harm(process)
    _, said = process.communicate()
    return _Ended(process.returncode, said)


def _kill_leader(process: "subprocess.Popen[str]") -> None:
    for child in children(process.pid):
        if b"java" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")[0]:
            os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
