"""The landing reader against DuckDB's own strict typed read of the same file, in the same run.

    python -m benchmarks.landing_reader [rows] [--folder FOLDER]

Writes a CSV of ten columns and Stripe subscriptions as JSON lines, reads each in a process of its own,
and prints CPU seconds, peak memory and how much more CPU landing takes. Landing checks every byte and value,
keeps the line of every row, and feeds three tables from a subscription (itself, its items, its discounts);
the plain read fills one typed table.
"""

import argparse
import json
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import duckdb

from benchmarks.measuring import Cost, in_a_process
from orchestration.landing import land
from orchestration.landing.files import MAX_UNFOLDED

MEMORY = "700MB"
MAPPING = """
source: {name: bench, system: own, kind: billing}
locale: {tz: UTC}
files:
  - table: invoices
    match: "*.csv"
    delivery: delta
    format: {type: csv}
    ignore: note
    columns:
      invoice_id:      {from: invoice_id}
      customer_id:     {from: customer_id}
      subscription_id: {from: subscription_id}
      currency:        {from: currency}
      status:          {from: status}
      issued_at:       {from: issued_at}
      due_at:          {from: due_at}
      subtotal:        {from: subtotal, type: money_major}
      total:           {from: total, type: money_major}
      attempt_count:   {from: attempt_count}
"""
PLAIN_CSV = """
create table plain as select * from read_csv('{file}', auto_detect = false, header = true, delim = ',',
    quote = '"', strict_mode = true, columns = {{'invoice_id': 'VARCHAR', 'customer_id': 'VARCHAR',
    'subscription_id': 'VARCHAR', 'currency': 'VARCHAR', 'status': 'VARCHAR', 'issued_at': 'TIMESTAMP',
    'due_at': 'TIMESTAMP', 'subtotal': 'DECIMAL(18,4)', 'total': 'DECIMAL(18,4)',
    'attempt_count': 'INTEGER'}})
"""
PLAIN_JSONL = """
create table plain as select * from read_json('{file}', format = 'newline_delimited', auto_detect = false,
    columns = {{'id': 'VARCHAR', 'customer': 'VARCHAR', 'status': 'VARCHAR', 'currency': 'VARCHAR',
    'created': 'BIGINT', 'start_date': 'BIGINT', 'trial_start': 'BIGINT', 'trial_end': 'BIGINT',
    'canceled_at': 'BIGINT', 'cancel_at': 'BIGINT', 'ended_at': 'BIGINT', 'livemode': 'BOOLEAN',
    'cancel_at_period_end': 'BOOLEAN', 'collection_method': 'VARCHAR', 'metadata': 'MAP(VARCHAR, VARCHAR)',
    'items': 'STRUCT(has_more BOOLEAN, data STRUCT(id VARCHAR, created BIGINT, quantity BIGINT,
        price STRUCT(id VARCHAR, currency VARCHAR, unit_amount BIGINT, unit_amount_decimal VARCHAR,
        billing_scheme VARCHAR, nickname VARCHAR, product VARCHAR, recurring STRUCT("interval" VARCHAR,
        interval_count INTEGER, usage_type VARCHAR)))[])'}})
"""


