"""Damage good files at random and read them: `python tests/landing/fuzz_landing.py [SECONDS] [SEED]`.

Never a traceback, and never a row accepted that the mapping excludes: what was accepted is looked through
again by rules written without the reader's code.
"""

import csv
import io
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.landing import land

DATA = Path(__file__).parent.parent / "data"
SEEDS = [
    (DATA / "bad_inputs" / "000_good.csv", str(DATA / "bad_inputs" / "mapping.yml")),
    (DATA / "bad_inputs" / "125_quoted_newline_emoji.csv", str(DATA / "bad_inputs" / "mapping.yml")),
    (DATA / "extracts" / "stripe_api_2026" / "subscriptions.jsonl", "stripe"),
    (DATA / "extracts" / "dotsha_like_fr" / "abonnements_20250630.csv", "dotsha_fr"),
    (DATA / "extracts" / "hubspot_csv" / "hubspot-crm-exports-all-deals-2025-06-30.csv", "hubspot"),
    (DATA / "extracts" / "nps_csv" / "delighted.csv", "delighted"),
]
NASTY = [b"\x00", b"\xff", b"NaN", b"1e9", *(bytes([byte]) for byte in b"\"',;\n\r\t\\{}[-_ ")]
INSTANT = re.compile(r"(19|20|21)\d\d-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?")
NUMBER = re.compile(r"-?\d{1,14}(\.\d{1,12})?")
STATUSES = {"incomplete", "trialing", "active", "past_due", "unpaid", "paused", "ended", None}


def flip_bytes(data: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(damaged))
        damaged[place : place + chance.randint(0, 2)] = chance.choice(
            [bytes([chance.randrange(256)]), *NASTY]
        )
    return bytes(damaged)


def cut_lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(lines))
        lines[place] = lines[place][: chance.randint(0, max(len(lines[place]), 1))]
    return b"\n".join(lines)


def cut_end(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def repeat_lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    return b"\n".join(lines)


def shuffle_columns(data: bytes, chance: random.Random) -> bytes:
    encoding = "cp1252" if b";" in data[:200] else "utf-8"
    delimiter = ";" if encoding == "cp1252" else ","
    rows = list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))
    order = list(range(len(rows[0])))
    chance.shuffle(order)
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([[row[place] for place in order] for row in rows if row])
    return text.getvalue().encode(encoding)


class Company:
    """One source whose folder holds one file."""

    def __init__(self, path: Path, mapping: str) -> None:
        self.path, self.extracts, self.reporting_timezone = path / "company.yml", path / "extracts", "UTC"
        self.accepted_drops: frozenset[str] = frozenset()
        self.sources = [type("Source", (), {"name": "fuzz", "mapping": mapping, "options": {}, "labels": {}})]
        (self.extracts / "fuzz").mkdir(parents=True)


def wrong_rows(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """What no mapping of the seeds may let through."""
    found = []
    for row in _rows(connection, "subscription_items"):
        checks = {
            "quantity": bool(NUMBER.fullmatch(row["quantity"])) and not row["quantity"].startswith("-"),
            "unit_amount": row["unit_amount"] is None or bool(NUMBER.fullmatch(row["unit_amount"])),
            "currency": bool(re.fullmatch("[A-Z]{3}", row["currency"])),
            "valid_from": bool(INSTANT.fullmatch(row["valid_from"])),
            "valid_to": row["valid_to"] is None or bool(INSTANT.fullmatch(row["valid_to"])),
            "status": row["status"] in STATUSES,
            "subscription_id": bool(row["subscription_id"].strip()),
            "yen": row["currency"] != "JPY" or "." not in (row["unit_amount"] or ""),
        }
        found += [f"{name}: {row}" for name, fine in checks.items() if not fine]
    for row in _rows(connection, "survey_responses"):
        if not 0 <= int(row["score"]) <= 10 or not INSTANT.fullmatch(row["responded_at"]):
            found.append(f"response: {row}")
    for row in _rows(connection, "crm_deals"):
        if row["outcome"] not in ("open", "won", "lost") or not INSTANT.fullmatch(row["created_at"]):
            found.append(f"deal: {row}")
    return found


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, str]]:
    result = connection.execute(f"select * from raw.{table}")
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def fuzz(seconds: float, seed: int) -> Counter[str]:
    """Verdicts by count; raises on the first wrong row, and lets any error of the reader through."""
    chance, verdicts, end = random.Random(seed), Counter(), time.monotonic() + seconds
    while time.monotonic() < end:
        file, mapping = chance.choice(SEEDS)
        damages = [flip_bytes, cut_lines, cut_end, repeat_lines]
        damages += [shuffle_columns] if file.suffix == ".csv" else []
        damage = chance.choice(damages)
        content = damage(file.read_bytes(), chance)
        with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
            company = Company(Path(folder), mapping)
            damaged = company.extracts / "fuzz" / file.name
            damaged.write_bytes(content)
            os.utime(damaged, (0, 0))  # written long ago: nothing waits for its writer
            deliveries = land(connection, company, datetime(2025, 7, 1)).deliveries
            verdict = max((delivery.verdict for delivery in deliveries), default="nothing")
            verdicts[f"{damage.__name__}: {verdict}"] += 1
            if wrong := wrong_rows(connection):
                kept = Path(tempfile.gettempdir()) / f"fuzz_{file.name}"
                kept.write_bytes(content)
                raise AssertionError(f"{damage.__name__} of {file.name}, kept as {kept}: {wrong[0]}")
    return verdicts


if __name__ == "__main__":
    found = fuzz(
        float(sys.argv[1]) if len(sys.argv) > 1 else 300, int(sys.argv[2]) if len(sys.argv) > 2 else 1
    )
    for verdict, count in sorted(found.items()):
        print(f"{count:6} {verdict}")  # noqa: T201
