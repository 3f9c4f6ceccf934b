"""The dead man's file: how the last run ended, that none came, and what a monitor is told of it."""

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pipeline import SAMPLE_AS_OF, saas_metrics, write_company

from orchestration.alerts.health import LastRun, Record, begin, look, read_record, watch, write_record
from orchestration.alerts.tell import log_of
from orchestration.closes.told import restated
from orchestration.definitions import definitions
from orchestration.errors import ConfigurationError, DataRefused, DiskFull, GateFailed
from orchestration.publish.keep import release_in_force
from orchestration.run import told as run_told
from orchestration.run.finish import finish
from orchestration.run.steps import Run, StepTime
from orchestration.settings.alerts import AlertSettings, HealthSettings

APPENDS = "import sys; open('told.jsonl', 'a').write(sys.stdin.read() + chr(10))"
COMMAND = (sys.executable, "-c", APPENDS)
LIVE = {
    "name": "sample",
    "reporting_currency": "EUR",
    "extracts": "extracts",
    "warehouse": ".",
    "sources": [{"name": "a", "mapping": "canonical"}],
    "alerts": {"command": list(COMMAND)},
}
NEXT_MORNING = SAMPLE_AS_OF + timedelta(hours=9)


@pytest.fixture
def company(sample, tmp_path):
    """The published sample as a warehouse of its own, whose alerts go to `told.jsonl`."""
    for name in ("releases", "current", "warehouse.duckdb"):
        (tmp_path / name).symlink_to(sample.warehouse / name)
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to((sample.warehouse / "current").readlink())
    path = tmp_path / "company.yml"
    path.write_bytes(sample.path.read_bytes())
    alerts = AlertSettings(command=COMMAND)
    return replace(sample, path=path, warehouse=tmp_path, alerts=alerts, reporting_timezone="Europe/Paris")


def told(company):
    path = company.path.parent / "told.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def ended(company, as_of=SAMPLE_AS_OF, **how):
    """A run that has ended so, without its steps."""
    run = Run(company, as_of, times=[StepTime("start-up", 0, 0), StepTime("landing", 0, 0)], **how)
    if not run.release:
        run.stopped_at = "landing"
    run_told.end(run, "/page.html")
    return run


def published(company, as_of=SAMPLE_AS_OF):
    return ended(company, as_of, release=release_in_force(company))


def test_a_run_that_published_in_time_is_healthy(company):
    published(company)
    health = look(company, NEXT_MORNING)
    assert (health.exit_code, health.overdue_since, health.age_hours) == (0, "", 9.0)
    assert health.release == release_in_force(company).release_id
    # The sample's one row that was refused is a warning of a rule.
    assert health.verdict == "published_with_warnings"
    (one,) = told(company)
    assert one["event"] == "published_with_warnings" and one["cause"] == "rules that warn: 1"


@pytest.mark.parametrize(
    ("failure", "event", "cause"),
    [
        (DataRefused("2 rows of Ada Lovelace\nmore"), "refused", "step landing: DataRefused"),
        (GateFailed("1 models failed", ["what a rule says"]), "refused", "step landing: GateFailed"),
        (GateFailed("Ada Lovelace is no number"), "failed", "step landing: GateFailed"),
        (DiskFull("/srv: the disk is full\nmore"), "failed", "step landing: /srv: the disk is full"),
        (ConfigurationError("/srv is not there"), "failed", "step landing: /srv is not there"),
        (None, "failed", "step landing: it was broken off"),
    ],
)  # fmt: skip
def test_a_run_that_did_not_publish_is_told_with_its_cause_and_no_value_of_a_row(
    company, failure, event, cause
):
    published(company)
    ended(company, NEXT_MORNING, failure=failure)
    one = told(company)[-1]
    assert (one["event"], one["cause"], one["as_of"]) == (event, cause, "2025-07-01T09:00:00Z")
    assert one["release"] == release_in_force(company).release_id and "Ada" not in json.dumps(one)
    health = look(company, NEXT_MORNING)
    assert (health.exit_code, health.verdict) == (1, event) and cause in health.says


