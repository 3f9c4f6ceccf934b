"""The asset graph that `make dev` shows: one connected flow from extracts to the published warehouse."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from pipeline import SAMPLE_AS_OF, mart_rules, write_company

from orchestration.build.manifest import read_manifest
from orchestration.defs import nightly
from orchestration.defs.groups import group_of
from orchestration.defs.nightly import JOB, WAREHOUSE, build_definitions
from orchestration.defs.past import BACKFILL, PAST_DAYS
from orchestration.quality.changes import COMPARED
from orchestration.quality.suites import plausibility, raw
from orchestration.settings import SAMPLE_COMPANY, load_company


@pytest.fixture(scope="module")
def manifest():
    return read_manifest()


@pytest.fixture(scope="module")
def definitions(manifest) -> dg.Definitions:
    return build_definitions(load_company(SAMPLE_COMPANY), manifest)


@pytest.fixture(scope="module")
def upstream(definitions) -> dict[dg.AssetKey, set[dg.AssetKey]]:
    specs = definitions.resolve_all_asset_specs()
    return {spec.key: {dep.asset_key for dep in spec.deps} for spec in specs}


def test_every_source_and_every_model_is_an_asset(upstream, manifest):
    company = load_company(SAMPLE_COMPANY)
    assert {dg.AssetKey(["extracts", source.name]) for source in company.sources} <= set(upstream)
    models = {
        dg.AssetKey([node["schema"], node["name"]])
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed")
    }
    assert models <= set(upstream)


def test_the_graph_has_no_loose_end(upstream):
    assert {dep for deps in upstream.values() for dep in deps} <= set(upstream)


def test_every_mart_and_raw_table_leads_to_the_published_warehouse(upstream):
    reached, waiting = set(), [WAREHOUSE]
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached.add(key)
            waiting += upstream[key]
    for room in ("extracts", "marts"):
        assert {key for key in upstream if key.path[0] == room} <= reached
    assert dg.AssetKey(["raw", "subscription_items"]) in reached


def test_no_group_is_a_crowd(definitions):
    groups = Counter(spec.group_name for spec in definitions.resolve_all_asset_specs())
    assert len(groups) > 40
    assert max(groups.values()) <= 40, groups.most_common(3)


def test_a_model_stands_in_the_group_of_its_layer_and_folder(definitions):
    groups = {spec.key: spec.group_name for spec in definitions.resolve_all_asset_specs()}
    assert groups[dg.AssetKey(["marts", "fct_mrr_monthly"])] == "marts_mrr"
    assert groups[dg.AssetKey(["raw", "survey_responses"])] == "raw_voice"
    assert groups[dg.AssetKey(["raw", "price_tiers"])] == "raw_lookups"


@pytest.mark.parametrize(
    ("path", "group"),
    [("models/mine.sql", "marts"), ("models/sales-ops/mine.sql", "marts_sales_ops"), ("mine.sql", "marts")],
)
def test_a_folder_of_any_name_gives_a_group_that_dagster_takes(path, group):
    assert group_of({"original_file_path": path, "schema": "marts"}) == group


def test_every_asset_check_job_schedule_and_sensor_says_what_it_is(definitions):
    graph = definitions.resolve_asset_graph()
    told = {str(spec.key): spec.description for spec in definitions.resolve_all_asset_specs()}
    told |= {str(key): graph.get_check_spec(key).description for key in graph.asset_check_keys}
    told |= {job.name: job.description for job in definitions.jobs}
    told |= {schedule.name: schedule.description for schedule in definitions.schedules}
    told |= {sensor.name: sensor.description for sensor in definitions.sensors}
    assert len(told) > 600
    assert [name for name, text in told.items() if not (text or "").strip()] == []


def test_a_check_lists_its_rules_in_words(definitions):
    graph = definitions.resolve_asset_graph()
    key = dg.AssetCheckKey(dg.AssetKey(["marts", "fct_mrr_monthly"]), "marts_gate")
    assert "- critical: " in graph.get_check_spec(key).description


def test_a_run_materialises_every_table_and_no_view(definitions, manifest):
    job = definitions.resolve_job_def(JOB)
    made = {key.path[-1] for key in job.asset_layer.executable_asset_keys}
    models = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    views = {node["name"] for node in models if node["config"]["materialized"] == "view"}
    assert len(views) > 100 and views & made == set()
    assert {node["name"] for node in models} - views <= made


def test_the_run_is_five_ops_in_order(definitions):
    job = definitions.resolve_job_def(JOB)
    order = [node.name for node in job.nodes_in_topological_order]
    assert order == ["land_extracts", "raw_gate", "dbt_build", "marts_gate", "published__warehouse"]


def test_a_broken_gate_keeps_the_next_steps_from_running(definitions):
    job = definitions.resolve_job_def(JOB)
    depends = {node.name: deps for node, deps in job.dependencies.items()}
    for step, gate in (("dbt_build", "raw_gate"), ("published__warehouse", "marts_gate")):
        upstream_ops = {
            part.node
            for dep in depends[step].values()
            for part in getattr(dep, "get_node_dependencies", list)()
        }
        assert gate in upstream_ops


def test_a_run_may_be_told_what_to_accept(definitions):
    accepted = {"accept_drop": ["canonical"], "accept_change": ["labels_are_known"], "allow_as_of": True}
    job = definitions.resolve_job_def(JOB)
    assert dg.validate_run_config(job, {"resources": {"run": {"config": accepted}}})


def test_every_rule_of_the_gates_belongs_to_a_check(definitions, manifest):
    company = load_company(SAMPLE_COMPANY)
    checked = {
        key.asset_key
        for key in definitions.resolve_asset_graph().asset_check_keys
        if key.name.endswith("_gate")
    }
    compared = plausibility.rules(company, SAMPLE_AS_OF, None, frozenset(COMPARED))
    for gate, rules in (
        ("raw", [*raw.rules(company, SAMPLE_AS_OF), *compared]),
        ("marts", mart_rules()),
    ):
        for rule in rules:
            assert dg.AssetKey([rule.schema or gate, rule.table]) in checked, rule.name


CRONS = {
    "each day at three": "0 3 * * *",
    "on workdays": "30 2 * * 1-5",
    "on Mondays, by name": "0 3 * * MON",
    "in quarters of an hour": "*/15 6-20 * * *",
    "on the last day of a month": "0 3 l * *",
    "by a word": "@daily",
    "on the 29th of February": "0 3 29 2 *",
}


@pytest.mark.parametrize("cron", CRONS.values(), ids=CRONS)
def test_a_cron_expression_that_settings_take_dagster_takes(tmp_path, cron):
    taken = write_company(tmp_path, schedule={"cron": cron}).schedule.cron
    assert dg.ScheduleDefinition(cron_schedule=taken, job_name="nightly").cron_schedule == cron


@pytest.mark.parametrize("cron", CRONS.values(), ids=CRONS)
def test_the_published_warehouse_is_fresh_until_a_run_is_missing(tmp_path, manifest, cron):
    longest = {"0 3 * * *": 24, "30 2 * * 1-5": 72, "*/15 6-20 * * *": 9.25, "0 3 * * MON": 168}.get(cron)
    policy = nightly._freshness(write_company(tmp_path, schedule={"cron": cron}))
    if longest:
        assert policy.fail_window.to_timedelta() == timedelta(hours=longest + 3)
    assert policy.warn_window.to_timedelta() < policy.fail_window.to_timedelta()


def test_a_source_is_as_fresh_as_the_rule_of_the_gate_asks(definitions):
    specs = {spec.key: spec for spec in definitions.resolve_all_asset_specs()}
    source = load_company(SAMPLE_COMPANY).sources[0]
    policy = specs[dg.AssetKey(["extracts", source.name])].freshness_policy
    assert policy.fail_window.to_timedelta() == timedelta(hours=48)


def test_past_days_are_built_by_a_job_of_their_own(definitions):
    nightly_job, backfill = (definitions.resolve_job_def(name) for name in (JOB, BACKFILL))
    assert PAST_DAYS not in nightly_job.asset_layer.executable_asset_keys
    assert {node.name for node in backfill.nodes} == {"published__past_days"}
    assert isinstance(backfill.partitions_def, dg.DailyPartitionsDefinition)


def test_a_tick_asks_for_a_run_of_its_own_instant(definitions, manifest, tmp_path):
    at = datetime(2025, 7, 1, 3, tzinfo=UTC)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance, scheduled_execution_time=at)
        asked = definitions.resolve_schedule_def("run_nightly").evaluate_tick(context).run_requests
        assert [one.run_config["resources"]["run"]["config"]["as_of"] for one in asked] == [at.isoformat()]
        over = write_company(tmp_path, schedule={"as_of": "2025-06-01T00:00:00Z"})
        asked = (
            build_definitions(over, manifest)
            .resolve_schedule_def("run_nightly")
            .evaluate_tick(context)
            .run_requests
        )
        assert [one.run_config for one in asked] == [{}]


def test_the_schedule_runs_in_the_reporting_time_zone(definitions):
    schedule = definitions.resolve_schedule_def("run_nightly")
    assert schedule.cron_schedule == "0 3 * * *" and schedule.execution_timezone == "UTC"
