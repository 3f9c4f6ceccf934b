"""The events of a run in a list answer as Dagster's database in memory does."""

from collections.abc import Iterator

import dagster as dg
import pytest
from dagster._core.storage.event_log.in_memory import InMemoryEventLogStorage

from orchestration.defs.events import ListedEvents, instance_of_a_run

LANDED, BUILT, NEVER = dg.AssetKey(["raw", "customers"]), dg.AssetKey(["marts", "dim"]), dg.AssetKey("never")


@dg.multi_asset(specs=[dg.AssetSpec(LANDED), dg.AssetSpec(BUILT, deps=[LANDED, NEVER])])
def build() -> Iterator[dg.MaterializeResult]:
    yield dg.MaterializeResult(asset_key=LANDED)
    yield dg.MaterializeResult(asset_key=BUILT, metadata={"MRR": 1250.5})


@dg.asset_check(asset=BUILT)
def gate() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, metadata={"rows": 1})


@dg.asset
def observed() -> Iterator[dg.AssetObservation | dg.Output[None]]:
    yield dg.AssetObservation("observed", metadata={"rows": 3})
    yield dg.Output(None)


def run_in(instance: dg.DagsterInstance, *more: dg.AssetsDefinition) -> str:
    """A job of landing, building and checking in this instance; its run's id."""
    every = dg.Definitions(
        assets=[build, *more],
        asset_checks=[gate],
        jobs=[dg.define_asset_job("nightly", dg.AssetSelection.all(), executor_def=dg.in_process_executor)],
    )
    return every.resolve_job_def("nightly").execute_in_process(instance=instance).run_id


@pytest.fixture(scope="module")
def listed() -> Iterator[tuple[str, ListedEvents, InMemoryEventLogStorage]]:
    """A run, its events in a list, and the same in Dagster's database."""
    with instance_of_a_run() as instance:
        run_id = run_in(instance)
        events = instance.event_log_storage
        assert isinstance(events, ListedEvents)
        database = InMemoryEventLogStorage()
        for event in instance.all_logs(run_id):
            database.store_event(event)
        yield run_id, events, database
        database.dispose()


def test_a_run_needs_no_database(listed):
    _, events, _ = listed
    assert events._listed


def test_what_a_run_asks_is_answered_as_the_database_answers(listed):
    run_id, events, database = listed
    for keys in ([LANDED], [NEVER], [BUILT, NEVER, LANDED, BUILT], []):
        assert list(events.get_asset_records(keys)) == list(database.get_asset_records(keys))
    assert events.get_asset_records([BUILT])[0].asset_entry.last_materialization_record.storage_id > 1
    assert events.fetch_observations(NEVER, limit=1) == database.fetch_observations(NEVER, limit=1)
    assert events.get_records_for_run(run_id) == database.get_records_for_run(run_id)
    assert events._listed


def test_a_run_of_which_there_are_no_events_has_none(listed):
    _, _, database = listed
    fresh = ListedEvents()
    assert fresh.get_records_for_run("no run") == database.get_records_for_run("no run")


def test_any_other_question_the_database_answers():
    with instance_of_a_run() as instance:
        run_id = run_in(instance)
        events = instance.event_log_storage
        every = list(events.get_records_for_run(run_id).records)
        known = events.get_asset_records([LANDED, BUILT])
        [checked] = events.get_records_for_run(
            run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
        ).records
        assert checked in every and events._listed is None
        assert list(events.get_asset_records([LANDED, BUILT])) == list(known)
        assert list(events.get_records_for_run(run_id).records) == every
        assert (
            instance.get_latest_materialization_event(BUILT).asset_materialization.metadata["MRR"].value
            == 1250.5
        )
        instance.report_runless_asset_event(dg.AssetMaterialization(NEVER))
        [made] = events.get_asset_records([NEVER])
        assert made.asset_entry.last_materialization_record.storage_id == len(every) + 1


def test_an_observation_is_found():
    with instance_of_a_run() as instance:
        run_in(instance, observed)
        [found] = instance.fetch_observations(dg.AssetKey("observed"), limit=1).records
        assert found.asset_observation.metadata["rows"].value == 3


def test_who_watches_hears_of_each_event():
    with instance_of_a_run() as instance:
        heard = []
        run = instance.create_run_for_job(
            dg.Definitions(
                assets=[build], jobs=[dg.define_asset_job("nightly", dg.AssetSelection.all())]
            ).resolve_job_def("nightly")
        )
        instance.watch_event_logs(run.run_id, None, lambda event, cursor: heard.append((event, cursor)))
        instance.report_engine_event("told", run)
        [(event, _)] = heard
        records = instance.get_records_for_run(run.run_id).records
        assert records[-1].event_log_entry == event and len(records) > 1
