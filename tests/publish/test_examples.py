"""Every file of examples/ in its own tool, over the published sample: its figures are those of the marts."""

import json
import os
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from environments import node_with, python_with

from orchestration.machine.duckdb_files import open_published
from orchestration.machine.project import PROJECT
from orchestration.settings import Company

pytestmark = pytest.mark.slow

EXAMPLES = PROJECT / "examples"
MOVEMENTS = ("new_mrr", "expansion_mrr", "reactivation_mrr", "contraction_mrr", "churned_mrr", "fx_mrr")

STREAMLIT = """
import json, sys
from streamlit.testing.v1 import AppTest

app = AppTest.from_file(sys.argv[1], default_timeout=120).run()
told = []
for month in range(len(app.selectbox[0].options)):
    app.selectbox[0].select_index(month)
    for label in app.selectbox[1].options:
        app.selectbox[1].select(label).run()
        assert not app.exception, app.exception
        told.append([
            app.selectbox[0].value.isoformat(),
            label,
            {tile.label: tile.value for tile in app.metric},
            app.dataframe[0].value.values.tolist(),
        ])
print(json.dumps(told))
"""
MARIMO = """
import json, sys
sys.path.insert(0, sys.argv[1])
from company import app

_, told = app.run()
plans = [[row["plan"], str(row["mrr"]), row["customers"]] for row in told["plans"]]
print(json.dumps([told["month"].value, told["tiles"], plans]))
"""
MALLOY = """
const { SingleConnectionRuntime } = require('@malloydata/malloy');
const { DuckDBConnection } = require('@malloydata/db-duckdb');
const [, , databasePath, model] = process.argv;
(async () => {
  const connection = new DuckDBConnection({ name: 'saas_metrics', databasePath, readOnly: true });
  const text = require('fs').readFileSync(model, 'utf8');
  const loaded = new SingleConnectionRuntime({ connection }).loadModel(text);
  const told = {};
  for (const name of ['movements', 'retention', 'mrr_by_plan', 'mrr_by_segment']) {
    told[name] = (await loaded.loadQueryByName(name).run({ rowLimit: 100000 })).data.toObject();
  }
  await connection.close();
  console.log(JSON.stringify(told));
})();
"""


@pytest.fixture(scope="module")
def ask(sample: Company):
    """Rows of the published sample, by name."""

    def answer(sql: str, *values: Any) -> list[dict[str, Any]]:
        with open_published(sample.published_file) as connection:
            asked = connection.execute(sql, values)
            names = [name for name, *_ in asked.description]
            return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]

    return answer


@pytest.fixture(scope="module")
def months(ask) -> list[dict[str, Any]]:
    """The complete months of the company."""
    return ask("select * from marts.fct_company_monthly where not is_partial order by period_month")


def told_by(company: Company, *command: str | Path, cwd: Path | None = None) -> str:
    """What a tool prints over the published file."""
    environment = {**os.environ, "WAREHOUSE": str(company.published_file), "DO_NOT_TRACK": "1"}
    done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def by_month(ask, label: str) -> dict[tuple[str, str], tuple[Decimal, int]]:
    """MRR and customers of each complete month and label, from the table of totals and its parts."""
    rows = ask(
        "select period_month, segment_value, closing_mrr, closing_customers from marts.fct_mrr_monthly "
        "where segment_type = ? and not is_partial and closing_mrr <> 0",
        label,
    )
    return {
        (str(row["period_month"]), row["segment_value"]): (row["closing_mrr"], row["closing_customers"])
        for row in rows
    }


def test_streamlit_shows_each_month_by_each_label(sample, ask, months, tmp_path):
    executables = python_with(tmp_path / "python", "streamlit==1.67.0", "duckdb==1.5.6")
    script = EXAMPLES / "streamlit" / "company.py"
    told = json.loads(told_by(sample, executables / "python", "-c", STREAMLIT, script))
    company = {str(row["period_month"]): row for row in months}
    assert {month for month, *_ in told} == set(company)
    for month, label, tiles, rows in told:
        assert tiles["MRR"] == f"{company[month]['closing_mrr']:,.0f}"
        assert tiles["Customers"] == f"{company[month]['closing_customers']:,}"
        assert sum(Decimal(str(mrr)) for *_, mrr in rows) == company[month]["closing_mrr"], (month, label)
    assert by_month(ask, "plan") == {
        (month, plan): (Decimal(str(mrr)), customers)
        for month, label, _, rows in told
        if label == "plan"
        for plan, customers, mrr in rows
        if mrr
    }


