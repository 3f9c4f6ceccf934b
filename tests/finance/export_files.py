"""How vendors write files: instants, JSON lines, pages, CSV."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

FEBRUARY, MARCH, APRIL, MAY = (datetime(2025, month, 1) for month in (2, 3, 4, 5))


def seconds(instant: datetime) -> int:
    """An instant of UTC as most vendors write it."""
    return int(instant.replace(tzinfo=UTC).timestamp())


def lines(rows: Iterable[dict[str, Any]]) -> str:
    """JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def pages(records: str, rows: list[dict[str, Any]]) -> str:
    """A page of Lago's API as curl saves it."""
    return json.dumps({records: rows, "meta": {"current_page": 1, "next_page": None}}) + "\n"


def table(rows: list[dict[str, Any]]) -> str:
    """CSV text of a table; what a row lacks is empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return (
        "\n".join([",".join(names), *(",".join(str(row.get(name, "")) for name in names) for row in rows)])
        + "\n"
    )
