"""Companies of nothing but invoices, built as far as revenue goes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.run.steps import Run
from orchestration.settings import Company
from tests.equivalence.warehouses import build_marts
from tests.pipeline import write_canonical, write_company

MARTS = ("fct_revenue_waterfall", "fct_deferred_revenue_monthly")


def write_invoices(folder: Path, tables: dict[str, list[dict[str, Any]]], **settings: Any) -> Company:
    """A company with these canonical rows, their instants in UTC."""
    in_utc = {
        table: [{name: _utc(value) for name, value in row.items()} for row in rows]
        for table, rows in tables.items()
    }
    write_canonical(folder / "extracts" / "source", in_utc)
    return write_company(folder, **settings)


def _utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def build_revenue(company: Company, as_of: datetime, marts: Sequence[str] = MARTS) -> Company:
    """Land what the company has and build the marts of revenue."""
    Run(company, as_of).land()
    build_marts(company, as_of, marts)
    return company
