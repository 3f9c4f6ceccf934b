"""Companies with habits, written down in the form of every billing system, beside what the oracle knows."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from pipeline import once_for_all_workers, write_canonical, write_company

from oracle.changes import change_rows, item_changes
from oracle.dialects.chargebee import Chargebee
from oracle.inputs import Policies, read_inputs
from oracle.ledger import Oracle
from oracle.looks import VENDORS, Look, every_instant, nightly_looks
from oracle.sight import seen
from orchestration.run.steps import Run
from orchestration.settings import Company as Settings
from orchestration.settings import load_company
from orchestration.synthetic.canonical import CanonicalWriter
from orchestration.synthetic.clock import utc
from orchestration.synthetic.company import Company
from orchestration.synthetic.dialects.stripe import Stripe
from orchestration.synthetic.dials import Size
from orchestration.synthetic.events import Event, Row
from orchestration.synthetic.habits import HABITS, live_with_habits
from orchestration.synthetic.nights import Archive, Dialect, Night
from tests.equivalence.warehouses import MRR_MARTS, build_marts, native

AS_OF = utc(2025, 6, 15)
POLICIES = Policies(reporting_currency="EUR")
TABLES = ("customers", "subscriptions", "subscription_items", "discounts", "prices")
STRIPE = frozenset({"customers", "subscriptions", "prices"})
CHANGES = "changes_reported"


@dataclass(frozen=True)
class System:
    """A billing system: its mapping, what it shows, how it writes that down, all of it or what changed."""

    mapping: str
    vendor: str
    dialect: Dialect | None = None
    by_deltas: bool = False

    def write(self, run: Night, folder: Path, is_first: bool) -> None:
        """One look in a folder of its own."""
        folder.mkdir(parents=True)
        if self.dialect is None:
            writer = CanonicalWriter(folder, TABLES)
            writer.write({table: run.rows(table) for table in TABLES})
            writer.close()
            return
        write = self.dialect.delta if self.by_deltas and not is_first else self.dialect.snapshot
        for name, content in write(run).items():
            (folder / name).write_bytes(content)


API, API_2022 = Stripe(False, STRIPE, pauses_collection=True), Stripe(True, STRIPE, pauses_collection=True)
WITH_DELETED = Chargebee(lists_deleted=True)
SYSTEMS = {
    "stripe": System("stripe", "stripe", API),
    "stripe_2022": System("stripe", "stripe_2022", API_2022),
    "chargebee": System("chargebee", "chargebee", Chargebee()),
    "chargebee_pc1": System("chargebee", "chargebee_pc1", Chargebee(catalog_1=True, lists_deleted=True)),
    "canonical": System("canonical", "canonical"),
    "stripe_deltas": System("stripe", "stripe", API, by_deltas=True),
    "chargebee_deltas": System("chargebee", "chargebee", WITH_DELETED, by_deltas=True),
}
SNAPSHOTS = ("stripe", "stripe_2022", "chargebee", "chargebee_pc1", "canonical")
LOOKS = {
    "once": nightly_looks(date(2025, 6, 14), date(2025, 6, 14)),
    # At three in the morning, so that what has no date of its own is known on the day after.
    "weekly": [
        Look(at, at) for weeks in range(4, -1, -1) for at in [AS_OF - timedelta(weeks=weeks, hours=21)]
    ],
    "nightly": nightly_looks(date(2025, 5, 26), date(2025, 6, 6)),
    "month_end": nightly_looks(date(2025, 5, 29), date(2025, 6, 2)),
}


@dataclass(frozen=True)
class Setting:
    """A company, `each` customers of every habit, and the sources that deliver it."""

    seed: int
    each: int
    sources: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called in a test's id and in its folder."""
        return f"habits-{self.seed}"


def sources(systems: Sequence[str], *looks: str) -> tuple[str, ...]:
    """Every system with each of these series of looks."""
    return tuple(f"{system}__{name}" for system in systems for name in looks)


FAST = Setting(1, 3, sources(SNAPSHOTS, "once", "month_end"))
SLOW = tuple(
    Setting(seed, 6, sources(SNAPSHOTS, "once", "weekly") + sources(tuple(SYSTEMS), "nightly"))
    for seed in (2, 3)
)


