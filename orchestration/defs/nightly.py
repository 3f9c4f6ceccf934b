"""The job `nightly`, its schedule, and the resource that is one run of it."""

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile
from pathlib import Path
from typing import Any

import dagster as dg
from croniter import croniter

from orchestration.build.spark.demand import demand_engine
from orchestration.closes.verify import demand_closed
from orchestration.defs.events import instance_of_a_run
from orchestration.defs.extracts import extract_assets, extract_key
from orchestration.defs.failing import COMMAND_LINE, PAUSE, RETRIES, STARTED_BY
from orchestration.defs.gates import described, gate_checks
from orchestration.defs.groups import raw_groups
from orchestration.defs.history import dagster_id, history_sensor, leave, under_way
from orchestration.defs.landing import AUDIT_KEYS, landing_assets, raw_key
from orchestration.defs.models import dbt_assets
from orchestration.defs.new_files import new_files_sensor
from orchestration.defs.past import PAST_DAYS, backfill_job, past_days
from orchestration.defs.publishing import WAREHOUSE, published_warehouse
from orchestration.errors import DiskFull, RunLocked, SaasMetricsError, Unusable
from orchestration.landing.canonical import canonical_tables
from orchestration.machine.lock import exclusive
from orchestration.quality.suites import marts as mart_suite
from orchestration.quality.suites import raw as raw_suite
from orchestration.run.clock import refuse_odd_instant
from orchestration.run.finish import finish
from orchestration.run.steps import Run
from orchestration.settings import Company, accepting, parse_as_of

JOB = "nightly"
__all__ = ["JOB", "WAREHOUSE", "build_definitions", "run_nightly"]
# Rules of raw ask how old a delivery is; their words do not depend on it.
_ANY_INSTANT = datetime(2025, 1, 1, tzinfo=UTC)
_GRACE = timedelta(hours=3)
"""How long after its hour a run may end before the published warehouse is not fresh."""


def build_definitions(company: Company, manifest: Mapping[str, Any]) -> dg.Definitions:
    """Everything of one company: extracts > raw > raw gate > dbt > mart gate > published warehouse."""
    nightly = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all() - dg.AssetSelection.assets(PAST_DAYS),
        executor_def=dg.in_process_executor,
        description="One whole run: land, check, build, check again, publish. Nothing is published unless "
        "every step succeeds.",
    )
    checks = _checks(company, manifest)
    keys = sorted(key for one in checks for key in one.check_keys)
    return dg.Definitions(
        assets=[*_assets(company, manifest, reads_apis=True), past_days(company)],
        asset_checks=checks,
        jobs=[nightly, backfill_job()],
        schedules=[_schedule(company, nightly)],
        sensors=[new_files_sensor(company, JOB), history_sensor(company, JOB, keys)],
        resources={"run": _run_resource(company)},
    )


def _of_the_command_line(company: Company, manifest: Mapping[str, Any]) -> dg.JobDefinition:
    """The job without what only a server needs: extractors (they have a verb), sensors, past days."""
    every = dg.Definitions(
        assets=_assets(company, manifest, reads_apis=False),
        asset_checks=_checks(company, manifest),
        jobs=[dg.define_asset_job(JOB, dg.AssetSelection.all(), executor_def=dg.in_process_executor)],
        resources={"run": _run_resource(company)},
    )
    return every.resolve_job_def(JOB)


def _assets(company: Company, manifest: Mapping[str, Any], reads_apis: bool) -> list[Any]:
    views, models = dbt_assets(manifest)
    extracts = [extract_key(source) for source in company.sources]
    return [
        *extract_assets(company, reads_apis),
        landing_assets(extracts, raw_groups(manifest)),
        *views,
        models,
        published_warehouse(company, _marts(manifest), _freshness(company)),
    ]


def _checks(company: Company, manifest: Mapping[str, Any]) -> list[dg.AssetChecksDefinition]:
    raw = [*(raw_key(table) for table in canonical_tables()), *AUDIT_KEYS]
    marts = _marts(manifest)
    asked = raw_suite.rules(company, _ANY_INSTANT)
    return [
        gate_checks("raw", raw, described("raw", asked, raw)),
        gate_checks("marts", marts, described("marts", mart_suite.rules(manifest), marts)),
    ]


def _marts(manifest: Mapping[str, Any]) -> list[dg.AssetKey]:
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    return sorted(dg.AssetKey(["marts", node["name"]]) for node in nodes if node["schema"] == "marts")


