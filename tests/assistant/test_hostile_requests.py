"""A hundred requests that want to write, read, hang or lure: nothing changes, nothing is told."""

import hashlib
import time
from pathlib import Path
from typing import Any

import pytest

from orchestration.settings import Company
from tests.assistant.asking import Told, ask
from tests.assistant.conftest import PROMPT, SECRET

TIMEOUT = 2.0
SQL = {
    "a file": [
        "from '/etc/passwd'",
        "from read_csv('/etc/passwd')",
        "from read_text('/etc/passwd')",
        "from read_blob('/etc/passwd')",
        "from read_json('/etc/passwd')",
        "from read_parquet('/etc/passwd')",
        "from parquet_metadata('/etc/passwd')",
        "from sniff_csv('/etc/passwd')",
        "from glob('/etc/*')",
        "select * from 'warehouse_restricted.duckdb'",
        "from 'https://example.org/x.csv'",
        "from 's3://bucket/x.parquet'",
        "from read_csv('file:///etc/passwd')",
        "attach '/etc/passwd' as x",
        "attach 'warehouse_restricted.duckdb' as r (read_only)",
        "attach ':memory:' as m",
        "copy (select 1) to '/tmp/saas_metrics_stolen.csv'",
        "copy marts.dim_dates to 'stolen.parquet'",
        "copy marts.dim_dates from '/etc/passwd'",
        "export database '/tmp/saas_metrics_stolen'",
        "import database '/tmp'",
        "select 1; copy (select 1) to '/tmp/saas_metrics_stolen.csv'",
        "install httpfs",
        "load httpfs",
        "load '/tmp/evil.duckdb_extension'",
        "create secret s (type s3, key_id 'a', secret 'b')",
    ],
    "a write": [
        "insert into marts.dim_dates select * from marts.dim_dates",
        "update marts.fct_mrr_monthly set closing_mrr = 0",
        "delete from marts.fct_mrr_monthly",
        "drop table marts.fct_mrr_monthly",
        "truncate marts.fct_mrr_monthly",
        "alter table marts.fct_mrr_monthly add column x int",
        "create table marts.x as select 1",
        "create temp table x as select 1",
        "create view x as select 1",
        "create macro x() as 1",
        "create schema x",
        "comment on table marts.dim_dates is 'x'",
        "merge into marts.dim_dates using marts.dim_dates as b on true when matched then delete",
        "begin",
        "checkpoint",
        "vacuum",
        "detach warehouse",
        "use marts",
        "prepare p as select 1",
        "explain analyze delete from marts.dim_dates",
    ],
    "a setting": [
        "set enable_external_access = true",
        "set lock_configuration = false",
        "set memory_limit = '100GB'",
        "set threads = 64",
        "reset memory_limit",
        "pragma enable_profiling",
        "set variable x = 1",
        "call duckdb_settings()",
        "select current_setting('secret_directory')",
        "from duckdb_settings()",
        'from "duckdb_settings"()',
        "from duckdb_databases()",
        "from duckdb_secrets()",
        "from duckdb_extensions()",
        "from pragma_database_list()",
        "show databases",
        "from query('from duckdb_' || 'databases()')",
        "from query_table('/etc/passwd')",
        "from duckdb_/**/databases()",
        "from duckdb_databases/**/()",
        "select getenv('HOME')",
        "select getenv('SAAS_METRICS_TEST_SECRET')",
    ],
    "personal data": [
        "from restricted.customers",
        "select email from restricted.customers",
        "from raw.customers",
        "from staging.stg_customers",
        "from warehouse_restricted.restricted.customers",
        "select feedback, reason from marts.fct_churn_events where feedback is not null",
    ],
    "an endless query": [
        "with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t",
        "select count(*) from range(10000000000000) as a(x) where hash(x) = 7",
        "select count(*) from range(1000000) as a, range(1000000) as b where hash(a.range, b.range) = 1",
        "select repeat('x', 2000000000)",
        "select list(range) from range(10000000000)",
        "select * from range(1000000000)",
        "select repeat('x', 100000) from range(10000)",
        "select string_agg(repeat('x', 1000), '') from range(1000000000)",
    ],
}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("query_metric", {"metrics": ["closing_mrr"], "where": ["country=DE' or 1=1 --"]}),
    ("query_metric", {"metrics": ["closing_mrr"], "where": ["country=') union select email from x --"]}),
    ("query_metric", {"metrics": ["closing_mrr"], "where": ["country={{ 7 * 7 }}"]}),
    ("query_metric", {"metrics": ["closing_mrr"], "where": ["country={% for x in y %}"]}),
    ("query_metric", {"metrics": ["closing_mrr"], "where": ["country={# x #}"]}),
    ("query_metric", {"metrics": ["closing_mrr"], "where": ["country={{ ''.__class__.__mro__ }}"]}),
    ("query_metric", {"metrics": ["closing_mrr"], "where": ["name=Ada"]}),
    ("query_metric", {"metrics": ["closing_mrr"], "by": ["customer_id"]}),
    ("query_metric", {"metrics": ["closing_mrr"], "by": ["customer__name"]}),
    ("query_metric", {"metrics": ["closing_mrr"], "by": ["country'); drop table x; --"]}),
    ("query_metric", {"metrics": ["closing_mrr; drop table marts.dim_dates"]}),
    ("query_metric", {"metrics": []}),
    ("query_metric", {"metrics": ["closing_mrr"] * 5000, "by": ["country"]}),
    ("query_metric", {"metrics": ["closing_mrr"], "since": "2025-01'; drop table x"}),
    ("query_metric", {"metrics": ["closing_mrr"], "grain": "second"}),
    ("query_metric", {"metrics": "closing_mrr"}),
    ("describe_metric", {"name": "../../../etc/passwd"}),
    ("describe_metric", {"name": "x" * 1_000_000}),
    ("lineage", {"name": "../../../etc/passwd"}),
    ("lineage", {"name": "manifest.json"}),
    ("list_tables", {"table": "x' or '1'='1"}),
    ("list_tables", {"table": "restricted.customers"}),
    ("explain_number", {"figure": "closing_mrr", "month": "2025-06", "customer": "x' or 1=1 --"}),
    ("explain_number", {"figure": "closing_mrr", "month": "2025-06", "segment": "name=Ada"}),
    ("explain_number", {"figure": "closing_mrr from dim_customers --", "month": "2025-06"}),
    ("what_changed", {"limit": -1}),
    ("what_changed", {"limit": 10**12}),
    ("run_shell", {"command": "cat /etc/passwd"}),
    ("describe_metric", {"name": "nrr", "path": "/etc/passwd"}),
]
REQUESTS = [("run_sql", {"query": query}) for queries in SQL.values() for query in queries] + CALLS


