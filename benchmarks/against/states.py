"""What the peers start from, this project's own way to the rows that all have in common, and the comparison.

Every peer but dbt_stripe starts from the same file: the intervals of items with their MRR, in local days
and in the reporting currency. None of them has what leads there: statuses, trials, discounts, tiers, time
zones, rates.
"""

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import floors
from orchestration.settings import Company, limits

LAST_MONTH = 2025 * 12 + 6
"""The last whole month, counted as years of twelve months: the unfinished one is not compared."""
MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")
# The rates of the bulk company stand still, so that a sum may be converted before or after it is taken.
STATES = """
    select
        customer_id, product_id, first_day, end_day,
        cast(mrr * coalesce(rate, 1) as decimal(18, 6)) as mrr,
        interval_count * if(interval_unit = 'year', 12, 1) as bill_months
    from ({days}) as days left join rates on days.currency = rates.base
    where first_day < coalesce(end_day, date '2025-07-01')
"""
# One row a customer and month while it has MRR at either end, with what the month did to it.
MONTHS = f"""
    with changes as (
        select
            customer_id, month, delta, closing,
            lead(month, 1, {LAST_MONTH + 1}) over customer as next_month,
            row_number() over customer as place
        from ({floors.MONTHS}) window customer as (partition by customer_id order by month)
    ),
    months as (
        select
            customer_id, unnest(range(month, next_month)) as month, month as changed, place, delta, closing
        from changes where closing > 0 or delta <> 0
    ),
    dense as (
        select
            customer_id, month, closing, place,
            case when month = changed then closing - delta else closing end as opening
        from months
    )
    select
        customer_id, make_date((month - 1) // 12, (month - 1) % 12 + 1, 1) as period_month, opening, closing,
        case
            when opening = closing then 'none'
            when opening = 0 and place = 1 then 'new'
            when opening = 0 then 'reactivation'
            when closing = 0 then 'churn'
            when closing > opening then 'expansion'
            else 'contraction'
        end as movement
    from dense where opening > 0 or closing > 0
"""
KEY = ("customer_id", "period_month")
FIGURES = ("opening", "closing", "movement")
# The playbook's amounts are floats of 32 bits on DuckDB: they are the same to the cent.
CENTS = {
    "opening": "abs(ours.opening - theirs.opening) < 0.005",
    "closing": "abs(ours.closing - theirs.closing) < 0.005",
    "movement": "ours.movement = theirs.movement",
}
FACTS = ("fct_customer_mrr_monthly", "fct_mrr_ledger")
# The fact rounds to four digits what it converts. Its movements are of days: a month may have two kinds.
CLOSINGS = {
    "opening": "abs(ours.opening - theirs.opening) < 0.0001",
    "closing": "abs(ours.closing - theirs.closing) < 0.0001",
}
MONTHS_OF_THE_FACT = f"""
    select customer_id, period_month, opening_mrr as opening, closing_mrr as closing from marts.{FACTS[0]}
    where period_month <= date '2025-06-01' and (opening_mrr <> 0 or closing_mrr <> 0)
"""


@dataclass(frozen=True)
class Compared:
    """Rows of two ways to the same: in both by their key, equal of these, and in one of them only."""

    both: int
    equal: int
    only_first: int
    only_second: int

    def __str__(self) -> str:
        alone = [f"{count:,} only in {whose}" for count, whose in
                 ((self.only_first, "the first"), (self.only_second, "the second")) if count]  # fmt: skip
        return ", ".join([f"{self.equal:,} of {self.both:,} equal", *alone])


def write_states(company: Company, file: Path) -> int:
    """The intervals with MRR of a built company (see STATES) as Parquet; how many."""
    rates = company.extracts / "bulk" / "fx_rates.parquet"
    with floors.connect(company) as connection:
        connection.execute(
            f"create temp view rates as select distinct base, rate from read_parquet('{rates}')"
        )
        columns = "customer_id, product_id, currency, mrr, interval_unit, interval_count"
        sql = STATES.format(days=floors.days_in_force(columns))
        ((count,),) = connection.execute(f"copy ({sql}) to '{file}' (format parquet)").fetchall()
    return int(count)


def open_file(file: Path) -> duckdb.DuckDBPyConnection:
    """A new database file with the threads and the memory of every part of this comparison."""
    file.parent.mkdir(parents=True, exist_ok=True)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limits().memory_limit, "threads": limits().threads, "preserve_insertion_order": False,
    }  # fmt: skip
    return duckdb.connect(str(file), config=settings)


def open_states(states: Path, file: Path) -> duckdb.DuckDBPyConnection:
    """A new database file in which `days_in_force` are the states, as the SQL of `floors` reads them."""
    connection = open_file(file)
    connection.execute(
        "create view days_in_force as select customer_id, 'EUR' as currency, mrr, first_day, end_day "
        f"from read_parquet('{states}')"
    )
    return connection


def compared(
    connection: duckdb.DuckDBPyConnection,
    ours: str,
    theirs: str,
    key: tuple[str, ...] = KEY,
    figures: Mapping[str, str] | tuple[str, ...] = FIGURES,
) -> Compared:
    """Two relations row by row: `figures` are columns that must be the same, or conditions by name.

    Raises SystemExit where a key of either is not one row: then nothing can be held against anything.
    """
    for relation in (ours, theirs):
        ((doubled,),) = connection.execute(
            f"select count(*) from (select 1 from {relation} group by {', '.join(key)} having count(*) > 1)"
        ).fetchall()
        if doubled:
            raise SystemExit(f"{relation}: {doubled} keys ({', '.join(key)}) have more than one row.")
    conditions = (
        list(figures.values())
        if isinstance(figures, Mapping)
        else [f"ours.{name} is not distinct from theirs.{name}" for name in figures]
    )
    on = " and ".join(f"ours.{name} = theirs.{name}" for name in key)
    ((both, equal, only_first, only_second),) = connection.execute(
        f"select count(*) filter (ours.{key[0]} is not null and theirs.{key[0]} is not null), "
        f"count(*) filter (ours.{key[0]} is not null and theirs.{key[0]} is not null "
        f"and {' and '.join(conditions)}), "
        f"count(*) filter (theirs.{key[0]} is null), count(*) filter (ours.{key[0]} is null) "
        f"from {ours} as ours full join {theirs} as theirs on {on}"
    ).fetchall()
    return Compared(both, equal, only_first, only_second)


def our_months(states: Path, folder: Path, rows: Path) -> float:
    """Write the customer months (see MONTHS); CPU seconds from the file of states to a table of them."""
    with open_states(states, folder / "months.duckdb") as connection:
        began = time.process_time()
        connection.execute(f"create table months as {MONTHS}")
        seconds = time.process_time() - began
        connection.execute(f"copy months to '{rows}' (format parquet)")
    return seconds


def cost_of_the_facts(models: Iterable[Mapping[str, Any]], costs: Mapping[str, float]) -> dict[str, float]:
    """Of models in the order in which they ran: what each costs that leads from the states to the FACTS."""
    sources = {model["name"]: set(re.findall(r'"(\w+)"(?!\.)', model["sql"])) for model in models}
    after: set[str] = {floors.STATES.split(".")[1]}
    for name, read in sources.items():
        if read & after:
            after.add(name)
    before: set[str] = set(FACTS)
    for name in reversed(sources):
        if name in before:
            before |= sources[name]
    between = after & before - {floors.STATES.split(".")[1]}
    return {name: cost for name, cost in costs.items() if name in between}
