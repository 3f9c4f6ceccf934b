"""The whole of a company file, typed; the folders and files of its warehouse."""

from dataclasses import field
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic.dataclasses import dataclass

from orchestration.machine.limits import Limits
from orchestration.settings.activation import Activation
from orchestration.settings.alerts import AlertSettings, HealthSettings
from orchestration.settings.engine import Engine, SparkSettings
from orchestration.settings.environment import dagster_home, limits
from orchestration.settings.plan import Note, Target, notes_of
from orchestration.settings.policies import Policies
from orchestration.settings.quality import QualitySettings
from orchestration.settings.scores import Benchmark, HealthWeights, without_gaps
from orchestration.settings.sources import SourceConfig
from orchestration.settings.themes import ThemeName, ThemeWords
from orchestration.settings.values import (
    FROZEN,
    Currency,
    Share,
    TimeZone,
    a_text,
    instant,
    month_end,
    none_word,
    own_models,
    section,
    setting,
    valid_cron,
)


@dataclass(frozen=True, config=FROZEN)
class Schedule:
    """When a run starts, in the reporting time zone."""

    cron: Annotated[
        str, BeforeValidator(valid_cron), BeforeValidator(a_text), setting("0 5 * * 1-5", "cron expression")
    ] = "0 3 * * *"
    """The five fields of a cron expression: minute, hour, day, month, weekday."""
    on_new_files: Annotated[bool, setting(True)] = False
    """Also whenever new files have arrived in the extracts (docs/dagster.md)."""
    as_of: Annotated[
        datetime | None,
        BeforeValidator(instant),
        setting("2025-07-01T00:00:00Z", "instant", is_none="the clock"),
    ] = None
    """The instant of each run that names none: for a company whose time has ended, as that of the demo."""


@dataclass(frozen=True, config=FROZEN)
class PublishSettings:
    """What is written besides the warehouse file itself."""

    keep: Annotated[int, setting(30, "releases", ge=1, le=1000)] = 7
    """Releases kept for a rollback."""
    keep_past: Annotated[int, setting(60, "days", ge=1, le=1000)] = 31
    """Past days that were built anew and are kept beside them (docs/dagster.md)."""
    parquet: Annotated[bool, setting(True)] = False
    """Also the marts of the open file as Parquet files, in the folder `parquet` beside it."""


@dataclass(frozen=True, config=FROZEN)
class BackupSettings:
    """When a run asks for a backup (docs/operations.md)."""

    warn_days: Annotated[int | None, setting(7, "days", "never", ge=1, le=3650)] = None
    """A run warns where the last backup is older."""


