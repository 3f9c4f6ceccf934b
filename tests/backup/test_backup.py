"""`saas-metrics backup` and `restore`; and a damaged build file, which is named and replaced."""

import json
import os
import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from pipeline import once_for_all_workers, write_canonical, write_company

from orchestration.backup import content
from orchestration.backup.content import MANIFEST, STATE, backups_holding, known_backups, overdue, read_backup
from orchestration.backup.restore import restore
from orchestration.backup.write import back_up, default_folder
from orchestration.cli.backup import backup as backup_command
from orchestration.cli.backup import restore as restore_command
from orchestration.errors import ConfigurationError, DamagedFile, PublishRefused, RunLocked, SaasMetricsError
from orchestration.landing.forgotten import Forgotten, read_forgotten, write_forgotten
from orchestration.machine.duckdb_files import open_build_read_only
from orchestration.machine.lock import exclusive
from orchestration.run.steps import Run
from orchestration.settings import Company, load_company, respondent_salt
from orchestration.settings.salt import SALT

DAY = datetime(2025, 6, 1, tzinfo=UTC)
ADA, ADDRESS = "Ada Lovelace Engines", "ada@engines.example"


def deliver(company: Company, day: int, customers: int) -> None:
    rows = [{"customer_id": f"c{one}", "name": ADA, "email": ADDRESS} for one in range(customers)]
    items = [
        {"subscription_id": f"s{one}", "item_id": f"i{one}", "valid_from": "2025-01-01", "status": "active",
         "customer_id": f"c{one}", "currency": "USD", "unit_amount": 10, "quantity": 1,
         "interval_unit": "month", "interval_count": 1}
        for one in range(customers)
    ]  # fmt: skip
    write_canonical(
        company.extracts / "source" / f"2025-06-{day:02d}", {"customers": rows, "subscription_items": items}
    )


def land(company: Company, day: int) -> None:
    Run(company, DAY + timedelta(days=day - 1)).land()


def _make(folder: Path) -> None:
    company = write_company(folder)
    deliver(company, 1, 30)
    land(company, 1)
    respondent_salt(company)
    write_forgotten(company.warehouse, Forgotten("5a1e"))


@pytest.fixture
def company(tmp_path_factory, tmp_path, worker_id) -> Company:
    """A company of one delivery, without marts."""
    base = tmp_path_factory.getbasetemp()
    made = once_for_all_workers((base if worker_id == "master" else base.parent) / "to-back-up", _make)
    shutil.copytree(made, tmp_path / "company", symlinks=True)
    return load_company(tmp_path / "company" / "company.yml")


def held(company: Company) -> dict[str, list[str]]:
    """Every row of raw and audit."""
    rows = {}
    with open_build_read_only(company) as connection:
        named = connection.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name in ('raw', 'audit') "
            "and table_name <> 'forgotten' order by all"
        ).fetchall()
        for schema, table in named:
            found = connection.execute(f"from {schema}.{table} order by all").fetchall()
            columns = [one[0] for one in connection.description]
            rows[f"{schema}.{table}"] = [repr(sorted(zip(columns, row, strict=True))) for row in found]
    return rows


def test_a_restored_build_holds_what_was_backed_up(company):
    before, salt = held(company), respondent_salt(company)
    folder, written = back_up(company, default_folder(company))
    assert written.deliveries == 1 and folder.parent == company.path.parent / "backups"
    shutil.rmtree(company.warehouse)
    restore(company, default_folder(company), replace=False)
    assert held(company) == before
    assert respondent_salt(company) == salt and read_forgotten(company.warehouse).salt == "5a1e"
    assert company.build_file.stat().st_mode & 0o777 == 0o600
    land(company, 1)
    assert held(company) == before


