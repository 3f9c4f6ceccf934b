"""The job `nightly`, its schedule, and the resource that is one run of it."""

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

import dagster as dg

from orchestration.closes.verify import demand_closed
from orchestration.defs.gates import gate_checks
from orchestration.defs.landing import AUDIT_KEYS, extract_specs, landing_assets, raw_key
from orchestration.defs.models import dbt_assets
from orchestration.errors import SaasMetricsError
from orchestration.landing.canonical import canonical_tables
from orchestration.machine.lock import exclusive
from orchestration.run.clock import refuse_odd_instant
from orchestration.run.finish import finish
from orchestration.run.steps import Run
from orchestration.settings import Company, accepting, parse_as_of

JOB = "nightly"
WAREHOUSE = dg.AssetKey(["published", "warehouse"])


def build_definitions(company: Company, manifest: Mapping[str, Any]) -> dg.Definitions:
    """Everything of one company: extracts > raw > raw gate > dbt > mart gate > published warehouse."""
    views, models = dbt_assets(manifest)
    marts = sorted(key for key in models.keys if key.path[0] == "marts")
    nightly = dg.define_asset_job(JOB, selection=dg.AssetSelection.all(), executor_def=dg.in_process_executor)
    return dg.Definitions(
        assets=[
            *extract_specs(company),
            landing_assets(company),
            *views,
            models,
            _published_warehouse(marts),
        ],
        asset_checks=[
            gate_checks("raw", [*(raw_key(table) for table in canonical_tables()), *AUDIT_KEYS]),
            gate_checks("marts", marts),
        ],
        jobs=[nightly],
        schedules=[_schedule(company, nightly)],
        resources={"run": _run_resource(company)},
    )


def run_nightly(run: Run, manifest: Mapping[str, Any]) -> None:
    """Execute the job in this process. Raises the run's own error where a step stopped it."""
    job = build_definitions(run.company, manifest).resolve_job_def(JOB)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        try:
            job.execute_in_process(run_config=quiet, instance=instance, resources={"run": run})
        except dg.DagsterError as error:
            if run.failure is None:
                raise
            raise run.failure from error
    if run.release is None:
        run.failure = SaasMetricsError(
            "The job ended before its last step, and nothing was published; yesterday's warehouse stays in "
            "force. Run again with --full-refresh."
        )
        raise run.failure


def _published_warehouse(marts: list[dg.AssetKey]) -> dg.AssetsDefinition:
    @dg.asset(
        key=WAREHOUSE,
        deps=marts,
        group_name="published",
        kinds={"duckdb"},
        pool="build_file",
        description="The file analysts read: marts and audit, swapped in whole.",
    )
    def publish_warehouse(run: dg.ResourceParam[Run]) -> dg.MaterializeResult:
        release = run.publish()
        return dg.MaterializeResult(
            metadata={
                "release": release.release_id,
                "path": dg.MetadataValue.path(run.company.published_file),
                "rows": sum(release.row_counts.values()),
            }
        )

    return publish_warehouse


def _run_resource(company: Company) -> dg.ResourceDefinition:
    """A run started from the UI or the schedule; `saas-metrics run` brings its own."""

    @dg.resource(
        config_schema={
            "as_of": dg.Field(str, is_required=False),
            "full_refresh": dg.Field(bool, False),
            "allow_as_of": dg.Field(bool, False),
            "accept_drop": dg.Field([str], default_value=[]),
            "accept_change": dg.Field([str], default_value=[]),
        }
    )
    def run(context: dg.InitResourceContext) -> Iterator[Run]:
        config = context.resource_config
        demand_closed(company)
        with exclusive(company.work / "run.lock"):
            as_of = parse_as_of(config.get("as_of") or _asked_for_at(context))
            if not config["allow_as_of"]:
                refuse_odd_instant(company, as_of)
            accepted = accepting(company, config["accept_drop"], config["accept_change"])
            started = Run(accepted, as_of, full_refresh=config["full_refresh"])
            try:
                yield started
            finally:
                if (finished := finish(started)) and context.log:
                    context.log.info("\n".join(finished.told))

    return run


def _asked_for_at(context: dg.InitResourceContext) -> str | None:
    """When a run was first asked for: one that goes on from a failed step is still of that instant."""
    if context.run is None or context.instance is None:
        return None
    first = context.instance.get_run_record_by_id(context.run.root_run_id or context.run.run_id)
    return first.create_timestamp.replace(microsecond=0).isoformat() if first else None


def _schedule(company: Company, nightly: Any) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="run_nightly",
        job=nightly,
        cron_schedule=company.schedule.cron,
        execution_timezone=company.reporting_timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def run_nightly_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        as_of = context.scheduled_execution_time.astimezone(UTC).isoformat()
        return dg.RunRequest(run_config={"resources": {"run": {"config": {"as_of": as_of}}}})

    return run_nightly_schedule
