"""A company with a small build: the publishing room alone, on real files."""

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from pipeline import check_by_hand

from orchestration.landing.canonical import canonical_tables, create_audit_tables, create_raw_tables
from orchestration.machine.duckdb_files import open_build
from orchestration.publish.descriptions import Description
from orchestration.publish.release import Facts, create_release_tables, publish
from orchestration.quality.results import create_quality_results
from orchestration.settings import Company, load_company

CLASSES = {
    "fct_mrr_monthly": dict.fromkeys(("period_month", "segment_type", "closing_mrr", "is_partial"), "none"),
    "fct_churn_events": {
        "movement_id": "pseudonym",
        "reason": "none",
        "feedback": "free_text",
        "owner": "personal",
    },
}

DESCRIPTIONS = {
    "fct_mrr_monthly": Description("One row per month.", {"closing_mrr": "MRR at the month's end."}),
    "fct_churn_events": Description("One row per churn.", {}),
}


def _company_in(folder: Path) -> Company:
    path = folder / "company.yml"
    path.write_text(
        json.dumps(
            {
                "name": "acme",
                "reporting_currency": "EUR",
                "extracts": "extracts",
                "warehouse": "warehouse",
                "sources": [{"name": "billing", "mapping": "canonical"}],
                "publish": {"keep": 3},
            }
        )
    )
    return load_company(path)


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return _company_in(tmp_path)


def _build(company: Company, mrr: int) -> None:
    """A build whose one mart says a figure, with everything that publishing reads beside it."""
    with open_build(company) as connection:
        create_raw_tables(connection)
        create_audit_tables(connection)
        create_quality_results(connection)
        create_release_tables(connection)
        for schema in ("marts", "staging"):
            connection.execute(f"create schema if not exists {schema}")
        connection.execute(
            "create or replace table marts.fct_mrr_monthly as select date '2024-01-01' as period_month, "
            f"'all' as segment_type, {mrr}::decimal(18, 4) as closing_mrr, false as is_partial"
        )
        for table in canonical_tables().values():
            listed = ", ".join(f"'ada@example.org' as {name}" for name in ("source_name", *table.names))
            connection.execute(f"create or replace table staging.stg_{table.name} as select {listed}")


def _release(company: Company, mrr: int, day: int = 1) -> str:
    _build(company, mrr)
    check_by_hand(company, datetime(2024, 2, day, tzinfo=UTC))
    facts = Facts(f"{mrr:08d}{0:024d}", {"fct_mrr_monthly": "abc"}, CLASSES, DESCRIPTIONS)
    return publish(company, facts).release_id


@pytest.fixture
def build(company: Company):
    return partial(_build, company)


@pytest.fixture
def release(company: Company):
    return partial(_release, company)


@pytest.fixture(scope="module")
def two_releases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Company, str]:
    """A company whose figure is 100, and the kept release before; for tests that see nothing changed."""
    company = _company_in(tmp_path_factory.mktemp("two-releases"))
    kept = _release(company, 50)
    _release(company, 100, day=2)
    return company, kept
