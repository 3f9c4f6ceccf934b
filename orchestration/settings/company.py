"""The whole of a company file, typed; the folders and files of its warehouse."""

from dataclasses import field
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.dataclasses import dataclass

from orchestration.machine.limits import Limits
from orchestration.settings.alerts import AlertSettings, HealthSettings
from orchestration.settings.environment import limits
from orchestration.settings.plan import Note, Target, notes_of
from orchestration.settings.policies import Policies
from orchestration.settings.quality import QualitySettings
from orchestration.settings.scores import Benchmark, HealthWeights, without_gaps
from orchestration.settings.sources import SourceConfig
from orchestration.settings.values import FROZEN, Currency, TimeZone, month_end, valid_cron


@dataclass(frozen=True, config=FROZEN)
class Schedule:
    """When a run starts, in the reporting time zone."""

    cron: Annotated[str, BeforeValidator(valid_cron)] = "0 3 * * *"


@dataclass(frozen=True, config=FROZEN)
class PublishSettings:
    """What is written besides the warehouse file itself."""

    keep: Annotated[int, Field(ge=1, le=1000)] = 7
    """Releases kept for a rollback."""
    parquet: bool = False
    """Also the marts of the open file as Parquet files, in the folder `parquet` beside it."""


@dataclass(frozen=True, config=FROZEN)
class BackupSettings:
    """When a run asks for a backup (docs/operations.md)."""

    warn_days: Annotated[int | None, Field(ge=1, le=3650)] = None
    """A run warns where the last backup is older; it says nothing where this is not set."""


@dataclass(frozen=True, config=FROZEN)
class Company:
    """The whole of a company file, typed and checked; paths are absolute."""

    path: Path
    name: Annotated[str, Field(min_length=1)]
    reporting_currency: Currency
    extracts: Path
    warehouse: Path
    sources: Annotated[tuple[SourceConfig, ...], Field(min_length=1)]
    reporting_timezone: TimeZone = "UTC"
    policies: Policies = field(default_factory=Policies)
    health_weights: HealthWeights = field(default_factory=HealthWeights)
    benchmarks: Annotated[tuple[Benchmark, ...], AfterValidator(without_gaps)] = ()
    preset: Literal["default", "stripe_dashboard", "chartmogul"] = "default"
    closed_through: Annotated[date | None, BeforeValidator(month_end)] = None
    schedule: Schedule = field(default_factory=Schedule)
    quality: QualitySettings = field(default_factory=QualitySettings)
    publish: PublishSettings = field(default_factory=PublishSettings)
    backup: BackupSettings = field(default_factory=BackupSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    """Who learns how a run ended, or that none came."""
    health: HealthSettings = field(default_factory=HealthSettings)
    """When the figures are too old."""
    notes: Annotated[tuple[Note, ...], BeforeValidator(notes_of)] = ()
    targets: tuple[Target, ...] = ()
    """What targets.csv beside the company file wants (never a key of the file)."""
    publish_customer_names: bool = False
    respondent_salt: str = ""
    """Mixed into the hash that stands for a survey respondent; a random one where none is set."""
    accepted_drops: frozenset[str] = frozenset()
    """Sources whose fall in volume was accepted by name for this one run (never a key of the file)."""
    accepted_changes: frozenset[str] = frozenset()
    """Rules that may be broken in this one run (never a key of the file)."""

    @property
    def source_names(self) -> tuple[str, ...]:
        """The sources it names, in the order of their names."""
        return tuple(sorted(source.name for source in self.sources))

    @property
    def chosen_bases(self) -> dict[str, str | None]:
        """The history of which each source's MRR is made by its options; None where its mapping says it."""
        return {source.name: source.options.get("mrr_basis") for source in self.sources}

    @property
    def max_unfolded(self) -> int:
        """The bytes that one compressed file may unfold to."""
        return self.quality.max_unfolded_mb * 1_000_000

    @property
    def work(self) -> Path:
        """Everything a run writes before it publishes."""
        return self.warehouse / ".work"

    @property
    def limits(self) -> Limits:
        """What a run may use of its machine."""
        return limits()

    @property
    def build_file(self) -> Path:
        """The DuckDB file in which a run lands and builds."""
        return self.work / "build.duckdb"

    @property
    def pointer(self) -> Path:
        """The link that says which release is published: the one thing that is switched."""
        return self.warehouse / "current"

    @property
    def published_file(self) -> Path:
        """What analysts read."""
        return self.warehouse / "warehouse.duckdb"

    @property
    def restricted_file(self) -> Path:
        """Personal data, for those who may see it."""
        return self.warehouse / "warehouse_restricted.duckdb"

    @property
    def parquet_link(self) -> Path:
        """A link to the published release's Parquet files, where the company publishes them."""
        return self.warehouse / "parquet"

    @property
    def pages(self) -> Path:
        """The quality pages of the last runs."""
        return self.warehouse / "quality"

    @property
    def morning_pages(self) -> Path:
        """The morning pages of the last runs that published."""
        return self.warehouse / "morning"

    @property
    def health_file(self) -> Path:
        """What any monitor may read: how the last run ended, and what is published."""
        return self.warehouse / "health.json"

    @property
    def alert_log(self) -> Path:
        """Every alert and how each receiver took it, a line each."""
        return self.warehouse / "alerts.jsonl"
