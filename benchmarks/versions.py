"""Item versions in bulk, for benchmarks: numpy columns to DuckDB to one file a table, chunk by chunk.

The subscriptions are shaped like the simulated ones (a start, changes of seats, dunning,
an end) without their
stories: what matters here is the volume and that the models meet every kind of version.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import duckdb
import numpy as np

from orchestration.errors import ConfigurationError

CHUNK = 1_000_000
VERSIONS_PER_ITEM = 10
ITEMS_PER_SUBSCRIPTION = 2
START = np.datetime64("2020-07-01T00:00:00")
SECONDS = 5 * 365 * 86_400
FORMATS = {"parquet": "(format parquet, compression zstd)", "csv": "(format csv, header)"}
Columns = dict[str, Any]

ITEM_SQL = """
select
    'sub_' || subscription as subscription_id,
    'si_' || item as item_id,
    {instant} as valid_from,
    case status when 0 then 'active' when 1 then 'past_due' when 2 then 'ended' end as status,
    'price_' || product || case period when 0 then '_month_' else '_year_' end || currency as price_id,
    'product_' || product as product_id,
    'Plan ' || product as plan_name,
    ['EUR', 'USD', 'GBP'][currency + 1] as currency,
    cast(cents / 100 as decimal(18, 2)) as unit_amount,
    quantity,
    'per_unit' as billing_scheme,
    'licensed' as usage_type,
    case period when 0 then 'month' else 'year' end as interval_unit,
    1 as interval_count,
    false as cancel_at_period_end
from chunk
order by item, moment
"""
SUBSCRIPTION_SQL = """
select
    'sub_' || subscription as subscription_id,
    'cus_' || subscription as customer_id,
    ['EUR', 'USD', 'GBP'][any_value(currency) + 1] as currency,
    case when max(moment) filter (where status = 2) is null then 'active' else 'ended' end as status,
    {instant} as started_at,
    {ended} as ended_at
from chunk
group by subscription
order by subscription
"""
CUSTOMER_SQL = """
select
    'cus_' || subscription as customer_id,
    'Customer ' || subscription as name,
    ['FR', 'US', 'GB'][any_value(currency) + 1] as country,
    {instant} as created_at,
    case when subscription % 4 = 0 then 'high_touch' else 'low_touch' end as sales_model,
    ['organic_search', 'google_ads', 'referral', 'outbound'][subscription % 4 + 1] as acquisition_channel,
    false as is_test,
    false as is_internal
from chunk
group by subscription
order by subscription
"""
RATES_SQL = """
select cast(day as date) as rate_on, base, 'EUR' as quote, cast(rate as decimal(18, 6)) as rate
from range(date '2020-06-01', date '2025-08-01', interval 1 day) as days (day),
    (values ('USD', 0.92), ('GBP', 1.16)) as bases (base, rate)
order by 1, 2
"""


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows each table got."""

    versions: int
    subscriptions: int


