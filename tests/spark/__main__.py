"""Builds the models on Spark from the raw tables of a finished build file and compares marts and rules."""

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

import click
import duckdb
from dbt.cli.main import dbtRunner, dbtRunnerResult
from pyspark.sql import SparkSession

from orchestration.quality.suites.marts import RULES, views
from orchestration.settings import Company, dbt_vars, load_company, respondent_salt
from tests.spark.comparison import Differences, compare
from tests.spark.session import CLUSTER, register, start

PROJECT = Path(__file__).resolve().parents[2]
KEY_TESTS = ("unique", "unique_key")
SOURCES = ("raw", "audit", "reported")


def main() -> int:
    """Exit code 0 when every mart's rows are equal and every rule finds as many, 1 else."""
    parser = argparse.ArgumentParser(prog="python -m tests.spark", description=__doc__)
    parser.add_argument("company", type=Path, help="the company file of a finished run")
    parser.add_argument("--master", default=CLUSTER, help=f"Spark's master (default {CLUSTER})")
    parser.add_argument("--select", nargs="+", default=[], help="dbt models to build instead of all")
    parser.add_argument("--folder", type=Path, help="keep what Spark writes here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as thrown_away:
        folder = (arguments.folder or Path(thrown_away)).resolve()
        return _run(load_company(arguments.company), arguments.master, arguments.select, folder)


def _run(company: Company, master: str, select: list[str], folder: Path) -> int:
    clock = _Clock()
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"attach '{company.build_file}' as build (read_only)")
    variables = _variables(connection, company)
    session = start(master, folder)
    for schema in SOURCES:
        _export(connection, schema, folder / schema)
        register(session, schema, folder / schema)
    clock.say(f"Spark {session.version} on {master} has the raw tables")
    built = _build(variables, select, folder)
    clock.say("the models are built")
    failed = [result for result in built.result if str(result.status) not in ("success", "pass")]
    for result in failed:
        message = " ".join((result.message or "").split())[:1000]
        click.echo(f"{result.node.name}: {result.status} {message}")
    built_names = {r.node.name for r in built.result} - _names(failed)
    nodes = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    marts = _marts(nodes, built_names)
    differences = [_compare(connection, mart, key, folder) for mart, key in marts.items()]
    if not differences:
        raise SystemExit("No mart was built, so nothing was compared: select at least one.")
    for difference in differences:
        click.echo(_told(difference))
    unequal = [difference for difference in differences if not difference.equal]
    clock.say(f"{len(differences) - len(unequal)} marts of {len(differences)} are equal")
    rules = _rules(nodes, built_names)
    other = [rule for rule in rules if not _finds_as_many(connection, session, rule)]
    clock.say(f"{len(rules) - len(other)} rules of {len(rules)} find as many rows that break them")
    session.stop()
    return 1 if failed or unequal or other else 0


class _Clock:
    """Says what is done, with the seconds since the start."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def say(self, sentence: str) -> None:
        click.echo(f"{time.monotonic() - self._started:7.1f} s  {sentence}")


def _variables(connection: duckdb.DuckDBPyConnection, company: Company) -> dict[str, Any]:
    """The vars that the build file was made with: the same clock, currency and policies."""
    built = connection.execute(
        "select 1 from duckdb_tables() where schema_name = 'runs' and table_name = 'built'"
    )
    if not built.fetchall():
        raise SystemExit(f"{company.build_file} has no finished build: run saas-metrics run first.")
    ((as_of,),) = connection.execute("select as_of from build.runs.built").fetchall()
    variables = dbt_vars(company, as_of.replace(tzinfo=UTC))
    return variables | {"respondent_salt": respondent_salt(company)}


def _export(connection: duckdb.DuckDBPyConnection, schema: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tables = connection.execute(
        "select table_name from duckdb_tables() where database_name = 'build' and schema_name = ?", [schema]
    ).fetchall()
    for (table,) in tables:
        connection.execute(f"copy build.{schema}.{table} to '{folder / table}.parquet' (format parquet)")


def _build(variables: dict[str, Any], select: list[str], folder: Path) -> dbtRunnerResult:
    flags = ["--target", "spark", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    flags += [
        "--target-path",
        str(folder / "target"),
        "--log-path",
        str(folder / "logs"),
        "--log-level",
        "none",
    ]
    flags += ["--no-send-anonymous-usage-stats", "--vars", json.dumps(variables)]
    logging.getLogger("py4j").setLevel(logging.WARNING)
    for command in (["seed"], ["run", *(["--select", *select] if select else [])]):
        result = dbtRunner().invoke([*command, *flags])
        if result.exception is not None:
            raise SystemExit(f"dbt {command[0]} stopped: {result.exception}")
        if command == ["seed"] and not result.success:
            raise SystemExit("dbt seed failed: " + "; ".join(str(node.message) for node in result.result))
    return result


def _names(results: list[Any]) -> set[str]:
    return {result.node.name for result in results}


def _marts(nodes: Mapping[str, Any], built: set[str]) -> dict[str, list[str]]:
    """The marts that were built, each with the columns of its uniqueness test."""
    marts = {
        node["unique_id"]: node["name"]
        for node in nodes.values()
        if node["resource_type"] == "model" and node["schema"] == "marts" and node["name"] in built
    }
    keys: dict[str, list[str]] = {}
    for node in nodes.values():
        test = node.get("test_metadata") or {}
        if test.get("name") in KEY_TESTS and node["attached_node"] in marts:
            keys.setdefault(
                marts[node["attached_node"]], test["kwargs"].get("columns") or [node["column_name"]]
            )
    for name in sorted(set(marts.values()) - keys.keys()):
        raise SystemExit(
            f"{name} has no test named unique or unique_key: its rows can't be matched. Write one."
        )
    return dict(sorted(keys.items()))


def _rules(nodes: Mapping[str, Any], built: set[str]) -> list[str]:
    """The rules of the mart gate that were built."""
    return sorted(rule.name for rule in views({"nodes": nodes}) if rule.name in built)


def _finds_as_many(connection: duckdb.DuckDBPyConnection, session: SparkSession, rule: str) -> bool:
    counted = f"select count(*) from {RULES}.{rule}"
    ((ours,),) = connection.execute(counted.replace(RULES, f"build.{RULES}", 1)).fetchall()
    theirs = session.sql(counted).collect()[0][0]
    if ours != theirs:
        click.echo(f"  DIFFERS {rule}: {theirs} rows break it on Spark, {ours} on DuckDB")
    return bool(ours == theirs)


def _compare(connection: duckdb.DuckDBPyConnection, mart: str, key: list[str], folder: Path) -> Differences:
    written = folder / "warehouse" / "marts.db" / mart
    return compare(connection, mart, f"build.marts.{mart}", f"read_parquet('{written}/*.parquet')", key)


def _told(difference: Differences) -> str:
    if difference.equal:
        return f"  equal   {difference.table}: {difference.rows} rows"
    counts = [f"{difference.missing} rows missing", f"{difference.surplus} rows too many"]
    counts += [f"{name} differs in {count}" for name, count in difference.columns.items()]
    head = f"  DIFFERS {difference.table}, {difference.rows} rows: {', '.join(counts)}"
    return "\n".join([head, *(f"            {example}" for example in difference.examples)])


if __name__ == "__main__":
    sys.exit(main())
