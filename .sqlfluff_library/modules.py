"""Stands in for dbt's `modules` while sqlfluff reads a model: any instant will do, since none is run."""

import datetime as _datetime
from types import SimpleNamespace

pytz = SimpleNamespace(utc=_datetime.UTC)
datetime = SimpleNamespace(
    datetime=SimpleNamespace(fromisoformat=lambda _: _datetime.datetime(2025, 1, 1, tzinfo=_datetime.UTC)),
    timedelta=_datetime.timedelta,
    date=_datetime.date,
)