def write_versions(folder: Path, versions: int, seed: int, file_format: str = "parquet") -> Written:
    """Write `versions` item versions (rounded up to whole subscriptions), their subscriptions and customers.

    One file a table, `folder/<table>.<format>`, put together from chunks: memory stays low at any volume.
    ConfigurationError for a format other than parquet or csv.
    """
    if file_format not in FORMATS:
        raise ConfigurationError(f"format '{file_format}' is not known: choose parquet or csv and run again.")
    per_subscription = VERSIONS_PER_ITEM * ITEMS_PER_SUBSCRIPTION
    subscriptions = -(-versions // per_subscription)
    step = CHUNK // per_subscription
    folder.mkdir(parents=True, exist_ok=True)
    parts = Path(tempfile.mkdtemp(prefix=".parts_", dir=folder))
    connection = duckdb.connect(config={"memory_limit": "2GB", "threads": 2, "temp_directory": str(parts)})
    try:
        for number, first in enumerate(range(0, subscriptions, step)):
            count = min(step, subscriptions - first)
            chunk = _chunk(np.random.Generator(np.random.PCG64([seed, number])), first, count)
            connection.register("chunk", chunk)
            for table, sql in _statements().items():
                _copy(connection, sql, parts / f"{table}_{number:05d}.parquet", "parquet")
            connection.unregister("chunk")
        for table in _statements():
            pieces = _quoted(parts / f"{table}_*.parquet")
            _copy(connection, f"from {pieces}", folder / f"{table}.{file_format}", file_format)
        _copy(connection, RATES_SQL, folder / f"fx_rates.{file_format}", file_format)
    finally:
        connection.close()
        shutil.rmtree(parts)
    return Written(subscriptions * per_subscription, subscriptions)


def _statements() -> dict[str, str]:
    def instant(column: str) -> str:
        return f"strftime(make_timestamp({column} * 1000000), '%Y-%m-%dT%H:%M:%SZ')"

    return {
        "subscription_items": ITEM_SQL.format(instant=instant("moment")),
        "subscriptions": SUBSCRIPTION_SQL.format(
            instant=instant("min(moment)"), ended=instant("max(moment) filter (where status = 2)")
        ),
        "customers": CUSTOMER_SQL.format(instant=instant("min(moment)")),
    }


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _copy(connection: duckdb.DuckDBPyConnection, sql: str, path: Path, file_format: str) -> None:
    connection.execute(f"copy ({sql}) to {_quoted(path)} {FORMATS[file_format]}")


def _chunk(generator: np.random.Generator, first: int, count: int) -> Columns:
    """The versions of `count` subscriptions as columns, item by item in time order."""
    items, per_item = count * ITEMS_PER_SUBSCRIPTION, VERSIONS_PER_ITEM
    subscription = np.repeat(np.arange(first, first + count), ITEMS_PER_SUBSCRIPTION)
    begin = generator.integers(0, SECONDS * 9 // 10, count)
    length = generator.integers(SECONDS // 40, SECONDS // 3, count)
    starts = np.repeat(begin, ITEMS_PER_SUBSCRIPTION)
    spans = np.repeat(np.minimum(length, SECONDS - begin), ITEMS_PER_SUBSCRIPTION)
    # Steps of random length, scaled to the subscription's time, at least a second apart.
    steps = np.cumsum(generator.integers(1, 1_000, (items, per_item)), axis=1)
    at = starts[:, None] + (steps - steps[:, :1]) * spans[:, None] // steps[:, -1:] + np.arange(per_item)
    seats = np.clip(np.cumsum(generator.integers(-2, 4, (items, per_item)), axis=1) + 5, 1, None)
    status = np.where(generator.integers(0, 20, (items, per_item)) == 0, 1, 0)
    ends = np.repeat(generator.integers(0, 3, count) == 0, ITEMS_PER_SUBSCRIPTION)
    status[:, -1] = np.where(ends, 2, 0)
    product = generator.integers(1, 6, items)
    period = np.repeat(generator.integers(0, 5, count) // 4, ITEMS_PER_SUBSCRIPTION)
    currency = np.repeat(generator.integers(0, 3, count), ITEMS_PER_SUBSCRIPTION)
    cents = product * 1_900 * np.where(period == 1, 10, 1)
    item = np.arange(first * ITEMS_PER_SUBSCRIPTION, (first + count) * ITEMS_PER_SUBSCRIPTION)
    offset = int((START - np.datetime64("1970-01-01T00:00:00")).astype(int))
    return {
        "subscription": np.repeat(subscription, per_item), "item": np.repeat(item, per_item),
        "moment": (at + offset).ravel(), "status": status.ravel(), "quantity": seats.ravel(),
        "product": np.repeat(product, per_item), "period": np.repeat(period, per_item),
        "currency": np.repeat(currency, per_item), "cents": np.repeat(cents, per_item),
    }  # fmt: skip


@click.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), required=True)
@click.option(
    "--versions", "count", type=click.IntRange(min=1), required=True, help="How many item versions."
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--format", "file_format", type=click.Choice(list(FORMATS)), default="parquet", show_default=True
)
def main(folder: Path, count: int, seed: int, file_format: str) -> None:
    """Item versions for benchmarks, with their subscriptions, customers and rates."""
    written = write_versions(folder, count, seed, file_format)
    click.echo(f"{written.versions} versions of {written.subscriptions} subscriptions in {folder}")


if __name__ == "__main__":
    main()