def test_a_backup_is_its_owner_s_alone_and_plain_parquet(company):
    folder, _ = back_up(company, default_folder(company))
    for path in (folder.parent, *folder.parent.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    assert duckdb.sql(f"select count(*) from '{folder}/raw/customers.parquet'").fetchall() == [(30,)]
    assert {path.name for path in (folder / STATE).iterdir()} == {"forgotten.json", SALT}


def test_the_next_run_after_a_restore_loads_what_came_since(company):
    back_up(company, default_folder(company))
    deliver(company, 2, 31)
    land(company, 2)
    before = held(company)
    company.build_file.write_bytes(b"garbage")
    restore(company, default_folder(company), replace=False)
    land(company, 2)
    assert held(company) == before


def test_deliveries_that_only_the_build_file_has_are_not_dropped_without_a_word(company):
    back_up(company, default_folder(company))
    deliver(company, 2, 31)
    land(company, 2)
    before = held(company)
    with pytest.raises(ConfigurationError, match=r"is whole and holds 1 deliveries that .* lacks"):
        restore(company, default_folder(company), replace=False)
    assert held(company) == before
    restore(company, default_folder(company), replace=True)
    assert held(company) != before


def test_the_newest_backup_is_meant_and_an_older_one_can_be_named(company):
    first, _ = back_up(company, default_folder(company))
    deliver(company, 2, 31)
    land(company, 2)
    second, _ = back_up(company, default_folder(company))
    assert restore(company, default_folder(company), replace=False)[0] == second
    assert restore(company, first, replace=True)[0] == first


def test_who_was_forgotten_after_the_backup_is_not_brought_back(company):
    folder, _ = back_up(company, default_folder(company))
    now = read_forgotten(company.warehouse)
    listed = Forgotten(
        now.salt, frozenset({now.hash_of("source:c1")}), frozenset({now.hash_of(ADDRESS)}), ("source",)
    )
    write_forgotten(company.warehouse, listed)
    assert backups_holding(company, ["source:c1"]) == [folder] and backups_holding(company, ["source:c2"])
    restore(company, folder, replace=True)
    assert back_up(company, default_folder(company))[0] not in backups_holding(company, ["source:c1"])
    assert read_forgotten(company.warehouse) == listed
    assert ADDRESS.encode() not in company.build_file.read_bytes()
    with open_build_read_only(company) as connection:
        assert connection.execute(
            "select count(*) from raw.customers where customer_id = 'c1'"
        ).fetchone() == (0,)


def test_two_lists_of_the_forgotten_that_were_begun_apart_are_not_mixed(company):
    write_forgotten(company.warehouse, Forgotten("5a1e", frozenset({"old"})))
    folder, _ = back_up(company, default_folder(company))
    write_forgotten(company.warehouse, Forgotten("0the2", frozenset({"new"})))
    with pytest.raises(DamagedFile, match="were begun apart"):
        restore(company, folder, replace=True)


@pytest.mark.parametrize(
    "name", ["raw/customers.parquet", "audit/deliveries.parquet", "state/forgotten.json"]
)
@pytest.mark.parametrize("fault", ["changed", "missing", "cut"])
def test_a_backup_that_is_not_what_was_written_is_refused(company, name, fault):
    folder, _ = back_up(company, default_folder(company))
    path, before = folder / name, held(company)
    data = path.read_bytes()
    if fault == "missing":
        path.unlink()
    else:
        path.write_bytes(data[:-1] if fault == "cut" else data[:20] + b"\xff" + data[21:])
    with pytest.raises(DamagedFile, match="is not the file that was backed up; nothing was touched"):
        restore(company, folder, replace=True)
    assert held(company) == before


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", "[" * 100_000, '{"company": 1}', '{"checksums": {"../../x": "1"}}'],
)
def test_a_manifest_of_a_backup_that_says_nothing_sensible_is_refused(company, text):
    folder, _ = back_up(company, default_folder(company))
    (folder / MANIFEST).write_text(text)
    with pytest.raises(DamagedFile):
        restore(company, folder, replace=True)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"format": 2}, "of no version that can be read here"),
        ({"checksums": {"../../etc/passwd": "1"}}, "of no version"),
        ({"rows": {"raw/../../x.parquet": 1}}, "of no version"),
        ({"company": "other"}, "is a backup of 'other', not of 'tested'"),
    ],
)
def test_a_backup_of_another_company_or_version_is_refused(company, changed, error):
    folder, _ = back_up(company, default_folder(company))
    told = json.loads((folder / MANIFEST).read_text()) | changed
    (folder / MANIFEST).write_text(json.dumps(told))
    with pytest.raises(SaasMetricsError, match=error):
        restore(company, folder, replace=True)