def _freshness(company: Company) -> dg.FreshnessPolicy:
    """A published warehouse is fresh while no run of the schedule is missing."""
    # From one leap year past the next: a schedule may name the 29th of February alone.
    ticks = croniter(company.schedule.cron, datetime(2024, 1, 1, tzinfo=UTC), ret_type=datetime)
    times = list(islice(takewhile(lambda at: at.year < 2029, ticks.all_next()), 400))
    longest = max(later - earlier for earlier, later in pairwise(times))
    return dg.FreshnessPolicy.time_window(fail_window=longest + _GRACE, warn_window=longest + _GRACE / 2)


def run_nightly(run: Run, manifest: Mapping[str, Any]) -> None:
    """Execute the job in this process. Raises the run's own error where a step stopped it."""
    job = _of_the_command_line(run.company, manifest)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    run_id = dagster_id(run)
    with under_way(run.company, run_id), instance_of_a_run() as instance:
        try:
            job.execute_in_process(
                run_config=quiet,
                instance=instance,
                resources={"run": run},
                run_id=run_id,
                tags={STARTED_BY: COMMAND_LINE},
            )
        except (dg.DagsterError, dg.Failure) as error:
            if run.failure is None:
                raise
            raise run.failure from error
        finally:
            # A history that has no room stops no run, and hides no cause.
            with suppress(DiskFull, Unusable):
                leave(run.company, instance, run_id)
    if run.release is None:
        run.failure = SaasMetricsError(
            "The job ended before its last step, and nothing was published; yesterday's warehouse stays in "
            "force. Run again with --full-refresh."
        )
        raise run.failure


def _run_resource(company: Company) -> dg.ResourceDefinition:
    """A run started from the UI or the schedule; `saas-metrics run` brings its own."""

    @dg.resource(
        description="One run: its instant, and what it may let pass.",
        config_schema={
            "as_of": dg.Field(str, is_required=False, description="Its only clock. Default: now."),
            "full_refresh": dg.Field(bool, False, description="Recompute every customer."),
            "allow_as_of": dg.Field(bool, False, description="Accept an instant that goes back."),
            "accept_drop": dg.Field([str], default_value=[], description="Sources that may shrink."),
            "accept_change": dg.Field([str], default_value=[], description="Rules that may be broken."),
        },
    )
    def run(context: dg.InitResourceContext) -> Iterator[Run]:
        config = context.resource_config
        demand_closed(company)
        demand_engine(company)
        with ExitStack() as held:
            _wait_for(company.work / "run.lock", held, context)
            run_id = context.run.run_id if context.run else str(uuid.uuid4())
            held.enter_context(under_way(company, run_id))
            as_of = parse_as_of(config.get("as_of"), company.schedule.as_of or _asked_for_at(context))
            if not config["allow_as_of"]:
                refuse_odd_instant(company, as_of)
            accepted = accepting(company, config["accept_drop"], config["accept_change"])
            started = Run(accepted, as_of, config["full_refresh"], run_id=uuid.UUID(run_id).hex)
            try:
                yield started
            finally:
                if (finished := finish(started)) and context.log:
                    context.log.info("\n".join(finished.told))

    return run


def _wait_for(lock: Path, held: ExitStack, context: dg.InitResourceContext) -> None:
    """Hold the lock of the warehouse. Raises RunLocked where another run has not ended after a while."""
    for left in reversed(range(RETRIES + 1)):
        try:
            held.enter_context(exclusive(lock))
            return
        except RunLocked as error:
            if not left:
                raise
            if context.log:
                context.log.warning(f"{error}\nTried again in {PAUSE} seconds.")
            time.sleep(PAUSE)


def _asked_for_at(context: dg.InitResourceContext) -> datetime | None:
    """When a run was first asked for: one that goes on from a failed step is still of that instant."""
    if context.run is None or context.instance is None:
        return None
    first = context.instance.get_run_record_by_id(context.run.root_run_id or context.run.run_id)
    return first.create_timestamp.replace(microsecond=0) if first else None


def _schedule(company: Company, nightly: Any) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="run_nightly",
        job=nightly,
        cron_schedule=company.schedule.cron,
        execution_timezone=company.reporting_timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Starts a run by schedule: {cron: ...} of company.yml, in the reporting time zone.",
    )
    def run_nightly_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        if company.schedule.as_of:
            return dg.RunRequest()
        as_of = context.scheduled_execution_time.astimezone(UTC).isoformat()
        return dg.RunRequest(run_config={"resources": {"run": {"config": {"as_of": as_of}}}})

    return run_nightly_schedule