@dataclass(frozen=True, config=FROZEN)
class Company:
    """The whole of a company file, typed and checked; paths are absolute."""

    path: Path
    """The company file itself (never a key of the file)."""
    name: Annotated[str, setting("acme", min_length=1)]
    """What the company is called on the pages and the console."""
    reporting_currency: Annotated[Currency, setting("EUR", "ISO 4217 code")]
    """The currency that every figure is told in; amounts of others need
    exchange rates (docs/sources/ecb.md)."""
    extracts: Annotated[Path, setting("extracts")]
    """The folder of the extracts, with a folder for each source; a relative path is beside company.yml."""
    warehouse: Annotated[Path, setting("warehouse")]
    """The folder that everything is written to; a relative path is beside company.yml."""
    sources: Annotated[tuple[SourceConfig, ...], Field(min_length=1)]
    """Where the figures come from, one entry a source."""
    reporting_timezone: Annotated[TimeZone, setting("Europe/Paris", "IANA time zone")] = "UTC"
    """Where the company's days and months begin; a date without a time is a day there."""
    policies: Policies = field(default_factory=Policies)
    """What the definitions of the metrics leave to you (DECISIONS.md)."""
    health_weights: HealthWeights = field(default_factory=HealthWeights)
    """What each component weighs in the health score; only their proportions count."""
    benchmarks: Annotated[tuple[Benchmark, ...], AfterValidator(without_gaps)] = ()
    """Bands of your own in place of the published ones of their metric and population: all of them."""
    commission: Annotated[
        dict[str, Share],
        BeforeValidator(section),
        setting({"hubspot:102": 0.2}, "share of MRR from 0 to 1, by reseller_id of dim_resellers"),
    ] = field(default_factory=dict)
    """What resellers keep of their customers' MRR; it lowers the gross margin (docs/use-and-saves.md)."""
    activation: Annotated[Activation | None, BeforeValidator(none_word)] = None
    """The first key action of a new customer (docs/use-and-saves.md)."""
    themes: Annotated[
        dict[ThemeName, ThemeWords],
        BeforeValidator(section),
        setting({"price": ["expensive", "pric*"], "support": ["support", "help desk"]}),
    ] = field(default_factory=dict)
    """Words by which a comment of a survey or a reason for leaving is of a theme (docs/use-and-saves.md)."""
    preset: Annotated[Literal["default", "stripe_dashboard", "chartmogul"], setting("stripe_dashboard")] = (
        "default"
    )
    """A vendor's own definition of MRR as policies; what stands under `policies` comes first."""
    closed_through: Annotated[
        date | None,
        BeforeValidator(month_end),
        WithJsonSchema({"type": "string", "pattern": r"^(\d{4}-\d{2}(-\d{2})?|none)$"}),
        setting("2025-05", "month", "nothing is asserted"),
    ] = None
    """The last month that has to be closed: a run stops in a warehouse whose closes
    are lost (docs/finance.md)."""
    schedule: Schedule = field(default_factory=Schedule)
    """When a run starts, in the reporting time zone, where Dagster runs it."""
    quality: QualitySettings = field(default_factory=QualitySettings)
    """Limits of the gates (docs/quality.md)."""
    publish: PublishSettings = field(default_factory=PublishSettings)
    """What is kept and written besides the warehouse file."""
    backup: BackupSettings = field(default_factory=BackupSettings)
    """When a run asks for a backup (docs/operations.md)."""
    models: Annotated[
        Path | None,
        BeforeValidator(none_word),
        AfterValidator(own_models),
        setting("own", is_none="no models of your own"),
    ] = None
    """The folder of the company's own dbt models, with their tests, macros and seeds (docs/own-models.md)."""
    engine: Annotated[Engine, setting("spark")] = "duckdb"
    """What builds the models: duckdb in the run's own process, or the cluster of the section spark
    (docs/scaling.md)."""
    spark: SparkSettings | None = None
    """The Spark that builds the models where `engine` is spark (docs/scaling.md)."""
    alerts: AlertSettings = field(default_factory=AlertSettings)
    """Who learns how a run ended, or that none came."""
    health: HealthSettings = field(default_factory=HealthSettings)
    """When the figures are too old."""
    notes: Annotated[tuple[Note, ...], BeforeValidator(notes_of)] = ()
    """What happened on a day; the charts of the morning page point to it."""
    publish_customer_names: Annotated[bool, setting(True)] = False
    """Whether customers' names stand in the open file, not only in the restricted one (docs/privacy.md)."""
    respondent_salt: Annotated[
        str, setting("a long random text", is_none="a random one, kept beside the warehouse")
    ] = ""
    """Mixed into the hash that stands for a survey respondent."""
    targets: tuple[Target, ...] = ()
    """What targets.csv beside the company file wants (never a key of the file)."""
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
    def dagster_home(self) -> Path:
        """Where Dagster keeps its history: DAGSTER_HOME, else a folder of the warehouse's own."""
        return dagster_home() or self.own_dagster_home

    @property
    def own_dagster_home(self) -> Path:
        """The folder of Dagster's history where the environment names none."""
        return self.work / "dagster"

    @property
    def finished_runs(self) -> Path:
        """What runs of the command line leave for Dagster's history, which a server takes over."""
        return self.work / "finished_runs"

    @property
    def past_files(self) -> Path:
        """What earlier instants would have said, each in a folder of its own; nothing here reads it."""
        return self.warehouse / "as_of"

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
    def board_pages(self) -> Path:
        """The board pages of the last runs that published."""
        return self.warehouse / "board"

    @property
    def health_file(self) -> Path:
        """What any monitor may read: how the last run ended, and what is published."""
        return self.warehouse / "health.json"

    @property
    def alert_log(self) -> Path:
        """Every alert and how each receiver took it, a line each."""
        return self.warehouse / "alerts.jsonl"
