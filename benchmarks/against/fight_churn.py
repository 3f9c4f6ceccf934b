"""carl24k/fight-churn on the same customers: the listings of its book that tell MRR, on a PostgreSQL of its
own.

Its tables are made by its own statements, its listings are read from the checkout and run as they stand.
They ask who is there on a day, so a change counts from the day after it: then the first of a month tells
the end of the month before. The server lives in a folder of this run and listens to no network.
"""

import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.against.checkouts import needed
from benchmarks.against.states import Compared, compared

TABLES = "fightchurn/churnsim/schema/create_subscription.sql"
LISTINGS = {
    "customers": "fightchurn/listings/chap2/listing_2_6_churn_rate_multi.sql",
    "mrr": "fightchurn/listings/chap2/listing_2_7_mrr_churn_multi.sql",
    "retention": "fightchurn/listings/chap2/listing_2_8_net_retention_multi.sql",
}
SCHEMA = "x"
FIRST, LAST = "2020-08-01", "2025-06-01"
INPUT = """
    select
        cast(regexp_extract(customer_id, '[0-9]+$') as integer) as account_id, product_id as product,
        first_day + 1 as start_date, end_day + 1 as end_date, cast(mrr as double) as mrr,
        cast(null as double) as quantity, cast(null as varchar) as units, bill_months as bill_period_months,
        cast(null as double) as discount
    from read_parquet('{states}')
"""
# What each listing gives, from the customer months: the figures of a month, and the rates made of them.
OURS = """
    select
        period_month as start_date,
        count(*) filter (opening > 0) as n_start,
        count(*) filter (movement = 'churn') as n_churn,
        cast(sum(opening) as double) as start_mrr,
        cast(coalesce(sum(opening) filter (movement = 'churn'), 0) as double) as churn_mrr,
        cast(coalesce(sum(opening - closing) filter (movement = 'contraction'), 0) as double) as downsell_mrr,
        cast(sum(closing) filter (opening > 0) as double) as retained_mrr
    from months where period_month between date '{first}' and date '{last}'
    group by period_month having n_start > 0
"""
THEIRS = """
    select
        start_date, n_start, n_churn, mrr.start_mrr, mrr.churn_mrr, mrr.downsell_mrr, retention.retained_mrr
    from read_csv('{folder}/customers.csv') as customers
    inner join read_csv('{folder}/mrr.csv') as mrr using (start_date)
    inner join read_csv('{folder}/retention.csv') as retention using (start_date)
"""
FIGURES = {
    name: f"abs(ours.{name} - theirs.{name}) < 0.005"
    for name in ("n_start", "n_churn", "start_mrr", "churn_mrr", "downsell_mrr", "retained_mrr")
}


@dataclass(frozen=True)
class Server:
    """A PostgreSQL of this run: where its programs and its files are."""

    programs: Path
    folder: Path

    def psql(self, *arguments: str) -> None:
        """Run psql against it. Raises SystemExit where a statement fails."""
        command = [str(self.programs / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder),
                   "-U", "postgres", "-d", "postgres", *arguments]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"psql failed: {done.stderr.strip()}")


def programs_of_postgres() -> Path:
    """The folder of initdb, postgres and psql. Raises SystemExit where there is none."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name))
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    if places:
        return places[-1]
    raise SystemExit(
        "PostgreSQL's initdb was not found: install PostgreSQL (apt-get install postgresql), or put its "
        "folder on PATH, and run again; or leave fight-churn out with --only."
    )


@contextmanager
def running(server: Server) -> Iterator[None]:
    """The server while the block lasts. It has ended when that is left: a child whose CPU seconds count."""
    command = [str(server.programs / "postgres"), "-D", str(server.folder / "data"), "-k", str(server.folder),
               "-c", "listen_addresses=", "-c", "shared_buffers=1GB", "-c", "work_mem=256MB",
               "-c", "max_parallel_workers=2", "-c", "max_wal_size=8GB",
               "-c", "timezone=UTC"]  # fmt: skip
    with (server.folder / "log").open("a") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, user=_owner())
        try:
            _wait(server, process)
            yield
        finally:
            process.send_signal(2)
            process.wait(timeout=120)


def _wait(server: Server, process: "subprocess.Popen[bytes]") -> None:
    ready = [str(server.programs / "pg_isready"), "-q", "-h", str(server.folder)]
    for _ in range(600):
        if subprocess.run(ready, check=False).returncode == 0:
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(
        f"PostgreSQL did not start: {(server.folder / 'log').read_text(encoding='utf-8')[-500:]}"
    )


def _owner() -> str | None:
    """PostgreSQL refuses to run as root: there it is run by its own user."""
    return "postgres" if os.geteuid() == 0 else None


@contextmanager
def made_server() -> Iterator[Server]:
    """A new cluster in a folder of its own (a socket's path must be short), gone at the end."""
    with tempfile.TemporaryDirectory(prefix="peers") as temporary:
        server = Server(programs_of_postgres(), Path(temporary))
        if owner := _owner():
            shutil.chown(temporary, owner)
        subprocess.run(
            [str(server.programs / "initdb"), "-D", str(server.folder / "data"), "-U", "postgres",
             "-A", "trust", "--locale=C", "-E", "UTF8"],
            check=True, stdout=subprocess.DEVNULL, user=_owner(),
        )  # fmt: skip
        yield server


def run(checkouts: Path, states: Path, folder: Path) -> dict[str, float]:
    """Leave one CSV a listing in `folder`; CPU seconds of the server and psql while the listings run.

    Raises SystemExit where the checkout or PostgreSQL is missing, or a statement fails.
    """
    checkout = needed(checkouts, "fight-churn")
    subscriptions = folder / "subscription.csv"
    duckdb.execute(f"copy ({INPUT.format(states=states)}) to '{subscriptions}' (header)")
    with made_server() as server:
        with running(server):
            server.psql("-c", f"create schema {SCHEMA}")
            server.psql("-f", str(checkout / TABLES))
            server.psql("-c", f"\\copy {SCHEMA}.subscription from '{subscriptions}' csv header")
            server.psql("-c", f"vacuum analyze {SCHEMA}.subscription")
        began = _spent()
        with running(server):
            for name, path in LISTINGS.items():
                listing = folder / f"{name}.sql"
                listing.write_text(bound((checkout / path).read_text(encoding="utf-8")), encoding="utf-8")
                server.psql("--csv", "-o", str(folder / f"{name}.csv"), "-f", str(listing))
        return {"theirs": _spent() - began}


def bound(listing: str) -> str:
    """A listing with its dates, as the book's own script puts them in, on the tables of this run."""
    values: Mapping[str, str] = {"%from_yyyy-mm-dd": FIRST, "%to_yyyy-mm-dd": LAST}
    for name, value in values.items():
        listing = listing.replace(name, value)
    return f"set search_path = '{SCHEMA}';\n{listing}"


def _spent() -> float:
    """CPU seconds of the children that have ended, and of theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def months_compared(connection: duckdb.DuckDBPyConnection, folder: Path) -> tuple[float, Compared]:
    """Months of the relation `months`, and of the listings: CPU seconds of ours, and the rows compared."""
    began = time.process_time()
    connection.execute(f"create or replace temp table churn_ours as {OURS.format(first=FIRST, last=LAST)}")
    seconds = time.process_time() - began
    connection.execute(f"create or replace temp table churn_theirs as {THEIRS.format(folder=folder)}")
    return seconds, compared(connection, "churn_ours", "churn_theirs", ("start_date",), FIGURES)
