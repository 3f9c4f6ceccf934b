"""What stopped a step, told to Dagster: the cause first, and whether trying again may help."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from orchestration.errors import DataRefused, DiskFull, GateFailed, RunLocked, SaasMetricsError, Unavailable
from orchestration.landing.audit import first_reason
from orchestration.machine.duckdb_files import open_build_read_only
from orchestration.run.pages.html import page_name
from orchestration.run.steps import Run

STARTED_BY = "saas-metrics/started_by"
COMMAND_LINE = "command line"
"""The tag of a run that nobody but its terminal waits for: it is never tried again by itself."""

_HEALS = (RunLocked, DiskFull, Unavailable)
RETRIES, PAUSE = 3, 300
"""How often a step is tried again that met what may heal, and the seconds before each time."""


@contextmanager
def told(context: dg.AssetExecutionContext | dg.OpExecutionContext, run: Run | None = None) -> Iterator[None]:
    """Turn the product's errors into Dagster's.

    A lock, a full disk or an API that does not answer is tried again. Data that were refused, a gate that
    failed and whatever else is wrong would be so again, and fail at once.
    """
    try:
        yield
    except SaasMetricsError as error:
        by_hand = context.run.tags.get(STARTED_BY) == COMMAND_LINE
        if isinstance(error, _HEALS) and not by_hand and context.retry_number < RETRIES:
            context.log.warning(f"{error}\nTried again in {PAUSE} seconds.")
            raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=PAUSE) from error
        raise failure_of(error, run) from error


def failure_of(error: SaasMetricsError, run: Run | None) -> dg.Failure:
    """The failure of a step: its first line is the cause, its metadata the rows and the page of the run."""
    metadata: dict[str, dg.MetadataValue] = {}
    if run is not None and isinstance(error, GateFailed):
        for result in run.reports[-1].blocking if run.reports else ():
            rows = [dict(row) for row in result.sample]
            metadata[result.rule.name] = dg.MetadataValue.json(rows)
    if run is not None:
        metadata["quality page"] = dg.MetadataValue.path(run.company.pages / page_name(run))
    first = _cause(error, run)
    text = f"{first}\n{error}" if first else str(error)
    return dg.Failure(description=text, metadata=metadata, allow_retries=False)


def _cause(error: SaasMetricsError, run: Run | None) -> str:
    """What stopped a run, in one line, where the error's own first line only counts such things."""
    if run is None:
        return ""
    if isinstance(error, GateFailed):
        blocking = [result.message for report in run.reports for result in report.blocking]
        return next(iter([*error.sentences, *blocking]), "")
    refused = [delivery for delivery in run.deliveries if delivery.refused]
    if isinstance(error, DataRefused) and refused:
        with open_build_read_only(run.company) as connection:
            reason = first_reason(connection, refused[0])
        return f"{refused[0].source_name}/{refused[0].file}: {reason or refused[0].verdict}"
    return ""
