"""Runs that have ended, with everything a stranger could write into an extract."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from orchestration.errors import GateFailed
from orchestration.machine.duckdb_files import open_build
from orchestration.quality.gate import check
from orchestration.quality.results import create_quality_results, record
from orchestration.quality.rule import GateReport
from orchestration.run.steps import Run, StepTime
from orchestration.settings import Company
from tests.pipeline import mart_rules

AS_OF = datetime(2025, 7, 1, tzinfo=UTC)
HOSTILE = (
    '"\'><script src="http://evil.example/x.js"></script><img src=x onerror=alert(1)>&amp;{{ 7*7 }}\u202e'
)
RUNS = 3


@pytest.fixture
def hostile(copy: Company) -> Company:
    """The sample under a name, with segment values and with refused rows that try to be markup."""
    company = replace(copy, name=HOSTILE)
    with open_build(company) as connection:
        create_quality_results(connection)
        connection.execute("update marts.fct_mrr_monthly set segment_value = ?, arr = arr + 1", [HOSTILE])
        connection.execute(
            "insert into audit.rejects "
            "(source_name, file, line, column_name, code, value, message, loaded_at) values "
            "('stripe', ?, 3, 'currency', ?, ?, ?, ?), "
            "('stripe', 'customers.csv', 4, 'email', 'bad_email', "
            "'ada@example.org', 'ada@example.org is no address', ?)",
            [
                HOSTILE,
                HOSTILE,
                HOSTILE,
                f"{HOSTILE} is no currency",
                datetime(2025, 7, 1),
                datetime(2025, 7, 1),
            ],
        )
    return company


@pytest.fixture
def refused_run(hostile: Company) -> Run:
    """A run that the mart gate stopped, the third of its kind."""
    rules = [rule for rule in mart_rules() if rule.name == "months_are_plausible"]
    report = GateReport("marts", tuple(check(hostile.build_file, "marts", rules)))
    for number in range(1, RUNS + 1):
        run = Run(hostile, AS_OF, run_id=f"{number:032d}")
        with open_build(hostile) as connection:
            record(connection, report, AS_OF, run.run_id)
    run.reports.append(report)
    run.times += [StepTime("start-up", 1.0, 2.0), StepTime("mart gate", 0.5, 0.5)]
    run.failure = GateFailed("The marts gate stopped the run.")
    return run
