"""Every dbt unit test and data test, on the marts of the sample."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from pipeline import SAMPLE_AS_OF

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


def dbt_test(company: Company, *arguments: str) -> dict[str, str]:
    """The status of every test, by its name."""
    with dbt_profile(company):
        outcome = dbtRunner().invoke(dbt_arguments(company, *arguments))
    assert outcome.exception is None, outcome.exception
    return {
        result.node.name: f"{result.status} {result.message or ''}".strip()
        for result in outcome.result.results
        if result.node.resource_type != "operation"
    }


def test_every_rule_of_a_model_in_words(copy):
    results = dbt_test(copy, "--resource-type", "unit_test")
    assert len(results) >= 90
    assert {name: status for name, status in results.items() if status != "pass"} == {}


def test_every_key_and_identity_on_the_built_marts(copy):
    results = dbt_test(copy, "--exclude-resource-type", "unit_test")
    assert len(results) >= 100
    assert {name: status for name, status in results.items() if not status.startswith("pass")} == {}
