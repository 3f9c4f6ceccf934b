"""Bytes of the two kinds of extract files: JSON lines and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from orchestration.synthetic.catalogue import EXPONENT
from orchestration.synthetic.events import Value

Record = Mapping[str, Any]


def json_lines(records: Iterable[Record]) -> bytes:
    """One JSON object a line, keys as given."""
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return "".join(lines).encode()


def csv_bytes(
    header: Sequence[str], rows: Iterable[Sequence[Value]], delimiter: str = ",", encoding: str = "utf-8",
    end: str = "\n",
) -> bytes:  # fmt: skip
    """A CSV with a header; nothing is written as nothing."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end)
    writer.writerow(header)
    writer.writerows([["" if value is None else value for value in row] for row in rows])
    return buffer.getvalue().encode(encoding)


def epoch(value: Value) -> int | None:
    """An instant as whole seconds since 1970."""
    return int(value.timestamp()) if isinstance(value, datetime) else None


def minor(amount: Value, currency: Value) -> int | None:
    """An amount in the currency's smallest unit; the amounts of the company never have more decimals."""
    if not isinstance(amount, Decimal):
        return None
    return int(amount.scaleb(EXPONENT[str(currency)]))


def minor_text(amount: Value, currency: Value) -> str | None:
    """A unit price in the smallest unit, fractions kept."""
    if not isinstance(amount, Decimal):
        return None
    shown = f"{amount.scaleb(EXPONENT[str(currency)]):f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
