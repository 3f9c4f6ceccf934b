"""Figures that the oracle already has, for marts that are not built yet."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from oracle.finance import recognised_by_month
from tests.equivalence.warehouses import Built


@pytest.mark.xfail(
    strict=True,
    raises=duckdb.CatalogException,
    reason="specification, section 8: no mart of revenue recognition yet",
)
def test_revenue_is_recognised_by_the_day(built: Built) -> None:
    rows = built.rows(
        "select invoice_id || '/' || line_id, recognition_month, amount_native"
        " from marts.fct_revenue_recognition"
    )
    ours: dict[str, dict[date, Decimal]] = defaultdict(dict)
    for line, month, amount in rows:
        ours[line][month] = amount
    for row in built.tables["invoice_lines"]:
        start, end = row["service_start_at"], row["service_end_at"]
        if row["kind"] == "recurring" and start < end:
            first, last = built.oracle.local_day(start), built.oracle.local_day(end)
            theirs = recognised_by_month(row["amount_ex_tax"], first, last, places=4)
            assert ours[f"{row['invoice_id']}/{row['line_id']}"] == theirs
