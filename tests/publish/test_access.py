"""What a query through the hardened connection can't do, and what readers see while releases change."""

import subprocess
import sys

import duckdb
import pytest
from sqlalchemy import MetaData, Table, create_engine, event, inspect, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from orchestration.errors import ConfigurationError
from orchestration.machine.duckdb_files import open_published
from orchestration.publish.manifest import releases_folder

HOSTILE = {
    "read a text file": "select * from read_text('{secret}')",
    "read a binary file": "select * from read_blob('{secret}')",
    "read a CSV file": "select * from read_csv('{secret}')",
    "read a CSV file by its name": "select * from '{secret}'",
    "read a JSON file": "select * from read_json('{secret}')",
    "read a Parquet file": "select * from read_parquet('{secret}')",
    "list a folder": "select * from glob('{folder}/*')",
    "read the restricted file": "attach '{restricted}' as other (read_only)",
    "read a kept release": "attach '{release}' as other (read_only)",
    "attach a new file": "attach '{folder}/new.duckdb' as other",
    "attach over the network": "attach 'https://example.org/x.duckdb' as other",
    "read over the network": "select * from read_csv('https://example.org/x.csv')",
    "read from a bucket": "select * from read_parquet('s3://bucket/x.parquet')",
    "write a CSV file": "copy (select 1) to '{folder}/out.csv'",
    "write a Parquet file": "copy (select 1) to '{folder}/out.parquet' (format parquet)",
    "overwrite the secret": "copy (select 'gone') to '{secret}'",
    "load a file into a table": "copy marts.fct_mrr_monthly from '{secret}'",
    "export the database": "export database '{folder}/export'",
    "import a database": "import database '{folder}'",
    "install an extension": "install httpfs",
    "install a community extension": "install h3 from community",
    "load an extension": "load '{folder}/x.duckdb_extension'",
    "allow external access": "set enable_external_access = true",
    "unlock the configuration": "set lock_configuration = false",
    "reset the configuration": "reset lock_configuration",
    "take more memory": "set memory_limit = '1TB'",
    "take more threads": "set threads = 64",
    "choose a temporary folder": "set temp_directory = '{folder}'",
    "allow unsigned extensions": "set allow_unsigned_extensions = true",
    "log to a file": "pragma enable_profiling; set profiling_output = '{folder}/profile.json'",
    "make a secret": "create secret (type s3, key_id 'x', secret 'y')",
    "keep a secret": "create persistent secret kept (type s3, key_id 'x', secret 'y')",
    "delete rows": "delete from marts.fct_mrr_monthly",
    "change rows": "update marts.fct_mrr_monthly set closing_mrr = 0",
    "add rows": "insert into audit.releases (release_id) values ('forged')",
    "drop a table": "drop table marts.fct_mrr_monthly",
    "make a table": "create table marts.mine as select 1",
    "make a view": "create view marts.mine as select 1",
    "rename a table": "alter table marts.fct_mrr_monthly rename to mine",
    "read the raw rows": "select * from raw.customers",
    "read personal data": "select * from restricted.customers",
    "read the environment": "select getenv('HOME')",
}


@pytest.mark.parametrize("wish", HOSTILE)
def test_a_reader_cannot(wish, two_releases):
    company, kept = two_releases
    folder = company.path.parent
    secret = folder / "secret.csv"
    secret.write_text("secret\n1\n")
    statement = HOSTILE[wish].format(
        secret=secret,
        folder=folder,
        restricted=company.restricted_file,
        release=releases_folder(company) / kept / "warehouse.duckdb",
    )
    before = sorted(path for path in folder.rglob("*"))
    with open_published(company.published_file) as connection:
        with pytest.raises(duckdb.Error):
            connection.execute(statement).fetchall()
        assert connection.execute("select closing_mrr from marts.fct_mrr_monthly").fetchone()[0] == 100
    assert sorted(path for path in folder.rglob("*")) == before
    assert secret.read_text() == "secret\n1\n"


def test_a_table_without_a_schema_is_one_of_marts(two_releases):
    company, _ = two_releases
    with open_published(company.published_file) as connection:
        assert (
            connection.execute("from fct_mrr_monthly").fetchall()
            == connection.execute("from marts.fct_mrr_monthly").fetchall()
        )
        assert connection.execute("select count(*) from audit.releases").fetchone()


def test_what_was_never_published_cannot_be_opened(company):
    with (
        pytest.raises(ConfigurationError, match="does not exist yet"),
        open_published(company.published_file),
    ):
        pass


READER = """
import sys, time
from pathlib import Path
from orchestration.machine.duckdb_files import open_published

file, stop = Path(sys.argv[1]), Path(sys.argv[2])
print("ready", flush=True)
while not stop.exists():
    with open_published(file) as connection:
        figure, releases = connection.execute(
            "select closing_mrr, (select count(*) from audit.releases) from marts.fct_mrr_monthly"
        ).fetchone()
    print(int(figure), releases)
"""


@pytest.mark.slow
def test_eight_readers_see_twenty_releases_in_order_and_no_error(company, release, tmp_path):
    release(0)
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", READER, str(company.published_file), str(stop)]
    readers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(8)
    ]
    for reader in readers:
        assert reader.stdout.readline() == "ready\n"
    for figure in range(1, 21):
        release(figure, day=figure)
    stop.touch()
    seen = []
    for reader in readers:
        told, _ = reader.communicate(timeout=60)
        assert reader.returncode == 0
        seen.append([tuple(map(int, line.split())) for line in told.splitlines()])
    # Each look is at one whole release: the n-th figure comes with n + 1 releases in its own audit.
    assert all(releases == figure + 1 for looks in seen for figure, releases in looks)
    assert all(looks == sorted(looks) for looks in seen)
    assert len({look for looks in seen for look in looks}) > 5


def test_sqlalchemy_without_a_pool_sees_the_next_release(company, release):
    release(100)
    engine = create_engine(
        f"duckdb:///{company.published_file}", connect_args={"read_only": True}, poolclass=NullPool
    )
    query = text("select closing_mrr from marts.fct_mrr_monthly")
    with engine.connect() as connection:
        assert connection.execute(query).scalar() == 100
    release(200, day=2)
    with engine.connect() as connection:
        assert connection.execute(query).scalar() == 200
    assert "fct_mrr_monthly" in inspect(engine).get_table_names(schema="marts")


def test_sqlalchemy_starts_in_marts_and_reads_what_a_table_is(two_releases):
    company, _ = two_releases
    engine = create_engine(
        f"duckdb:///{company.published_file}", connect_args={"read_only": True}, poolclass=NullPool
    )

    @event.listens_for(engine, "connect")
    def start_in_marts(connection, _):
        connection.execute("use marts")

    with engine.connect() as connection:
        assert connection.execute(text("select closing_mrr from fct_mrr_monthly")).scalar() == 100
    told = inspect(engine)
    assert told.get_table_comment("fct_mrr_monthly", schema="marts") == {"text": "One row per month."}
    comments = {
        column["name"]: column["comment"] for column in told.get_columns("fct_mrr_monthly", schema="marts")
    }
    assert comments["closing_mrr"] == "MRR at the month's end."
    # It asks for keys in words of PostgreSQL that DuckDB does not know; docs/connect.md says what to do.
    with pytest.raises(ProgrammingError, match="REGCLASS"):
        Table("fct_mrr_monthly", MetaData(), schema="marts", autoload_with=engine)
