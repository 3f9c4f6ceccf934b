"""The models on Spark: seeds here, every model and rule there, and their rows back into the build file.

What DuckDB would store comes back as a table in its types, the rows that break a rule come back too, and what
is a view on DuckDB is made a view here: whoever reads the build file finds what a build of DuckDB leaves.
"""

import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.build.broken_rules import first_sentences, sentences_told
from orchestration.build.dbt_call import call_dbt
from orchestration.build.manifest import read_manifest
from orchestration.build.nodes import NodeResult, failed_hooks, run_dbt, stop_if_failed
from orchestration.build.spark.catalog import WAREHOUSE, catalog
from orchestration.build.spark.connect import connected
from orchestration.build.spark.demand import demand_engine
from orchestration.build.spark.lead import Lead
from orchestration.build.spark.session import leading
from orchestration.build.spark.storage import demand_shared, hand_over, run_folder
from orchestration.errors import DiskFull, SaasMetricsError
from orchestration.quality.rule import Rule
from orchestration.quality.suites.marts import RULES
from orchestration.settings import Company, SparkSettings

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

# What Spark says where not the model is at fault, but an executor ended or had too little memory.
_OF_EXECUTORS = ("ExecutorLostFailure", "OutOfMemoryError", "FetchFailed", "SparkContext was shut down")
_OF_A_TASK, _NO_MEMORY = "stage failure", "Java heap space"
_NO_ROOM = "No space left on device"
_PROBED = 16


def build_on_spark(
    company: Company,
    settings: SparkSettings,
    manifest: "Manifest",
    variables: Mapping[str, Any],
    note: Callable[[NodeResult], None],
    select: Sequence[str] = (),
) -> None:
    """Build every model, or those of `select`, on Spark, and bring their rows into the build file.

    `note` hears of each seed and model once. Raises ConfigurationError where Spark can't be used,
    EngineFailed where it is lost, DiskFull where a scratch disk or the storage has no room, GateFailed for a
    model.
    """
    demand_engine(company)
    chosen = ("--select", *select) if select else ()
    with run_folder(company, settings.storage) as folder:
        seeds = ["seed", "--vars", json.dumps(variables)]
        _on_duckdb(company, seeds, manifest, company.work / "dbt", note)
        files = hand_over(company, read_manifest(), folder)
        led = connected(settings) if settings.is_connect else leading(company, settings, folder)
        with ExitStack() as standing:
            lead = standing.enter_context(led)
            _demand_executors(company, lead, folder)
            prefix = standing.enter_context(catalog(company, lead, files, folder / WAREHOUSE))
            _run_models(company, lead, {**variables, "schema_prefix": prefix}, note, chosen)
            # A process of the run's own holds memory here. A server's schemas take their files with them.
            if not settings.is_connect:
                standing.close()
            bring_back(company, manifest, variables, folder / WAREHOUSE, select)


def bring_back(
    company: Company,
    manifest: "Manifest",
    variables: Mapping[str, Any],
    warehouse: Path,
    select: Sequence[str] = (),
) -> None:
    """Put the tables that lie as Parquet below `warehouse` into the build file, and make its views anew.

    Raises GateFailed where one is missing or has other columns than its model.
    """
    chosen = ("--select", *select) if select else ()
    built = json.dumps({**variables, "built_on_spark": str(warehouse)})
    _on_duckdb(company, ["run", *chosen, "--vars", built], manifest, company.work / "dbt", lambda one: None)


def _on_duckdb(
    company: Company,
    arguments: list[str],
    manifest: "Manifest",
    target: Path,
    note: Callable[[NodeResult], None],
) -> None:
    results: list[NodeResult] = []

    def note_both(result: NodeResult) -> None:
        results.append(result)
        note(result)

    results += failed_hooks(run_dbt(company, arguments, target, manifest, note_both))
    stop_if_failed(results, manifest, company, target)


def _demand_executors(company: Company, lead: Lead, folder: Path) -> None:
    """Have executors write where they are to write; how many there are nobody knows before."""
    from pyspark.errors import PySparkException

    probe = folder / "probe"
    try:
        with lead.patience():
            lead.session.range(0, _PROBED, 1, _PROBED).write.parquet(str(probe))
    except (PySparkException, *lead.errors) as error:
        stop_if_lost(lead, str(error))
        raise lead.fail(
            f"Executors can't write to {folder.parent}: {_first_line(error)}",
            "Mount it on every worker, where the user who runs the workers may write, and run again.",
        ) from error
    demand_shared(company, probe, _PROBED)


def _run_models(
    company: Company,
    lead: Lead,
    variables: Mapping[str, Any],
    note: Callable[[NodeResult], None],
    chosen: Sequence[str],
) -> None:
    # dbt tells of a query that failed; these would tell it once more, with all that lies below it in Java.
    for chatty in ("py4j", "SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)
    target = company.work / "spark" / "dbt"
    where: dict[str, Any] = {"target": target, "logs": target / "logs", "environment": {}}
    # A table here is a view there, so the project is parsed for each.
    said = ["--vars", json.dumps(variables)]
    parsed = call_dbt(["parse", "--target", "spark", "--no-partial-parse", *said], **where).result
    results: list[NodeResult] = []

    def note_both(result: NodeResult) -> None:
        results.append(result)
        note(result)

    arguments = ["run", "--target", "spark", *chosen, *said]
    try:
        results += failed_hooks(run_dbt(company, arguments, target, parsed, note_both))
    except SaasMetricsError as error:
        stop_if_lost(lead, str(error))
        raise
    failed = [result for result in results if result.failed]
    if failed:
        for one in failed:
            stop_if_lost(lead, one.message)
        asked = partial(_asked, lead, variables["schema_prefix"] + RULES)
        stop_if_failed(results, parsed, company, target, partial(_sentences, asked))


def stop_if_lost(lead: Lead, said: str) -> None:
    """Raise what is the engine's own fault: it is gone, or an executor ended or has no room."""
    if lost := lead.lost:
        raise lead.fail(lost, "Look at the cluster (memory, workers, network) and run again.")
    if _NO_ROOM in said:
        raise DiskFull(
            f"Spark's scratch disk or {lead.settings.storage} is full. Yesterday's warehouse stays in force; "
            f"make room on the workers and there, and run again. What Spark said: {lead.said}."
        )
    if _NO_MEMORY in said and _OF_A_TASK not in said:
        raise lead.fail(
            f"What leads Spark at {lead.settings.master} had too little memory for a query",
            "Give it more (spark.driver_memory, a Connect server SPARK_DAEMON_MEMORY) and run again.",
        )
    if any(sign in said for sign in _OF_EXECUTORS):
        raise lead.fail(
            f"Executors of Spark at {lead.settings.master} ended in the middle of a query",
            "Give them more memory (spark.memory), look at the workers' own logs, and run again.",
        )


def _sentences(asked: Callable[[Rule], list[str]], failed: Collection[str]) -> list[str]:
    """What broken rules say that were built there before something failed."""
    return sentences_told(read_manifest(), failed, asked)


def _asked(lead: Lead, schema: str, rule: Rule) -> list[str]:
    from pyspark.errors import PySparkException

    try:
        return [row[0] for row in lead.session.sql(first_sentences(rule, schema)).collect()]
    except (PySparkException, *lead.errors):
        # It was not built, or has no sentence: dbt's own words tell what failed.
        return []


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
