"""Apache Superset, in an environment of its own, by its API: the next release, and examples/superset."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from environments import free_port, python_with

from orchestration.machine.duckdb_files import open_published
from orchestration.machine.project import PROJECT

pytestmark = pytest.mark.slow

# Superset 6.1 imports rich and cachetools without asking for them, and can't work with flask-caching 2.4.
REQUIREMENTS = (
    "apache-superset==6.1.0",
    "duckdb==1.5.6",
    "duckdb-engine==0.17.0",
    "cachetools>=5,<7",
    "rich>=13,<15",
    "flask-caching==2.3.1",
)
EXAMPLE = PROJECT / "examples" / "superset"
PERSON = {"username": "analyst", "password": "analyst"}
CONFIGURATION = """
from sqlalchemy.pool import NullPool

SECRET_KEY = "a secret of this test, which nobody else needs to know"
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False


def DB_CONNECTION_MUTATOR(uri, params, username, security_manager, source):
    params["poolclass"] = NullPool
    return uri, params
"""


class Superset:
    """A running Superset, spoken to through its REST API only."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._session = requests.Session()

    def log_in(self) -> None:
        """Take a token; every later call carries it."""
        told = self.call("POST", "security/login", {**PERSON, "provider": "db", "refresh": False})
        self._session.headers["Authorization"] = f"Bearer {told['access_token']}"

    def call(self, method: str, path: str, body: dict[str, object] | None = None) -> dict:
        """The answer of one endpoint; a refusal fails the test with Superset's own words."""
        answer = self._session.request(method, f"{self._address}/api/v1/{path}", json=body, timeout=60)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def chart(self, number: int) -> list[dict]:
        """The rows a saved chart shows now."""
        return self.call("GET", f"chart/{number}/data/")["result"][0]["data"]

    def ask(self, context: dict[str, Any], **changes: Any) -> list[dict]:
        """The rows of a chart's query with some of its parts changed, as a filter changes them."""
        asked = {**context, "force": True, "queries": [{**context["queries"][0], **changes}]}
        return self.call("POST", "chart/data", asked)["result"][0]["data"]

    def import_dashboard(self, archive: Path) -> None:
        """Import a packed dashboard with its charts, datasets and database."""
        with archive.open("rb") as packed:
            answer = self._session.post(
                f"{self._address}/api/v1/dashboard/import/", files={"formData": packed}, timeout=120
            )
        assert answer.ok, answer.text


@contextlib.contextmanager
def _running(executables: Path, folder: Path) -> Iterator[str]:
    configuration = folder / "superset_config.py"
    configuration.write_text(CONFIGURATION.format(folder=folder))
    environment = {
        **os.environ,
        "SUPERSET_CONFIG_PATH": str(configuration),
        "FLASK_APP": "superset.app:create_app()",
    }
    log = (folder / "superset.log").open("w")

    def superset(*arguments: str) -> list[str]:
        return [str(executables / "superset"), *arguments]

    admin = ("--firstname", "A", "--lastname", "B", "--email", "analyst@example.org")
    for step in (
        ("db", "upgrade"),
        ("fab", "create-admin", "--username", PERSON["username"], "--password", PERSON["password"], *admin),
        ("init",),
    ):
        subprocess.run(superset(*step), env=environment, stdout=log, stderr=log, check=True)
    port = free_port()
    server = subprocess.Popen(superset("run", "-p", str(port)), env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/health", server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def _wait_for(address: str, server: subprocess.Popen) -> None:
    for _ in range(240):
        assert server.poll() is None, "Superset ended before it answered; its log is beside its configuration"
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(address, timeout=5).ok:
                return
        time.sleep(0.5)
    pytest.fail("Superset did not answer within two minutes")


@pytest.fixture(scope="module")
def superset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("superset")
    executables = python_with(folder / "environment", *REQUIREMENTS)
    with _running(executables, folder) as address:
        spoken_to = Superset(address)
        spoken_to.log_in()
        yield spoken_to


def test_a_chart_sees_the_next_release_without_a_restart(superset, company, release):
    release(100)
    database = superset.call(
        "POST",
        "database/",
        {
            "database_name": "two releases",
            "sqlalchemy_uri": f"duckdb:///{company.published_file}",
            "extra": json.dumps({"engine_params": {"connect_args": {"read_only": True}}}),
        },
    )["id"]
    dataset = superset.call(
        "POST", "dataset/", {"database": database, "schema": "marts", "table_name": "fct_mrr_monthly"}
    )["id"]
    query = {
        "datasource": {"id": dataset, "type": "table"},
        "force": True,
        "queries": [
            {
                "columns": ["segment_type"],
                "metrics": [
                    {
                        "expressionType": "SIMPLE",
                        "aggregate": "SUM",
                        "column": {"column_name": "closing_mrr"},
                        "label": "mrr",
                    }
                ],
            }
        ],
        "result_format": "json",
        "result_type": "full",
    }
    chart = superset.call(
        "POST",
        "chart/",
        {
            "slice_name": "Closing MRR",
            "viz_type": "table",
            "datasource_id": dataset,
            "datasource_type": "table",
            "query_context": json.dumps(query),
        },
    )["id"]
    assert superset.chart(chart) == [{"segment_type": "all", "mrr": 100}]
    release(200, day=2)
    assert superset.chart(chart) == [{"segment_type": "all", "mrr": 200}]


@pytest.fixture(scope="module")
def dashboard(superset, sample, tmp_path_factory) -> dict[str, dict]:
    """The charts of the imported example by name: id, params and query_context."""
    archive = tmp_path_factory.mktemp("example") / "superset.zip"
    subprocess.run([sys.executable, EXAMPLE / "pack.py", sample.published_file, archive], check=True)
    superset.import_dashboard(archive)
    listed = superset.call("GET", "dashboard/subscription-metrics/charts")["result"]
    charts = [superset.call("GET", f"chart/{chart['id']}")["result"] for chart in listed]
    return {
        chart["slice_name"]: {
            "id": chart["id"],
            "params": json.loads(chart["params"]),
            "query": json.loads(chart["query_context"]),
        }
        for chart in charts
    }


def _mart(company, sql: str) -> list[dict[str, Any]]:
    with open_published(company.published_file) as connection:
        asked = connection.execute(sql)
        names = [name for name, *_ in asked.description]
        return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]


