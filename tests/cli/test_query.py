"""`sql`: what it prints, and the limits of what a query may take."""

import csv
import io

import pytest
from click.testing import CliRunner

from orchestration.cli import query
from orchestration.errors import QueryFailed

ENDLESS = "select count(*) from range(10000000) as a, range(10000000) as b where a.range + b.range < 0"
LARGE = "select string_agg(range::varchar || repeat('x', 1000), '') from range(10000000)"


@pytest.fixture
def ask(sample, monkeypatch):
    monkeypatch.setattr(query, "load_company", lambda path: sample)

    def asked(*arguments):
        return CliRunner().invoke(query.sql, ["--company", "company.yml", *arguments])

    return asked


def test_csv_says_true_and_false_as_sql_does_and_nothing_for_null(ask):
    said = ask(
        "--csv", "select true as yes, false as no, null as none, date '2025-07-01' as on_day, -1.50 as low"
    )
    assert said.stdout == "yes,no,none,on_day,low\ntrue,false,,2025-07-01,-1.50\n"


def test_safe_csv_has_no_formula(ask):
    said = ask("--safe-csv", "select unnest(['=1+1', '+1', '-1', '@a', 'a=1', '']) as text, -1 as number")
    rows = list(csv.reader(io.StringIO(said.stdout)))[1:]
    assert rows == [[text, "-1"] for text in ("'=1+1", "'+1", "'-1", "'@a", "a=1", "")]


def test_more_rows_than_are_fetched_at_once_all_come(ask):
    said = ask("--csv", "select range as number from range(25000) order by 1")
    assert said.stdout.splitlines()[1:] == [str(number) for number in range(25_000)]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--timeout", "0.3", ENDLESS), "took longer than 0.3 seconds"),
        (("--memory-limit", "50MB", LARGE), "needs more memory than it may use"),
        (("selec 1",), "The query was refused"),
    ],
    ids=["time", "memory", "wrong"],
)
def test_a_query_has_limits(ask, arguments, told):
    answer = ask(*arguments)
    assert isinstance(answer.exception, QueryFailed) and told in str(answer.exception)


def test_no_text_steers_a_terminal(ask):
    said = ask("select chr(27) || '[31mred' || chr(10) || chr(155) || 'x' as text")
    assert said.stdout == "text\n\u241b[31mred\u240a\u2421x\n"
