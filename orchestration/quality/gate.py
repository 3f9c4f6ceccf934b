"""Running a suite with Great Expectations, in SQL, over a read-only connection to the build file."""

import logging
import os
import re
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from orchestration.machine.duckdb_files import open_build_read_only
from orchestration.machine.sql import quoted
from orchestration.machine.wording import counted
from orchestration.quality.lazily import import_when_used
from orchestration.quality.rule import GateReport, Rule, RuleResult
from orchestration.settings import Company, limits

Gate = Literal["raw", "marts"]
SAMPLE_ROWS = 20
# Great Expectations imports them for expectations that no suite has: two CPU seconds of each run.
_NEVER_USED = ("scipy.stats", "altair")


def run_gate(gate: Gate, company: Company, rules: Sequence[Rule]) -> GateReport:
    """Every rule of a gate's suite; of `raw` those whose table holds something to check.

    A rule has the severity that company.yml gives it, and stops nothing where it was accepted by name.
    """
    if gate == "raw":
        filled = _filled_tables(company)
        rules = [rule for rule in rules if rule.schema or rule.table in filled]
    chosen = [_as_chosen(rule, company) for rule in rules]
    results = check(company.build_file, gate, chosen)
    return GateReport(gate, tuple(_accept(result, company.accepted_changes) for result in results))


def _as_chosen(rule: Rule, company: Company) -> Rule:
    said = company.quality.rules.get(rule.name)
    return replace(rule, severity=said.severity) if said and said.severity else rule


def _accept(result: RuleResult, names: Collection[str]) -> RuleResult:
    # What nobody could check is no change that somebody can have looked at.
    return replace(result, accepted=result.success is False and result.rule.name in names)


def check(database: Path, schema: str, rules: Sequence[Rule]) -> list[RuleResult]:
    """Evaluate rules on the tables of one schema of a DuckDB file, as one suite."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    for module in _NEVER_USED:
        import_when_used(module)
    with warnings.catch_warnings():
        # Where there is a pyspark it is imported too, and warns of a pandas that nothing here uses.
        warnings.simplefilter("ignore", FutureWarning)
        # Two CPU seconds of imports, so only where a gate runs.
        import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.metadata_types import FailureSeverity
    from sqlalchemy.dialects import registry

    from orchestration.quality.expectation import BreaksNoRow

    # This one sets a level of its own.
    for logger in ("great_expectations", "great_expectations.data_context.types.base"):
        logging.getLogger(logger).setLevel(logging.ERROR)
    registry.register("duckdb.gate", "orchestration.quality.dialect", "ReadOnlyDialect")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_sql(
        schema,
        connection_string=f"duckdb+gate:///{database}?access_mode=read_only&threads={limits().threads}",
        create_temp_table=False,
    )
    listed = sorted(rules, key=lambda rule: (rule.schema or schema, rule.table))
    # Added one by one, each is compared with all that came before it.
    suite = gx.ExpectationSuite(
        name=schema,
        expectations=[
            BreaksNoRow(
                unexpected_rows_query=f"select broken.* from {{batch}} as gate cross join "
                f"({_query(rule, schema)}) as broken",
                severity=FailureSeverity(rule.severity),
                description=rule.says,
                meta={"number": number, "rule": rule.name, "mend": rule.mend},
            )
            for number, rule in enumerate(listed)
        ],
    )
    try:
        # A batch of one row stands for the whole gate: one for each table, and what Great Expectations asks
        # and keeps of each, would cost more than the rules.
        batch = source.add_query_asset(schema, query="select 1 as one").add_batch_definition_whole_table(
            "all"
        )
        held = batch.get_batch()
        outcome = held.validate(suite, result_format={"result_format": "SUMMARY"})
        found = {
            result.expectation_config.meta["number"]: result
            for result in outcome.results
            if result.expectation_config
        }
        engine = held.data.execution_engine
        results = [_result(rule, found[number], engine, schema) for number, rule in enumerate(listed)]
        engine.close()
        return results
    finally:
        # A connection left open keeps the build file from being written.
        source.get_engine().dispose()


def _query(rule: Rule, schema: str) -> str:
    return rule.query.replace("{batch}", f"{quoted(rule.schema or schema)}.{quoted(rule.table)}")


def _result(rule: Rule, outcome: Any, engine: Any, schema: str) -> RuleResult:
    error = _raised(outcome.exception_info)
    if error:
        return RuleResult(rule, success=None, observed="", unexpected_count=0, error=error)
    count = int(outcome.result["observed_value"])
    sample = () if outcome.success else _sample(_query(rule, schema), engine)
    return RuleResult(rule, bool(outcome.success), counted(count, "row"), count, sample)


def _raised(info: Mapping[str, Any]) -> str:
    """The message of an exception inside an expectation, which would otherwise count as a plain failure."""
    details = [info] if "raised_exception" in info else list(info.values())
    messages = [str(detail["exception_message"]) for detail in details if detail.get("raised_exception")]
    said = messages[0].strip().splitlines()[0] if messages else ""
    # What the engine quotes may be somebody's name, and this sentence is published.
    return re.sub(r"'[^']*'", "'...'", said)


def _sample(query: str, engine: Any) -> tuple[dict[str, str], ...]:
    import sqlalchemy

    some = f"select * from ({query}) as broken limit {SAMPLE_ROWS}"
    rows = engine.execute_query(sqlalchemy.text(some.replace(":", r"\:"))).mappings().all()
    return tuple({name: str(value) for name, value in row.items() if value is not None} for row in rows)


def _filled_tables(company: Company) -> set[str]:
    """The tables of raw with at least one row."""
    with open_build_read_only(company) as connection:
        tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'raw'")
        return {
            name
            for (name,) in tables.fetchall()
            if connection.execute(f"select 1 from raw.{quoted(name)} limit 1").fetchone()
        }
