"""A file larger than memory through the landing room, in a process whose peak memory is measured.

    python -m benchmarks.landing_large [GIGABYTES] [--kind csv|jsonl.gz] [--folder FOLDER]

The CSV has quotes around its texts and a line break inside one of twenty records; the JSON lines are
gzipped Stripe subscriptions (GIGABYTES counts the plain text). Needs about four times the size on disk.
"""

import argparse
import gzip
import os
import tempfile
from pathlib import Path

from benchmarks.landing_reader import measured, write_jsonl

BLOCK = 50_000


def write_quoted_csv(target: Path, size: int) -> int:
    """Invoices whose reason is a quoted text, until the file has `size` bytes; the number of records."""
    record = (
        '"in_{:09d}","cus_{:06d}","sub_{:06d}",EUR,paid,2025-06-01T10:00:00Z,2025-07-01T10:00:00Z,'
        '{}.{:02d},{}.{:02d},1,"{}, said ""yes"""\n'
    )
    written = rows = 0
    with target.open("w", encoding="utf-8") as file:
        file.write(
            "invoice_id,customer_id,subscription_id,currency,status,issued_at,due_at,subtotal,total,"
            "attempt_count,note\n"
        )
        while written < size:
            for n in range(rows, rows + BLOCK):
                note = "first\nsecond" if n % 20 == 0 else "one line"
                amount = n % 900, n % 100
                written += file.write(record.format(n, n % 90_000, n % 120_000, *amount, *amount, note))
            rows += BLOCK
    return rows


def write_gzipped_jsonl(target: Path, size: int) -> int:
    """Stripe subscriptions, gzipped, until the plain text has about `size` bytes; the number of records."""
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        sample = Path(folder) / "subscriptions.jsonl"
        write_jsonl(sample, 1000)
        rows = size // (sample.stat().st_size // 1000)
        write_jsonl(sample, rows)
        with sample.open("rb") as plain, gzip.open(target, "wb", compresslevel=1) as packed:
            while chunk := plain.read(1 << 20):
                packed.write(chunk)
    return rows


WRITERS = {
    "csv": ("invoices.csv", write_quoted_csv),
    "jsonl.gz": ("subscriptions.jsonl.gz", write_gzipped_jsonl),
}


def main() -> None:
    """Write the file, land it, print one line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("gigabytes", type=float, nargs="?", default=5.0)
    parser.add_argument("--kind", choices=WRITERS, default="csv")
    parser.add_argument("--folder", type=Path, help="where the file and the warehouse are written")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        os.environ["TMPDIR"] = folder
        name, write = WRITERS[given.kind]
        rows = write(Path(folder) / name, int(given.gigabytes * 1e9))
        cost = measured("landing", Path(folder) / name)
    print(
        f"{name}: {rows:,} records, {given.gigabytes:g} GB, {cost.cpu:.0f} s CPU, {cost.wall:.0f} s, "
        f"peak {cost.peak:.0f} MB"
    )


if __name__ == "__main__":
    main()
