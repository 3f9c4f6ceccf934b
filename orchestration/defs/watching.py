"""The sensor that watches for a run that did not come: it reads one small file, and starts no run."""

from datetime import UTC, datetime

import dagster as dg

from orchestration.alerts.health import watch
from orchestration.settings import Company

_SECONDS = 15 * 60


def watching(company: Company) -> dg.Definitions:
    """The sensor `watch_runs` of a company: it tells the receivers of company.yml when no run came."""

    @dg.sensor(
        name="watch_runs",
        minimum_interval_seconds=_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells the receivers of company.yml when a run that was due did not come.",
    )
    def watch_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        health, told = watch(company, datetime.now(UTC))
        return dg.SkipReason("\n".join([health.says, *(one.line for one in told)]))

    return dg.Definitions(sensors=[watch_runs])
