import os
import stat

import duckdb
import pytest

from orchestration.errors import ConfigurationError, PublishRefused
from orchestration.machine.duckdb_files import open_build, open_published
from orchestration.publish import release as release_module
from orchestration.publish.descriptions import audit_descriptions
from orchestration.publish.keep import roll_back, sweep
from orchestration.publish.live import live_release
from orchestration.publish.manifest import FRESH, MANIFEST, read_manifests, releases_folder


def mrr(company) -> int:
    with open_published(company.published_file) as connection:
        return int(connection.execute("select closing_mrr from marts.fct_mrr_monthly").fetchone()[0])


def test_the_open_file_has_marts_and_audit_and_nothing_else(company, release):
    release(100)
    with open_published(company.published_file) as connection:
        found = connection.execute("select distinct schema_name from duckdb_tables() order by 1").fetchall()
        audit = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'audit' order by 1"
        )
        assert [name for (name,) in audit.fetchall()] == [
            "deliveries",
            "quality_results",
            "rejects",
            "releases",
        ]
    assert found == [("audit",), ("marts",)]
    assert stat.S_IMODE(company.published_file.stat().st_mode) == 0o440
    assert stat.S_IMODE(company.restricted_file.stat().st_mode) == 0o600
    assert b"ada@example.org" not in company.published_file.read_bytes()
    assert b"ada@example.org" in company.restricted_file.read_bytes()


def test_tables_and_columns_say_what_they_are(company, release):
    release(100)
    with open_published(company.published_file) as connection:
        described = dict(
            connection.execute(
                "select table_name, comment from duckdb_tables() union all "
                "select table_name || '.' || column_name, comment from duckdb_columns() where not internal"
            ).fetchall()
        )
    assert described["fct_mrr_monthly"] == "One row per month."
    assert described["fct_mrr_monthly.closing_mrr"] == "MRR at the month's end."
    bare = [name for name, text in described.items() if text is None]
    assert not [name for name in bare if name.split(".")[0] in audit_descriptions()]


def test_the_file_is_of_a_version_that_older_clients_read(company, release):
    release(100)
    with open_published(company.published_file) as connection:
        tags = connection.execute("select tags from duckdb_databases() where not internal").fetchone()[0]
    assert tags["storage_version"].startswith("v1.2.0")


def test_a_reader_keeps_its_release_and_a_new_one_gets_the_new(company, release):
    release(100)
    with open_published(company.published_file) as reader:
        release(200, day=2)
        assert reader.execute("select closing_mrr from marts.fct_mrr_monthly").fetchone()[0] == 100
    assert mrr(company) == 200


def test_a_foreign_log_stops_the_publication(company, release):
    release(100)
    log = company.published_file.with_name("warehouse.duckdb.wal")
    log.write_bytes(b"x")
    with pytest.raises(PublishRefused, match="a client opened it with write access"):
        release(200)
    log.unlink()
    assert mrr(company) == 100


def test_a_build_without_marts_is_not_published(company, release):
    release(100)
    with open_build(company) as connection:
        connection.execute("drop table marts.fct_mrr_monthly")
    facts = release_module.Facts("1" * 32, {}, {}, {})
    with pytest.raises(PublishRefused, match="holds no marts"):
        release_module.publish(company, facts)
    assert mrr(company) == 100


def test_rows_lost_while_copying_are_noticed(company, monkeypatch, release):
    release(100)
    copy = release_module.copy_open

    def lossy(connection, fresh, *rest):
        copy(connection, fresh, *rest)
        with duckdb.connect(str(fresh)) as other:
            other.execute("delete from marts.fct_mrr_monthly")

    monkeypatch.setattr(release_module, "copy_open", lossy)
    with pytest.raises(PublishRefused, match="does not hold what was built"):
        release(200)
    assert mrr(company) == 100


def test_releases_are_kept_listed_and_pruned(company, release):
    ids = [release(figure, day) for day, figure in enumerate((100, 200, 300, 400), start=1)]
    assert [manifest.release_id for manifest in read_manifests(company)] == ids[:0:-1]
    assert live_release(company) == ids[-1]
    assert sorted(path.name for path in releases_folder(company).iterdir()) == ids[1:]
    newest = read_manifests(company)[0]
    assert newest.row_counts == {"fct_mrr_monthly": 1} and newest.models == {"fct_mrr_monthly": "abc"}
    with open_published(company.published_file) as connection:
        told = connection.execute("select release_id from audit.releases order by published_at").fetchall()
    assert [name for (name,) in told] == ids


def test_a_release_names_the_deliveries_it_was_made_from(company, release, build):
    build(100)
    with open_build(company) as connection:
        connection.execute(
            "insert into audit.deliveries (delivery_id, source_name, verdict) values "
            "('000001-a', 'billing', 'accept'), ('000002-b', 'billing', 'quarantine')"
        )
    release(100)
    assert list(read_manifests(company)[0].deliveries) == ["000001-a"]


def test_a_rollback_publishes_the_release_before(company, release):
    first, second = release(100), release(200, day=2)
    assert roll_back(company, None).release_id == first
    assert mrr(company) == 100 and live_release(company) == first
    assert roll_back(company, second).release_id == second
    assert mrr(company) == 200
    with pytest.raises(ConfigurationError, match=f"Kept are: {second}, {first}"):
        roll_back(company, "nonsense")


