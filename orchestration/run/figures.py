"""The figures of a published file that a run is told by: one line of it, month by month a plot."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from orchestration.machine.duckdb_files import open_published
from orchestration.machine.limits import Limits


@dataclass(frozen=True)
class Figures:
    """Where a company stands at the end of a release; amounts in the reporting currency."""

    month: date
    """First day of the newest month."""
    mrr: Decimal
    customers: int
    churn_rate: float | None
    """The share (0 to 1) of customers lost in the last month that is over; None where none is."""
    nps: float | None
    """NPS (-100 to 100) of the last month that is over."""


def read_figures(file: Path, limits: Limits) -> Figures | None:
    """The figures of a published file; None of a company that never had MRR."""
    with open_published(file, limits) as connection:
        rows = connection.execute(
            "select period_month, closing_mrr, closing_customers, customer_churn_rate, nps, is_partial "
            "from marts.fct_company_monthly order by period_month desc limit 2"
        ).fetchall()
    if not rows:
        return None
    month, mrr, customers, *_ = rows[0]
    *_, churn_rate, nps, _ = next((row for row in rows if not row[-1]), (None, None, None))
    return Figures(month, mrr, customers, churn_rate, None if nps is None else float(nps))
