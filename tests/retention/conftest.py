"""The small synthetic company, landed and built once, beside the oracle of the same rows."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import duckdb
import pytest

from orchestration.night import Night
from orchestration.settings import load_company
from orchestration.synthetic.canonical import rows_known, write_canonical
from orchestration.synthetic.company import simulate
from orchestration.synthetic.oracle import Oracle
from orchestration.synthetic.oracle_inputs import Policies, RawRow, read_inputs

SEED = 7
COMPANY_FILE = """\
name: retention
reporting_currency: EUR
extracts: extracts
warehouse: warehouse
sources:
  - {name: demo, mapping: canonical}
"""


@dataclass(frozen=True)
class Built:
    """The build file of a company and what the oracle says of the same rows."""

    connection: duckdb.DuckDBPyConnection
    tables: dict[str, list[RawRow]]
    oracle: Oracle

    def rows(self, sql: str) -> list[tuple]:
        """The rows of a query on the built warehouse."""
        return self.connection.execute(sql).fetchall()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    folder = tmp_path_factory.mktemp("retention")
    synthetic = simulate("small", SEED)
    write_canonical(synthetic, folder / "extracts" / "demo")
    (folder / "company.yml").write_text(COMPANY_FILE, encoding="utf-8")
    company = load_company(folder / "company.yml")
    night = Night(company, synthetic.end)
    night.land()
    night.build()

    tables = defaultdict(list)
    for events in synthetic.lives():
        for table, rows in rows_known(events, synthetic.end).items():
            tables[table] += rows
    policies = Policies(reporting_currency="EUR", constant_currency_date=date(2025, 1, 1))
    oracle = Oracle(read_inputs(tables), policies, synthetic.end)
    with duckdb.connect(str(company.build_file), read_only=True) as connection:
        yield Built(connection, dict(tables), oracle)