def test_a_rollback_that_can_not_write_says_so(company, release):
    release(100)
    release(200, day=2)
    # A folder stands where the swap writes, so the system refuses it as it does on a read-only disk.
    (company.warehouse / ".current.part").mkdir()
    with pytest.raises(PublishRefused, match=r"could not be written.*roll back again"):
        roll_back(company, None)
    assert mrr(company) == 200


def test_releases_follow_their_numbers_and_not_a_clock_that_was_ahead(company, release):
    first = release(100)
    path = releases_folder(company) / first / MANIFEST
    path.write_text(path.read_text().replace('"published_at": "20', '"published_at": "30'))
    with open_build(company) as connection:
        connection.execute("update audit.releases set published_at = published_at + interval 1000 year")
    second = release(200, day=2)
    assert mrr(company) == 200
    assert [manifest.release_id for manifest in read_manifests(company)] == [second, first]
    assert roll_back(company, None).release_id == first


def test_a_manifest_that_can_not_be_read_is_no_release(company, release):
    broken, last = release(100), release(200, day=2)
    (releases_folder(company) / broken / MANIFEST).write_text("{")
    assert [manifest.release_id for manifest in read_manifests(company)] == [last]
    release(300, day=3)
    assert not list(releases_folder(company).glob(f"{broken}*")) and mrr(company) == 300


def test_there_is_nothing_before_the_first_release(company, release):
    release(100)
    with pytest.raises(ConfigurationError, match="no release before the published one"):
        roll_back(company, None)


def test_a_kept_file_that_was_changed_is_not_published_again(company, release):
    first = release(100)
    release(200, day=2)
    kept = releases_folder(company) / first / "warehouse.duckdb"
    kept.chmod(0o640)
    with kept.open("r+b") as handle:
        handle.seek(4096)
        handle.write(b"\xff")
    with pytest.raises(PublishRefused, match="is not the file that was published"):
        roll_back(company, first)
    assert mrr(company) == 200


def test_what_a_killed_run_left_is_swept(company, release):
    release(100)
    for name in (FRESH, "20990101T000000Z-dead"):
        orphan = releases_folder(company) / name / "warehouse.duckdb"
        orphan.parent.mkdir()
        orphan.write_bytes(b"half")
    (company.warehouse / ".current.part").symlink_to("nowhere")
    sweep(company)
    assert [path.name for path in releases_folder(company).iterdir()] == [live_release(company)]
    assert not list(company.warehouse.glob(".*.part"))
    assert mrr(company) == 100


def test_a_run_killed_after_its_swap_is_still_in_the_history(company, release):
    first = release(100)
    with open_build(company) as connection:
        connection.execute("delete from audit.releases")
    second = release(200, day=2)
    with open_published(company.published_file) as connection:
        told = connection.execute("select release_id from audit.releases order by published_at").fetchall()
    assert [name for (name,) in told] == [first, second]


def test_rejected_personal_values_stay_out_of_the_open_file(company, release, build):
    build(100)
    with open_build(company) as connection:
        connection.execute(
            "insert into audit.rejects (source_name, column_name, value, message) values "
            "('billing', 'email', 'eve@example.org', 'eve@example.org is no address'), "
            "('billing', null, 'eve@example.org;12', 'eve@example.org;12 has 2 fields'), "
            "('billing', 'currency', 'EURO', 'EURO is no currency')"
        )
    release(100)
    with open_published(company.published_file) as connection:
        shown = connection.execute("select value from audit.rejects where value is not null").fetchall()
    assert shown == [("EURO",)]
    assert b"eve@example.org" not in company.published_file.read_bytes()
    assert b"eve@example.org" in company.restricted_file.read_bytes()


CHURN = (
    "create or replace table marts.fct_churn_events as select * from (values "
    "('m1', 'voluntary', 'too_expensive', 'Ada'), ('m2', 'voluntary', 'Eve from sales was rude', 'Eve')) "
    "as churns(movement_id, reason, feedback, owner)"
)


def test_what_somebody_wrote_is_in_the_restricted_file_only(company, release, build):
    build(100)
    with open_build(company) as connection:
        connection.execute(CHURN)
    release(100)
    with open_published(company.published_file) as connection:
        assert connection.execute("from marts.fct_churn_events").fetchall() == [
            ("m1", "voluntary", "too_expensive", None),
            ("m2", "voluntary", None, None),
        ]
        assert connection.description[2][:2] == ("feedback", "VARCHAR")
    with open_published(company.restricted_file) as connection:
        assert connection.execute("from restricted.fct_churn_events").fetchall() == [
            ("m1", "too_expensive", "Ada"),
            ("m2", "Eve from sales was rude", "Eve"),
        ]
    assert b"was rude" not in company.published_file.read_bytes()


def test_a_column_without_a_class_is_not_published(company, release, build):
    release(100)
    build(100)
    with open_build(company) as connection:
        connection.execute(CHURN.replace("owner)", "owner_of_deal)"))
    with pytest.raises(PublishRefused, match=r"marts.fct_churn_events.owner_of_deal has no privacy class"):
        release(200)
    assert mrr(company) == 100


def test_a_full_disk_leaves_what_was_published(company, monkeypatch, release):
    release(100)

    def full(connection, fresh, *rest):
        fresh.write_bytes(b"half")
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(release_module, "copy_open", full)
    with pytest.raises(PublishRefused, match="No space left on device"):
        release(200)
    assert mrr(company) == 100 and not (releases_folder(company) / FRESH).exists()
