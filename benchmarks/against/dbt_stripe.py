"""fivetran/dbt_stripe, the whole package, and this project's whole build on the same Stripe account.

Both start from the tables that Fivetran lands, looked at once (see `stripe_tables`): theirs from the
tables, ours from the same rows landed by the mapping `stripe_fivetran`. Compared are invoices, and the MRR
of items at the end of each month, in their own currency.
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
from benchmarks.engine import AS_OF, land, made
from benchmarks.engine import run_dbt as run_models
from orchestration.run.steps import Run
from orchestration.settings import Company, load_company

PROJECT = Path(__file__).with_name("stripe")
COMPANY = {
    "reporting_currency": "EUR",
    "reporting_timezone": "UTC",
    "extracts": "extracts",
    "warehouse": "warehouse",
}
STRIPE = [{"name": "stripe", "mapping": "stripe_fivetran"}, {"name": "finance", "mapping": "canonical"}]
TOLD = [{"name": "told", "mapping": "canonical"}]
KINDS = ("prices per unit", "prices by tier", "metered prices", "prices by days")
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
# Of a build file: the MRR of its items at the end of each month, under the ids of their source.
ITEMS = """
    select replace(item_id, '{source}:', '') as item_id, month, sum(mrr) as mrr
    from {file}.intermediate.int_states__item_states, months
    where start_at < months.month_end and (end_at is null or end_at >= months.month_end) and mrr > 0
    group by all
"""
THEIR_ITEMS = """
    select
        subscription_item_id as item_id, subscription_month as month,
        sum(cast(month_billed_mrr as decimal(18, 4))) as mrr
    from theirs.main_stripe.stripe__subscription_item_mrr_report
    where subscription_month < date '2025-07-01' and month_billed_mrr > 0
    group by all
"""
MONTHS = """
    select cast(day as date) as month, day + interval 1 month as month_end
    from range(timestamp '2015-01-01', timestamp '2025-07-01', interval 1 month) as days (day)
"""
# What an item's price is, which says why its MRR is another one.
KIND = """
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
    run = Run(_company(folder, "stripe", STRIPE), AS_OF)
    began = time.process_time()
    run.land()
    landed = time.process_time()
    nodes = run.build()
    models = sum(node.resource_type == "model" for node in nodes)
    return {"landing": landed - began, "through dbt": time.process_time() - landed, "models": models}


def build_told(folder: Path) -> dict[str, float]:
    """Build what the simulation tells of the same company, every version of every item; its CPU seconds."""
    began = time.process_time()
    company = _company(folder, "told", TOLD)
    land(company)
    run_models(company)
    return {"told": time.process_time() - began}


def _company(folder: Path, name: str, sources: list[dict[str, str]]) -> Company:
    path = folder / "company.yml"
    path.write_text(json.dumps(COMPANY | {"name": name, "sources": sources}), encoding="utf-8")
    return load_company(path)


def rows_compared(folder: Path, database: Path) -> dict[str, Compared]:
    """Invoices and the MRR of items, ours and theirs; and the MRR of June 2025 against what really was."""
    files = {"ours": folder, "told": folder / "told"}
    with duckdb.connect() as connection:
        for name, place in files.items():
            file = load_company(place / "company.yml").build_file
            connection.execute(f"attach '{file}' as {name} (read_only)")
        connection.execute(f"attach '{database}' as theirs (read_only)")
        connection.execute(f"create temp table months as {MONTHS}")
        connection.execute(f"create temp table kinds as {KIND}")
        for name, sql in {
            "our_invoices": INVOICES[0], "their_invoices": INVOICES[1], "their_items": THEIR_ITEMS,
            "our_items": ITEMS.format(file="ours", source="stripe"),
            "told_items": ITEMS.format(file="told", source="told"),
        }.items():  # fmt: skip
            connection.execute(f"create temp table {name} as {sql}")
        return _invoices(connection) | _items(connection)


def _invoices(connection: duckdb.DuckDBPyConnection) -> dict[str, Compared]:
    return {
        name: compared(
            connection,
            f"(from our_invoices where {condition})",
            f"(from their_invoices where {condition})",
            ("invoice_id",),
            ("currency", "total", "amount_paid"),
        )
        for name, condition in {"invoices": "true", "invoices not in yen": "currency <> 'JPY'"}.items()
    }


def _items(connection: duckdb.DuckDBPyConnection) -> dict[str, Compared]:
    june = "month = date '2025-06-01'"
    wanted = {
        "months of items": ("our", "their", "true"),
        **{f"months of items, {kind}": ("our", "their", f"kind = '{kind}'") for kind in KINDS},
        "items in June 2025": ("our", "their", june),
        "items in June 2025, what was / ours": ("told", "our", june),
        "items in June 2025, what was / theirs": ("told", "their", june),
        "months of items, what was / ours": ("told", "our", "true"),
        "months of items, what was / theirs": ("told", "their", "true"),
    }
    return {
        name: compared(
            connection,
            *(
                f"(select item_id, month, mrr from {whose}_items left join kinds using (item_id) "
                f"where {condition})"
                for whose in (first, second)
            ),
            ("item_id", "month"),
            {"mrr": "abs(ours.mrr - theirs.mrr) < 0.005"},
        )
        for name, (first, second, condition) in wanted.items()
    }
