"""A company's own models (`models:` in company.yml): built with ours, tested and published."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from pipeline import SAMPLE_AS_OF, copy_of

from orchestration.build.own_models import own_project
from orchestration.cli.dbt import dbt
from orchestration.cli.main import cli
from orchestration.errors import ConfigurationError, GateFailed
from orchestration.machine.duckdb_files import open_build_read_only, open_published
from orchestration.metrics.catalogue import load_catalogue
from orchestration.run.steps import Run
from orchestration.settings import SAMPLE_COMPANY, Company, load_company

pytestmark = pytest.mark.slow

ACCOUNTS = """-- Grain: one row per customer.
select
    customer_id,
    'account of ' || customer_id as account_name,
    mrr,
    cast(mrr * 12 as decimal(18, 4)) as arr
from {{ ref('dim_customers') }}
"""
DESCRIBED = """
models:
  - name: fct_accounts
    description: One row per customer, with its ARR.
    config: {meta: {}}
    columns:
      - {name: customer_id, description: Who pays., data_type: varchar, config: {meta: {privacy: pseudonym}},
         data_tests: [unique]}
      - {name: account_name, description: What we call it., data_type: varchar}
      - {name: mrr, description: What it pays., data_type: "decimal(18, 4)", config: {meta: {privacy: none}}}
      - {name: arr, description: Yearly., data_type: "decimal(18, 4)", config: {meta: {privacy: none}}}
semantic_models:
  - name: accounts
    description: What each customer pays now.
    model: ref('fct_accounts')
    primary_entity: account
    defaults: {agg_time_dimension: since}
    dimensions:
      - {name: since, type: time, expr: "date '2025-07-01'", type_params: {time_granularity: month}}
    measures:
      - {name: account_arr, agg: sum, expr: arr}
metrics:
  - name: account_arr
    label: ARR of accounts
    description: Twelve times what the customers pay now.
    type: simple
    type_params: {measure: account_arr}
