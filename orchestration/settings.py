"""The company file and the environment: the one place where either is read.

Every scalar of the YAML is read as text and typed afterwards, because YAML 1.1 turns `No`, `on`, `012` and
bare dates into something else. What is wrong is a `ConfigurationError` that says what, where and what to do.
"""

import difflib
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import field, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from croniter import croniter
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from pydantic_core import ErrorDetails

from orchestration.errors import ConfigurationError
from orchestration.landing.builtin import CANONICAL
from orchestration.landing.currencies import iso_4217
from orchestration.landing.mapping import load_mapping
from orchestration.project import PROJECT
from orchestration.yaml_text import parse_yaml, read_text

SAMPLE_COMPANY = PROJECT / "sample" / "company.yml"

_FIRST_AS_OF = datetime(2000, 1, 1, tzinfo=UTC)
_FAR_FROM_NOW = timedelta(days=3_653)
# Croniter reads seconds and years too; Dagster takes neither.
_CRON_FIELDS = 5


def _nearest(word: str, valid: list[str]) -> str:
    """A half sentence that names the valid word closest to the one written, or lists them when none is."""
    close = difflib.get_close_matches(word, valid, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"valid here: {', '.join(sorted(valid))}."


def _none_word(value: object) -> object:
    return None if isinstance(value, str) and value.strip().lower() in ("none", "") else value


def _section(value: object) -> object:
    """An empty section (`options:` alone) is read as empty text."""
    return {} if value in (None, "") else value


def _currency(value: str) -> str:
    if value not in iso_4217():
        raise ValueError(f"{value!r} is not an ISO 4217 currency code; write one such as EUR or USD")
    return value


def _timezone(value: str) -> str:
    if value not in available_timezones():
        close = difflib.get_close_matches(value, sorted(available_timezones()), n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "; write one such as Europe/Paris or UTC"
        raise ValueError(f"{value!r} is not a time zone of the IANA database{hint}")
    return value


def _cron(value: str) -> str:
    """A cron expression of five fields that some day meets."""
    if not croniter.is_valid(value, strict=True) or len(croniter.expand(value)[0]) != _CRON_FIELDS:
        raise ValueError(
            f"{value!r} is not a cron expression of five fields, such as '0 3 * * *' (each day at 03:00)"
        )
    return value


def _month_end(value: object) -> object:
    """`2025-05` or the last day of a month, as that last day."""
    if not isinstance(value, str) or _none_word(value) is None:
        return _none_word(value)
    if not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", value):
        raise ValueError(f"{value!r} is not a month; write the last closed month, such as 2025-05")
    first = date.fromisoformat(f"{value[:7]}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    if len(value) == 10 and date.fromisoformat(value) != last:
        raise ValueError(
            f"{value!r} is not the end of a month; books are closed by the month, write {value[:7]}"
        )
    return last


def _constant_currency_date(value: object) -> object:
    """A date, or none for the first day of the run's year."""
    word = _none_word(value)
    if isinstance(word, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", word):
        raise ValueError(f"{word!r} is not a date; write it as 2025-01-01")
    return date.fromisoformat(word) if isinstance(word, str) else word


_ALWAYS_COUNTED = {"active", "past_due"}
_OPTIONALLY_COUNTED = {"retention_trial", "paused", "unpaid"}


def _counted_statuses(value: str) -> str:
    """Statuses joined by `+`: active and past_due, and any of those that a definition may add."""
    given = value.split("+")
    if not _ALWAYS_COUNTED <= set(given) <= _ALWAYS_COUNTED | _OPTIONALLY_COUNTED or len(set(given)) < len(
        given
    ):
        raise ValueError(
            f"{value!r} is not a list of statuses; write active+past_due, and as you wish"
            " +retention_trial, +paused, +unpaid"
        )
    return value


Currency = Annotated[str, BeforeValidator(_currency)]
TimeZone = Annotated[str, BeforeValidator(_timezone)]
Days = Annotated[int, Field(ge=0, le=36600)]
OptionalDays = Annotated[int | None, Field(ge=0, le=36600), BeforeValidator(_none_word)]
Share = Annotated[Decimal, Field(ge=0, le=1)]
_FROZEN = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=_FROZEN)
class Policies:
    """Every `policy:` of the metric definitions, with the default stated there."""

    weeks_per_year: Annotated[Decimal, Field(ge=52, le=53)] = Decimal(52)
    days_per_year: Annotated[Decimal, Field(ge=360, le=366)] = Decimal(365)
    past_due_max_days: OptionalDays = None
    discounts: Literal["forever+repeating", "all", "forever", "none"] = "forever+repeating"
    reactivation_window_days: OptionalDays = None
    mrr_start: Literal["activation", "first_paid_invoice"] = "activation"
    counted_statuses: Annotated[str, AfterValidator(_counted_statuses)] = "active+past_due+retention_trial"
    churn_date: Literal["effective_end", "cancel_request"] = "effective_end"
    pause_max_days: Days = 90
    gap_tolerance_days: Days = 0
    fx_max_age_days: Days = 7
    constant_currency_date: Annotated[date | None, BeforeValidator(_constant_currency_date)] = None
    min_n: Annotated[int, Field(ge=1)] = 5
    same_customer: Literal["none", "crm_account"] = "none"
    gross_margin: Share = Decimal("0.8")
    cac_lag_months: Annotated[int, Field(ge=0, le=60)] = 0
    trial_window_days: Days = 30
    nps_window_days: Annotated[int, Field(ge=1, le=3660)] = 90


# A vendor's own definition of MRR, as policies.
PRESETS: dict[str, dict[str, str]] = {
    "default": {},
    "stripe_dashboard": {
        "discounts": "forever",
        "counted_statuses": "active+past_due",
        "churn_date": "cancel_request",
    },
    "chartmogul": {
        "discounts": "all",
        "counted_statuses": "active+past_due+retention_trial+paused+unpaid",
        "mrr_start": "first_paid_invoice",
    },
}


DELIVERIES = ("full_snapshot", "delta", "events")
MRR_BASES = ("items", "changes", "invoice_lines")
# What `options` of a source may say; a mapping says its deliveries itself.
_OPTIONS_OF_CANONICAL: dict[str, tuple[str, ...]] = {"delivery": DELIVERIES, "mrr_basis": MRR_BASES}
_OPTIONS_OF_MAPPINGS: dict[str, tuple[str, ...]] = {"mrr_basis": MRR_BASES}


@dataclass(frozen=True, config=_FROZEN)
class SourceConfig:
    """One source of the company: its folder below `extracts` has its name."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
    mapping: Annotated[str, Field(min_length=1)]
    """`canonical`, the name of a shipped mapping, or the absolute path of a mapping file."""
    options: Annotated[dict[str, str], BeforeValidator(_section)] = field(default_factory=dict)
    labels: Annotated[dict[str, dict[str, str]], BeforeValidator(_section)] = field(default_factory=dict)
    """What the company's own stages and types mean, by column, besides those of the mapping."""


@dataclass(frozen=True, config=_FROZEN)
class Schedule:
    """When the night runs, in the reporting time zone."""

    cron: Annotated[str, BeforeValidator(_cron)] = "0 3 * * *"


@dataclass(frozen=True, config=_FROZEN)
class QualitySettings:
    """Thresholds of the gates' expectations."""

    freshness_hours: Annotated[int, Field(ge=1)] = 48
    """A source whose last extract is older is reported (warning)."""
    min_volume_ratio: Share = Decimal("0.7")
    """A table's rows of the last delivery against the delivery before it (warning)."""
    max_null_share_rise: Share = Decimal("0.2")
    """How far the share of empty values of a column may rise between deliveries (warning)."""
    max_unmatched_share: Share = Decimal("0.05")
    """Share of the references from one table to another (a deal's account) that match nothing (warning)."""
    reported_mrr_tolerance: Share = Decimal("0.01")
    """MRR against the billing system's own figure, as a share of it (warning)."""
    mrr_reconciliation_tolerance: Share = Decimal("0.1")
    """A month's MRR of a source against that of its other histories (changes, invoices), as a share of it
    (warning)."""
    customer_mrr_tolerance: Share = Decimal("0.01")
    """A customer's MRR against its last full invoices, its changes and the billing system's own figure, as a
    share of theirs (warning)."""
    max_mrr_jump: Share = Decimal("0.5")
    """Change of the total MRR since the last release (warning)."""
    max_restated_share: Share = Decimal("0.02")
    """Change of a closed month's MRR since the last release, as a share of it (warning)."""
    keep_pages: Annotated[int, Field(ge=1, le=1000)] = 30
    """Quality pages kept, one for each run."""


@dataclass(frozen=True, config=_FROZEN)
class PublishSettings:
    """What is written besides the warehouse file itself."""

    keep: Annotated[int, Field(ge=1, le=1000)] = 7
    """Releases kept for a rollback."""
    parquet: bool = False
    """Also the marts of the open file as Parquet files, in the folder `parquet` beside it."""


Weight = Annotated[Decimal, Field(ge=0, le=100)]


@dataclass(frozen=True, config=_FROZEN)
class HealthWeights:
    """What each component weighs in the health score; the score is the mean of those that are known.

    They need not add up to 100: only their proportions count, and a component of weight 0 has no part in it.
    """

    usage: Weight = Decimal(35)
    payment: Weight = Decimal(20)
    nps: Weight = Decimal(20)
    tickets: Weight = Decimal(15)
    tenure: Weight = Decimal(10)

    def __post_init__(self) -> None:
        """Weights of nothing at all would give no score to anybody."""
        if not any(getattr(self, f.name) for f in fields(self)):
            raise ValueError("every weight is 0; give at least one component a weight above 0")


@dataclass(frozen=True, config=_FROZEN)
class Benchmark:
    """One benchmark band of the company's own; its metric and population have no published bands then."""

    metric: Literal["trial_conversion_rate", "annual_customer_churn_rate"]
    population: Literal["card", "no_card", "high_touch", "low_touch"]
    band: Annotated[str, Field(min_length=1)]
    from_rate: Share
    below_rate: Share | None = None
    """None for the band that has no upper end."""
    source: Annotated[str, Field(min_length=1)] = "company.yml"


def _without_gaps(bands: tuple[Benchmark, ...]) -> tuple[Benchmark, ...]:
    """The bands of each metric and population begin at 0 and follow each other."""
    for key in {(band.metric, band.population) for band in bands}:
        own = sorted(
            (band for band in bands if (band.metric, band.population) == key), key=lambda band: band.from_rate
        )
        ends = [Decimal(0), *(band.below_rate for band in own)]
        if ends.pop() is not None or ends != [band.from_rate for band in own]:
            raise ValueError(
                f"the bands of {key[0]}, {key[1]}, must begin at 0, each where the one before ends, and the "
                "last without below_rate"
            )
    return bands


@dataclass(frozen=True, config=_FROZEN)
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
    benchmarks: Annotated[tuple[Benchmark, ...], AfterValidator(_without_gaps)] = ()
    preset: Literal["default", "stripe_dashboard", "chartmogul"] = "default"
    closed_through: Annotated[date | None, BeforeValidator(_month_end)] = None
    schedule: Schedule = field(default_factory=Schedule)
    quality: QualitySettings = field(default_factory=QualitySettings)
    publish: PublishSettings = field(default_factory=PublishSettings)
    publish_customer_names: bool = False
    respondent_salt: str = ""
    """Mixed into the hash that stands for a survey respondent; a random one where none is set."""
    accepted_drops: frozenset[str] = frozenset()
    """Sources whose fall in volume was accepted by name for this one run (never a key of the file)."""

    @property
    def source_names(self) -> tuple[str, ...]:
        """The sources it names, in the order of their names."""
        return tuple(sorted(source.name for source in self.sources))

    @property
    def work(self) -> Path:
        """Everything a run writes before it publishes."""
        return self.warehouse / ".work"

    @property
    def build_file(self) -> Path:
        """The DuckDB file in which a run lands and builds."""
        return self.work / "build.duckdb"

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


_SECTIONS: dict[tuple[str, ...], type] = {
    (): Company,
    ("sources",): SourceConfig,
    ("policies",): Policies,
    ("health_weights",): HealthWeights,
    ("benchmarks",): Benchmark,
    ("schedule",): Schedule,
    ("quality",): QualitySettings,
    ("publish",): PublishSettings,
}
_NOT_IN_FILE = ("path", "accepted_drops")
# What dbt would take for a template, and what a terminal would take for a command.
_NO_TEXT = re.compile(r"\{\{|\{%|\{#|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def load_company(path: Path | str) -> Company:
    """The company described by a file. Raises ConfigurationError that lists everything wrong in it."""
    path = Path(path).resolve()
    content = parse_yaml(read_text(path), str(path))
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path} holds no settings: write `name: ...`, `sources: ...` as keys.")
    for key in _NOT_IN_FILE:
        if key in content:
            raise ConfigurationError(f"{path}: {_unknown_key((key,))}")
    _refuse_code(content, path)
    try:
        return TypeAdapter(Company).validate_python(_resolved(content, path))
    except ValidationError as error:
        problems = "\n".join(f"  {_sentence(problem)}" for problem in error.errors())
        raise ConfigurationError(f"{path} can't be used; nothing was touched:\n{problems}") from error


def _refuse_code(content: Any, path: Path) -> None:
    if told := [f"  {'.'.join(where)}: {text!r}" for where, text in _texts(content) if _NO_TEXT.search(text)]:
        raise ConfigurationError(
            f"{path} can't be used; nothing was touched. A setting is a text, no template and no command of "
            "a terminal: leave out {{, {%, {# and control characters.\n" + "\n".join(told)
        )


def _texts(content: Any, where: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text of a file's content, keys too, with the keys that lead to it."""
    if isinstance(content, str):
        yield where, content
    elif isinstance(content, dict | list):
        for key, value in content.items() if isinstance(content, dict) else enumerate(content):
            yield where, str(key)
            yield from _texts(value, (*where, str(key)))


def _resolved(content: dict[str, Any], path: Path) -> dict[str, Any]:
    """The file's content with paths made absolute and the preset's policies below the explicit ones."""
    content = {**content, "path": path}
    for key in ("extracts", "warehouse"):
        if isinstance(content.get(key), str):
            content[key] = (path.parent / content[key]).resolve()
    if isinstance(content.get("sources"), list):
        content["sources"] = [_resolved_source(source, path) for source in content["sources"]]
        names = [source.get("name") for source in content["sources"] if isinstance(source, dict)]
        twice = sorted({str(name) for name in names if names.count(name) > 1})
        if twice:
            raise ConfigurationError(
                f"{path}: two sources are called {twice[0]!r}. Give each source its own name."
            )
        if problems := _option_problems(content["sources"]):
            listed = "\n".join(f"  {problem}" for problem in problems)
            raise ConfigurationError(f"{path} can't be used; nothing was touched:\n{listed}")
    preset, policies = PRESETS.get(str(content.get("preset", "default")), {}), content.get("policies", {})
    # An empty section (`policies:` alone) is read as empty text.
    for section in ("policies", "health_weights", "schedule", "quality", "publish"):
        if content.get(section) == "":
            content[section] = {}
    if isinstance(content.get("policies", {}), dict):
        content["policies"] = {**preset, **(policies or {})}
    return content


def _resolved_source(source: Any, path: Path) -> Any:
    mapping = source.get("mapping") if isinstance(source, dict) else None
    if isinstance(mapping, str) and ("/" in mapping or mapping.endswith((".yml", ".yaml"))):
        return {**source, "mapping": str((path.parent / mapping).resolve())}
    return source


def _option_problems(sources: list[Any]) -> list[str]:
    """What is wrong in the sources' options: an option that nobody reads would silently do nothing."""
    problems = []
    for source in sources:
        options = source.get("options") if isinstance(source, dict) else None
        if not isinstance(options, dict):
            continue
        known = _OPTIONS_OF_CANONICAL if source.get("mapping") == CANONICAL else _OPTIONS_OF_MAPPINGS
        for key, value in options.items():
            where = f"options of source {source.get('name')}"
            if key not in known:
                hint = f"{_nearest(key, list(known))} It may have {', '.join(known)}."
                problems.append(f"unknown key {key!r} in {where}; {hint}")
            elif value not in known[key]:
                problems.append(f"{key} in {where} is {value!r}; {_nearest(str(value), list(known[key]))}")
    return problems


def _unknown_key(location: tuple[int | str, ...]) -> str:
    section = tuple(part for part in location[:-1] if isinstance(part, str))
    valid = [f.name for f in fields(_SECTIONS[section]) if f.name not in _NOT_IN_FILE]
    where = f" in {_dotted(location[:-1])}" if section else ""
    return f"unknown key {str(location[-1])!r}{where}; {_nearest(str(location[-1]), valid)}"


def _dotted(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")


def _sentence(problem: ErrorDetails) -> str:
    location = tuple(problem["loc"])
    if problem["type"] == "unexpected_keyword_argument":
        return _unknown_key(location)
    if problem["type"] in ("missing", "missing_argument"):
        return f"{_dotted(location)} is missing; add it."
    message = problem["msg"].removeprefix("Value error, ")
    given = "" if repr(problem["input"]) in message else f" (it says {problem['input']!r})"
    return f"{_dotted(location)}: {message}{given}."


def parse_as_of(text: str | None) -> datetime:
    """The run's only clock, as an aware UTC instant; now when none is given.

    Raises ConfigurationError when the text is not an instant, since a guess would move months, or is one at
    which no extract was made: nothing would have happened yet, or nearly everything would be over.
    """
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            f"--as-of {text!r} is not an instant; write it as 2025-07-01T00:00:00Z."
        ) from error
    instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
    if not _FIRST_AS_OF <= instant <= datetime.now(UTC) + _FAR_FROM_NOW:
        raise ConfigurationError(
            f"--as-of {text!r} is before {_FIRST_AS_OF:%Y} or more than ten years from now. Write the "
            "instant that the figures are to be true of, such as 2025-07-01T00:00:00Z; without it, it is now."
        )
    return instant.astimezone(UTC)


_LIMITS_OF_MODELS = (
    "mrr_reconciliation_tolerance",
    "customer_mrr_tolerance",
    "reported_mrr_tolerance",
    "max_mrr_jump",
    "max_restated_share",
    "max_unmatched_share",
)
"""The settings under `quality` that models and rules read; the rest is about landing and pages."""


def dbt_vars(company: Company, as_of: datetime) -> dict[str, Any]:
    """Every var of the dbt project: the one place where settings become vars (docs/architecture.md)."""
    local_day = as_of.astimezone(ZoneInfo(company.reporting_timezone)).date()
    policies = {f.name: _plain(getattr(company.policies, f.name)) for f in fields(Policies)}
    policies["constant_currency_date"] = _plain(
        company.policies.constant_currency_date or date(local_day.year, 1, 1)
    )
    return {
        "as_of": as_of.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" "),
        "reporting_currency": company.reporting_currency,
        "reporting_timezone": company.reporting_timezone,
        "closed_through": _plain(company.closed_through),
        "publish_customer_names": company.publish_customer_names,
        "respondent_salt": respondent_salt(company),
        "sources": list(company.source_names),
        "mrr_basis": {source.name: mrr_basis(source) for source in company.sources},
        "health_weights": {
            f.name: _plain(getattr(company.health_weights, f.name)) for f in fields(HealthWeights)
        },
        "benchmarks": [
            {f.name: _plain(getattr(band, f.name)) for f in fields(Benchmark)} for band in company.benchmarks
        ],
        **policies,
        **{name: _plain(getattr(company.quality, name)) for name in _LIMITS_OF_MODELS},
    }


def respondent_salt(company: Company) -> str:
    """What is mixed into the hash of a respondent, in hexadecimal: company.yml's own text hashed, or random.

    A random one is kept beside the warehouse, readable by its owner only: who knows it can look addresses up.
    """
    if company.respondent_salt:
        return hashlib.sha256(company.respondent_salt.encode()).hexdigest()
    path = company.warehouse / "respondents.salt"
    if not path.is_file():
        company.warehouse.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        part.touch(0o600)
        part.write_text(secrets.token_hex(32), encoding="utf-8")
        part.replace(path)
    return read_text(path).strip()


def mrr_basis(source: SourceConfig) -> str:
    """What a source's MRR is made from: items, changes or invoice_lines."""
    if said := source.options.get("mrr_basis"):
        return said
    return "items" if source.mapping == CANONICAL else load_mapping(source.mapping).source.mrr_basis


def _plain(value: Any) -> str | int | float | bool | None:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True)
class Machine:
    """What a run may use of its machine; set by the environment, since it says nothing about the company."""

    memory_limit: str
    threads: int


def machine() -> Machine:
    """SAAS_METRICS_MEMORY_LIMIT and SAAS_METRICS_THREADS, with the defaults of profiles.yml."""
    threads = os.environ.get("SAAS_METRICS_THREADS", "2")
    if not threads.isdigit() or threads == "0":
        raise ConfigurationError(f"SAAS_METRICS_THREADS is {threads!r}; write a whole number from 1.")
    return Machine(memory_limit=os.environ.get("SAAS_METRICS_MEMORY_LIMIT", "4GB"), threads=int(threads))


def dbt_environment(company: Company) -> dict[str, str]:
    """The variables profiles.yml reads to find this company's build file."""
    return {
        "SAAS_METRICS_BUILD_FILE": str(company.build_file),
        "SAAS_METRICS_TEMP_DIRECTORY": str(company.work / "tmp"),
        "SAAS_METRICS_MEMORY_LIMIT": machine().memory_limit,
        "SAAS_METRICS_THREADS": str(machine().threads),
    }


def default_company_path() -> Path:
    """SAAS_METRICS_COMPANY, else company.yml of the working directory.

    Raises ConfigurationError where there is neither: no other company may answer for the one that is meant.
    """
    if named := os.environ.get("SAAS_METRICS_COMPANY"):
        return Path(named)
    here = Path.cwd() / "company.yml"
    if not here.is_file():
        raise ConfigurationError(
            f"{here} does not exist, so no company is named. Go to the folder of your company.yml, give its "
            "path with --company, or set SAAS_METRICS_COMPANY."
        )
    return here
