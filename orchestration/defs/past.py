"""Past days, one partition each: what was known at a day's end, kept as a release beside today's."""

from datetime import UTC
from typing import Any

import dagster as dg

from orchestration.defs.failing import told
from orchestration.defs.publishing import figures_of
from orchestration.run.past import keep_day, scratch
from orchestration.run.steps import Run
from orchestration.settings import Company

BACKFILL = "backfill_as_of"
PAST_DAYS = dg.AssetKey(["published", "past_days"])
_FIRST_DAY = "2020-01-01"


def past_days(company: Company) -> dg.AssetsDefinition:
    """A release for each day that somebody asks for; neither the published one nor the build file changes."""

    @dg.asset(
        key=PAST_DAYS,
        group_name="published",
        kinds={"duckdb"},
        pool="past_days",
        partitions_def=dg.DailyPartitionsDefinition(
            start_date=_FIRST_DAY, timezone=company.reporting_timezone
        ),
        description="What each past day would have said at its end: today's models over what was known "
        "then, kept among the releases. Launch a backfill over the days wanted.",
    )
    def build_past_day(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        as_of = context.partition_time_window.end.astimezone(UTC)
        run = Run(scratch(company, as_of), as_of, full_refresh=True, on_step=context.log.info)
        with told(context, run):
            release = keep_day(run, company)
        return dg.MaterializeResult(metadata={**figures_of(company, release)})

    return build_past_day


def backfill_job() -> Any:
    """The job that builds past days."""
    return dg.define_asset_job(
        BACKFILL,
        selection=dg.AssetSelection.assets(PAST_DAYS),
        executor_def=dg.in_process_executor,
        description="Builds past days anew and keeps a release for each; today's stays published.",
    )
