"""A run whenever files have arrived, beside the schedule; off unless company.yml or the page turns it on."""

import json
import time

import dagster as dg

from orchestration.landing.arrivals import look_at
from orchestration.settings import Company

QUIET = 60
"""Seconds for which no file may have been written to before a run starts."""


def new_files_sensor(company: Company, job: str) -> dg.SensorDefinition:
    """Asks for a run once the extracts have changed and are quiet."""

    @dg.sensor(
        name="run_on_new_files",
        job_name=job,
        minimum_interval_seconds=QUIET,
        default_status=dg.DefaultSensorStatus.RUNNING
        if company.schedule.on_new_files
        else dg.DefaultSensorStatus.STOPPED,
        description="Starts a run when new files lie in the extracts and none was written to for "
        f"{QUIET} seconds. On with schedule: {{on_new_files: true}} in company.yml, or here.",
    )
    def run_on_new_files(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        found = look_at([company.extracts / name for name in company.source_names])
        seen = json.loads(context.cursor) if context.cursor else {}
        if found.fingerprint == seen.get("asked_for"):
            return dg.SkipReason("Nothing new lies in the extracts.")
        context.update_cursor(json.dumps({**seen, "seen": found.fingerprint}))
        # Looked at twice: the clock of a file may be another one's.
        if found.fingerprint != seen.get("seen") or time.time() - found.last_written < QUIET:
            return dg.SkipReason("Files are still arriving.")
        context.update_cursor(json.dumps({"seen": found.fingerprint, "asked_for": found.fingerprint}))
        return dg.RunRequest(run_key=found.fingerprint)

    return run_on_new_files