def test_a_folder_without_a_backup_is_named(company):
    for folder in (default_folder(company), company.extracts):
        with pytest.raises(ConfigurationError, match="holds no backup; nothing was touched"):
            restore(company, folder, replace=False)


def test_a_backup_goes_neither_into_the_warehouse_nor_without_anything_in_it(company):
    with pytest.raises(ConfigurationError, match="lies in the warehouse"):
        back_up(company, company.warehouse / "backups")
    company.build_file.unlink()
    with pytest.raises(ConfigurationError, match="does not exist yet"):
        back_up(company, default_folder(company))


def test_a_folder_that_can_not_be_written_is_named(company):
    default_folder(company).write_text("a file")
    with pytest.raises(PublishRefused, match="No backup was made"):
        back_up(company, default_folder(company))
    assert known_backups(company) == []


def test_neither_is_done_while_a_run_holds_the_warehouse(company):
    with exclusive(company.work / "run.lock"):
        for command in (backup_command, restore_command):
            answer = CliRunner().invoke(command, ["--company", str(company.path)])
            assert isinstance(answer.exception, RunLocked)


def test_the_commands_say_what_they_did(company):
    answer = CliRunner().invoke(backup_command, ["--company", str(company.path)])
    assert answer.exit_code == 0 and answer.output.startswith("Backed up: 1 delivery, ")
    answer = CliRunner().invoke(restore_command, ["--company", str(company.path)])
    assert answer.exit_code == 0 and "Run saas-metrics run" in answer.output


def test_a_run_warns_where_the_last_backup_is_too_old_and_only_where_that_was_asked(company, monkeypatch):
    assert overdue(company) is None
    asked = json.loads(company.path.read_text()) | {"backup": {"warn_days": 7}}
    company.path.write_text(json.dumps(asked))
    company = load_company(company.path)
    assert "the last backup was never made (backup.warn_days: 7)" in (overdue(company) or "")
    back_up(company, default_folder(company))
    assert overdue(company) is None

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=8)

    monkeypatch.setattr(content, "datetime", Later)
    assert "the last backup is 8 days old" in (overdue(company) or "")


def test_a_list_of_backups_that_can_not_be_read_stops_nobody(company):
    back_up(company, default_folder(company))
    for text in ("{", "[]", '{"backups": 1}', '{"backups": [1, {"folder": 1}]}'):
        (company.warehouse / "backups.json").write_text(text)
        assert known_backups(company) == []
    back_up(company, default_folder(company))
    assert len(known_backups(company)) == 1


def _damages(good: bytes) -> dict[str, bytes]:
    chance, found = (
        random.Random(1),
        {"garbage": os.urandom(20_000), "zeros": bytes(len(good)), "text": b"x" * 99},
    )
    found |= {f"cut at {share} %": good[: len(good) * share // 100] for share in (0, 1, 50, 90, 99)}
    for _ in range(4):
        place = chance.randrange(4096, 12_288)
        found[f"byte {place} of its head"] = good[:place] + bytes([good[place] ^ 255]) + good[place + 1 :]
    return found


def test_a_damaged_build_file_is_named_and_brought_back(company):
    folder, _ = back_up(company, default_folder(company))
    good, before = company.build_file.read_bytes(), held(company)
    (company.warehouse / "current").symlink_to("releases/x")
    for what, data in _damages(good).items():
        company.build_file.write_bytes(data)
        with pytest.raises(DamagedFile, match=r"build.duckdb is damaged .*saas-metrics restore"):
            land(company, 2)
        restore(company, folder, replace=False)
        assert held(company) == before, what


def test_a_build_file_that_a_killed_first_run_had_not_begun_to_fill_is_begun_anew(company):
    before = held(company)
    company.build_file.write_bytes(b"")
    land(company, 1)
    assert held(company) == before


def test_the_log_of_the_damaged_file_is_not_replayed_into_the_restored_one(company):
    folder, _ = back_up(company, default_folder(company))
    before = held(company)
    company.build_file.write_bytes(b"garbage")
    log = company.build_file.with_name("build.duckdb.wal")
    log.write_bytes(os.urandom(5000))
    restore(company, folder, replace=False)
    assert held(company) == before and not log.exists()


def test_a_hash_is_compared_of_every_file(company):
    folder, _ = back_up(company, default_folder(company))
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    assert set(read_backup(folder).checksums) == files
