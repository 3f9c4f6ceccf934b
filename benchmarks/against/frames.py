"""The customer months in pandas and in polars, as an analyst who knows either would write them by hand.

Both start from the file of states (see `states`) and end with one row a customer and month while it has MRR
at either end. Money is in whole millionths: a data frame of pandas has no decimals. Events, not a spine of
months: the start of a state adds, its end takes away, and each month in which something changed stands
until the next.
"""

import importlib
import time
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.against.states import LAST_MONTH

PER_UNIT = 1_000_000
ROWS = """
    select
        customer_id, make_date((month - 1) // 12, (month - 1) % 12 + 1, 1) as period_month,
        cast(opening * 0.000001 as decimal(38, 6)) as opening,
        cast(closing * 0.000001 as decimal(38, 6)) as closing, movement
    from {found}
"""


def pandas_months(states: Path, rows: Path) -> float:
    """Write the rows that pandas finds; its CPU seconds from the file of states to the frame."""
    import numpy as np
    import pandas as pd

    began = time.process_time()
    frame = duckdb.sql(
        f"select customer_id, first_day, end_day, cast(mrr * {PER_UNIT} as bigint) as mrr "
        f"from read_parquet('{states}')"
    ).df()
    ended = frame.dropna(subset="end_day")
    events = pd.concat(
        [
            pd.DataFrame(
                {"customer_id": part["customer_id"], "month": _month(part[day]), "delta": sign * part["mrr"]}
            )
            for part, day, sign in ((frame, "first_day", 1), (ended, "end_day", -1))
        ]
    )
    events = events[events["month"] <= LAST_MONTH]
    changes = events.groupby(["customer_id", "month"], as_index=False)["delta"].sum()
    changes = changes[changes["delta"] != 0]
    customer = changes.groupby("customer_id")
    changes["closing"] = customer["delta"].cumsum()
    changes["place"] = customer.cumcount()
    lasts = customer["month"].shift(-1, fill_value=LAST_MONTH + 1) - changes["month"]
    months = changes.loc[changes.index.repeat(lasts)].reset_index(drop=True)
    since = months.groupby(["customer_id", "place"]).cumcount()
    months["month"] += since
    months["opening"] = months["closing"] - months["delta"].where(since == 0, 0)
    months = months[(months["opening"] > 0) | (months["closing"] > 0)]
    opening, closing = months["opening"], months["closing"]
    months["movement"] = np.select(
        [
            opening == closing,
            (opening == 0) & (months["place"] == 0),
            opening == 0,
            closing == 0,
            closing > opening,
        ],
        ["none", "new", "reactivation", "churn", "expansion"],
        "contraction",
    )
    seconds = time.process_time() - began
    duckdb.sql(ROWS.format(found="months")).write_parquet(str(rows))
    return seconds


def _month(days: Any) -> Any:
    return days.dt.year * 12 + days.dt.month


def polars_months(states: Path, rows: Path) -> float:
    """Write the rows that polars finds; its CPU seconds from the file of states to the frame.

    Raises SystemExit where polars is not installed.
    """
    pl = import_polars()
    began = time.process_time()
    frame = pl.scan_parquet(states).with_columns((pl.col("mrr") * PER_UNIT).cast(pl.Int64))
    starts, ends = (
        frame.select(
            "customer_id",
            (pl.col(day).dt.year() * 12 + pl.col(day).dt.month()).cast(pl.Int64).alias("month"),
            (pl.col("mrr") * sign).alias("delta"),
        )
        for day, sign in (("first_day", 1), ("end_day", -1))
    )
    changes = (
        pl.concat([starts, ends])
        .filter(pl.col("month") <= LAST_MONTH)
        .group_by("customer_id", "month")
        .agg(pl.col("delta").sum())
        .filter(pl.col("delta") != 0)
        .sort("customer_id", "month")
        .with_columns(
            pl.col("delta").cum_sum().over("customer_id").alias("closing"),
            pl.col("month").shift(-1).over("customer_id").fill_null(LAST_MONTH + 1).alias("next_month"),
            pl.col("month").cum_count().over("customer_id").alias("place"),
            pl.col("month").alias("changed"),
        )
    )
    opening, closing = pl.col("opening"), pl.col("closing")
    months = (
        changes.with_columns(pl.int_ranges("month", "next_month").alias("month"))
        .explode("month")
        .with_columns(
            pl.when(pl.col("month") == pl.col("changed")).then(closing - pl.col("delta")).otherwise(closing)
            .alias("opening")
        )
        .filter((opening > 0) | (closing > 0))
        .with_columns(
            pl.when(opening == closing).then(pl.lit("none"))
            .when((opening == 0) & (pl.col("place") == 1)).then(pl.lit("new"))
            .when(opening == 0).then(pl.lit("reactivation"))
            .when(closing == 0).then(pl.lit("churn"))
            .when(closing > opening).then(pl.lit("expansion"))
            .otherwise(pl.lit("contraction"))
            .alias("movement")
        )
        .select("customer_id", "month", "opening", "closing", "movement")
        .collect()
    )  # fmt: skip
    seconds = time.process_time() - began
    found = rows.with_name("found_by_polars.parquet")
    months.write_parquet(found)
    duckdb.sql(ROWS.format(found=f"read_parquet('{found}')")).write_parquet(str(rows))
    return seconds


def import_polars() -> Any:
    """The module. Raises SystemExit, with the command that installs it, where it is not installed."""
    try:
        return importlib.import_module("polars")
    except ModuleNotFoundError:
        raise SystemExit(
            "polars is not installed, and no part of this project needs it: .venv/bin/uv pip install "
            "polars==2.1.0, or leave it out with --only."
        ) from None
