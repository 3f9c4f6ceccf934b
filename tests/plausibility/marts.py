"""The rules of plausibility that look at the marts, day by day over the history of a built company."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

RULES = ("mrr_is_neither_multiplied_nor_emptied", "movements_of_a_day_are_as_before")

# What becomes of customers on one day: their share, what they pay of what they paid, the rule to find it.
CORRUPTIONS = (
    ("half of the customers end on one day", 0.5, 0, RULES[1]),
    ("a fifth of the customers end on one day", 0.2, 0, RULES[1]),
    ("half of the customers pay three times as much from one day on", 0.5, 3, RULES[1]),
    ("every customer ends on one day", 1, 0, RULES[0]),
    ("every customer pays a hundred times as much from one day on", 1, 100, RULES[0]),
    ("every customer pays a hundredth from one day on", 1, 0.01, RULES[0]),
)

_PUBLISHED = """
    create or replace table staging.stg_published_sources as
    select source_name, $at::timestamp as as_of, $currency as currency,
        count(*) filter (where mrr > 0) as customers, sum(mrr)::decimal(18, 4) as mrr
    from (
        select customers.source_name, customers.customer_id, sum(movements.mrr_delta) as mrr
        from built.marts.fct_mrr_movements as movements
        inner join built.marts.dim_customers as customers using (customer_id)
        where movements.movement_date < $at
        group by all
    )
    group by source_name
"""
_MOVEMENTS = """
    create or replace table marts.fct_mrr_movements as
    select customer_id, movement_date, movement_type, mrr_delta
    from built.marts.fct_mrr_movements
    where movement_date <= $at
"""
# The customers in an order that has nothing to do with what they pay.
_CHANGED = """
    insert into marts.fct_mrr_movements
    select customer_id, $at,
        case when $factor = 0 then 'churn' when $factor < 1 then 'contraction' else 'expansion' end,
        (mrr * ($factor - 1))::decimal(18, 4)
    from (
        select customer_id, sum(mrr_delta) as mrr, percent_rank() over (order by md5(customer_id)) as place
        from marts.fct_mrr_movements
        group by customer_id
        having sum(mrr_delta) > 0
    )
    where place <= $share
"""
_CUSTOMERS = """
    create or replace table marts.dim_customers as
    select customers.customer_id, customers.source_name, sum(movements.mrr_delta)::decimal(18, 4) as mrr
    from marts.fct_mrr_movements as movements
    inner join built.marts.dim_customers as customers using (customer_id)
    group by all
"""


@dataclass(frozen=True)
class History:
    """A built company, looked at as if each of its days were the last."""

    connection: duckdb.DuckDBPyConnection
    currency: str
    views: dict[str, str]

    def look(self, on: date, share: float = 0, factor: float = 1) -> frozenset[str]:
        """The rules that a day breaks; `share` of the customers change to `factor` times their MRR on it."""
        self.connection.execute(_PUBLISHED, {"at": on, "currency": self.currency})
        self.connection.execute(_MOVEMENTS, {"at": on})
        if share:
            self.connection.execute(_CHANGED, {"at": on, "share": share, "factor": factor})
        self.connection.execute(_CUSTOMERS)
        return frozenset(
            name for name, query in self.views.items() if self.connection.execute(query).fetchall()
        )


@contextmanager
def history(build_file: Path, currency: str) -> Iterator[History]:
    """The history of a build file, with the rules' views as it holds them."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{build_file}' as built (read_only)")
        for schema in ("marts", "staging", "rules"):
            connection.execute(f"create schema {schema}")
        views = {}
        for name in RULES:
            (text,) = connection.execute(
                "select sql from duckdb_views() where database_name = 'built' and view_name = ?", [name]
            ).fetchall()[0]
            views[name] = _body(text)
        yield History(connection, currency, views)


def _body(view: str) -> str:
    """What a view selects; its tables are named without their database."""
    return view[view.lower().index(" as ") + 4 :].rstrip("; \n")


def last_days(count: int, last: date) -> list[date]:
    """The days that are played."""
    return [last - timedelta(days=back) for back in reversed(range(count))]
