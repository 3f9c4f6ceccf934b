"""One small company per session, with its rows and its oracle."""

from __future__ import annotations

from collections import defaultdict

import pytest

from oracle.inputs import Policies, read_inputs
from oracle.ledger import Oracle
from orchestration.synthetic.canonical import rows_known
from orchestration.synthetic.company import Company, simulate

POLICIES = Policies(reporting_currency="EUR", reporting_timezone="Europe/Paris")


def tables_of(company: Company):
    tables = defaultdict(list)
    for events in company.lives():
        for table, rows in rows_known(events, company.end).items():
            tables[table] += rows
    return tables


@pytest.fixture(scope="session")
def small() -> Company:
    return simulate("small", 1)


@pytest.fixture(scope="session")
def small_tables(small):
    return tables_of(small)


@pytest.fixture(scope="session", params=[1, 2, 3])
def seeded(request):
    company = simulate("small", request.param)
    tables = tables_of(company)
    return company, tables, Oracle(read_inputs(tables), POLICIES, company.end)


@pytest.fixture(scope="session")
def medium():
    company = simulate("medium", 1)
    tables = tables_of(company)
    return tables, Oracle(read_inputs(tables), POLICIES, company.end)