def write_csv(target: Path, rows: int) -> None:
    """Invoices as a billing system might export them."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    with target.open("w", encoding="utf-8") as file:
        file.write(
            "invoice_id,customer_id,subscription_id,currency,status,issued_at,due_at,subtotal,total,attempt_count\n"
        )
        for n in range(rows):
            issued = start + timedelta(seconds=37 * n)
            file.write(
                f"in_{n:08d},cus_{n % 90000:06d},sub_{n % 120000:06d},{('EUR', 'USD', 'GBP')[n % 3]},"
                f"{('paid', 'open')[n % 11 == 0]},{issued:%Y-%m-%dT%H:%M:%SZ},"
                f"{issued + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ},{n % 900}.{n % 100:02d},"
                f"{n % 900 + 100}.{n % 100:02d},{n % 4}\n"
            )


def write_jsonl(target: Path, rows: int) -> None:
    """Stripe subscriptions with one item each."""
    with target.open("w", encoding="utf-8") as file:
        for n in range(rows):
            created = 1_700_000_000 + 31 * n
            price = {
                "id": f"price_{n % 40}", "object": "price", "currency": ("eur", "usd", "gbp")[n % 3],
                "unit_amount": 4900, "unit_amount_decimal": "4900", "billing_scheme": "per_unit",
                "nickname": "Pro", "product": f"prod_{n % 9}", "type": "recurring",
                "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
            }  # fmt: skip
            item = {
                "id": f"si_{n:08d}", "object": "subscription_item", "created": created,
                "quantity": n % 50 + 1, "price": price, "current_period_start": created,
                "current_period_end": created + 2_592_000, "subscription": f"sub_{n:08d}",
            }  # fmt: skip
            record = {
                "id": f"sub_{n:08d}", "object": "subscription", "customer": f"cus_{n % 90000:06d}",
                "status": "canceled" if n % 7 == 0 else "active", "currency": price["currency"],
                "created": created, "start_date": created, "trial_start": None, "trial_end": None,
                "canceled_at": created + 99 if n % 7 == 0 else None, "cancel_at": None,
                "ended_at": created + 99 if n % 7 == 0 else None, "cancel_at_period_end": False,
                "livemode": True, "collection_method": "charge_automatically", "pause_collection": None,
                "metadata": {}, "discounts": [],
                "items": {"object": "list", "data": [item], "has_more": False, "total_count": 1},
            }  # fmt: skip
            file.write(json.dumps(record, separators=(",", ":")) + "\n")


def connect(folder: Path, memory: str) -> duckdb.DuckDBPyConnection:
    """A build file as a run opens one."""
    settings = {
        "memory_limit": memory,
        "threads": 2,
        "temp_directory": str(folder / "spill"),
        "preserve_insertion_order": False,
    }
    return duckdb.connect(str(folder / "build.duckdb"), config=settings)


def read_plain(file: Path, folder: Path, memory: str) -> None:
    """DuckDB alone."""
    with connect(folder, memory) as connection:
        statement = PLAIN_CSV if file.suffix == ".csv" else PLAIN_JSONL
        connection.execute(statement.format(file=file))


def read_landing(file: Path, folder: Path, memory: str) -> None:
    """The whole landing room on a folder with this one file."""
    source = folder / "extracts" / "bench"
    source.mkdir(parents=True)
    # A link out of the extracts folder is refused.
    shutil.copy(file, source / file.name)
    mapping = folder / "mapping.yml"
    mapping.write_text(MAPPING, encoding="utf-8")
    company = SimpleNamespace(
        path=folder,
        extracts=folder / "extracts",
        reporting_timezone="UTC",
        accepted_drops=frozenset(),
        max_unfolded=MAX_UNFOLDED,
        sources=[
            SimpleNamespace(
                name="bench",
                mapping=str(mapping) if file.suffix == ".csv" else "stripe",
                options={},
                labels={},
            )
        ],
    )
    with connect(folder, memory) as connection:
        deliveries = land(connection, company, datetime(2026, 1, 1, tzinfo=UTC)).deliveries
    if any(delivery.refused for delivery in deliveries) or not deliveries:
        raise SystemExit(f"the file was refused: {deliveries}")


READERS = {"plain": read_plain, "landing": read_landing}


def measured(how: str, file: Path, memory: str = MEMORY) -> Cost:
    """One reader in a process of its own, whose start is part of its cost; `memory` is DuckDB's limit."""
    given = ("--read", how, "--file", str(file), "--memory", memory)
    return in_a_process("benchmarks.landing_reader", *given).cost


def compare(file: Path, memory: str) -> None:
    """Print one line for each reader of a file."""
    costs = {how: measured(how, file, memory) for how in READERS}
    size = file.stat().st_size / 1e6
    for how, cost in costs.items():
        times = cost.cpu / costs["plain"].cpu
        print(
            f"{file.name} ({size:.0f} MB)  {how:8}  {cost.cpu:6.1f} s CPU  {cost.wall:6.1f} s  "
            f"{cost.peak:6.0f} MB  {times:4.1f}x",
            flush=True,
        )


def main() -> None:
    """Write the files and compare, or be one of the readers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--read", choices=READERS, help=argparse.SUPPRESS)
    parser.add_argument("--memory", default=MEMORY, help="DuckDB's limit")
    parser.add_argument("--file", type=Path, action="append", help="compare on this file instead")
    given = parser.parse_args()
    if given.read:
        with tempfile.TemporaryDirectory() as folder:
            READERS[given.read](given.file[0], Path(folder), given.memory)
        return
    with tempfile.TemporaryDirectory() as folder:
        files = given.file
        if not files:
            files = [Path(folder) / "invoices.csv", Path(folder) / "subscriptions.jsonl"]
            write_csv(files[0], given.rows)
            write_jsonl(files[1], given.rows)
        for file in files:
            compare(file, given.memory)


if __name__ == "__main__":
    main()