"""
TWELVE = "select * from {{ ref('fct_accounts') }} where arr <> 12 * mrr"


def write_models(company: Company, files: dict[str, str]) -> Company:
    """The company with a folder of its own models, which holds these files."""
    folder = company.warehouse / "own"
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return replace(company, models=folder)


def run_again(company: Company, day: int = 0) -> Run:
    """Build, check and publish what was landed."""
    run = Run(company, SAMPLE_AS_OF + timedelta(days=day))
    run.build()
    run.check("marts")
    if not day:
        run.publish()
    return run


def names_of(company: Company, schema: str) -> list[str]:
    with open_build_read_only(company) as connection:
        rows = connection.execute(
            "select table_name from information_schema.tables where table_schema = ? order by 1", [schema]
        ).fetchall()
    return [name for (name,) in rows]


@pytest.fixture(scope="module")
def company(sample: Company, tmp_path_factory) -> Company:
    """The sample with models of its own, published."""
    copied = copy_of(sample, tmp_path_factory.mktemp("own") / "warehouse")
    files = {
        "models/fct_accounts.sql": ACCOUNTS,
        "models/_own.yml": DESCRIBED,
        "tests/arr_is_twelve_times_mrr.sql": TWELVE,
    }
    company = write_models(copied, files)
    run_again(company)
    return company


def test_a_table_of_the_company_is_published_beside_the_marts(company):
    with open_published(company.published_file) as published, open_build_read_only(company) as build:
        query = "select customer_id, mrr, arr from company.fct_accounts order by all"
        assert published.execute(query).fetchall() == build.execute(query).fetchall()
        assert published.execute("select count(*), sum(arr) from company.fct_accounts").fetchone() == (
            published.execute("select count(*), sum(12 * mrr) from marts.dim_customers").fetchone()
        )
        assert published.execute(
            "select comment from duckdb_tables() where table_name = 'fct_accounts'"
        ).fetchone() == ("One row per customer, with its ARR.",)


def test_a_column_without_a_privacy_class_is_in_the_restricted_file_alone(company):
    with open_published(company.published_file) as published:
        assert published.execute("select count(account_name) from company.fct_accounts").fetchone() == (0,)
    with duckdb.connect(str(company.restricted_file), read_only=True) as restricted:
        rows = restricted.execute("select customer_id, account_name from restricted.fct_accounts").fetchall()
    assert rows and all(name for _, name in rows)


def test_a_metric_of_the_company_is_in_the_catalogue(company):
    metric = load_catalogue(company.published_file.resolve()).find("account_arr")
    assert metric.tables == ("company.fct_accounts",)


def test_dbt_by_hand_knows_the_company(company, monkeypatch, capfd):
    monkeypatch.setattr("orchestration.cli.dbt.load_company", lambda path: company)

    def by_hand(*arguments: str) -> tuple[int, str]:
        asked = [*arguments, "--as-of", SAMPLE_AS_OF.isoformat(), "--company", "company.yml"]
        done = CliRunner().invoke(dbt, asked)
        # dbt writes past click.
        return done.exit_code, done.output + capfd.readouterr().out

    code, said = by_hand("ls", "-s", "fct_accounts", "--resource-type", "model", "--quiet")
    assert code == 0 and "company_models.fct_accounts" in said, said
    code, said = by_hand("run", "-s", "fct_mrr_monthly")
    assert code == 0 and "OK created sql table model marts.fct_mrr_monthly" in said, said
    # The company's vars, and one of the caller's over them.
    currency = ("show", "--inline", "select {{ saas_metrics.reporting_currency() }} as currency")
    assert "| EUR " in by_hand(*currency)[1]
    assert "| USD " in by_hand(*currency, "--vars", "{reporting_currency: USD}")[1]
    # All of ours compiles as a package too.
    code, said = by_hand("docs", "generate")
    assert code == 0 and "Catalog written to" in said, said


def test_a_command_that_dbt_does_not_know_is_said(company, monkeypatch):
    monkeypatch.setattr("orchestration.cli.dbt.load_company", lambda path: company)
    done = CliRunner().invoke(dbt, ["frobnicate", "--company", "company.yml"])
    assert isinstance(done.exception, ConfigurationError)
    assert "No such command 'frobnicate'" in str(done.exception)


@pytest.fixture
def changed(company, tmp_path) -> Company:
    """The company with a build file and models that a test may change."""
    copied = copy_of(company, tmp_path / "warehouse")
    files = {
        path.relative_to(company.models).as_posix(): path.read_text(encoding="utf-8")
        for path in company.models.rglob("*.*")
    }
    return write_models(copied, files)


def test_a_test_of_the_company_that_fails_stops_the_run_and_names_its_file(changed):
    wrong = write_models(changed, {"tests/nobody_pays.sql": "select * from {{ ref('fct_accounts') }}"})
    with pytest.raises(GateFailed) as stopped:
        run_again(wrong)
    assert "test nobody_pays: Got" in str(stopped.value)
    assert str(wrong.models / "tests/nobody_pays.sql") in str(stopped.value)
    assert not wrong.published_file.exists()


def test_a_test_that_warns_is_said_and_stops_nothing(changed):
    warns = "{{ config(severity='warn') }} select * from {{ ref('fct_accounts') }}"
    run = run_again(write_models(changed, {"tests/nobody_pays.sql": warns}))
    assert [notice.text for notice in run.notices if "your own test nobody_pays warns" in notice.text]
    assert run.release


def test_a_model_called_like_one_of_ours_is_refused(changed):
    twice = write_models(changed, {"models/fct_mrr_monthly.sql": "select 1 as one"})
    with pytest.raises(
        ConfigurationError, match=r"fct_mrr_monthly.sql is called like a model of saas-metrics"
    ):
        run_again(twice)


def test_what_the_company_removed_is_published_no_more(changed):
    (changed.models / "models" / "fct_accounts.sql").unlink()
    (changed.models / "models" / "_own.yml").unlink()
    (changed.models / "tests" / "arr_is_twelve_times_mrr.sql").unlink()
    other = write_models(changed, {
        "models/fct_other.sql": "{{ config(contract={'enforced': false}) }} select 'Ada' as who, 1 as one",
    })  # fmt: skip
    run_again(other)
    assert names_of(other, "company") == ["fct_other"]
    # Nothing says what it holds, so nobody sees it in the open file.
    with open_published(other.published_file) as published:
        assert published.execute("from company.fct_other").fetchall() == [(None, None)]
    without = replace(other, models=None)
    run_again(without, day=1)
    assert names_of(without, "company") == [] and not own_project(without).exists()


def test_a_folder_without_models_is_said_before_anything_is_touched(tmp_path: Path):
    settings = SAMPLE_COMPANY.read_text(encoding="utf-8") + "models: own\n"
    (tmp_path / "company.yml").write_text(settings, encoding="utf-8")
    (tmp_path / "own").mkdir()
    with pytest.raises(ConfigurationError, match=r"own has no folder models; put your SQL models into"):
        load_company(tmp_path / "company.yml")
    done = CliRunner().invoke(cli, ["dbt", "run", "--company", str(tmp_path / "company.yml")])
    assert isinstance(done.exception, ConfigurationError)
