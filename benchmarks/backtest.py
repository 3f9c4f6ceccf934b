"""How wrong the forecast has been, on companies of many shapes, beside simpler ones.

    python -m benchmarks.backtest --seeds 10 --medium 20

Draws each shape of `shapes.py` with each seed, gives its history to the forecast's own models (the SQL that
dbt compiles, run on tables in memory) and compares every past forecast with what came. Writes the table of
docs/forecast.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import yaml

from benchmarks.shapes import SHAPES, History, drawn, medium_company
from orchestration.build.manifest import parsed
from orchestration.machine.project import PROJECT
from orchestration.settings import dbt_environment, dbt_vars, load_company

PAGE = PROJECT / "docs" / "forecast.md"
_TABLE = re.compile(r"(<!-- backtest -->\n).*?(<!-- /backtest -->)", re.DOTALL)
MEDIUM = "the medium company"
HORIZONS = (3, 6, 12)
METHODS = ("forecast", "last value", "12-month drift", "three-month rule")
END = datetime(2025, 7, 1, tzinfo=UTC)
_LAST = END.year * 12 + END.month - 2
"""The index of the last month that is over."""

_INPUTS = """
create schema intermediate;
create schema marts;
create table marts.fct_mrr_ledger as
select
    customer as customer_id, 'drawn' as source_name, 'EUR' as currency, 'p' as product_id, 'p' as plan_name,
    'p' as previous_product_id, 'p' as previous_plan_name,
    cast(make_date(month_index // 12, month_index % 12 + 1, 15) as date) as effective_date,
    -- The first delivery is told at once, so it has a day of its own.
    cast(make_date(told_index // 12, told_index % 12 + 1, 20) as timestamp) as recorded_at,
    cast(before as decimal(18, 4)) as mrr_before_native, cast(after as decimal(18, 4)) as mrr_after_native,
    cast(after - before as decimal(18, 4)) as mrr_delta_native,
    cast(committed_after as decimal(18, 4)) as committed_mrr_after_native,
    cast(committed_after - committed_before as decimal(18, 4)) as committed_mrr_delta_native
from changes;
create table intermediate.int_ledger__scheduled_items (
    customer_id bigint, plan_name varchar, currency varchar, last_change_at timestamp,
    committed_mrr_difference decimal(18, 4)
);
create table intermediate.int_fx__month_rates (currency varchar, month_index integer, rate decimal(28, 18));
create table intermediate.int_retention__fixed_segments as
select distinct customer_id, 'sales_model' as segment_type, 'unknown' as segment_value
from marts.fct_mrr_ledger;
create table intermediate.int_retention__cohorts as
select customer_id, date_trunc('month', min(effective_date))::date as cohort_month
from marts.fct_mrr_ledger where mrr_delta_native > 0 group by customer_id;
create table marts.fct_mrr_monthly as
select
    make_date(month_index // 12, month_index % 12 + 1, 1) as period_month, 'all' as segment_type,
    'all' as segment_value, cast(mrr as decimal(18, 4)) as closing_mrr, false as is_partial
from totals;
create table intermediate.int_retention__months as select period_month, is_partial from marts.fct_mrr_monthly;
"""


@dataclass(frozen=True)
class Model:
    """A model as dbt compiled it."""

    relation: str
    sql: str
    is_table: bool


@dataclass(frozen=True)
class Score:
    """What the backtest of one company says at one horizon."""

    errors: Mapping[str, Sequence[float]]
    """By method, absolute errors as a share of what came, one an origin."""
    hits: Sequence[bool]
    """Whether what came lay in the range, one an origin that had a range."""


def compiled_models() -> list[Model]:
    """The models of the forecast, in the order in which they are built, as SQL of DuckDB."""
    from dbt.cli.main import dbtRunner

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "company.yml"
        path.write_text(
            yaml.safe_dump(
                {
                    "name": "drawn", "reporting_currency": "EUR", "reporting_timezone": "UTC",
                    "extracts": "extracts", "warehouse": "warehouse",
                    "sources": [{"name": "drawn", "mapping": "canonical"}],
                }
            )
        )  # fmt: skip
        (Path(folder) / "extracts" / "drawn").mkdir(parents=True)
        company = load_company(path)
        company.work.mkdir(parents=True)
        os.environ.update(dbt_environment(company))
        options = {
            "--project-dir": PROJECT, "--profiles-dir": PROJECT, "--target-path": company.work / "dbt",
            "--log-path": company.work / "logs", "--log-level": "none",
            "--vars": json.dumps(dbt_vars(company, END)),
        }  # fmt: skip
        given = [text for name, value in options.items() for text in (name, str(value))]
        outcome = dbtRunner(manifest=parsed()).invoke(
            ["compile", "--no-send-anonymous-usage-stats", "--select", "path:models/intermediate/forecast",
             "fct_forecast_backtest", *given]
        )  # fmt: skip
    if not outcome.success:
        raise SystemExit(f"the models of the forecast do not compile: {outcome.exception}")
    return [
        Model(
            f'"{node.schema}"."{node.name}"',
            # A file of its own stands for the company's: its name goes.
            node.compiled_code.replace(f'"{node.database}".', ""),
            node.config.materialized != "view",
        )
        for node in (result.node for result in outcome.result)
        if node.resource_type == "model"
    ]


def backtest(history: History, models: Sequence[Model]) -> dict[int, Score]:
    """The errors of the company's past forecasts, by horizon."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("changes", _changes(history))
        totals = history.mrr.sum(axis=0)
        indices = _LAST - len(totals) + 1 + np.arange(len(totals))
        connection.register("totals", {"month_index": indices, "mrr": totals})
        connection.execute(_INPUTS)
        connection.execute(
            f"create schema runs; create function runs.as_of() as timestamp '{END:%Y-%m-%d %H:%M:%S}'"
        )
        for model in models:
            kind = "table" if model.is_table else "view"
            connection.execute(f"create {kind} {model.relation} as {model.sql}")
        rows = connection.execute(
            "select year(origin_month) * 12 + month(origin_month) - 1, horizon_months, actual_mrr,"
            " expected_mrr, last_value_mrr, three_month_rule_mrr, is_within_range"
            " from marts.fct_forecast_backtest where is_total and actual_mrr > 0 order by all"
        ).fetchall()
    scores = {}
    for horizon in HORIZONS:
        errors: dict[str, list[float]] = {method: [] for method in METHODS}
        hits = []
        for origin, months, actual, expected, last_value, rule, is_hit in rows:
            if months != horizon:
                continue
            at = origin - indices[0]
            drift = totals[at] + (totals[at] - totals[max(at - 12, 0)]) * horizon / min(at, 12)
            guesses = (float(expected), float(last_value), drift, float(rule))
            for method, guess in zip(METHODS, guesses, strict=True):
                errors[method].append(abs(guess / float(actual) - 1))
            if is_hit is not None:
                hits.append(is_hit)
        scores[horizon] = Score(errors, hits)
    return scores


def _changes(history: History) -> dict[str, np.ndarray]:
    """The changes of MRR and of what is committed, one a customer and month, as columns."""
    mrr, committed = history.mrr, history.mrr - history.pending
    before, committed_before = np.zeros_like(mrr), np.zeros_like(mrr)
    before[:, 1:], committed_before[:, 1:] = mrr[:, :-1], committed[:, :-1]
    customers, months = np.nonzero((mrr != before) | (committed != committed_before))
    at = (customers, months)
    index = _LAST - mrr.shape[1] + 1 + months
    return {
        "customer": customers, "month_index": index, "told_index": index + history.told_late[at],
        "before": before[at], "after": mrr[at], "committed_before": committed_before[at],
        "committed_after": committed[at],
    }  # fmt: skip


def _scored(task: tuple[str, int, Sequence[Model]]) -> dict[int, Score]:
    name, seed, models = task
    history = medium_company(seed) if name == MEDIUM else drawn(SHAPES[name], seed)
    return backtest(history, models)


def measured(seeds: int, medium: int) -> Iterator[tuple[str, list[dict[int, Score]]]]:
    """Each shape with the backtests of its companies, one a seed."""
    models = compiled_models()
    companies = {MEDIUM: medium} if medium else {}
    companies |= dict.fromkeys(SHAPES, seeds)
    with ProcessPoolExecutor(2) as workers:
        for name, count in companies.items():
            tasks = [(name, seed, models) for seed in range(1, count + 1)]
            yield name, list(workers.map(_scored, tasks))


def row(name: str, scores: Sequence[Mapping[int, Score]]) -> list[str]:
    """A shape's cells: mean absolute errors in percent by method and horizon, and the share of hits."""
    cells = [name, str(sum(len(score[HORIZONS[-1]].errors[METHODS[0]]) for score in scores))]
    means = {
        method: [
            100 * float(np.mean(np.concatenate([score[horizon].errors[method] for score in scores])))
            for horizon in HORIZONS
        ]
        for method in METHODS
    }  # fmt: skip
    for method in METHODS:
        told = " / ".join(f"{mean:.1f}" for mean in means[method])
        worse = any(
            ours > 1.1 * theirs for ours, theirs in zip(means[METHODS[0]], means[METHODS[-1]], strict=True)
        )
        cells.append(f"**{told}**" if method == METHODS[0] and worse else told)
    hits = [np.concatenate([score[horizon].hits for score in scores]) for horizon in HORIZONS]
    cells.append(" / ".join(f"{100 * float(np.mean(hit)):.0f}" for hit in hits))
    return cells


def main() -> None:
    """Measure every shape and write the table."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--seeds", type=int, default=10, help="companies of each shape (default 10)")
    options.add_argument(
        "--medium", type=int, default=20, help="medium companies of the simulation (default 20)"
    )
    given = options.parse_args()
    began = time.process_time()
    lines = [
        f"| company | origins | {' | '.join(METHODS)} | in the 80 % range |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, scores in measured(given.seeds, given.medium):
        lines.append(f"| {' | '.join(row(name, scores))} |")
        print(lines[-1], flush=True)
    table = "\n".join([*lines, ""])
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_TABLE.sub(lambda found: found[1] + table + found[2], page), encoding="utf-8")
    print(f"{PAGE} is up to date ({time.process_time() - began:.0f} CPU seconds in this process).")


if __name__ == "__main__":
    main()
