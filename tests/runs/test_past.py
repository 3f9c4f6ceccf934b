"""What an earlier instant would have said: built from what was known then, beside what is published."""

from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pytest
from pipeline import SAMPLE_AS_OF, saas_metrics, write_canonical, write_company

from orchestration.build.manifest import read_manifest
from orchestration.defs.nightly import run_nightly
from orchestration.errors import ConfigurationError, DataRefused
from orchestration.machine.checksums import sha256
from orchestration.machine.duckdb_files import open_build, open_build_read_only, open_published
from orchestration.publish.keep import keep_past, release_in_force, roll_back
from orchestration.publish.live import live_release
from orchestration.publish.manifest import OPEN, find_manifest, read_manifests, read_published, release_folder
from orchestration.run.past import apart, keep_day, known_files, recall, scratch
from orchestration.run.steps import Run
from orchestration.settings import SAMPLE_COMPANY, load_company

JUNE = datetime(2025, 6, 1, tzinfo=UTC)


def files(*rows: tuple[str, str, str]) -> duckdb.DuckDBPyConnection:
    """A build file, attached as `today`, to which these files were delivered: delivery, file, instant."""
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as today")
    connection.execute("create schema today.audit")
    connection.execute(
        "create table today.audit.deliveries (delivery_id varchar, source_name varchar, "
        "canonical_table varchar, file varchar, extracted_at timestamp)"
    )
    connection.executemany(
        "insert into today.audit.deliveries values (?, 'billing', 'customers', ?, ?)", list(rows)
    )
    return connection


@pytest.mark.parametrize(
    ("file", "extracted_at", "is_known"),
    [
        ("2025-05-31/customers.csv", "2025-05-31", True),
        ("2025-06-02/customers.csv", "2025-06-02", False),
        ("customers.csv", "2025-05-20 03:00:00", True),
        ("customers.csv", "2025-06-02 03:00:00", False),
    ],
    ids=["dated before", "dated after", "undated, read before", "undated, read after"],
)
def test_what_was_known_is_of_its_own_date_or_of_the_run_that_read_it(file, extracted_at, is_known):
    first = ("1", "2025-01-01/customers.csv", "2025-01-01")
    found = known_files(files(first, ("2", file, extracted_at)), JUNE.replace(tzinfo=None))
    assert (("2", file) in found) == is_known


def test_what_the_first_run_found_without_a_date_had_been_there_before():
    found = known_files(
        files(("1", "customers.csv", "2025-07-01"), ("2", "customers.csv", "2025-07-02")),
        JUNE.replace(tzinfo=None),
    )
    assert found == [("1", "customers.csv")]


def test_rows_of_later_files_are_not_brought_back(tmp_path):
    company = write_company(tmp_path)
    for day, name in (("2025-05-01", "a"), ("2025-06-15", "b")):
        rows = [{"customer_id": name, "currency": "EUR"}]
        write_canonical(company.extracts / "source" / day, {"customers": rows})
    # Without terms of MRR nothing is published, but what was read is kept.
    with pytest.raises(DataRefused):
        Run(company, SAMPLE_AS_OF).land()
    own = scratch(company, JUNE)
    recall(company, own, JUNE)
    with open_build_read_only(own) as connection:
        known = connection.execute("select customer_id, _extracted_at, _loaded_at from raw.customers")
        assert known.fetchall() == [("a", datetime(2025, 5, 1), JUNE.replace(tzinfo=None))]
        assert connection.execute("select file from audit.deliveries").fetchall() == [
            ("2025-05-01/customers.csv",)
        ]
    with pytest.raises(DataRefused, match="no file of a source was known at 2025-04-01"):
        recall(company, own, datetime(2025, 4, 1, tzinfo=UTC))


def test_an_instant_has_to_be_named(tmp_path):
    asked = saas_metrics("run", "--company", str(write_company(tmp_path).path), "--no-publish")
    assert asked.returncode == 2 and "name it with --as-of" in asked.stderr


def test_a_warehouse_without_a_run_knows_of_no_day(tmp_path):
    company = write_company(tmp_path)
    said = saas_metrics("run", "--company", str(company.path), "--as-of", "2025-06-01", "--no-publish")
    assert said.returncode == 2 and "Run saas-metrics run first" in said.stderr
    with pytest.raises(ConfigurationError, match="nothing is known of any day"):
        keep_day(Run(scratch(company, JUNE), JUNE), company)


