"""Views and seeds stand from run to run, and are made anew where they may not be right any more."""

import json
import shutil
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from orchestration.build import models, record
from orchestration.build.manifest import parsed
from orchestration.build.nodes import NodeResult
from orchestration.build.scope import Scope, find_scope
from orchestration.errors import GateFailed
from orchestration.machine.duckdb_files import open_build
from orchestration.machine.project import PROJECT
from orchestration.run.steps import Run
from orchestration.settings import Company, dbt_environment, dbt_vars
from tests.equivalence.warehouses import build_marts
from tests.runs.company import FOURTH_NIGHT, SECOND_NIGHT, THIRD_NIGHT
from tests.runs.comparing import company_in, differing_rows, rebuild

FIFTH_NIGHT = FOURTH_NIGHT + timedelta(days=1)
SIXTH_NIGHT = FIFTH_NIGHT + timedelta(days=1)
VIEW = "intermediate.int_growth__stage_entries"


def view_texts(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, str]:
    """The SQL of every view, without the name of its file."""
    rows = connection.execute(
        "select schema_name || '.' || view_name, sql from duckdb_views() "
        "where database_name = ? and not internal",
        [database],
    ).fetchall()
    return {name: sql.replace(f"{database}.", "") for name, sql in rows}


@pytest.mark.parametrize("run", [SECOND_NIGHT, THIRD_NIGHT])
def test_a_run_that_makes_no_view_has_those_of_a_rebuild(runs, run):
    """So nothing that differs from run to run is written into the text of a view."""
    with duckdb.connect() as connection:
        for name in ("run", "rebuild"):
            connection.execute(f"attach '{runs / str(run.date()) / name}.duckdb' as {name} (read_only)")
        views = view_texts(connection, "run")
        assert len(views) > 100 and len([name for name in views if name.startswith("rules.")]) > 30
        assert views == view_texts(connection, "rebuild")


@pytest.fixture(scope="module")
def fifth(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Company, dict[str, int]]:
    """The company after one more run that brings nothing, and how many nodes ran of each kind."""
    company = company_in(runs, tmp_path_factory.mktemp("fifth"))
    return company, ran(company, FIFTH_NIGHT)


def test_views_and_seeds_stand(fifth):
    _, kinds = fifth
    assert kinds.get("seed") is None and kinds.get("view") is None
    assert kinds["table"] + kinds["kept"] == len(
        [
            node
            for node in parsed().nodes.values()
            if node.config.materialized in ("table", "kept") and not is_of_finance(node)
        ]
    )


def is_of_finance(node: Any) -> bool:
    """Whether a node lies in the room of finance."""
    return node.resource_type == "model" and node.fqn[-2] == "finance"


def test_finance_stands_where_nothing_is_new_and_has_the_rows_of_a_rebuild(fifth, tmp_path):
    company, _ = fifth
    rebuild(company, FIFTH_NIGHT, tmp_path)
    assert differing_rows(tmp_path) == {}
    with duckdb.connect(str(company.build_file), read_only=True) as build:
        assert build.execute("select count(*) > 0 from marts.fct_revenue_recognition").fetchall() == [(True,)]


def test_finance_asks_for_no_mrr_but_for_segments():
    """Whose MRR changes as time passes affects a customer, and the tables of the room stand all the same."""
    nodes = parsed().nodes
    names = {"int_retention__fixed_segments"}
    waiting = [one for one in nodes.values() if is_of_finance(one) and one.fqn[1] != "rules"]
    assert len(waiting) > 20
    while waiting:
        node = waiting.pop()
        read = [nodes[one] for one in node.depends_on.nodes if one in nodes and nodes[one].name not in names]
        names |= {one.name for one in read}
        waiting += [one for one in read if one.resource_type == "model"]
    assert "int_states__item_states" not in names


def _nothing(connection: duckdb.DuckDBPyConnection) -> None:
    pass


def _passed(table: str, column: str, **others: str) -> Callable[[duckdb.DuckDBPyConnection], None]:
    """A row of which an instant comes between the last run and the next."""

    def passes(connection: duckdb.DuckDBPyConnection) -> None:
        at = f"{FOURTH_NIGHT + timedelta(hours=5):%Y-%m-%d %H:%M:%S}"
        row = {"_source": "dated", column: at, **others}
        connection.execute(
            f"insert into raw.{table} ({', '.join(row)}) values ({', '.join('?' * len(row))})",
            list(row.values()),
        )

    return passes


def _arrived(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "insert into audit.deliveries (delivery_id, source_name, canonical_table, verdict, extracted_at)"
        " select 'new', 'dated', 'payments', 'accept', max(extracted_at) from audit.deliveries"
    )


