"""Every dbt unit test and data test, on the marts of the sample."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from pipeline import SAMPLE_AS_OF, copy_of

from orchestration.build.dbt_shortcuts import dbt_shortcuts
from orchestration.machine.project import PROJECT
from orchestration.settings import Company, dbt_environment, dbt_vars


def dbt_arguments(company: Company, *arguments: str) -> list[str]:
    """`dbt test`, parsed from nothing: a partial parse does not see a changed expectation."""
    options = {
        "--project-dir": PROJECT,
        "--profiles-dir": PROJECT,
        "--target-path": company.work / "dbt",
        "--log-path": company.work / "logs",
        "--log-level": "none",
        "--vars": json.dumps(dbt_vars(company, SAMPLE_AS_OF)),
    }
    given = [text for name, value in options.items() for text in (name, str(value))]
    return ["test", "--no-partial-parse", "--no-send-anonymous-usage-stats", *given, *arguments]


@contextmanager
def dbt_profile(company: Company) -> Iterator[None]:
    """The environment in which dbt finds the company's build file."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in dbt_environment(company).items():
            environment.setenv(name, value)
        yield
    DuckDBConnectionManager.close_all_connections()


@pytest.fixture(scope="module")
def results(sample: Company, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """By type, the status of every test by its name: both types in one call, which parses the project."""
    company = copy_of(sample, tmp_path_factory.mktemp("tested"))
    with dbt_profile(company), dbt_shortcuts():
        outcome = dbtRunner().invoke(dbt_arguments(company))
    assert outcome.exception is None, outcome.exception
    found: dict[str, dict[str, str]] = {"unit_test": {}, "test": {}}
    for result in outcome.result.results:
        if result.node.resource_type != "operation":
            status = f"{result.status} {result.message or ''}".strip()
            found[result.node.resource_type][result.node.name] = status
    return found


def test_every_rule_of_a_model_in_words(results):
    assert len(results["unit_test"]) >= 90
    assert {name: status for name, status in results["unit_test"].items() if status != "pass"} == {}


def test_every_key_and_identity_on_the_built_marts(results):
    assert len(results["test"]) >= 100
    assert {name: status for name, status in results["test"].items() if not status.startswith("pass")} == {}
