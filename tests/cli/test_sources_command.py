"""`saas-metrics sources`: what it says, what it changes, and that nothing else answers for a company."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pipeline import saas_metrics

from orchestration.cli.main import cli
from orchestration.errors import SaasMetricsError
from orchestration.landing import land
from orchestration.machine.duckdb_files import open_build, open_build_read_only
from orchestration.machine.lock import exclusive
from orchestration.settings import Company, load_company

MAPPING = """
files:
  - table: customers
    match: "*.csv"
    delivery: full_snapshot
    columns: {customer_id: {from: id}, name: {from: name}}
"""


def write(folder: Path, *names: str) -> Company:
    content = {
        "name": "acme", "reporting_currency": "EUR", "extracts": "extracts", "warehouse": "warehouse",
        "sources": [{"name": name, "mapping": "own.yml"} for name in names],
    }  # fmt: skip
    (folder / "company.yml").write_text(json.dumps(content))
    return load_company(folder / "company.yml")


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """Two sources that have landed once."""
    (tmp_path / "own.yml").write_text(MAPPING)
    for name in ("bill", "nps"):
        folder = tmp_path / "extracts" / name
        folder.mkdir(parents=True)
        (folder / "customers_20250630.csv").write_text(f"id,name\n{name}1,Ada\n{name}2,Bob\n")
    company = write(tmp_path, "bill", "nps")
    with open_build(company) as connection:
        land(connection, company, datetime(2025, 7, 1, tzinfo=UTC))
    return company


def ask(company: Company, *arguments: str) -> tuple[int, str]:
    """The exit code, and what is said."""
    answer: Result = CliRunner().invoke(cli, ["sources", *arguments, "--company", str(company.path)])
    if isinstance(answer.exception, SaasMetricsError):
        return answer.exception.exit_code, str(answer.exception)
    return answer.exit_code, answer.output


def names_in_raw(company: Company) -> list[tuple[str, int]]:
    with open_build_read_only(company) as connection:
        return connection.execute(
            "select _source, count(*) from raw.customers group by 1 order by 1"
        ).fetchall()


def test_the_list_says_of_each_source_whether_its_rows_count(company):
    (company.path.parent / "own.yml").write_text(MAPPING.replace("from: name", "from: [title, name]"))
    (company.path.parent / "other.yml").write_text(MAPPING)
    company = write(company.path.parent, "bill", "crm")
    code, said = ask(company)
    assert code == 0
    assert said.splitlines() == [
        "source\tstate\trows\tdeliveries\tlast extract (UTC)\tmapping",
        "bill\tnamed\t2\t1\t2025-06-30 00:00:00\t1 file read by a former mapping",
        "crm\twaiting\t0\t0\t\t",
        "nps\tkept but not used\t2\t1\t2025-06-30 00:00:00\t",
    ]


def test_the_list_of_a_company_that_never_ran_touches_nothing(tmp_path):
    (tmp_path / "own.yml").write_text(MAPPING)
    code, said = ask(write(tmp_path, "bill"))
    assert code == 0 and "bill\twaiting\t0\t0" in said
    assert not (tmp_path / "warehouse").exists()


def test_a_renaming_says_what_is_left_to_do(company):
    code, said = ask(company, "rename", "bill", "billing")
    assert code == 0 and "bill is billing now: 2 rows" in said
    assert f"{company.path} does not name billing yet" in said
    assert f"{company.path} still names bill: write billing there." in said
    assert f"{company.extracts / 'bill'}: call that folder billing" in said
    assert names_in_raw(company) == [("billing", 2), ("nps", 2)]


def test_a_renaming_of_which_everything_is_done_says_no_more(company):
    (company.extracts / "bill").rename(company.extracts / "billing")
    code, said = ask(write(company.path.parent, "billing", "nps"), "rename", "bill", "billing")
    assert (code, len(said.splitlines())) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("rename", "crm", "x"),
            "nothing is kept of a source crm; nothing was changed. Kept are: bill, nps.",
        ),
        (("rename", "bill", "nps"), "nps holds rows of its own"),
        (("rename", "bill", "bill"), "bill holds rows of its own"),
        (("rename", "bill", "my bill"), "'my bill' can't be a source's name"),
        (("drop", "bill"), "still names bill, so the next run would take its files in again"),
        (("drop", "crm", "--yes"), "nothing is kept of a source crm"),
        (("reread", "crm"), "names no source crm; it names bill, nps."),
    ],
)
def test_a_wrong_call_ends_with_2_and_changes_nothing(company, arguments, said):
    code, answer = ask(company, *arguments)
    assert code == 2 and said in answer
    assert names_in_raw(company) == [("bill", 2), ("nps", 2)]
    assert not (company.warehouse / "forgotten.json").exists()


def test_nothing_is_erased_without_a_yes(company):
    company = write(company.path.parent, "bill")
    code, said = ask(company, "drop", "nps")
    assert code == 2 and "2 rows of 1 delivery of nps would be erased" in said
    assert "saas-metrics sources drop nps --yes" in said
    assert names_in_raw(company) == [("bill", 2), ("nps", 2)]
    code, said = ask(company, "drop", "nps", "--yes")
    assert code == 0 and "nps is gone: 2 rows erased" in said
    assert names_in_raw(company) == [("bill", 2)]
    assert "nps" not in ask(company)[1]


def test_a_source_is_read_again_by_hand(company):
    code, said = ask(company, "reread", "bill", "--as-of", "2025-07-02")
    assert (code, said) == (0, "bill: read again, files: 1, rows: 2. The next run builds with them.\n")
    assert names_in_raw(company) == [("bill", 2), ("nps", 2)]


def test_a_file_that_is_gone_is_named_when_it_is_to_be_read_again(company):
    (company.extracts / "bill" / "customers_20250630.csv").unlink()
    (company.path.parent / "own.yml").write_text(MAPPING.replace("from: name", "from: [title, name]"))
    code, said = ask(company, "reread", "bill")
    assert code == 0 and "files: 0" in said and "customers_20250630.csv (2025-06-30)" in said


def test_a_refused_rereading_ends_with_1_and_the_former_reading_stays(company):
    (company.path.parent / "own.yml").write_text(MAPPING.replace("from: name", "from: title, required: true"))
    code, said = ask(company, "reread", "bill")
    assert code == 1 and "the former reading stays in force" in said and "saas-metrics rejects" in said
    assert names_in_raw(company) == [("bill", 2), ("nps", 2)]


@pytest.mark.parametrize(
    "arguments", [(), ("rename", "bill", "b"), ("drop", "old", "--yes"), ("reread", "bill")], ids=str
)
def test_while_a_run_is_under_way_nothing_is_changed(company, arguments):
    with exclusive(company.work / "run.lock"):
        code, said = ask(company, *arguments)
    assert code == 1 and "has been running since" in said
    assert names_in_raw(company) == [("bill", 2), ("nps", 2)]


def test_the_company_may_be_named_before_the_verb(company):
    answer = CliRunner().invoke(cli, ["sources", "--company", str(company.path), "rename", "bill", "b"])
    assert answer.exit_code == 0 and names_in_raw(company) == [("b", 2), ("nps", 2)]


def test_a_renamed_source_stops_a_run_with_2_and_nothing_is_touched(company):
    shutil.move(company.extracts / "bill", company.extracts / "billing")
    company = write(company.path.parent, "billing", "nps")
    before = names_in_raw(company)
    answer = saas_metrics("run", "--company", str(company.path), "--as-of", "2025-07-02")
    assert answer.returncode == 2
    assert "saas-metrics sources rename bill billing" in answer.stderr
    assert "saas-metrics sources drop bill" in answer.stderr
    assert names_in_raw(company) == before and not (company.warehouse / "quality").exists()


@pytest.mark.parametrize(
    "verb",
    [("run",), ("sources",), ("deliveries",), ("rejects",), ("sql", "select 1"), ("shell",), ("releases",),
     ("rollback",), ("forget", "a:b"), ("sources", "drop", "x")],
    ids=" ".join,
)  # fmt: skip
def test_without_a_company_no_verb_answers_for_the_sample(tmp_path, monkeypatch, verb):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SAAS_METRICS_COMPANY", raising=False)
    answer = CliRunner().invoke(cli, list(verb))
    assert isinstance(answer.exception, SaasMetricsError) and answer.exception.exit_code == 2
    assert "company.yml does not exist, so no company is named" in str(answer.exception)
    assert list(tmp_path.iterdir()) == []
