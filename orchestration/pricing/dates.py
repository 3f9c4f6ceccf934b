"""Days on which a subscription renews."""

import calendar
import re
from datetime import date, timedelta
from itertools import count

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def next_month(day: date) -> date:
    """The first day of the month after a day's."""
    return add_months(day.replace(day=1), 1)


def first_renewal(start: date, interval: str, earliest: date) -> date:
    """The first day on or after `earliest` that lies whole billing intervals after `start`.

    `interval` is one of the marts: month, year, or a number of units, as 14 days.
    """
    found = re.fullmatch(r"(?:(\d+) )?(day|week|month|quarter|year)s?", interval)
    if found is None:
        raise ValueError(f"{interval!r} is no billing interval")
    size, unit = int(found[1] or 1), found[2]
    if unit in _DAYS:
        step = timedelta(days=size * _DAYS[unit])
        return start + max(0, -((start - earliest) // step)) * step
    months = size * _MONTHS[unit]
    days = (add_months(start, number * months) for number in count())
    return next(day for day in days if day >= earliest)