@pytest.mark.parametrize(
    ("change", "next_run", "stands"),
    [
        pytest.param(_nothing, FIFTH_NIGHT, True, id="nothing"),
        pytest.param(_nothing, FOURTH_NIGHT + timedelta(days=40), False, id="another month"),
        pytest.param(_arrived, FIFTH_NIGHT, False, id="a delivery"),
        pytest.param(_passed("invoices", "due_at"), FIFTH_NIGHT, True, id="an invoice is due"),
        pytest.param(
            _passed("invoices", "due_at", status="uncollectible"), FIFTH_NIGHT, False,
            id="an invoice is given up on the day it is due",
        ),
        *(
            pytest.param(_passed(table, column), FIFTH_NIGHT, False, id=f"{table}.{column}")
            for table, column in (
                ("invoices", "voided_at"), ("invoices", "issued_at"), ("credit_notes", "issued_at"),
                ("reversals", "occurred_at"), ("payments", "attempted_at"), ("subscriptions", "ended_at"),
                ("usage_records", "used_at"), ("fx_rates", "rate_on"), ("credit_transactions", "occurred_at"),
                ("credit_transactions", "expires_at"), ("commitments", "starts_at"),
            )
        ),
    ],
)  # fmt: skip
def test_finance_stands_until_something_is_new(company, change, next_run, stands):
    with open_build(company) as connection:
        change(connection)
    assert find_scope(company, next_run, full_refresh=False).finance_stands is stands


def test_a_view_is_asked_for_tonight_not_for_the_run_that_made_it(fifth):
    company, _ = fifth
    with open_build(company) as connection:
        assert connection.execute("select runs.as_of(), runs.recomputed_from()").fetchall() == [
            (FIFTH_NIGHT.replace(tzinfo=None), date(2024, 9, 1))
        ]


def _other_models(company: Company) -> None:
    with open_build(company) as connection:
        connection.execute("update runs.built set fingerprint = 'of other models'")


def _killed(company: Company) -> None:
    with open_build(company) as connection:
        connection.execute("drop table runs.built")


def _built_by_hand(company: Company) -> None:
    build_marts(company, THIRD_NIGHT - timedelta(days=30), ["dim_dates"])


# Each is a whole run. That the next one recomputes everything after the others too, tests of its scope say.
@pytest.mark.parametrize(
    "after",
    [_killed, *(pytest.param(one, marks=pytest.mark.slow) for one in (_other_models, _built_by_hand))],
)
def test_what_may_be_wrong_is_made_anew(company, after: Callable[[Company], None]):
    after(company)
    with open_build(company) as connection:
        before = view_texts(connection, "build")
        connection.execute(f"create or replace view {VIEW} as select 'of another run' as lead_id")
        connection.execute("delete from reference.iso_4217")
    kinds = ran(company, FIFTH_NIGHT)
    assert kinds["view"] > 100 and kinds["seed"] > 5
    with open_build(company) as connection:
        assert view_texts(connection, "build") == before
        assert connection.execute("select count(*) > 100 from reference.iso_4217").fetchall() == [(True,)]


def test_a_run_that_the_mart_gate_stopped_is_followed_by_a_whole_one(company):
    run = Run(company, FIFTH_NIGHT)
    run.build()
    with open_build(company) as connection:
        connection.execute("update marts.fct_mrr_monthly set arr = arr + 1")
    with pytest.raises(GateFailed, match="ARR is twelve times MRR"):
        run.check("marts")
    assert find_scope(company, SIXTH_NIGHT, full_refresh=False).reason.startswith("there is no finished")


def test_a_build_that_fails_before_its_first_model_makes_none_and_is_not_recorded(company):
    """The functions that the views call would be those of another run."""
    with open_build(company) as connection:
        connection.execute("drop table runs.built")
        connection.execute("create view runs.built as select 'what dbt can not drop' as fingerprint")
    ran_nodes: list[NodeResult] = []
    with pytest.raises(GateFailed, match=r"operation saas_metrics-on-run-start-0: .*built"):
        models.build(company, FIFTH_NIGHT, on_node=ran_nodes.append)
    assert {node.status for node in ran_nodes} <= {"skipped"}
    with open_build(company) as connection:
        assert connection.execute("select fingerprint from runs.built").fetchall() == [
            ("what dbt can not drop",)
        ]


def test_a_full_refresh_makes_everything_anew(company):
    assert not find_scope(company, FIFTH_NIGHT, full_refresh=True).models_stand