def test_a_run_that_did_not_come_is_told_once_and_again_of_the_next(company):
    published(company)
    before = len(told(company))
    late = NEXT_MORNING + timedelta(days=1)
    for _ in range(3):
        health, _sent = watch(company, late)
    assert (health.exit_code, health.verdict) == (1, "overdue")
    assert health.overdue_since == "2025-07-02T01:00:00Z"  # 03:00 in Paris
    (one,) = told(company)[before:]
    assert one["event"] == "did_not_run" and "saas-metrics run --company" in one["what_to_do"]
    watch(company, late + timedelta(days=1))
    assert [one["as_of"] for one in told(company)[before:]] == [
        "2025-07-02T01:00:00Z",
        "2025-07-03T01:00:00Z",
    ]


def test_a_missing_run_is_told_again_while_no_receiver_takes_it(company):
    published(company)
    down = replace(company, alerts=AlertSettings(command=("./is-not-there",)))
    for _ in range(2):
        watch(down, NEXT_MORNING + timedelta(days=1))
    assert [one.event for one in log_of(down) if one.failure] == ["did_not_run"] * 2


def test_before_its_grace_is_over_a_run_is_not_missing(company):
    published(company)
    due = datetime(2025, 7, 2, 1, tzinfo=UTC)
    assert look(company, due + timedelta(hours=1, minutes=59)).exit_code == 0
    assert look(company, due + timedelta(hours=2, minutes=1)).exit_code == 1
    patient = replace(company, health=HealthSettings(grace_hours=5))
    assert look(patient, due + timedelta(hours=4)).exit_code == 0


def test_a_run_came_when_it_ended_whatever_instant_it_was_of(company):
    published(company)
    ended_at = datetime(2025, 7, 2, 1, 10, tzinfo=UTC)
    yesterday = LastRun("r" * 32, "2025-07-01T00:00:00Z", f"{ended_at:%Y-%m-%dT%H:%M:%SZ}", "published")
    write_record(company, Record(yesterday))
    assert look(company, ended_at + timedelta(hours=12)).exit_code == 0
    assert look(company, ended_at + timedelta(hours=26)).verdict == "overdue"


def test_an_age_in_hours_goes_before_the_schedule(company):
    published(company)
    weekly = replace(company, health=HealthSettings(max_age_hours=170))
    assert look(weekly, SAMPLE_AS_OF + timedelta(hours=169)).exit_code == 0
    health = look(weekly, SAMPLE_AS_OF + timedelta(hours=171))
    assert (health.exit_code, health.overdue_since) == (1, "2025-07-08T02:00:00Z")
    assert look(weekly, SAMPLE_AS_OF + timedelta(hours=5), max_age_hours=4).exit_code == 1


def test_a_run_that_was_killed_is_told_by_the_next_and_seen_meanwhile(company):
    published(company)
    begin(company, "k" * 32, NEXT_MORNING)
    health = look(company, NEXT_MORNING + timedelta(days=1))
    assert health.under_way.run_id == "k" * 32 and "a run is under way since" in health.says
    killed = begin(company, "n" * 32, NEXT_MORNING + timedelta(days=1))
    ended(company, NEXT_MORNING + timedelta(days=1), release=release_in_force(company), killed=killed)
    assert "was killed, or could not say how it ended" in told(company)[1]["cause"]
    assert told(company)[1]["event"] == "failed" and told(company)[1]["run_id"] == "k" * 32
    assert read_record(company).under_way is None


def test_closed_months_are_told_when_they_are_restated_otherwise_than_before(company, monkeypatch):
    said = ["", "1 closed month is restated", "1 closed month is restated", "2 closed months are restated"]
    monkeypatch.setattr(run_told, "restated", lambda *_: said.pop(0))
    for _ in range(4):
        published(company)
    assert [one["cause"] for one in told(company) if one["event"] == "restated"] == [
        "1 closed month is restated",
        "2 closed months are restated",
    ]
    assert restated is not run_told.restated


def test_a_part_of_a_run_tells_nobody_and_is_no_last_run(company):
    published(company)
    before = (read_record(company), len(told(company)))
    run = Run(company, NEXT_MORNING, times=[StepTime("landing", 0, 0)])
    run_told.end(run, "")
    assert (read_record(company), len(told(company))) == before


