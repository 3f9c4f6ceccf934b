"""A run's JSON lines: one a step, and nothing of a customer in them, where its own words quote a row."""

import csv
import json
import shutil

import click
import pytest
import yaml
from pipeline import SAMPLE_AS_OF, saas_metrics

from orchestration.cli.log import RunLog
from orchestration.errors import GateFailed
from orchestration.machine.lock import exclusive
from orchestration.run.steps import Run, StepTime
from orchestration.settings import SAMPLE_COMPANY, load_company

ADDRESS = "ada@lovelace.example"
AS_OF = SAMPLE_AS_OF.isoformat()


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    """The sample with an answer whose score is somebody's address, and a rule that stops the run for it."""
    folder = tmp_path_factory.mktemp("refused")
    shutil.copytree(SAMPLE_COMPANY.parent / "extracts", folder / "extracts")
    answers = folder / "extracts" / "delighted" / "delighted.csv"
    answers.write_text(
        answers.read_text(encoding="utf-8").replace("r3,11,", f"r3,{ADDRESS},"), encoding="utf-8"
    )
    path = folder / "company.yml"
    settings = yaml.safe_load(SAMPLE_COMPANY.read_text(encoding="utf-8")) | {
        "warehouse": "warehouse",
        "quality": {"rules": {"every_row_was_accepted": {"severity": "critical"}}},
        "alerts": {"command": ["./is-not-there"]},
    }
    path.write_text(json.dumps(settings), encoding="utf-8")
    return path


def lines_of(answer):
    assert answer.stdout == ""
    return [json.loads(line) for line in answer.stderr.splitlines()]


def names_in(folder):
    """Names and addresses of every customer and respondent of the sample."""
    found = {ADDRESS}
    for name in ("canonical/customers.csv", "delighted/delighted.csv"):
        with (folder / "extracts" / name).open(encoding="utf-8") as file:
            found |= {
                row.get(one) or "" for row in csv.DictReader(file) for one in ("name", "email", "Email")
            }
    return found - {""}


def test_a_refused_run_is_a_line_a_step_without_anything_of_a_customer(refused):
    answer = saas_metrics("run", "--company", str(refused), "--as-of", AS_OF, "--log-format", "json")
    lines = lines_of(answer)
    assert answer.returncode == 1
    assert [(one["event"], one.get("step")) for one in lines] == [
        ("step", "start-up"),
        ("step", "landing"),
        ("step", "raw gate"),
        ("alert", None),
        ("run_ended", None),
    ]
    landing, gate, alert, end = lines[1:]
    assert landing["verdict"] == "done" and landing["rows_rejected"] == 1 and landing["rows_accepted"] > 50
    assert gate["verdict"] == "stopped" and gate["blocking"] == ["every_row_was_accepted"]
    assert alert["failure"] == "./is-not-there: No such file or directory"
    assert end["outcome"] == "refused" and end["cause"] == "the raw gate: every_row_was_accepted"
    assert all(one["company"] == "sample" and one["run_id"] == end["run_id"] for one in lines)
    assert len(names_in(refused.parent)) >= 10 and ADDRESS in names_in(refused.parent)
    health = (refused.parent / "warehouse" / "health.json").read_text(encoding="utf-8")
    for name in names_in(refused.parent):
        assert name not in answer.stderr and name not in health


def test_the_next_run_notes_that_a_receiver_did_not_take_the_last_alert(refused):
    run = Run(load_company(refused), SAMPLE_AS_OF)
    run.land()
    (note,) = [notice for notice in run.notices if "alerts test" in notice.text]
    assert "The command did not take the alert 'refused': ./is-not-there" in note.text and not note.is_warning


def test_what_an_error_quotes_of_a_row_is_in_no_line(refused, capsys):
    run = Run(load_company(refused), SAMPLE_AS_OF, times=[StepTime("dbt", 0, 0)])
    with pytest.raises(click.exceptions.Exit) as left, RunLog("sample", run).errors():
        raise GateFailed(f"Could not convert string '{ADDRESS}' to a number")
    assert left.value.exit_code == 1 and capsys.readouterr() == ("", "")


def test_a_run_that_cannot_begin_is_one_line(refused):
    with exclusive(load_company(refused).work / "run.lock"):
        answer = saas_metrics("run", "--company", str(refused), "--as-of", AS_OF, "--log-format", "json")
    (line,) = lines_of(answer)
    assert answer.returncode == 1
    assert (line["event"], line["error"], line["company"]) == ("run_not_begun", "RunLocked", "sample")
    assert "Wait for it to end and run again." in line["message"]


def test_the_environment_chooses_the_format_and_a_wrong_one_is_refused(refused, monkeypatch, tmp_path):
    monkeypatch.setenv("SAAS_METRICS_LOG_FORMAT", "json")
    answer = saas_metrics("run", "--company", str(tmp_path / "none.yml"))
    (line,) = lines_of(answer)
    assert answer.returncode == 2 and line["error"] == "ConfigurationError"
    monkeypatch.setenv("SAAS_METRICS_LOG_FORMAT", "xml")
    answer = saas_metrics("run", "--company", str(refused))
    assert answer.returncode == 2 and "SAAS_METRICS_LOG_FORMAT is 'xml'; write text or json." in answer.stderr