def _told(rows: list[dict], *by: str) -> dict[tuple, dict[str, Any]]:
    """What is told of each month and label; no row comes twice."""
    told = {}
    for row in rows:
        key = (_month(row["period_month"]), *(row[name] for name in by))
        assert key not in told
        told[key] = {name: _exact(value) for name, value in row.items() if name not in ("period_month", *by)}
    return told


def _month(told: Any) -> date:
    return told if isinstance(told, date) else datetime.fromtimestamp(told / 1000, UTC).date()


def _exact(value: Any) -> Any:
    """Superset tells money as a double, whose digits are those of the mart."""
    return Decimal(str(value)) if value is not None else None


COMPLETE = "select * from marts.fct_company_monthly where not is_partial"
OF_PLANS = (
    "select period_month, segment_value as plan, closing_mrr from marts.fct_mrr_monthly "
    "where segment_type = 'plan' and not is_partial"
)


def test_each_chart_of_the_company_shows_its_mart(superset, sample, dashboard):
    months = {row["period_month"]: row for row in _mart(sample, COMPLETE)}
    shown = {name for name, chart in dashboard.items() if not chart["params"].get("groupby")}
    assert shown == {
        "MRR", "ARR", "Customers", "ARPA", "NRR, 12 months", "Customer churn", "MRR movements", "Retention",
    }  # fmt: skip
    for name in shown:
        (query,) = dashboard[name]["query"]["queries"]
        assert query["metrics"] == (
            dashboard[name]["params"].get("metrics") or [dashboard[name]["params"]["metric"]]
        )
        assert _told(superset.chart(dashboard[name]["id"])) == {
            (month,): {metric: _exact(row[metric]) for metric in query["metrics"]}
            for month, row in months.items()
        }, name


def test_the_charts_by_plan_and_segment_add_up_to_the_company(superset, sample, dashboard):
    told = _told(superset.chart(dashboard["MRR by plan"]["id"]), "plan")
    assert {key: row for key, row in told.items() if row["closing_mrr"]} == {
        key: row for key, row in _told(_mart(sample, OF_PLANS), "plan").items() if row["closing_mrr"]
    }
    for name, label in (("MRR by plan", "plan"), ("MRR by segment", "segment")):
        totals: dict[date, Decimal] = {}
        for (month, _), row in _told(superset.chart(dashboard[name]["id"]), label).items():
            totals[month] = totals.get(month, Decimal(0)) + row["closing_mrr"]
        assert totals == {row["period_month"]: row["closing_mrr"] for row in _mart(sample, COMPLETE)}, name


def test_the_filters_reach_the_charts_they_are_about(superset, sample, dashboard):
    told = superset.call("GET", "dashboard/subscription-metrics")["result"]
    month, segment = json.loads(told["json_metadata"])["native_filter_configuration"]
    of_company = {chart["id"] for chart in dashboard.values() if not chart["params"].get("groupby")}
    assert (month["filterType"], month["scope"]["excluded"]) == ("filter_time", [])
    # The company's table has no segments, so that filter stays away from its charts.
    assert set(segment["scope"]["excluded"]) == of_company
    (target,) = segment["targets"]
    chosen = dashboard["MRR by plan"]
    assert (target["column"]["name"], target["datasetId"]) == ("segment", chosen["query"]["datasource"]["id"])

    filters = [
        {"col": "period_month", "op": "TEMPORAL_RANGE", "val": "2025-03-01 : 2025-06-01"},
        {"col": "segment", "op": "IN", "val": ["unknown"]},
        {"col": "is_partial", "op": "IS FALSE"},
    ]
    rows = superset.ask(chosen["query"], filters=filters)
    expected = _mart(
        sample,
        "select period_month, plan, sum(closing_mrr) as closing_mrr from marts.fct_customer_plan_mrr_monthly "
        "where segment = 'unknown' and period_month between '2025-03-01' and '2025-05-01' group by all",
    )
    assert len(expected) > 2
    assert _told(rows, "plan") == _told(expected, "plan")


def test_no_metric_adds_up_a_balance_over_months(superset, sample, dashboard):
    everything = {"columns": [], "series_columns": [], "filters": [{"col": "is_partial", "op": "IS FALSE"}]}
    (row,) = superset.ask(dashboard["MRR by plan"]["query"], metrics=["closing_mrr", "new_mrr"], **everything)
    last = max(_mart(sample, COMPLETE), key=lambda month: month["period_month"])
    (new,) = _mart(sample, "select sum(new_mrr) as mrr from marts.fct_company_monthly where not is_partial")
    assert (row["closing_mrr"], _exact(row["new_mrr"])) == (None, new["mrr"])
    (row,) = superset.ask(dashboard["MRR"]["query"], metrics=["closing_mrr", "nrr"], **everything)
    assert (_exact(row["closing_mrr"]), row["nrr"]) == (last["closing_mrr"], None)
    # No column but labels is offered, so nothing else can be dragged into a sum.
    for chart in dashboard.values():
        dataset = superset.call("GET", f"dataset/{chart['query']['datasource']['id']}")["result"]
        assert {column["type"] for column in dataset["columns"]} <= {"DATE", "VARCHAR", "BOOLEAN"}