def keep_copy(company, as_of: str):
    """Keep the published release as one of an earlier day, as `keep_day` does at its end."""
    release = release_in_force(company)
    folder = release_folder(company, release)
    own = replace(company, warehouse=company.work / "own")
    (own.warehouse / "releases" / folder.name).mkdir(parents=True)
    for path in folder.iterdir():
        (own.warehouse / "releases" / folder.name / path.name).write_bytes(path.read_bytes())
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ")
    own_id = f"{as_of[:10]}-{len(read_manifests(company))}"
    (own.warehouse / "releases" / folder.name).rename(own.warehouse / "releases" / own_id)
    return keep_past(company, own, replace(release, as_of=as_of, release_id=own_id, published_at=now))


def publish(company):
    run = Run(company, SAMPLE_AS_OF)
    run.publish()
    return run.release


def test_a_past_day_is_kept_beside_what_is_published_and_never_stands_for_it(copy):
    company = replace(copy, publish=replace(copy.publish, keep=2, keep_past=2))
    published = publish(company)
    before = sha256(company.published_file.resolve())
    days = [keep_copy(company, f"2025-06-0{day} 00:00:00") for day in (1, 2, 2, 3)]
    assert (live_release(company), sha256(company.published_file.resolve())) == (published.release_id, before)
    kept = [release for release in read_manifests(company) if release.is_past]
    assert [one.as_of[:10] for one in kept] == ["2025-06-03", "2025-06-02"]
    assert [one.release_id for one in read_published(company)] == [published.release_id]
    with pytest.raises(ConfigurationError, match="no release before the published one"):
        roll_back(company, None)
    again = publish(company)
    assert (again.number, again.since_release) == (published.number + 1, published.since_release)
    with open_build(company) as connection:
        told = connection.execute("select release_id from audit.releases").fetchall()
    assert {one.release_id for one in days}.isdisjoint(name for (name,) in told)


def tables(file) -> dict[str, list]:
    """Every mart of a file, row by row, but for what tells of the release itself."""
    with open_published(file) as connection:
        names = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' order by 1"
        ).fetchall()
        return {
            name: connection.execute(f"select * from marts.{name} order by all").fetchall()
            for (name,) in names
        }


@pytest.mark.slow
def test_a_day_is_what_a_first_run_of_that_day_says_and_the_next_night_is_none_the_wiser(copy, tmp_path):
    published = publish(copy)
    before = {path: sha256(path) for path in (copy.published_file.resolve(), copy.build_file)}
    kept = keep_day(Run(scratch(copy, JUNE), JUNE, full_refresh=True), copy)
    assert {path: sha256(path) for path in before} == before
    assert live_release(copy) == published.release_id and kept.is_past
    fresh = replace(load_company(SAMPLE_COMPANY), warehouse=tmp_path / "fresh")
    (tmp_path / "fresh").mkdir()
    salt = (copy.warehouse / "respondents.salt").read_text(encoding="utf-8")
    (tmp_path / "fresh" / "respondents.salt").write_text(salt, encoding="utf-8")
    run = Run(fresh, JUNE)
    run_nightly(run, read_manifest())
    assert tables(release_folder(copy, kept) / OPEN) == tables(fresh.published_file)
    night = Run(copy, SAMPLE_AS_OF)
    run_nightly(night, read_manifest())
    assert night.release.row_counts == published.row_counts
    assert not night.notices and find_manifest(copy, kept.release_id).is_past


@pytest.mark.slow
def test_the_command_says_where_the_file_is_and_changes_nothing(copy, monkeypatch):
    publish(copy)
    before = {path: sha256(path) for path in (copy.published_file.resolve(), copy.build_file)}
    monkeypatch.setattr("orchestration.cli.run.load_company", lambda path: copy)
    said = saas_metrics("run", "--company", str(copy.path), "--as-of", "2025-06-01", "--no-publish")
    assert said.returncode == 0, said.stderr
    file = apart(copy, JUNE).published_file
    assert f"Not published; as of 2025-06-01 00:00 UTC: {file}" in said.stdout
    assert "2025-05" in said.stdout and tables(file)["fct_company_monthly"]
    assert {path: sha256(path) for path in before} == before
    assert not (file.parent / ".work").exists()
