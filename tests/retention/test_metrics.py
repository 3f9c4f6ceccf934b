"""The semantic models: churn, GRR and NRR over any slice, as MetricFlow computes them on the built marts."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt_metricflow.cli.cli_configuration import CLIConfiguration
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest

from orchestration.build import manifest
from orchestration.machine.project import PROJECT
from orchestration.settings import dbt_environment, load_company
from tests.equivalence.segments import segments_of
from tests.equivalence.warehouses import SMALL, Built, built_file, shared_folder

METRICS = ["customer_churn_rate", "grr", "nrr"]


def as_metricflow_wants_it(folder: Path) -> Path:
    """The dbt project with a copy of its parsed form in `target/`: MetricFlow looks there, and writes."""
    for name in ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests"):
        (folder / name).symlink_to(PROJECT / name)
    shutil.copytree(manifest.TARGET, folder / "target")
    return folder


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, worker_id: str):
    """MetricFlow on a copy of the small company's build: it writes, and the tests read the build itself."""
    built = built_file(shared_folder(tmp_path_factory, worker_id), SMALL[0])
    company = replace(
        load_company(built.parents[2] / "company.yml"), warehouse=tmp_path_factory.mktemp("metrics")
    )
    company.work.mkdir()
    shutil.copy(built, company.build_file)
    manifest.parsed()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in dbt_environment(company).items():
            environment.setenv(name, value)
        configuration = CLIConfiguration()
        project = as_metricflow_wants_it(tmp_path_factory.mktemp("project"))
        environment.setenv("DBT_TARGET_PATH", str(project / "target"))
        configuration.setup(project, project, configure_file_logging=False)
        yield configuration.mf
        DuckDBConnectionManager.close_all_connections()


def asked(engine: MetricFlowEngine, segment_type: str, group_by: list[str]) -> list[list[Any]]:
    """The metrics of one type of segment, by group."""
    request = MetricFlowQueryRequest.create(
        metric_names=METRICS,
        group_by_names=group_by,
        where_constraints=["{{ Dimension('churn_month__segment_type') }} = '" + segment_type + "'"],
    )
    return [list(row) for row in engine.query(request).result_df.rows]


def test_each_month_of_each_segment_is_the_oracles(engine: MetricFlowEngine, built: Built) -> None:
    segment = segments_of(built)["country"]
    compared = 0
    rows = asked(engine, "country", ["metric_time__month", "churn_month__segment_value"])
    for month, country, churn_rate, grr, nrr in rows:
        row = built.retention.churn_month(month.date(), segment=segment.get, value=country)
        assert (churn_rate, grr, nrr) == pytest.approx((row.customer_churn_rate, row.grr, row.nrr), abs=1e-6)
        compared += nrr is not None
    assert compared > 50


def test_several_months_are_weighted_with_what_they_started_from(
    engine: MetricFlowEngine, built: Built
) -> None:
    rows = {year.date(): rest for year, *rest in asked(engine, "all", ["metric_time__year"])}
    months = [built.retention.churn_month(date(2024, month, 1)) for month in range(1, 13)]
    starting = sum(month.starting_mrr for month in months)
    assert rows[date(2024, 1, 1)] == pytest.approx(
        [
            sum(month.churned_customers for month in months) / sum(m.starting_customers for m in months),
            float(sum(month.kept for month in months) / starting),
            float(sum(month.ended for month in months) / starting),
        ],
        abs=1e-6,
    )
