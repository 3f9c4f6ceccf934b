"""fivetran/dbt_stripe, the whole package, and this project's whole build on the same Stripe account.

Both start from the tables that Fivetran lands, looked at once (see `stripe_tables`): theirs from the tables, ours
from the same rows landed by the mapping `stripe_fivetran`. Compared are invoices, and the MRR of items at the end
of each month, in their own currency.
"""

import json
import os
import shutil
import time
from pathlib import Path

import duckdb

from benchmarks.against.checkouts import needed
from benchmarks.against.projects import lay_out, run_dbt
from benchmarks.against.states import Compared, compared, open_file
from benchmarks.engine import AS_OF, made
from orchestration.run.steps import Run
from orchestration.settings import load_company

PROJECT = Path(__file__).with_name("stripe")
COMPANY = {
    "name": "stripe",
    "reporting_currency": "EUR",
    "reporting_timezone": "UTC",
    "extracts": "extracts",
    "warehouse": "warehouse",
    "sources": [
        {"name": "stripe", "mapping": "stripe_fivetran"},
        {"name": "finance", "mapping": "canonical"},
    ],
}
INVOICES = (
    """
    select
        replace(invoice_id, 'stripe:', '') as invoice_id, currency, total_native as total,
        paid_native as amount_paid
    from ours.marts.fct_invoices
    """,
    """
    select invoice_id, upper(currency) as currency, total, amount_paid
    from theirs.main_stripe.stripe__invoice_details
    """,
)
ITEMS = (
    """
    select replace(item_id, 'stripe:', '') as item_id, month, sum(mrr) as mrr
    from ours.intermediate.int_states__item_states, months
    where start_at < months.month_end and (end_at is null or end_at >= months.month_end) and mrr > 0
    group by item_id, month
    """,
    """
    select
        subscription_item_id as item_id, subscription_month as month,
        sum(cast(month_billed_mrr as decimal(18, 4))) as mrr
    from theirs.main_stripe.stripe__subscription_item_mrr_report
    where subscription_month < date '2025-07-01' and month_billed_mrr > 0
    group by subscription_item_id, subscription_month
    """,
)
MONTHS = """
    select cast(day as date) as month, day + interval 1 month as month_end
    from range(timestamp '2015-01-01', timestamp '2025-07-01', interval 1 month) as days (day)
"""
# What an item's price is, which says why its MRR is another one.
KINDS = """
    select
        items.id as item_id,
        case
            when prices.recurring_usage_type = 'metered' then 'metered prices'
            when prices.billing_scheme = 'tiered' then 'prices by tier'
            when prices.recurring_interval = 'day' then 'prices by days'
            else 'prices per unit'
        end as kind
    from theirs.stripe.subscription_item as items
    inner join theirs.stripe.price as prices on items.plan_id = prices.id
"""


def run_theirs(checkouts: Path, database: Path, folder: Path) -> dict[str, float]:
    """Build the package into `database`; CPU seconds through dbt, and of its SQL alone.

    Raises SystemExit where a checkout is missing or dbt fails.
    """
    packages = {
        "stripe": needed(checkouts, "dbt_stripe"),
        "fivetran_utils": needed(checkouts, "dbt_fivetran_utils"),
        "dbt_utils": needed(checkouts, "dbt-utils"),
    }
    untouched = folder / "alone" / database.name
    untouched.parent.mkdir(parents=True)
    shutil.copy(database, untouched)
    os.environ["PEER_FILE"] = str(database)
    ran = run_dbt(lay_out(PROJECT, packages, folder))
    with open_file(untouched) as connection:
        alone = made(connection, ran.models)
    return {"through dbt": ran.cpu, "SQL alone": sum(alone.values()), "models": len(ran.models)}


def run_ours(folder: Path) -> dict[str, float]:
    """Land the account below `folder` and build everything; CPU seconds of either step."""
    path = folder / "company.yml"
    path.write_text(json.dumps(COMPANY), encoding="utf-8")
    run = Run(load_company(path), AS_OF)
    began = time.process_time()
    run.land()
    landed = time.process_time()
    nodes = run.build()
    models = sum(node.resource_type == "model" for node in nodes)
    return {"landing": landed - began, "through dbt": time.process_time() - landed, "models": models}


def rows_compared(folder: Path, database: Path) -> dict[str, Compared]:
    """Invoices, and months of items by the kind of their price and for the last month, ours against theirs."""
    build_file = load_company(folder / "company.yml").build_file
    with duckdb.connect() as connection:
        connection.execute(f"attach '{build_file}' as ours (read_only)")
        connection.execute(f"attach '{database}' as theirs (read_only)")
        connection.execute(f"create temp table months as {MONTHS}")
        connection.execute(f"create temp table kinds as {KINDS}")
        for name, (ours, theirs) in {"invoices": INVOICES, "items": ITEMS}.items():
            connection.execute(f"create temp table our_{name} as {ours}")
            connection.execute(f"create temp table their_{name} as {theirs}")
        found = {
            "invoices": compared(
                connection, "our_invoices", "their_invoices", ("invoice_id",),
                ("currency", "total", "amount_paid"),
            ),
            "invoices not in yen": compared(
                connection, "(from our_invoices where currency <> 'JPY')",
                "(from their_invoices where currency <> 'JPY')", ("invoice_id",),
                ("currency", "total", "amount_paid"),
            ),
        }  # fmt: skip
        kinds = ["prices per unit", "prices by tier", "metered prices", "prices by days"]
        conditions = {
            "months of items": "true",
            **{f"months of items, {kind}": f"kind = '{kind}'" for kind in kinds},
            "items in June 2025, prices per unit": "kind = 'prices per unit' and month = date '2025-06-01'",
        }
        for name, condition in conditions.items():
            ours, theirs = (
                f"(select item_id, month, mrr from {whose}_items inner join kinds using (item_id) "
                f"where {condition})" for whose in ("our", "their")
            )  # fmt: skip
            close = {"mrr": "abs(ours.mrr - theirs.mrr) < 0.005"}
            found[name] = compared(connection, ours, theirs, ("item_id", "month"), close)
    return found