def test_marimo_runs_without_a_browser(sample, ask, months, tmp_path):
    executables = python_with(tmp_path / "python", "marimo==0.25.2", "duckdb==1.5.6")
    notebook = EXAMPLES / "marimo" / "company.py"
    # It ends with another code than 0 where a cell fails.
    told_by(sample, executables / "marimo", "export", "html", notebook, "-o", tmp_path / "company.html")
    month, tiles, plans = json.loads(
        told_by(sample, executables / "python", "-c", MARIMO, notebook.parent).splitlines()[-1]
    )
    last = months[-1]
    assert date.fromisoformat(month) == last["period_month"]
    assert (tiles["MRR"], tiles["Customers"]) == (
        f"{last['closing_mrr']:,.0f}",
        f"{last['closing_customers']:,}",
    )
    expected = {plan: of for (of_month, plan), of in by_month(ask, "plan").items() if of_month == month}
    assert {plan: (Decimal(mrr), customers) for plan, mrr, customers in plans if Decimal(mrr)} == expected


def test_malloy_answers_the_queries_of_the_model(sample, ask, months, tmp_path):
    # Without its pin npm takes a pre-release of antlr4ts that has no parser in it.
    packages = ("@malloydata/malloy@0.0.431", "@malloydata/db-duckdb@0.0.431", "antlr4ts@0.5.0-alpha.4")
    folder = node_with(tmp_path / "node", *packages)
    script = folder / "run.js"
    script.write_text(MALLOY)
    told = json.loads(
        told_by(
            sample, "node", script, sample.published_file, EXAMPLES / "malloy" / "company.malloy"
        ).splitlines()[-1]
    )
    assert [
        (row["period_month"][:10], *(Decimal(str(row[name])) for name in (*MOVEMENTS, "closing_mrr")))
        for row in told["movements"]
    ] == [(str(row["period_month"]), *(row[name] for name in (*MOVEMENTS, "closing_mrr"))) for row in months]
    assert [(row["nrr"], row["grr_12m"]) for row in told["retention"]] == [
        (row["nrr"], row["grr_12m"]) for row in months
    ]
    assert by_month(ask, "plan") == {
        (row["period_month"][:10], row["plan"]): (Decimal(str(row["mrr"])), row["customers"])
        for row in told["mrr_by_plan"]
        if row["mrr"]
    }
    totals: dict[str, Decimal] = {}
    for row in told["mrr_by_segment"]:
        month = row["period_month"][:10]
        totals[month] = totals.get(month, Decimal(0)) + Decimal(str(row["mrr"]))
    assert totals == {str(row["period_month"]): row["closing_mrr"] for row in months}


def test_dbt_charts_draws_the_board(sample, ask, months, tmp_path):
    # dbt 1.12, which it asks for, downloads a parser when it is installed; the one of this project does.
    override = tmp_path / "override.txt"
    override.write_text("dbt-core>=1.11.16,<1.12\n")
    requirements = ("dbt-charts==0.10.0", "dbt-duckdb>=1.11.1,<1.12", "duckdb==1.5.6")
    executables = python_with(tmp_path / "python", "--override", str(override), *requirements)
    dct, project = executables / "dct", EXAMPLES / "dbt_charts"
    asked = ("--no-cache", "--project-dir", project, "--output")
    for form in ("data", "html"):
        told_by(
            sample,
            dct,
            "render",
            "charts/company.yml",
            "--format",
            form,
            *asked,
            tmp_path / form,
            cwd=project,
        )
    told = {
        name: query["rows"] for name, query in json.loads((tmp_path / "data").read_text())["queries"].items()
    }
    last = months[-1]
    assert told["last_month"] == [
        {
            "closing_mrr": float(last["closing_mrr"]),
            "closing_customers": last["closing_customers"],
            "nrr_12m": last["nrr_12m"],
        }
    ]
    assert {
        (row["period_month"], row["movement"]): Decimal(str(row["mrr"])) for row in told["movements"]
    } == {(str(row["period_month"]), name): row[name] for row in months for name in MOVEMENTS}
    assert {
        (row["period_month"], row["plan"]): Decimal(str(row["mrr"])) for row in told["plans"] if row["mrr"]
    } == {key: mrr for key, (mrr, _) in by_month(ask, "plan").items()}
    assert "MRR by plan" in (tmp_path / "html").read_text(encoding="utf-8")
