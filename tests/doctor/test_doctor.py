"""What the doctor finds, each thing broken in turn; and that it writes nothing."""

import json
import os
import shutil
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pipeline import saas_metrics

from orchestration.doctor import OK, WARNING, WRONG, examined
from orchestration.machine.duckdb_files import open_build
from orchestration.machine.lock import exclusive
from orchestration.publish.manifest import read_manifests
from orchestration.settings import Company, SourceConfig
from orchestration.settings.company import BackupSettings

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def company(sample: Company, tmp_path: Path) -> Company:
    """The sample with a warehouse and extracts of its own."""
    shutil.copytree(sample.warehouse, tmp_path / "warehouse", symlinks=True)
    shutil.copytree(sample.extracts, tmp_path / "extracts")
    return replace(sample, warehouse=tmp_path / "warehouse", extracts=tmp_path / "extracts")


def now(company: Company) -> datetime:
    """An hour after the last release."""
    return datetime.fromisoformat(read_manifests(company)[0].published_at).replace(tzinfo=UTC) + timedelta(
        hours=1
    )


def found(company: Company, of: str, at: datetime | None = None) -> list[tuple[str, str]]:
    return [(one.grade, one.told) for one in examined(company, at or now(company)) if one.of == of]


def only(company: Company, of: str, at: datetime | None = None) -> tuple[str, str]:
    [one] = found(company, of, at)
    return one


def tree(folder: Path) -> Iterator[tuple[str, int, int]]:
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        yield str(path), status.st_size, status.st_mtime_ns


def test_of_a_company_that_is_well_nothing_is_wrong_and_nothing_is_written(company):
    before = list(tree(company.warehouse.parent))
    grades = {one.grade for one in examined(company, now(company))}
    assert WRONG not in grades and OK in grades
    assert list(tree(company.warehouse.parent)) == before


def test_a_mapping_that_is_wrong_is_named_and_the_others_are_still_looked_at(company):
    broken = replace(company, sources=(*company.sources, SourceConfig("own", "/nowhere/own.yml")))
    grade, told = only(broken, "mapping")
    assert grade == WRONG and "source own: mapping /nowhere/own.yml not found" in told
    assert found(broken, "source stripe")


def test_a_source_without_a_folder_is_wrong_and_an_empty_one_is_a_warning(company):
    shutil.rmtree(company.extracts / "stripe")
    grade, told = only(company, "source stripe")
    assert grade == WRONG and "does not exist. Put its extracts there" in told
    (company.extracts / "stripe").mkdir()
    assert only(company, "source stripe")[0] == WARNING


def test_a_file_that_no_entry_reads_is_named(company):
    (company.extracts / "stripe" / "notes.csv").write_text("a\n")
    assert any(grade == WARNING and "notes.csv" in told for grade, told in found(company, "source stripe"))


def test_the_age_of_the_newest_file_is_that_of_its_path_else_of_its_writing(company):
    file = company.extracts / "delighted" / "delighted.csv"
    os.utime(file, (now(company).timestamp(),) * 2)
    assert only(company, "source delighted")[0] == OK
    os.utime(file, ((now(company) - timedelta(hours=50)).timestamp(),) * 2)
    grade, told = only(company, "source delighted")
    assert grade == WARNING and "2 days ago (quality.freshness_hours: 48)" in told
    file.rename(file.with_name(f"delighted_{now(company):%Y%m%d}.csv"))
    assert only(company, "source delighted")[0] == OK
    (file.parent / "delighted_20990101.csv").write_text("x")
    grade, told = only(company, "source delighted")
    assert grade == WARNING and "which is to come" in told


def test_a_folder_that_can_not_be_written_to_is_wrong(company, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != company.work or not mode & os.W_OK)
    grade, told = only(company, "rights")
    assert grade == WRONG and str(company.work) in told
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != company.extracts)
    assert only(company, "rights")[0] == WRONG


@pytest.mark.parametrize(("free", "grade"), [(10**12, OK), (8 * 10**8, WARNING), (10**6, WRONG)])
def test_room_on_the_disk_is_held_against_what_a_run_may_need(company, monkeypatch, free, grade):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 0, free))
    assert only(company, "disk")[0] == grade


def test_a_run_under_way_is_told_with_its_process(company):
    assert only(company, "lock")[0] == OK
    with exclusive(company.work / "run.lock"):
        grade, told = only(company, "lock")
    assert grade == WARNING and f"process {os.getpid()} has been running since" in told


def test_a_build_file_of_a_newer_version_is_a_warning_and_a_damaged_one_is_wrong(company):
    assert only(company, "build")[0] == OK
    with open_build(company) as connection:
        connection.execute("update runs.made_by set version = '99.0.0'")
    grade, told = only(company, "build")
    assert grade == WARNING and "written by 99.0.0" in told
    company.build_file.write_bytes(b"x" * 50_000)
    grade, told = only(company, "build")
    assert grade == WRONG and "is damaged" in told


def test_a_published_file_that_does_not_open_is_wrong_and_none_is_a_warning(company):
    assert only(company, "published")[0] == OK
    file = company.published_file.resolve()
    file.chmod(0o600)
    file.write_bytes(b"x" * 50_000)
    assert only(company, "published")[0] == WRONG
    company.pointer.unlink()
    assert only(company, "published", now(company))[0] == WARNING


def test_a_clock_that_is_behind_the_newest_release_is_wrong(company):
    as_of = datetime.fromisoformat(read_manifests(company)[0].as_of).replace(tzinfo=UTC)
    assert only(company, "clock", as_of + timedelta(minutes=1))[0] == OK
    grade, told = only(company, "clock", as_of - timedelta(days=1))
    assert grade == WRONG and "before the newest release" in told


def test_a_run_that_was_due_and_did_not_publish_is_a_warning(company):
    at = now(company)
    on_time = replace(
        company, schedule=replace(company.schedule, cron=f"{at.minute} {(at.hour + 1) % 24} * * *")
    )
    assert only(on_time, "schedule", at + timedelta(seconds=1))[0] == OK
    grade, told = only(on_time, "schedule", at + timedelta(days=2))
    assert grade == WARNING and "a run was due at" in told


def test_a_backup_that_is_due_is_a_warning(company):
    assert only(company, "backup")[0] == OK
    grade, told = only(replace(company, backup=BackupSettings(warn_days=7)), "backup")
    assert grade == WARNING and "was never made" in told


@pytest.mark.parametrize(
    ("changed", "code"),
    [({}, 0), ({"sources": [{"name": "own", "mapping": "strip"}]}, 1), ({"reporting_currency": "EURO"}, 2)],
)
def test_the_exit_code_says_how_grave_it_is(tmp_path, changed, code):
    whole = {
        "name": "acme", "reporting_currency": "EUR", "extracts": "extracts", "warehouse": "warehouse",
        "sources": [{"name": "own", "mapping": "canonical"}], **changed,
    }  # fmt: skip
    (tmp_path / "company.yml").write_text(json.dumps(whole))
    (tmp_path / "extracts" / "own").mkdir(parents=True)
    before = list(tree(tmp_path))
    answer = saas_metrics("doctor", "--company", str(tmp_path / "company.yml"))
    assert answer.returncode == code, answer.stdout + answer.stderr
    assert list(tree(tmp_path)) == before
    assert max(map(len, answer.stdout.splitlines()), default=0) <= max(80, len(str(tmp_path)) + 40)
