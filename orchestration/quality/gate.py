"""Running a suite with Great Expectations, in SQL, over a read-only connection to the build file."""

import importlib.util
import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from orchestration.landing.canonical import literal, quoted
from orchestration.quality.rule import GateReport, Rule, RuleResult
from orchestration.quality.suites import marts, raw
from orchestration.settings import Company, machine
from orchestration.warehouse import open_build_read_only

Gate = Literal["raw", "marts"]
SAMPLE_ROWS = 20
_SUITES = {"raw": raw.rules, "marts": marts.rules}


def run_gate(gate: Gate, company: Company, as_of: datetime) -> GateReport:
    """Every rule of a gate's suite whose tables hold something to check."""
    filled = _filled_tables(company, gate)
    rules = [
        rule
        for rule in _SUITES[gate](company, as_of)
        if rule.schema or (rule.table in filled and all(table in filled for table in rule.needs))
    ]
    return GateReport(gate, tuple(check(company.build_file, gate, rules)))


def check(database: Path, schema: str, rules: Sequence[Rule]) -> list[RuleResult]:
    """Evaluate rules on the tables of one schema of a DuckDB file."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    _import_when_used("scipy.stats")
    # Two CPU seconds of imports, so only where a gate runs.
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from sqlalchemy.dialects import registry

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    registry.register("duckdb.gate", "orchestration.quality.dialect", "ReadOnlyDialect")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_sql(
        schema,
        connection_string=f"duckdb+gate:///{database}?access_mode=read_only&threads={machine().threads}",
        create_temp_table=False,
    )
    results: list[RuleResult] = []

    def where(rule: Rule) -> tuple[str, str]:
        return rule.schema or schema, rule.table

    try:
        for (home, table), group in groupby(sorted(rules, key=where), key=where):
            asset = source.add_table_asset(f"{home}.{table}", table_name=table, schema_name=home)
            batch = asset.add_batch_definition_whole_table("all").get_batch()
            results += _check_table(gx, batch, f"{quoted(home)}.{quoted(table)}", list(group))
            batch.data.execution_engine.close()
    finally:
        # A connection left open keeps the build file from being written.
        source.get_engine().dispose()
    return results


def _import_when_used(module: str) -> None:
    """Put a module's import off until something of it is used.

    Great Expectations imports scipy.stats for three metrics that no suite has: a CPU second of each night.
    """
    found = importlib.util.find_spec(module)
    if module in sys.modules or found is None or found.loader is None:
        return
    found.loader = importlib.util.LazyLoader(found.loader)
    lazy = importlib.util.module_from_spec(found)
    sys.modules[module] = lazy
    parent, _, name = module.rpartition(".")
    setattr(sys.modules[parent], name, lazy)
    found.loader.exec_module(lazy)


def _check_table(gx: Any, batch: Any, table: str, rules: list[Rule]) -> list[RuleResult]:
    suite = gx.ExpectationSuite(name=table)
    for rule in rules:
        arguments = {"unexpected_rows_query": rule.query} if rule.query else rule.arguments
        expectation = getattr(gx.expectations, rule.expectation)
        suite.add_expectation(
            expectation(
                **arguments,
                severity=rule.severity,
                description=rule.says,
                meta={"rule": rule.name, "mend": rule.mend},
            )
        )
    outcome = batch.validate(suite, result_format={"result_format": "SUMMARY"})
    by_name = {result.expectation_config.meta["rule"]: result for result in outcome.results}
    return [_result(rule, by_name[rule.name], batch, table) for rule in rules]


def _result(rule: Rule, outcome: Any, batch: Any, table: str) -> RuleResult:
    error = _raised(outcome.exception_info)
    if error:
        return RuleResult(rule, success=None, observed="", unexpected_count=0, error=error)
    observed = outcome.result.get("observed_value")
    count = outcome.result.get("unexpected_count", observed if rule.query else 0)
    if rule.query:
        observed = "1 row" if observed == 1 else f"{observed} rows"
    elif observed is None:
        observed = f"{count} of {outcome.result.get('element_count')} rows"
    sample = () if outcome.success or not rule.query else _sample(rule, batch, table)
    return RuleResult(rule, bool(outcome.success), str(observed), int(count or 0), sample)


def _raised(info: Mapping[str, Any]) -> str:
    """The message of an exception inside an expectation, which would otherwise count as a plain failure."""
    details = [info] if "raised_exception" in info else list(info.values())
    messages = [str(detail["exception_message"]) for detail in details if detail.get("raised_exception")]
    said = messages[0].strip().splitlines()[0] if messages else ""
    # What the engine quotes may be somebody's name, and this sentence is published.
    return re.sub(r"'[^']*'", "'...'", said)


def _sample(rule: Rule, batch: Any, table: str) -> tuple[dict[str, str], ...]:
    import sqlalchemy

    query = f"select * from ({rule.query.replace('{batch}', table)}) as broken limit {SAMPLE_ROWS}"
    rows = (
        batch.data.execution_engine.execute_query(sqlalchemy.text(query.replace(":", r"\:"))).mappings().all()
    )
    return tuple({name: str(value) for name, value in row.items() if value is not None} for row in rows)


def _filled_tables(company: Company, schema: str) -> set[str]:
    """The tables of a schema with at least one row; the published marts count even when they are empty."""
    with open_build_read_only(company) as connection:
        tables = [
            name
            for (name,) in connection.execute(
                f"select table_name from duckdb_tables() where schema_name = {literal(schema)}"
            ).fetchall()
        ]
        if schema == "marts":
            return set(tables)
        return {
            name
            for name in tables
            if connection.execute(f"select 1 from {quoted(schema)}.{quoted(name)} limit 1").fetchone()
        }
