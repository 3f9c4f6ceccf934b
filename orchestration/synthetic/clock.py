"""Calendar arithmetic of billing periods, in UTC."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta

MONTHS = {"month": 1, "quarter": 3, "year": 12}


def utc(year: int, month: int, day: int) -> datetime:
    """Midnight of a day in UTC."""
    return datetime(year, month, day, tzinfo=UTC)


def add_months(anchor: datetime, months: int) -> datetime:
    """The same day and time `months` later, or the last day of that month where it is shorter."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    day = min(anchor.day, calendar.monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


def add_periods(anchor: datetime, unit: str, count: int, periods: int) -> datetime:
    """The start of the n-th billing period after `anchor`."""
    if unit == "day":
        return anchor + timedelta(days=count * periods)
    return add_months(anchor, MONTHS[unit] * count * periods)


def month_starts(start: date, months: int) -> list[date]:
    """The first days of `months` calendar months from `start`'s on."""
    first = start.year * 12 + start.month - 1
    return [date((first + n) // 12, (first + n) % 12 + 1, 1) for n in range(months)]
