"""What the models are held against: the storage's own price, and other ways to the same rows."""

import time
from collections.abc import Iterable, Mapping

import duckdb

from orchestration.settings import Company, limits

FACT = "marts.fct_mrr_movements"
STATES = "intermediate.int_states__item_states"
# From the versions that carry their MRR to the event fact: the ledger of items, and days of customers.
FROM_THE_STATES = (
    "int_ledger__native_ledger", "int_movements__customer_currency_days", "fct_mrr_movements",
    "fct_mrr_ledger",
)  # fmt: skip
# What gives the versions their MRR: every rule of the specification on statuses, discounts and trials.
TO_THE_STATES = (
    "int_terms__changed_items", "int_terms__item_statuses", "int_terms__item_versions",
    "int_states__item_discounts",
    "int_states__item_cuts", "int_states__paid_before_trial", "int_states__interval_discounts",
    "int_states__interval_net_amounts", "int_states__item_states",
)  # fmt: skip


def days_in_force(columns: str) -> str:
    """The states with MRR: those columns, first_day and end_day (local days, the end not included).

    Up to the last day of the last whole month, so that the spine needs no rule for the unfinished one.
    """
    return f"""
        select
            {columns},
            cast(timezone('Europe/Paris', timezone('UTC', start_at)) as date) as first_day,
            cast(timezone('Europe/Paris', timezone('UTC', end_at)) as date) as end_day
        from {STATES}
        where mrr > 0 and start_at < timestamp '2025-06-30 22:00:00'
    """


# Local days once, for every way compared.
DAYS_IN_FORCE = days_in_force("customer_id, currency, mrr")
EVENTS = """
    select customer_id, currency, first_day as day, mrr as delta from days_in_force
    union all
    select customer_id, currency, end_day, -mrr from days_in_force where end_day <= date '2025-06-30'
"""
DAYS = f"""
    with days as (
        select customer_id, currency, day, sum(delta) as delta from ({EVENTS}) group by all
    )
    select *, sum(delta) over (partition by customer_id, currency order by day) as after
    from days where delta <> 0
"""
# Each month in which a customer's MRR changed: by adding up events, and by the customer x month spine.
MONTHS = f"""
    with months as (
        select customer_id, currency, year(day) * 12 + month(day) as month, sum(delta) as delta
        from ({EVENTS}) group by all
    ),
    running as (
        select *, sum(delta) over (partition by customer_id, currency order by month) as closing
        from months where delta <> 0
    )
    select customer_id, currency, month, closing - delta as opening, delta, closing from running
"""
SPINE = """
    with customers as (
        select customer_id, currency, min(first_day) as first_day from days_in_force group by all
    ),
    months as (
        select last_day(cast(day as date)) as month_end
        from range(date '2020-06-01', date '2025-07-01', interval 1 month) as days (day)
    ),
    spine as (
        select customer_id, currency, month_end
        from customers inner join months on month_end >= last_day(first_day)
    ),
    closings as (
        select spine.customer_id, spine.currency, month_end, coalesce(sum(mrr), 0) as closing
        from spine left join days_in_force as states
            on spine.customer_id = states.customer_id and spine.currency = states.currency
            and first_day <= month_end and (end_day is null or end_day > month_end)
        group by all
    ),
    openings as (
        select *, coalesce(lag(closing) over (partition by customer_id, currency order by month_end), 0)
            as opening
        from closings
    )
    select
        customer_id, currency, year(month_end) * 12 + month(month_end) as month,
        opening, closing - opening as delta, closing
    from openings where closing <> opening
"""
TRIANGLE = f"""
    with deltas as (
        select
            cohort_month, datediff('month', cohort_month, period_month) as months_since,
            sum(mrr_delta) as delta, sum((mrr_after > 0)::int - (mrr_before > 0)::int) as customers
        from {FACT} inner join intermediate.int_movements__first_movements using (customer_id)
        group by all
    )
    select
        *, sum(delta) over cohort as mrr, sum(customers) over cohort as active_customers
    from deltas window cohort as (partition by cohort_month order by months_since)
"""
WATERFALL = f"""
    with months as (
        select period_month, movement_type, sum(mrr_delta) as delta, count(*) as movements
        from {FACT} group by all
    )
    select *, sum(delta) over (order by period_month) as closing_mrr from months
"""


def connect(company: Company) -> duckdb.DuckDBPyConnection:
    """A file beside the build file, and of its name: the compiled SQL finds its tables there."""
    folder = company.work / "raw"
    folder.mkdir(exist_ok=True)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limits().memory_limit,
        "threads": limits().threads,
        "temp_directory": str(folder / "spill"),
        "preserve_insertion_order": False,
        "storage_compatibility_version": "v1.4.0",
    }
    return duckdb.connect(str(folder / company.build_file.name), config=settings)


