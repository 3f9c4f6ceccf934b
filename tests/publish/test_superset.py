"""Apache Superset, in an environment of its own: a dataset and a chart over the published file by its API."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from environments import free_port, python_with

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


def test_a_chart_sees_the_next_release_without_a_restart(company, release, tmp_path):
    release(100)
    folder = tmp_path / "superset"
    folder.mkdir()
    executables = python_with(folder / "environment", *REQUIREMENTS)
    with _running(executables, folder) as address:
        superset = Superset(address)
        superset.log_in()
        database = superset.call(
            "POST",
            "database/",
            {
                "database_name": "saas-metrics",
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
