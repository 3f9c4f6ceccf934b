"""What `saas-metrics` answers to a wrong call, without a whole run."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from pipeline import saas_metrics

from orchestration.cli.run import run
from orchestration.errors import ConfigurationError, DataRefused
from orchestration.machine.duckdb_files import open_build
from orchestration.machine.lock import exclusive
from orchestration.settings import load_company

COMPANY = {
    "name": "acme",
    "reporting_currency": "EUR",
    "extracts": "extracts",
    "warehouse": "warehouse",
    "sources": [{"name": "billing", "mapping": "canonical"}],
}


def in_another_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from orchestration.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def company_file(tmp_path: Path) -> Path:
    path = tmp_path / "company.yml"
    path.write_text(json.dumps(COMPANY))
    return path


def test_a_wrong_setting_ends_with_2_and_touches_nothing(tmp_path):
    path = tmp_path / "company.yml"
    path.write_text(json.dumps({**COMPANY, "extract": "x"}))
    answer = saas_metrics("run", "--company", str(path))
    assert answer.returncode == 2
    assert "unknown key 'extract'; did you mean 'extracts'?" in answer.stderr
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--as-of", "yesterday"], "is not an instant"),
        (["--accept-drop", "crm"], "has no such source; it has billing"),
        (["--accept-change", "sources_are_frsh"], "no rule is called so; did you mean sources_are_fresh"),
        (["--colour"], "No such option"),
    ],
)
def test_a_wrong_call_ends_with_2(company_file, arguments, said):
    answer = saas_metrics("run", "--company", str(company_file), *arguments)
    assert answer.returncode == 2 and said in answer.stderr


def test_a_second_run_ends_with_1_and_says_who_holds_the_lock(company_file):
    company = load_company(company_file)
    (company.extracts / "billing").mkdir(parents=True)
    with exclusive(company.work / "run.lock"):
        answer = in_another_process("run", "--company", str(company_file), "--as-of", "2025-07-01")
    assert answer.returncode == 1
    assert "has been running since" in answer.stderr and "Wait for it to end" in answer.stderr


def test_a_refused_run_ends_with_1_and_links_its_quality_page(company_file):
    extracts = company_file.parent / "extracts" / "billing"
    extracts.mkdir(parents=True)
    (extracts / "customers.csv").write_bytes(b"customer_id,name\x00\n1,Ada\n")
    answer = CliRunner().invoke(run, ["--company", str(company_file), "--as-of", "2025-07-01"])
    assert isinstance(answer.exception, DataRefused) and answer.exception.exit_code == 1
    page = Path(re.search("Quality page: (.*)", answer.stderr).group(1))
    assert page.parent == company_file.parent / "warehouse" / "quality"
    assert "billing/customers.csv" in page.read_text(encoding="utf-8")
    assert "The refused row:\n  billing/customers.csv line 1: " in answer.stderr
    said = str(answer.exception)
    assert said.startswith(
        "1 file was refused and nothing was published:\n  billing/customers.csv: reject_file\n"
    )
    assert "reject_file: the file can't be read" in said and "quarantine:" not in said
    assert said.endswith(f"saas-metrics rejects --company {company_file}")


def test_a_quarantine_is_explained_and_three_kinds_of_refused_rows_are_shown(company_file):
    extracts = company_file.parent / "extracts" / "billing"
    extracts.mkdir(parents=True)
    lines = ["1,2025-01-01,EUR", "2,May,EUR", "3,June,EURO", "4,2025-01-01,euro", "5,July,EUR"]
    (extracts / "customers.csv").write_text("\n".join(["customer_id,created_at,currency", *lines]) + "\n")
    answer = CliRunner().invoke(run, ["--company", str(company_file), "--as-of", "2025-07-01"])
    shown = " ".join(answer.stderr.partition("refused rows:\n")[2].partition("Quality page")[0].split())
    assert "The first of 5 refused rows:" in answer.stderr
    assert shown.count("billing/customers.csv line ") == 2
    assert (
        "line 3: created_at" in shown and "(and 2 more like it)" in shown and "(and 1 more like it)" in shown
    )
    assert "quarantine: some rows can't be read, so none of the source's new files was loaded" in str(
        answer.exception
    )


def test_an_instant_that_goes_back_or_is_far_ahead_is_asked_for_twice(company_file):
    extracts = company_file.parent / "extracts" / "billing"
    extracts.mkdir(parents=True)
    (extracts / "customers.csv").write_bytes(b"customer_id,name\x00\n1,Ada\n")

    def asked(as_of, *more):
        call = ["--company", str(company_file), "--as-of", as_of, *more]
        return CliRunner().invoke(run, call).exception

    next_year = f"{datetime.now(UTC) + timedelta(days=365):%Y-%m-%d}"
    assert "days ahead of this machine's clock" in str(asked(next_year))
    assert isinstance(asked("2025-07-01"), DataRefused)
    back = asked("2025-06-30")
    assert isinstance(back, ConfigurationError) and back.exit_code == 2
    assert "is before the newest delivery (2025-07-01T00:00:00Z)" in str(back) and "--allow-as-of" in str(
        back
    )
    assert isinstance(asked("2025-07-01"), DataRefused)
    assert isinstance(asked("2025-06-30", "--allow-as-of"), DataRefused)


def test_asking_a_warehouse_that_is_not_there_ends_with_2(company_file):
    answer = saas_metrics("sql", "--company", str(company_file), "select 1")
    assert answer.returncode == 2 and "does not exist yet" in answer.stderr


QUESTIONS = [("rejects",), ("deliveries",), ("forget", "billing:1")]


@pytest.mark.parametrize("verb", QUESTIONS, ids=" ".join)
def test_a_question_while_a_run_writes_ends_with_1_and_says_to_wait(company_file, verb):
    with open_build(load_company(company_file)):
        answer = in_another_process(*verb, "--company", str(company_file))
    assert answer.returncode == 1 and len(answer.stderr.splitlines()) == 1
    assert "build.duckdb is open in another process. Wait for it to end and run again." in answer.stderr


def test_a_question_after_a_run_that_ended_before_its_landing_ends_with_2(company_file):
    with open_build(load_company(company_file)):
        pass
    for verb in QUESTIONS:
        answer = saas_metrics(*verb, "--company", str(company_file))
        assert answer.returncode == 2 and len(answer.stderr.splitlines()) == 1
        assert "build.duckdb holds nothing yet. Run saas-metrics run first." in answer.stderr


def test_a_page_about_a_warehouse_that_is_not_there_ends_with_2(company_file, tmp_path):
    answer = saas_metrics("docs", "--company", str(company_file), "--into", str(tmp_path / "page.html"))
    assert answer.returncode == 2 and "does not exist yet" in answer.stderr
    assert not (tmp_path / "page.html").exists()


def test_help_names_every_verb():
    answer = in_another_process("--help")
    assert answer.returncode == 0 and answer.stderr == ""
    for verb in (
        "run",
        "demo",
        "mapping",
        "rejects",
        "sql",
        "shell",
        "docs",
        "releases",
        "rollback",
        "forget",
    ):
        assert f"  {verb} " in answer.stdout
