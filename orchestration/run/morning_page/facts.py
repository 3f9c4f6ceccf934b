"""The facts of a morning page, gathered from the release that a run published and the one before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from orchestration.closes.told import Change, Changes, changes_since_release, restated
from orchestration.machine.duckdb_files import open_published
from orchestration.publish.manifest import OPEN, ReleaseManifest, read_manifests, release_folder
from orchestration.run.morning_page.drawings import MOVEMENTS, RATES, Drawing, drawings
from orchestration.run.morning_page.reading import Cohort, Published, Row
from orchestration.run.morning_page.tiles import MONTHS_SHOWN, Moment, Months, Tile, back, tiles
from orchestration.settings import Company, Note, Target

_MOST_CHANGES = 5000
"""More than are shown, so that MRR has its own beside the larger ones of revenue."""


@dataclass(frozen=True)
class Aim:
    """A target beside what came, None in a month without its figure."""

    target: Target
    came: Any


@dataclass(frozen=True)
class MorningFacts:
    """All that a morning page shows. Lists are whole: the page says how many it leaves out."""

    company: Company
    release: ReleaseManifest
    previous: ReleaseManifest | None
    """The release before, where it is still kept."""
    moment: Moment | None
    """None of a company that never had MRR."""
    tiles: tuple[Tile, ...]
    months: tuple[Row, ...]
    """The last months of fct_company_monthly, oldest first."""
    drawings: dict[str, Drawing]
    notes: tuple[tuple[int, Note], ...]
    aims: tuple[Aim, ...]
    changes: Changes
    names: Mapping[str, str]
    """Names of the customers of changes and restatements, where the open file has them."""
    restated: str
    restated_months: tuple[Row, ...]
    restatements: tuple[Change, ...]
    segments: dict[str, list[Row]]
    cohorts: tuple[Cohort, ...]
    reasons: tuple[Row, ...]
    churned: tuple[Row, ...]
    surveys: tuple[Row, ...]
    funnel: tuple[Row, ...]
    channels: tuple[Row, ...]
    dunning: tuple[Row, ...]
    cards: tuple[Row, ...]
    leakage: tuple[Row, ...]
    calls: tuple[Row, ...]
    forecast: tuple[Row, ...]
    """The next three months of the company, or the reason why nothing is said of them."""
    deferred: Row | None
    warned: tuple[Row, ...]

    @property
    def moved_mrr(self) -> list[Change]:
        """Movements that are others, the largest first."""
        return [one for one in self.changes.largest if one.what in MOVEMENTS and one.what != RATES]

    @property
    def moved_by_rates(self) -> list[Change]:
        """What exchange rates alone made of MRR that is another."""
        return [one for one in self.changes.largest if one.what == RATES]

    @property
    def moved_revenue(self) -> list[Change]:
        """What is another in revenue, the largest first."""
        return [one for one in self.changes.largest if one.what not in MOVEMENTS]

    @property
    def complete(self) -> Row | None:
        """The last complete month."""
        if self.moment is None:
            return None
        return next((row for row in self.months if row["period_month"] == self.moment.complete), None)

    def aim(self, month: date) -> Any:
        """The target of closing MRR in a month, None where there is none."""
        aimed = (one for one in self.aims if one.target.metric == "closing_mrr" and one.target.month == month)
        return next((one.target.target for one in aimed), None)

    @property
    def aimed(self) -> bool:
        """Whether one of the months of the forecast has a target."""
        return any(self.aim(row["period_month"]) is not None for row in self.forecast)

    def has(self, *columns: str) -> bool:
        """Whether one of these columns is known of any of the months."""
        return any(row[column] is not None for row in self.months for column in columns)


def gather(company: Company, release: ReleaseManifest) -> MorningFacts:
    """The facts of a release that is published, from its open file."""
    previous, earlier = _previous(company, release)
    with open_published(release_folder(company, release) / OPEN, company.limits) as connection:
        return _gather(company, release, previous, earlier, connection)


def _gather(
    company: Company,
    release: ReleaseManifest,
    previous: ReleaseManifest | None,
    earlier: Months | None,
    connection: duckdb.DuckDBPyConnection,
) -> MorningFacts:
    published = Published(connection)
    months = _with_customers(published.months())
    moment = _moment(company, release, months)
    at = moment.complete if moment else date.min
    # On the first of July nothing of July is over yet.
    begun = [of for of in sorted(months) if moment and of <= moment.yesterday]
    shown = [months[of] for of in begun[-MONTHS_SHOWN:]]
    notes = _numbered(company.notes, shown)
    targets = {(one.month, one.metric): one.target for one in company.targets}
    min_n = company.policies.min_n
    changes = changes_since_release(connection, _MOST_CHANGES)
    restatements = [Change(currency=company.reporting_currency, **row) for row in published.restatements()]
    return MorningFacts(
        company=company,
        release=release,
        previous=previous,
        moment=moment,
        tiles=tuple(tiles(months, moment, earlier, targets, min_n)) if moment else (),
        months=tuple(shown),
        drawings=drawings(shown, notes, targets, min_n) if shown else {},
        notes=notes,
        aims=_aims(company.targets, months, shown),
        changes=changes,
        names=published.names([one.customer_id for one in (*changes.largest, *restatements)]),
        restated=restated(connection, company.reporting_currency),
        restated_months=tuple(published.restated_months()),
        restatements=tuple(restatements),
        segments=_segments(published.segments(moment.yesterday if moment else at)),
        cohorts=tuple(published.cohorts()),
        reasons=tuple(published.reasons(at)),
        churned=tuple(published.churned(at)),
        surveys=tuple(published.surveys(at)),
        funnel=tuple(published.funnel(at)),
        channels=tuple(published.channels(at)),
        dunning=tuple(published.dunning()),
        cards=tuple(published.cards()),
        leakage=tuple(published.leakage()),
        calls=tuple(published.calls()),
        forecast=tuple(published.forecast()),
        deferred=published.deferred(at),
        warned=tuple(published.warned(release.run_id)),
    )


def _previous(company: Company, release: ReleaseManifest) -> tuple[ReleaseManifest | None, Months | None]:
    """The release that this one was held against and its months, where its open file is still there."""
    for kept in read_manifests(company):
        file = release_folder(company, kept) / OPEN
        if kept.release_id == release.since_release and file.is_file():
            with open_published(file, company.limits) as connection:
                return kept, _with_customers(Published(connection).months())
    return None, None


def _moment(company: Company, release: ReleaseManifest, months: Months) -> Moment | None:
    if not months:
        return None
    now = max(months)
    local = datetime.fromisoformat(release.as_of).replace(tzinfo=UTC)
    before = (local.astimezone(ZoneInfo(company.reporting_timezone)) - timedelta(days=1)).date()
    return Moment(
        now=now,
        complete=back(now, 1) if months[now]["is_partial"] else now,
        # Nothing lies before the first month, even on its first day.
        yesterday=max(min(before.replace(day=1), now), min(months)),
    )


def _with_customers(months: Months) -> Months:
    """Each month with the customers whom its figures of twelve months are of."""
    ended = {of: row["closing_customers"] for of, row in months.items()}
    return {of: {**row, "customers_12m": ended.get(back(of, 12), 0)} for of, row in months.items()}


def _numbered(notes: Sequence[Note], shown: Sequence[Row]) -> tuple[tuple[int, Note], ...]:
    """The notes of the months shown, oldest first, with the numbers by which charts point to them."""
    months = {row["period_month"] for row in shown}
    those = sorted((note for note in notes if note.date.replace(day=1) in months), key=lambda one: one.date)
    return tuple(enumerate(those, start=1))


def _aims(targets: Sequence[Target], months: Months, shown: Sequence[Row]) -> tuple[Aim, ...]:
    """The targets of the months shown and of those to come, by metric."""
    first = shown[0]["period_month"] if shown else date.min
    return tuple(
        Aim(one, months[one.month][one.metric] if one.month in months else None)
        for one in sorted(targets, key=lambda one: (one.metric, one.month))
        if one.month >= first
    )


def _segments(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows by type of segment; a type of one value tells nothing that the total does not."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["segment_type"], []).append(row)
    return {kind: values for kind, values in found.items() if len(values) > 1}
