"""`metrics`: what it prints, and what it says where it can't answer."""

import csv
import io
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from orchestration.cli import metrics as verbs
from orchestration.errors import ConfigurationError
from orchestration.machine.limits import Limits
from tests.metrics.conftest import built, published

__all__ = ["built", "published"]


@pytest.fixture
def ask(published, monkeypatch):
    company = SimpleNamespace(published_file=published, limits=Limits())
    monkeypatch.setattr(verbs, "load_company", lambda path: company)

    def asked(*arguments):
        return CliRunner().invoke(verbs.metrics, [*arguments, "--company", "company.yml"])

    return asked


def test_list_names_every_metric_with_what_it_means(ask):
    lines = ask("list").stdout.splitlines()
    assert lines[0] == "name\ttitle\tdescription"
    assert any(line.startswith("nrr\tNRR\tNet revenue retention") for line in lines)
    assert len(json.loads(ask("list", "--json").stdout)) == len(lines) - 1


def test_describe_says_formula_tables_and_labels(ask):
    said = ask("describe", "nps").stdout
    for part in (
        "NPS",
        "formula",
        "marts.fct_nps_monthly",
        "asked by survey",
        "one segment at a time",
        "country",
    ):
        assert part in said
    assert "asked by month" in ask("describe", "grr_12m").stdout
    assert json.loads(ask("describe", "nrr", "--json").stdout)["formula"] == "ending_mrr / starting_mrr"


def test_query_prints_a_table_csv_json_or_its_sql(ask):
    asked = ("query", "closing_mrr", "--by", "country", "--where", "country=DE", "--from", "2025-05")
    table = list(csv.reader(io.StringIO(ask(*asked).stdout), delimiter="\t"))
    as_csv = list(csv.reader(io.StringIO(ask(*asked, "--csv").stdout)))
    as_json = json.loads(ask(*asked, "--json").stdout)
    assert table == as_csv and table[0] == ["period_month", "country", "closing_mrr"]
    assert [list(row.values()) for row in as_json] == as_csv[1:]
    assert "marts.fct_customer_plan_mrr_monthly" in ask(*asked, "--sql").stdout


def test_an_unknown_metric_ends_with_the_nearest_names(ask):
    said = ask("query", "closing_mr")
    assert isinstance(said.exception, ConfigurationError) and "Nearest: closing_mrr" in str(said.exception)


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("metricflow", "from orchestration.metrics.engine import queries; queries('{}', [])"),
        (
            "mcp",
            "from orchestration.assistant.server import make_server; make_server(None, False)",
        ),
    ],
)
def test_without_the_extra_it_says_how_to_install_it(module, code):
    without = f"import sys; sys.modules[{module!r}] = None\n{code}"
    done = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, check=False)
    extra = {"metricflow": "metrics"}.get(module, module)
    assert f"pip install 'saas-metrics[{extra}]'" in done.stderr