def attach_inputs(connection: duckdb.DuckDBPyConnection, company: Company) -> None:
    """What was landed and seeded, and what views ask of the run, under their own names."""
    connection.execute("set timezone = 'UTC'")
    connection.execute(f"attach '{company.build_file}' as landed (read_only)")
    for schema in ("raw", "reference"):
        connection.execute(f"create schema if not exists {schema}")
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'landed' and schema_name = ?",
            [schema],
        )
        for (table,) in tables.fetchall():
            connection.execute(
                f'create view if not exists {schema}."{table}" as from landed.{schema}."{table}"'
            )
    connection.execute("create schema if not exists runs")
    functions = connection.execute(
        "select function_name, array_to_string(parameters, ', '), macro_definition from duckdb_functions() "
        "where database_name = 'landed' and schema_name = 'runs'"
    )
    for name, parameters, body in functions.fetchall():
        connection.execute(f"create or replace macro runs.{name}({parameters}) as {body}")


def sum_of(costs: Mapping[str, float], models: Iterable[str]) -> float:
    """What those of the models that were run cost together."""
    return sum(costs[model] for model in models if model in costs)


def costs(connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """CPU seconds of each floor. Raises SystemExit where two ways to the same rows differ."""
    connection.execute(f"create temp table days_in_force as {DAYS_IN_FORCE}")
    found = {
        "scan_of_staging": _seconds(connection, _scan(connection, "staging.stg_subscription_items")),
        "scan_of_states": _seconds(connection, _scan(connection, STATES)),
        "scan_of_fact": _seconds(connection, _scan(connection, FACT)),
        "write_of_ledger": _seconds(connection, "create table main.ledger as from marts.fct_mrr_ledger"),
        "write_of_fact": _seconds(connection, f"create table main.fact as from {FACT}"),
        "triangle": _seconds(connection, f"create temp table triangle as {TRIANGLE}"),
        "waterfall": _seconds(connection, f"create temp table waterfall as {WATERFALL}"),
        "our_days": _seconds(connection, f"create temp table days as {DAYS}"),
        "our_months": _seconds(connection, f"create temp table months as {MONTHS}"),
        "spine": _seconds(connection, f"create temp table spine as {SPINE}"),
    }
    found["pandas"] = _pandas_days(connection)
    for ours, other in (("months", "spine"), ("days", "pandas_days")):
        _same(connection, ours, other)
    return found


def _seconds(connection: duckdb.DuckDBPyConnection, statement: str) -> float:
    began = time.process_time()
    connection.execute(statement).fetchall()
    return time.process_time() - began


def _scan(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    """Every value of a relation read, nothing written."""
    columns = connection.execute(f"describe {relation}").fetchall()
    return f"select {', '.join(f'max({column[0]})' for column in columns)} from {relation}"


def _pandas_days(connection: duckdb.DuckDBPyConnection) -> float:
    """The event method in pandas; money as whole ten-thousandths, since a data frame has no decimals."""
    import pandas as pd

    began = time.process_time()
    states = connection.execute(
        "select * replace (cast(mrr * 10000 as bigint) as mrr) from days_in_force"
    ).df()
    key = ["customer_id", "currency", "day"]
    starts = states[["customer_id", "currency", "first_day", "mrr"]].set_axis([*key, "delta"], axis=1)
    ended = states[states["end_day"] <= pd.Timestamp("2025-06-30")]
    ends = ended[["customer_id", "currency", "end_day", "mrr"]].set_axis([*key, "delta"], axis=1)
    ends["delta"] = -ends["delta"]
    days = pd.concat([starts, ends]).groupby(key, sort=True, as_index=False)["delta"].sum()
    days = days[days["delta"] != 0]
    days["after"] = days.groupby(key[:2])["delta"].cumsum()
    seconds = time.process_time() - began
    connection.register("frame", days)
    connection.execute(
        "create temp table pandas_days as select * replace (cast(day as date) as day, "
        "cast(delta * 0.0001 as decimal(38, 4)) as delta, "
        "cast(after * 0.0001 as decimal(38, 4)) as after) from frame"
    )
    return seconds


def _same(connection: duckdb.DuckDBPyConnection, ours: str, other: str) -> None:
    columns = ", ".join(column[0] for column in connection.execute(f"describe {ours}").fetchall())
    for one, two in ((ours, other), (other, ours)):
        (rows,) = connection.execute(
            f"select count(*) from (select {columns} from {one} except all select {columns} from {two})"
        ).fetchone() or (0,)
        if rows:
            raise SystemExit(f"{rows} rows of {one} are not in {two}: the ways compared do not agree.")