@dataclass(frozen=True)
class Built:
    """The marts of all sources, and the company they were made from."""

    connection: duckdb.DuckDBPyConnection
    setting: Setting

    def rows(self, source: str, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query whose first column is the customer, of one source."""
        for customer, *rest in self.connection.execute(sql).fetchall():
            if customer.startswith(f"{source}:"):
                yield native(customer), *rest

    def oracle(self, source: str) -> Oracle:
        """What the looks of the source tell."""
        return truth(self.setting, source)


@contextmanager
def built_sources(shared: Path, setting: Setting) -> Iterator[Built]:
    """The marts of a company with habits; the first who asks builds them."""
    folder = once_for_all_workers(shared / setting.name, lambda folder: make(folder, setting))
    build_file = load_company(folder / "company.yml").build_file
    with duckdb.connect(str(build_file), read_only=True) as connection:
        yield Built(connection, setting)


@cache
def events_of(setting: Setting) -> list[Event]:
    """Everything that happens, with the price list and the rates."""
    world = Company(Size("habits", 0, 12, 30), setting.seed).world()
    lives = [live_with_habits(setting.seed, number, AS_OF) for number in range(setting.each * len(HABITS))]
    common = [event for event in world if event.table in ("prices", "fx_rates")]
    return [*common, *(event for life in lives for event in life)]


@cache
def truth(setting: Setting, source: str) -> Oracle:
    """What the looks of a source tell; reported changes tell everything."""
    events = events_of(setting)
    if source == CHANGES:
        rows = seen(events, every_instant(events, AS_OF), VENDORS["canonical"])
    else:
        system, looks = source.split("__")
        rows = seen(events, LOOKS[looks], VENDORS[SYSTEMS[system].vendor])
    return Oracle(read_inputs(rows), POLICIES, AS_OF)


def delivered(events: Sequence[Event], looks: str, systems: Mapping[str, Path]) -> Iterator[Look]:
    """Each look of a series, after it was written into the folder of every system."""
    series = LOOKS[looks]
    for look, run in zip(series, Archive(events).nights([one.until for one in series]), strict=True):
        for system, folder in systems.items():
            SYSTEMS[system].write(run, folder / f"{look.at:%Y-%m-%dT%H%M%S}", look is series[0])
        yield look


def make(folder: Path, setting: Setting) -> None:
    """Land all sources of one company file, and build what is compared."""
    build_marts(landed(folder, setting), AS_OF, (*MRR_MARTS, "fct_mrr_ledger"))


def landed(folder: Path, setting: Setting) -> Settings:
    """All sources of one company file."""
    events, listed = events_of(setting), []
    for name in LOOKS:
        systems = [one for one in SYSTEMS if f"{one}__{name}" in setting.sources]
        for _ in delivered(events, name, {one: folder / "extracts" / f"{one}__{name}" for one in systems}):
            pass
        listed += [{"name": f"{one}__{name}", "mapping": SYSTEMS[one].mapping} for one in systems]
    (end,) = Archive(events).nights([AS_OF])
    write_canonical(folder / "extracts" / "finance", {"fx_rates": end.rows("fx_rates")})
    write_canonical(folder / "extracts" / CHANGES, told_by_changes(end, truth(setting, CHANGES)))
    reported: dict[str, Any] = {"name": CHANGES, "mapping": "canonical", "options": {"mrr_basis": "changes"}}
    company = write_company(
        folder, reporting_currency="EUR",
        sources=[*listed, reported, {"name": "finance", "mapping": "canonical"}],
    )  # fmt: skip
    Run(company, AS_OF).land()
    return company


def told_by_changes(end: Night, oracle: Oracle) -> Mapping[str, Sequence[Row]]:
    """The changes of MRR as a system reports them: each in two steps of one second."""
    steps: list[Row] = []
    for row in change_rows(item_changes(oracle.inputs, POLICIES, AS_OF)):
        delta, there_and_back = row["mrr_delta"], Decimal(7)
        assert isinstance(delta, Decimal)
        steps += [
            row | {"change_id": f"{row['change_id']}_{step}", "mrr_delta": part, "price_id": None}
            for step, part in enumerate((delta + there_and_back, -there_and_back))
        ]
    owners = ("subscription_id", "customer_id", "status", "started_at", "currency")
    subscriptions = [{name: row[name] for name in owners} for row in end.rows("subscriptions")]
    return {
        "customers": end.rows("customers"),
        "subscription_changes": steps,
        "subscriptions": subscriptions,
    }