def test_a_warehouse_without_a_run_or_without_its_file_is_unusable(tmp_path, company):
    fresh = write_company(tmp_path)
    assert saas_metrics("health", "--company", str(fresh.path)).returncode == 2
    published(company)
    (company.warehouse / "warehouse.duckdb").unlink()
    assert look(company, NEXT_MORNING).exit_code == 2


def test_a_file_that_cannot_be_read_is_as_none_and_the_next_run_writes_it_anew(company):
    for broken in ("", "{", "[]", '{"last_run": {"x": 1}, "under_way": null, "restated": ""}'):
        company.health_file.unlink(missing_ok=True)
        company.health_file.write_text(broken)
        assert look(company, NEXT_MORNING).last_run is None
    published(company)
    assert look(company, NEXT_MORNING).last_run is not None


def test_a_full_disk_keeps_nobody_from_being_told(company, monkeypatch):
    monkeypatch.setattr(run_told, "write_record", full)
    ended(company, failure=DiskFull("/srv: the disk is full"))
    assert [one["event"] for one in told(company)] == ["failed"]


def full(*_):
    raise OSError(28, os.strerror(28))


def test_a_page_that_cannot_be_written_keeps_nobody_from_being_told(company, monkeypatch):
    def broken(*_):
        raise ValueError("a page")

    monkeypatch.setattr("orchestration.run.finish.record_times", broken)
    with pytest.raises(ValueError, match="a page"):
        finish(Run(company, SAMPLE_AS_OF, times=[StepTime("landing", 0, 0)], stopped_at="landing"))
    assert [one["event"] for one in told(company)] == ["failed"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_who_may_read_asks_during_a_run_and_changes_nothing(company, sample):
    """A monitor is neither the owner nor may it write; that a run is under way is no reason to wait."""
    published(company)
    begin(company, "k" * 32, NEXT_MORNING)
    before = sorted(path.name for path in company.warehouse.iterdir())
    folders = {*company.warehouse.parents, *sample.warehouse.parents, company.warehouse, sample.warehouse}
    with entered_by_all(folders):
        health = as_another_user(lambda: look(company, NEXT_MORNING))
    assert health["under_way"]["run_id"] == "k" * 32 and health["exit_code"] == 0
    assert sorted(path.name for path in company.warehouse.iterdir()) == before


@contextmanager
def entered_by_all(folders):
    modes = {folder: folder.stat().st_mode for folder in folders}
    try:
        for folder, mode in modes.items():
            folder.chmod(mode | 0o055)
        yield
    finally:
        for folder, mode in modes.items():
            folder.chmod(mode)


def as_another_user(ask):
    """What a child process is told that is nobody, of root's group."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(0)
        os.setuid(65534)
        try:
            os.write(writes, json.dumps(ask().as_json()).encode())
        finally:
            os._exit(0)
    os.close(writes)
    os.waitpid(child, 0)
    with os.fdopen(reads) as pipe:
        return json.loads(pipe.read())


def test_the_command_line_tells_the_verdict_and_alerts_only_when_asked(company):
    published(company)
    path = company.path.parent / "live.yml"
    path.write_text(json.dumps(LIVE))
    call = ("health", "--company", str(path), "--as-of", "2025-07-03T09:00:00Z")
    before = len(told(company))
    answer = saas_metrics(*call)
    assert answer.returncode == 1 and len(told(company)) == before
    assert answer.stdout.startswith("sample: overdue (release ") and "57.0 h old" in answer.stdout
    answer = saas_metrics(*call, "--alert", "--json")
    assert answer.returncode == 1 and "The command took the alert 'did_not_run'." in answer.stderr
    assert json.loads(answer.stdout)["exit_code"] == 1 and len(told(company)) == before + 1


def test_dagster_watches_for_the_run_that_did_not_come(company, monkeypatch):
    import dagster as dg

    path = company.path.parent / "live.yml"
    path.write_text(json.dumps(LIVE))
    monkeypatch.setenv("SAAS_METRICS_COMPANY", str(path))
    with dg.DagsterInstance.ephemeral() as instance:
        sensor = definitions().resolve_sensor_def("watch_runs")
        skipped = sensor(dg.build_sensor_context(instance=instance))
    assert "no run has ended since" in skipped.skip_message
    assert [one["event"] for one in told(company)] == ["did_not_run"]
