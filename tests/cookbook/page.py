"""Pages of the cookbook's company: each SQL block is followed by the table that it gives."""

import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from orchestration.machine.project import PROJECT

PAGE: Path = PROJECT / "docs" / "cookbook.md"
PAGES: tuple[Path, ...] = (PAGE, PROJECT / "docs" / "finance.md", PROJECT / "docs" / "price-changes.md")
# A query, and the table under it, if it has one already.
QUERY = re.compile(r"(?P<block>```sql\n(?P<sql>.+?)```\n)(\n(?:\|[^\n]*\n)+)?", re.DOTALL)
# Shown of a ratio: DuckDB adds doubles up in no fixed order, so their last digits differ from build to build.
RATIO_DECIMALS = 6


def rewritten(page: str, connection: duckdb.DuckDBPyConnection) -> str:
    """The page with every table as the query above it gives it now."""
    return QUERY.sub(lambda found: f"{found['block']}\n{table_of(connection, found['sql'])}", page)


def table_of(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The answer to one query as a Markdown table."""
    answer = connection.execute(sql)
    rows = answer.fetchall()
    names = [column[0] for column in answer.description or ()]
    is_number = [
        any(isinstance(row[place], int | float | Decimal) for row in rows) for place in range(len(names))
    ]
    ruler = ["---:" if number else "---" for number in is_number]
    cells = [names, ruler, *([_shown(value) for value in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return str(round(value, RATIO_DECIMALS))
    return str(value).replace("|", "\\|")