@pytest.mark.parametrize(
    "file",
    [
        "models/intermediate/growth/int_growth__leads.sql",
        "macros/clock/as_of.sql",
        "models/rules/mrr/monthly_roll_forward_closes.sql",
    ],
)
def test_a_changed_file_of_the_project(company, project: Path, file):
    with (project / file).open("a", encoding="utf-8") as written:
        written.write("\n-- changed")
    assert find_scope(company, FIFTH_NIGHT, full_refresh=False) == Scope("settings or models changed")


def test_a_changed_seed(company, project: Path):
    with next((project / "seeds").rglob("*.csv")).open("a", encoding="utf-8") as written:
        written.write("\n")
    assert find_scope(company, FIFTH_NIGHT, full_refresh=False) == Scope("settings or models changed")


def test_a_model_that_is_gone(company, project: Path):
    next((project / "models" / "intermediate").rglob("*.sql")).unlink()
    assert find_scope(company, FIFTH_NIGHT, full_refresh=False) == Scope("settings or models changed")


def test_a_file_that_changes_during_a_build(company, project: Path):
    """The build has read it before, or not: tomorrow everything is made anew."""
    changed = project / "macros" / "clock" / "as_of.sql"
    models.build(company, FIFTH_NIGHT, on_node=lambda _: changed.unlink(missing_ok=True))
    assert find_scope(company, SIXTH_NIGHT, full_refresh=False) == Scope("settings or models changed")


@pytest.fixture(scope="module")
def said(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What dbt said of each of three models that a change broke, in one project that is parsed once."""
    folder = tmp_path_factory.mktemp("broken")
    project, company = project_in(folder / "project"), company_in(runs, folder / "warehouse")
    marts = project / "models" / "marts"
    for file, column, declared in (
        (marts / "core" / "_core__models.yml", "date_day", "date"),
        (marts / "mrr" / "_mrr__models.yml", "day_grain_mrr", "decimal(18,4)"),
    ):
        change(file, f"- name: {column}\n        data_type: {declared}\n",
               f"- name: {column}\n        data_type: varchar\n")  # fmt: skip
    change(marts / "mrr" / "fct_definition_bridge.sql", "by='customer'", "by='costumer'")
    return run_by_hand(company, project, "dim_dates", "fct_mrr_netting_bridge", "fct_definition_bridge")


@pytest.mark.parametrize(
    ("mart", "column"), [("dim_dates", "date_day"), ("fct_mrr_netting_bridge", "day_grain_mrr")]
)
def test_a_contract_is_compared_until_a_build_of_the_same_models_ended_well(said, mart, column):
    """A table or kept mart that is not as its contract says stops the build that follows the change."""
    assert "contract" in said[mart] and column in said[mart]


def test_a_model_that_is_kept_in_no_known_way_stops_the_first_build(said):
    model = "fct_definition_bridge"
    assert f"{model} is kept by 'costumer', which is no way to keep a table" in said[model]


def change(file: Path, this: str, into: str) -> None:
    """Change a text of a file, which holds it."""
    text = file.read_text(encoding="utf-8")
    assert this in text
    file.write_text(text.replace(this, into), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the dbt project that a test may change."""
    copied = project_in(tmp_path / "project")
    monkeypatch.setattr(record, "PROJECT", copied)
    return copied


def project_in(folder: Path) -> Path:
    """A copy of the dbt project."""
    for part in ("models", "macros", "seeds", "tests/dbt"):
        shutil.copytree(PROJECT / part, folder / part)
    for file in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / file, folder)
    return folder


def ran(company: Company, as_of: datetime) -> dict[str, int]:
    """Build a run; how many nodes ran of each kind."""
    return kinds_of(models.build(company, as_of))


def kinds_of(results: Sequence[NodeResult]) -> dict[str, int]:
    """How many nodes there are of each kind."""
    manifest = parsed()
    kinds: dict[str, int] = {}
    for result in results:
        kind = str(manifest.nodes[result.unique_id].config.materialized)
        kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


def run_by_hand(company: Company, project: Path, *models: str) -> dict[str, str]:
    """`dbt run` of some models of a project; what dbt said of each."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in dbt_environment(company).items():
            environment.setenv(name, value)
        outcome = dbtRunner().invoke(
            ["run", "--select", *models, "--project-dir", str(project), "--profiles-dir", str(project),
             "--log-level", "none", "--no-send-anonymous-usage-stats",
             "--vars", json.dumps(dbt_vars(company, FIFTH_NIGHT))]
        )  # fmt: skip
        DuckDBConnectionManager.close_all_connections()
    assert outcome.exception is None, outcome.exception
    return {
        result.node.name: str(result.message)
        for result in outcome.result.results
        if result.node.name in models
    }
