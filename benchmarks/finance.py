"""Recognition of revenue at volume: what the models cost, over a scan and a write of the same invoice lines.

    python -m benchmarks.finance [lines] [--pairs 3] [--folder FOLDER]

Writes invoices in bulk, lands them, builds what recognition reads, then runs the models of recognition and
the floor in turn, `--pairs` times. Two threads; DuckDB gets 3,400 MiB, so that the process with what DuckDB
does not count stays within 4 GiB. The ratio is of CPU seconds.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from benchmarks import floors
from benchmarks.engine import COMPANY, MEMORY_MB, land, run_dbt, run_raw
from benchmarks.measuring import Cost, in_a_process
from benchmarks.versions import RATES_SQL
from orchestration.settings import Company, load_company

ENGINE_MB = 3400
LINES = "int_finance__lines"
RECOGNISED = "fct_revenue_recognition"
LINES_OF_FOUR_INVOICES = 10
# Of a thousand invoices 20 are credited in part, 5 paid back without a credit note, 5 void and 10 given up.
INVOICES = """
    select
        i,
        'in_' || i as invoice_id,
        'cus_' || i // 24 as customer_id,
        ['EUR', 'USD', 'GBP'][i // 24 % 3 + 1] as currency,
        hash(i, 1) % 1000 as luck,
        timestamp '2020-07-01' + to_seconds(cast(hash(i, 2) % (5 * 365 * 86400) as bigint)) as issued_at,
        cast((hash(i, 3) % 90000 + 1000) / 100 as decimal(18, 2)) as price
    from range({first}, {last}) as numbers (i)
"""
AT = "strftime({}, '%Y-%m-%dT%H:%M:%SZ')"
TABLES = {
    "customers": f"""
        select distinct on (customer_id) customer_id, customer_id as name, 'FR' as country,
            {AT.format("issued_at")} as created_at, false as is_test, false as is_internal
        from invoices
    """,
    "invoices": f"""
        select
            invoice_id, customer_id, currency,
            case when luck < 5 then 'void' when luck < 15 then 'uncollectible' else 'paid' end as status,
            {AT.format("issued_at")} as issued_at, {AT.format("issued_at")} as finalized_at,
            case when luck < 5 then {AT.format("issued_at + interval 9 day")} end as voided_at,
            case when luck between 5 and 14 then {AT.format("issued_at + interval 40 day")} end
                as uncollectible_at,
            price * (1 + i % 4) as subtotal, 0 as tax_total, price * (1 + i % 4) as total
        from invoices
    """,
    # Of ten lines six are for a month, three for a year, and one has no period.
    "invoice_lines": f"""
        select
            invoice_id, invoice_id || '_' || number as line_id, 'sub_' || i // 24 as subscription_id,
            case number when 3 then 'one_time' else 'recurring' end as kind, false as is_proration,
            price as amount_ex_tax, currency,
            case when number < 3 then {AT.format("issued_at")} end as service_start_at,
            case number
                when 0 then {AT.format("issued_at + interval 1 month")}
                when 1 then {AT.format("issued_at + interval 1 year")}
                when 2 then {AT.format("issued_at + interval 1 month")}
            end as service_end_at
        from (select *, unnest(range(1 + i % 4)) as number from invoices)
    """,
    "credit_notes": f"""
        select 'cn_' || i as credit_note_id, invoice_id, customer_id, 'issued' as status,
            cast(price / 2 as decimal(18, 2)) as amount_ex_tax, 0 as tax, currency,
            {AT.format("issued_at + interval 12 day")} as issued_at
        from invoices where luck between 15 and 34
    """,
    "payments": f"""
        select 'py_' || i as payment_id, customer_id, price * (1 + i % 4) as amount, currency,
            'succeeded' as outcome, {AT.format("issued_at")} as attempted_at
        from invoices where luck between 35 and 39
    """,
    "invoice_payments": """
        select invoice_id, 'py_' || i as payment_id, price * (1 + i % 4) as amount_applied, currency
        from invoices where luck between 35 and 39
    """,
    "reversals": f"""
        select 're_' || i as reversal_id, 'py_' || i as payment_id, 'refund' as kind, 'succeeded' as status,
            price as amount, currency, {AT.format("issued_at + interval 20 day")} as occurred_at
        from invoices where luck between 35 and 39
    """,
    "fx_rates": RATES_SQL,
}


def prepare(folder: Path, lines: int) -> Company:
    """A company of nothing but invoices with so many lines, as Parquet; nothing is landed yet."""
    extracts = folder / "extracts" / "bulk"
    extracts.mkdir(parents=True)
    count = lines * 4 // LINES_OF_FOUR_INVOICES
    with duckdb.connect(config={"memory_limit": "2GB", "threads": 2}) as connection:
        connection.execute(f"create view invoices as {INVOICES.format(first=0, last=count)}")
        for table, sql in TABLES.items():
            connection.execute(f"copy ({sql}) to '{extracts / table}.parquet' (format parquet)")
    path = folder / "company.yml"
    path.write_text(json.dumps(COMPANY), encoding="utf-8")
    return load_company(path)


def is_of_recognition(name: str) -> bool:
    """Whether a model is one of those that make revenue of lines."""
    return name == RECOGNISED or (name.startswith("int_finance__") and name not in BEFORE)


BEFORE = (LINES, "int_finance__booked_invoices")
"""What belongs to the room of finance and is read by recognition: the lines and their invoices, typed."""


def before(company: Company) -> None:
    """Everything that recognition reads."""
    run_raw(company, lambda name: not is_of_recognition(name))


def recognition(company: Company) -> None:
    """The models of recognition."""
    run_raw(company, is_of_recognition)


def floor(company: Company) -> None:
    """Read the lines and write them; read what is recognised and write it. Print the CPU seconds of each."""
    costs = {}
    with floors.connect(company) as connection:
        for name, relation in (("lines", f"intermediate.{LINES}"), ("recognised", f"marts.{RECOGNISED}")):
            began = time.process_time()
            connection.execute(f"create or replace table copied as from {relation}")
            costs[name] = time.process_time() - began
            costs[f"{name}_rows"] = connection.execute("select count(*) from copied").fetchall()[0][0]
        connection.execute("drop table copied")
    print(json.dumps(costs))


def dbt(company: Company) -> None:
    """The same through dbt, which compiles the models."""
    run_dbt(company, f"+{RECOGNISED}")


PARTS: dict[str, Callable[[Company], None]] = {
    "land": land, "dbt": dbt, "before": before, "recognition": recognition, "floor": floor,
}  # fmt: skip


def measure(folder: Path, lines: int, pairs: int) -> None:
    """Every part in a process of its own; print what recognition costs, over its floor."""
    company = prepare(folder, lines)

    def part(name: str) -> tuple[dict[str, float], Cost]:
        answer = in_a_process("benchmarks.finance", "--part", name, "--folder", str(folder))
        print(f"  {name}: {answer.cost.cpu:.1f} s CPU, {answer.cost.peak:.0f} MB", flush=True)
        return json.loads(answer.printed.splitlines()[-1]) if answer.printed else {}, answer.cost

    for name in ("land", "dbt", "before"):
        part(name)
    ratios, peak = [], 0.0
    for _ in range(pairs):
        _forget(company)
        models, cost = part("recognition")
        least, _cost = part("floor")
        ratios.append((sum(models.values()), least["lines"]))
        peak = max(peak, cost.peak)
    whole, scan = min(ratios, key=lambda pair: pair[0] / pair[1])
    print(f"{least['lines_rows']:.0f} lines, {least['recognised_rows']:.0f} rows of revenue")
    quotients = sorted(first / second for first, second in ratios)
    print(f"recognition / (scan of the lines + write): {whole:.1f} / {scan:.1f}, ratios {quotients}")
    print(f"  median {statistics.median(quotients):.1f}; writing the revenue alone {least['recognised']:.1f}")
    print(f"peak memory / bound: {peak:.0f} MB / {MEMORY_MB} MB = {peak / MEMORY_MB:.2f}   (at most 1)")
    dearest = sorted(models.items(), key=lambda item: -item[1])[:8]
    print("dearest models:", ", ".join(f"{name} {cpu:.1f}" for name, cpu in dearest))


def _forget(company: Company) -> None:
    """Take out what an earlier round left of recognition."""
    with floors.connect(company) as connection:
        made = connection.execute(
            "select schema_name, table_name, 'table' from duckdb_tables() where not internal union all "
            "select schema_name, view_name, 'view' from duckdb_views() where not internal"
        ).fetchall()
        for schema, name, kind in made:
            if is_of_recognition(name):
                connection.execute(f'drop {kind} {schema}."{name}"')


def main() -> None:
    """Measure one volume, or be one of the parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("lines", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="keep the files here (default: a temporary folder)")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    os.environ.setdefault("SAAS_METRICS_MEMORY_LIMIT", f"{ENGINE_MB}MiB")
    os.environ.setdefault("SAAS_METRICS_THREADS", "2")
    if given.part:
        PARTS[given.part](load_company(given.folder / "company.yml"))
        return
    with tempfile.TemporaryDirectory() as temporary:
        measure((given.folder or Path(temporary)).resolve(), given.lines, given.pairs)


if __name__ == "__main__":
    main()
