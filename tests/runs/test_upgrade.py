"""A build file of another version: what was delivered stays, what was built is built anew."""

import shutil
from pathlib import Path

import pytest
import zstandard
from pipeline import SAMPLE_AS_OF

from orchestration.build.manifest import read_manifest
from orchestration.build.versions import drop_strangers, meet_version
from orchestration.defs.nightly import run_nightly
from orchestration.machine.duckdb_files import open_build, open_build_read_only
from orchestration.run.steps import Run
from orchestration.settings import load_company

OLD = Path(__file__).parents[1] / "data" / "upgrade"
"""A company of one canonical source, and the build file that version 0.1.0 made of it."""


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory):
    """The old company after a run of this version, and one that was never anything else."""
    companies = []
    for name in ("upgraded", "fresh"):
        folder = tmp_path_factory.mktemp(name)
        shutil.copytree(OLD / "extracts", folder / "extracts")
        shutil.copy(OLD / "company.yml", folder)
        company = load_company(folder / "company.yml")
        if name == "upgraded":
            company.work.mkdir(parents=True)
            with (OLD / "build.duckdb.zst").open("rb") as packed, company.build_file.open("wb") as unpacked:
                zstandard.ZstdDecompressor().copy_stream(packed, unpacked)
        run_nightly(Run(company, SAMPLE_AS_OF), read_manifest())
        companies.append(company)
    return companies


def rows(company, query):
    with open_build_read_only(company) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.slow
def test_what_an_older_version_was_delivered_is_not_loaded_again(upgraded):
    was, _ = upgraded
    loaded = "select min(loaded_at), max(loaded_at), count(*) from audit.deliveries"
    first, last, count = rows(was, loaded)[0]
    assert first == last < SAMPLE_AS_OF.replace(tzinfo=None)
    assert count == rows(upgraded[1], "select count(*) from audit.deliveries")[0][0]


@pytest.mark.slow
def test_the_marts_are_those_of_a_company_that_never_had_another_version(upgraded):
    was, fresh = upgraded
    months = "from marts.fct_mrr_monthly order by all"
    assert rows(was, months) == rows(fresh, months) != []


@pytest.mark.slow
def test_nothing_of_the_older_version_is_left_but_what_was_delivered(upgraded):
    query = (
        "select table_schema, table_name from information_schema.tables "
        "where table_schema not in ('raw', 'audit') order by all"
    )
    assert rows(upgraded[0], query) == rows(upgraded[1], query)


def test_a_newer_version_is_named_and_what_it_built_is_built_anew(copy):
    with open_build(copy) as connection:
        connection.execute("create or replace table runs.made_by as select '99.0.0' as version")
        (notice,) = meet_version(connection)
        assert notice.is_warning and "saas-metrics 99.0.0" in notice.text
        assert not meet_version(connection), "the file is ours now"
        built = "from duckdb_tables() where schema_name = 'runs' and table_name = 'built'"
        assert connection.execute(built).fetchall() == []


def test_a_table_that_no_model_makes_goes_and_every_other_stays(copy):
    with open_build(copy) as connection:
        connection.execute("create table marts.fct_gone as select 1 as one")
        connection.execute("create schema once; create view once.seen as select 1 as one")
        assert drop_strangers(connection, read_manifest()) == ["marts.fct_gone", "once.seen"]
        assert not drop_strangers(connection, read_manifest())
        assert connection.execute("select count(*) from raw.customers").fetchall() != [(0,)]
