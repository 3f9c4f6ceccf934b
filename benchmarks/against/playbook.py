"""dbt-labs/mrr-playbook on the same customers: its models, unchanged, on DuckDB.

It wants what its tests say: one amount a customer at a time, from the first of a month to the first of a
later one. So it is given each customer's MRR at the ends of months, and leaves the adding up of items to
others. An amount that still stands ends on 2025-07-01: it has no open ends, and finds a churn there that is
not compared.
"""

import os
from pathlib import Path

from benchmarks import floors
from benchmarks.against.checkouts import needed
from benchmarks.against.projects import lay_out, run_dbt
from benchmarks.against.states import open_file, open_states
from benchmarks.engine import made

PROJECT = Path(__file__).with_name("playbook")
INPUT = f"""
    with changes as (
        select customer_id, month, closing, lead(month, 1, 2025 * 12 + 7) over (
            partition by customer_id order by month
        ) as next_month
        from ({floors.MONTHS})
    )
    select
        row_number() over (order by customer_id, month) as subscription_id, customer_id,
        make_date((month - 1) // 12, (month - 1) % 12 + 1, 1) as start_date,
        make_date((next_month - 1) // 12, (next_month - 1) % 12 + 1, 1) as end_date,
        closing as monthly_amount
    from changes where closing > 0
"""
DATEADD = "create macro dateadd(part, months, day) as day + to_months(months)"
ROWS = """
    select
        customer_id, cast(date_month as date) as period_month, previous_month_mrr as opening, mrr as closing,
        case change_category
            when 'upgrade' then 'expansion'
            when 'downgrade' then 'contraction'
            else coalesce(change_category, 'none')
        end as movement
    from main.mrr
    where date_month < date '2025-07-01' and (mrr > 0 or previous_month_mrr > 0)
"""


def run(checkouts: Path, states: Path, folder: Path, rows: Path) -> dict[str, float]:
    """Write the rows that the playbook finds; CPU seconds of its SQL alone, and through dbt.

    Raises SystemExit where a checkout is missing or dbt fails.
    """
    packages = {"acme": needed(checkouts, "mrr-playbook"), "dbt_utils": needed(checkouts, "dbt-utils-0.8.0")}
    project = lay_out(PROJECT, packages, folder)
    periods = folder / "subscription_periods.parquet"
    with open_states(states, folder / "periods.duckdb") as connection:
        connection.execute(f"copy ({INPUT}) to '{periods}' (format parquet)")
    os.environ |= {"PEER_FILE": str(folder / "theirs.duckdb"), "PEER_INPUT": str(periods)}
    ran = run_dbt(project)
    with open_file(folder / "alone" / "theirs.duckdb") as connection:
        connection.execute(DATEADD)
        alone = made(connection, ran.models)
        connection.execute(f"copy ({ROWS}) to '{rows}' (format parquet)")
    return {"theirs": sum(alone.values()), "through dbt": ran.cpu}
