"""Closing months and opening the last one again: each adds one record to the chain."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

import duckdb

from orchestration.closes.record import Chain, Close, keep_record, next_record, write_head
from orchestration.closes.verify import whole_chain
from orchestration.errors import ConfigurationError, PublishRefused
from orchestration.machine.checksums import first_changed, sealed
from orchestration.machine.disk import fresh_folder
from orchestration.machine.duckdb_files import open_for_export
from orchestration.publish.keep import release_in_force
from orchestration.publish.manifest import OPEN, ReleaseManifest, release_folder
from orchestration.publish.parquet import SUFFIX, write_parquet
from orchestration.settings import Company

# The marts of which a close keeps a month's rows, each with the month of a row as SQL.
KEPT: Mapping[str, str] = MappingProxyType(
    {
        "fct_customer_mrr_monthly": "period_month",
        "fct_mrr_monthly": "period_month",
        "fct_churn_monthly": "period_month",
        "fct_mrr_reported": "period_month",
        "fct_revenue_recognition": "recognition_month",
        "fct_revenue_monthly": "period_month",
        "fct_revenue_waterfall": "recognition_month",
        "fct_revenue_reported": "period_month",
        "fct_deferred_revenue_monthly": "period_month",
        "dim_fx_rates": "date_trunc('month', rate_day)",
    }
)
# What is reported by month: the first of them in which anything is, is the first to be closed.
_BEGINNING = ("fct_mrr_monthly", "fct_revenue_reported")


def close_months(company: Company, month: date, on_month: Callable[[str], None]) -> list[Close]:
    """Close every month up to `month` (its first day) that is open; the new records.

    Raises ConfigurationError where the month is not over at the published release, is closed already, or
    the release does not know what was closed or opened last; DamagedFile where the chain is not as it was.
    """
    release = release_in_force(company)
    if release is None:
        raise ConfigurationError(f"{company.warehouse}: nothing is published. Run saas-metrics run first.")
    chain = settled(company)
    _refuse_month(company, chain, release, month)
    _refuse_older_release(chain, release)
    _refuse_older_version(release)
    if path := first_changed(release_folder(company, release), {OPEN: release.checksums[OPEN]}):
        raise PublishRefused(
            f"{path} is missing or is not the file that was published; nothing was closed. Run saas-metrics "
            "run, look at the figures and close then."
        )
    made: list[Close] = []
    with open_for_export(release_folder(company, release) / OPEN, company.limits) as reader:
        for one in _open_months(reader, chain, month):
            on_month(f"{one:%Y-%m}")
            chain = _close(chain, reader, release, one)
            made.append(chain.records[-1])
    return made


def reopen_month(company: Company, month: date, reason: str) -> Close:
    """Open the last closed month again; the new record.

    Raises ConfigurationError where another month, or none, is the last, or no reason is given.
    """
    chain = settled(company)
    last = chain.closed_through
    if last != month:
        told = f"the last closed month is {last:%Y-%m}, and only it can be" if last else "no month is closed"
        raise ConfigurationError(f"{month:%Y-%m} can't be opened again: {told}. Nothing was changed.")
    if not reason.strip():
        raise ConfigurationError(
            'Say why a closed month is opened again: --reason "...". It stays in the chain of closes.'
        )
    with fresh_folder(chain.fresh):
        record = next_record(chain, "reopen", f"{month:%Y-%m}")
        return keep_record(chain, replace(record, reason=reason.strip())).records[-1]


def settled(company: Company) -> Chain:
    """The chain, whole, with what a command that was killed had left to do done."""
    chain = whole_chain(company)
    shutil.rmtree(chain.fresh, ignore_errors=True)
    write_head(chain)
    for path in chain.superseded():
        path.unlink(missing_ok=True)
    return chain


def _close(chain: Chain, reader: duckdb.DuckDBPyConnection, release: ReleaseManifest, month: date) -> Chain:
    period = f"{month:%Y-%m}"
    with fresh_folder(chain.fresh) as fresh:
        rows = {}
        for mart, of_month in KEPT.items():
            # In one order, so that two closes of the same figures have the same bytes.
            query = f"select * from marts.{mart} where {of_month} = date '{month}' order by all"
            rows[f"{mart}{SUFFIX}"] = write_parquet(reader, query, fresh / f"{mart}{SUFFIX}")
        record = replace(
            next_record(chain, "close", period),
            release_id=release.release_id,
            as_of=release.as_of,
            settings=release.settings,
            models=release.models,
            deliveries=release.deliveries,
            rows=rows,
            files=sealed(fresh, {}, 0o440),
        )
        return keep_record(chain, record)


def _refuse_month(company: Company, chain: Chain, release: ReleaseManifest, month: date) -> None:
    last = chain.closed_through
    if last and month <= last:
        raise ConfigurationError(
            f"{month:%Y-%m} is closed already (so are all up to {last:%Y-%m}); nothing was changed. "
            f'To close the last one anew: saas-metrics reopen {last:%Y-%m} --reason "...", run, close.'
        )
    as_of = datetime.fromisoformat(release.as_of).replace(tzinfo=UTC)
    today = as_of.astimezone(ZoneInfo(company.reporting_timezone)).date()
    if today < _next(month):
        raise ConfigurationError(
            f"{month:%Y-%m} is not over at the published release {release.release_id} (as of {release.as_of} "
            "UTC); nothing was closed. Run once it is, look at the figures and close then."
        )


def _refuse_older_release(chain: Chain, release: ReleaseManifest) -> None:
    """What was closed since the release was made came from it: its figures go on from what was closed."""
    since = [one for one in chain.records[release.closes :] if one.kind != "forget"]
    if any(one.kind == "reopen" or one.release_id != release.release_id for one in since):
        raise ConfigurationError(
            f"The published release {release.release_id} does not know what was closed or opened last "
            f"({since[-1].name}); nothing was closed. Run saas-metrics run, look at the figures, close then."
        )


def _refuse_older_version(release: ReleaseManifest) -> None:
    if lacking := [mart for mart in KEPT if mart not in release.row_counts]:
        raise ConfigurationError(
            f"The published release {release.release_id} was made by a version that had no {lacking[0]}; "
            "nothing was closed. Run saas-metrics run, look at the figures and close then."
        )


def _open_months(reader: duckdb.DuckDBPyConnection, chain: Chain, month: date) -> list[date]:
    """The months to close, in order: from the one after the last closed one, or from the first there is."""
    first = _next(chain.closed_through) if chain.closed_through else None
    if first is None:
        begun = " union all ".join(
            f"select min(period_month) as first from marts.{mart}" for mart in _BEGINNING
        )
        first = reader.execute(f"select min(first) from ({begun})").fetchall()[0][0]
    if first is None or first > month:
        raise ConfigurationError(
            f"{month:%Y-%m} has no figures: the first month with any is {first:%Y-%m}; nothing was closed."
            if first
            else "The published release has no figures of any month; nothing was closed."
        )
    months = []
    while first <= month:
        months.append(first)
        first = _next(first)
    return months


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