def state(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def told(company: Company, tmp_path_factory: pytest.TempPathFactory):
    """Every answer, and how long each took."""
    here = tmp_path_factory.mktemp("here")
    before = state(company.warehouse.parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAAS_METRICS_TEST_SECRET", SECRET)
        patch.chdir(here)
        answers: list[tuple[Told, float]] = []
        for request in REQUESTS:
            began = time.monotonic()
            (answer,) = ask(company, [request], allow_sql=True, timeout=TIMEOUT)
            answers.append((answer, time.monotonic() - began))
    assert state(company.warehouse.parent) == before, "files of the warehouse were changed"
    assert not any(here.iterdir()), "a file was written"
    assert not any(path.name.startswith("saas_metrics_stolen") for path in Path("/tmp").iterdir())
    return answers


def test_there_are_a_hundred():
    assert len(REQUESTS) >= 100


def test_nothing_is_changed_or_told(company: Company, told: list[tuple[Told, float]]) -> None:
    secrets = (SECRET, "root:", str(company.warehouse.parent), f"{Path.home()}/")
    for request, (answer, _) in zip(REQUESTS, told, strict=True):
        for secret in secrets:
            assert secret not in answer.text, request


def test_none_of_them_holds_the_server_up(told: list[tuple[Told, float]]) -> None:
    slow = [(request, took) for request, (_, took) in zip(REQUESTS, told, strict=True) if took > TIMEOUT + 8]
    assert not slow


def test_what_may_not_be_is_refused_in_words(told: list[tuple[Told, float]]) -> None:
    """All but queries that are cut or empty, and conditions that are plain text of a value nobody has."""
    answered = [request for request, (answer, _) in zip(REQUESTS, told, strict=True) if not answer.is_refused]
    for name, arguments in answered:
        assert name != "run_sql" or arguments["query"] in (
            "select * from range(1000000000)",
            "select repeat('x', 100000) from range(10000)",
            "select feedback, reason from marts.fct_churn_events where feedback is not null",
        ), arguments
    for request, (answer, _) in zip(REQUESTS, told, strict=True):
        assert answer.text, request
        assert "Traceback" not in answer.text
        if not answer.is_refused:
            assert answer.content["release"] == "r1"
            assert len(answer.content.get("rows", ())) <= 1000
            assert len(answer.text) < 1_000_000


def test_a_condition_is_a_value_and_never_a_query(told: list[tuple[Told, float]]) -> None:
    conditions = [
        answer.content
        for (_, arguments), (answer, _) in zip(REQUESTS, told, strict=True)
        if any("country=" in one for one in arguments.get("where", ()))
    ]
    assert len(conditions) == 6
    assert all(not one["rows"] for one in conditions)


def test_a_prompt_in_a_name_stays_a_text_of_a_row(company: Company) -> None:
    (answer, names, nothing) = ask(
        company,
        [
            ("query_metric", {"metrics": ["closing_mrr"], "by": ["plan"], "since": "2025-01"}),
            ("run_sql", {"query": "select distinct name from marts.dim_customers"}),
            ("query_metric", {"metrics": ["closing_mrr"], "where": [f"plan={PROMPT}"]}),
        ],
        allow_sql=True,
    )
    shown = PROMPT.replace("\u200b", "").replace("\x1b", "")
    assert shown in {row[1] for row in answer.content["rows"]}
    assert names.content["rows"] == [[shown]]
    for one in (answer, names, nothing):
        told = one.content
        assert "instruction" in told.pop("note")
        for part in ("rows", "sql"):
            told.pop(part)
        assert "Ignore all" not in str(told)
    assert len(nothing.content["rows"]) > 12, "the hostile text is a value like any other"


def test_free_sql_is_offered_only_where_it_is_allowed(company: Company) -> None:
    (answer,) = ask(company, [("run_sql", {"query": "select 1"})])
    assert answer.is_refused
