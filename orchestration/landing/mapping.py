"""The mapping language: which column of a file is which of ours. Parsed strictly, never guessed.

Every scalar of the YAML is read as text and typed here, since YAML turns `No`, `012` and `1:30` into
something else.
"""

import difflib
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from orchestration.errors import ConfigurationError
from orchestration.landing.canonical import CanonicalTable, canonical_tables

ColumnType = Literal[
    "text",
    "integer",
    "decimal",
    "boolean",
    "enum",
    "date",
    "timestamp",
    "epoch_s",
    "epoch_ms",
    "money_major",
    "money_minor",
    "money_micros",
]
MONEY_TYPES = ("money_major", "money_minor", "money_micros")

# The types that can fill a canonical column of each kind; the first is taken where a mapping names none.
_TYPES_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "enum"),
    "json": ("text",),
    "currency": ("text", "enum"),
    "enum": ("enum", "text"),
    "integer": ("integer",),
    "decimal": ("decimal", "integer"),
    "money": ("decimal", *MONEY_TYPES),
    "price": ("decimal", *MONEY_TYPES),
    "boolean": ("boolean",),
    "date": ("date",),
    "timestamp": ("timestamp", "date", "epoch_s", "epoch_ms"),
}
_FORMAT_PARTS = {
    "%Y": "[0-9]{4}",
    "%m": "[0-9]{2}",
    "%d": "[0-9]{2}",
    "%H": "[0-9]{2}",
    "%M": "[0-9]{2}",
    "%S": "[0-9]{2}",
    "%-m": "[0-9]{1,2}",
    "%-d": "[0-9]{1,2}",
    "%-H": "[0-9]{1,2}",
    "%-I": "[0-9]{1,2}",
    "%I": "[0-9]{2}",
    "%p": "[AaPp][Mm]",
    "%b": "[A-Za-z]{3}",
    "%B": "[A-Za-z]+",
    "%f": "[0-9]{1,6}",
    "%y": "[0-9]{2}",
}
_CHECK = re.compile(r"^\s*(\w+)\s*(<=|>=|<|>|!=|=)\s*(\w+)\s*$")


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Texts = Annotated[list[str], BeforeValidator(_as_list)]
Conditions = dict[str, Texts]
"""Field of the file: the values it may have; `null` and `not_null` test for absence, `!value` for any other.

All fields must hold."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class SourceSection(_Strict):
    """What the source is."""

    name: str | None = None
    system: str | None = None
    kind: Literal["billing", "crm", "survey", "spend", "costs", "support", "fx", "usage"] | None = None
    mrr_basis: Literal["items", "changes", "invoice_lines"] = "items"
    minor_units: Literal["iso", "stripe"] = "iso"
    customer_match: Texts = Field(default_factory=list)


class Locale(_Strict):
    """How the source writes numbers and times. `tz` absent: the reporting time zone."""

    decimal: Literal[".", ","] = "."
    thousands: str | None = None
    tz: str | None = None
    format: str = "iso"
    ambiguous: Literal["refuse", "earlier", "later"] = "refuse"


class Format(_Strict):
    """How the bytes are laid out. `footer`: text that the first field of a closing row starts with."""

    type: Literal["csv", "jsonl", "json", "parquet"] = "csv"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    encoding: Literal["utf-8", "utf-16", "latin-1", "cp1252"] = "utf-8"
    skip_rows: int = Field(default=0, ge=0)
    footer: str | None = None
    nulls: Texts = Field(default_factory=lambda: [""])
    compression: Literal["none", "gzip", "zstd"] | None = None


class When(_Strict):
    """The first `when` whose conditions all hold sets the column to the value `set` (empty: none)."""

    if_: Conditions = Field(alias="if")
    set: str


class ColumnMapping(_Strict):
    """Where one canonical column comes from."""

    from_: Texts = Field(default_factory=list, alias="from")
    template: str | None = None
    type: ColumnType | None = None
    required: bool = False
    default: str | None = None
    const: str | None = None
    map: dict[str, str] | None = None
    upper: bool = False
    lower: bool = False
    min: Decimal | None = None
    max: Decimal | None = None
    format: str | None = None
    when: list[When] = Field(default_factory=list)

    @property
    def template_fields(self) -> tuple[str, ...]:
        """The fields that the template names in braces."""
        return tuple(re.findall(r"{([^{}]+)}", self.template or ""))


class ControlTotal(_Strict):
    """A JSON file beside the extract that says how many rows and what sums it must hold."""

    suffix: str = ".control.json"
    rows: str | None = None
    sums: dict[str, str] = Field(default_factory=dict)


class FileMapping(_Strict):
    """One canonical table fed from the files that `match`."""

    table: str
    match: Texts
    delivery: Literal["full_snapshot", "delta", "events"]
    format: Format = Field(default_factory=Format)
    locale: Locale | None = None
    key: Texts = Field(default_factory=list)
    where: Conditions = Field(default_factory=dict)
    deleted_when: Conditions = Field(default_factory=dict)
    explode: Texts = Field(default_factory=list)
    assert_complete: Conditions = Field(default_factory=dict)
    checks: Texts = Field(default_factory=list)
    max_reject_ratio: float = Field(default=0.0, ge=0, lt=1)
    control_total: ControlTotal | None = None
    ignore: Texts = Field(default_factory=list)
    columns: dict[str, ColumnMapping]

    @property
    def canonical(self) -> CanonicalTable:
        """The canonical table it feeds."""
        return canonical_tables()[self.table]

    @property
    def row_key(self) -> tuple[str, ...]:
        """The columns that identify a row: the mapping's key, else the table's."""
        return tuple(self.key) or self.canonical.key

    @property
    def is_state(self) -> bool:
        """Whether a row is a state observed when it was extracted, not a dated version."""
        return "valid_from" not in self.row_key

    def type_of(self, column: str) -> str:
        """The type of a column: as declared, else the usual one of its canonical kind."""
        canonical = self.canonical.column(column)
        assert canonical is not None
        return self.columns[column].type or _TYPES_OF_KIND[canonical.kind][0]

    def parsed_checks(self) -> list[tuple[str, str, str]]:
        """The checks as (left column, operator, right column)."""
        return [match.group(1, 2, 3) for text in self.checks if (match := _CHECK.match(text))]  # type: ignore[misc]


class SourceMapping(_Strict):
    """A whole mapping file."""

    source: SourceSection = Field(default_factory=SourceSection)
    locale: Locale = Field(default_factory=Locale)
    files: list[FileMapping] = Field(min_length=1)

    def locale_of(self, file: FileMapping) -> Locale:
        """The locale of one file entry: the mapping's, with what the entry says instead."""
        if file.locale is None:
            return self.locale
        return self.locale.model_copy(update=file.locale.model_dump(exclude_unset=True))


def format_guard(layout: str) -> str | None:
    """A regular expression for the texts that a date format describes; None for an unknown directive."""
    guard = ""
    for part in re.findall(r"%-?[A-Za-z]|[^%]|%", layout):
        if part.startswith("%") and part not in _FORMAT_PARTS:
            return None
        guard += _FORMAT_PARTS.get(part) or re.escape(part)
    return guard


def nearest(name: str, names: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the most similar valid name, else the list of the valid ones."""
    valid = list(names)
    close = difflib.get_close_matches(name, valid, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"valid names: {', '.join(valid)}"


class _TextLoader(yaml.BaseLoader):
    """Every scalar a string, and a key written twice an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key.value}' is there twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def parse_mapping(text: str, name: str) -> SourceMapping:
    """A mapping from its YAML text; `name` is what messages call it. Raises ConfigurationError."""
    try:
        data = yaml.load(text, Loader=_TextLoader)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"mapping {name} is not valid YAML: {error}") from error
    if not isinstance(data, dict):
        raise ConfigurationError(
            f"mapping {name} must be a YAML mapping with the keys source, locale, files."
        )
    try:
        mapping = SourceMapping.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(_described(error, name)) from error
    problems = [problem for file in mapping.files for problem in _problems(mapping, file)]
    if problems:
        raise ConfigurationError("\n".join(f"mapping {name}: {problem}" for problem in problems))
    return mapping


def _described(error: ValidationError, name: str) -> str:
    lines = []
    for item in error.errors():
        where = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            valid = _names_at(item["loc"][:-1])
            lines.append(f"mapping {name}: unknown key '{where}'; {nearest(str(item['loc'][-1]), valid)}")
        else:
            lines.append(f"mapping {name}: {where}: {item['msg']}")
    return "\n".join(lines)


def _names_at(location: tuple[int | str, ...]) -> list[str]:
    """The valid keys of the section that a location leads to."""
    model: type[BaseModel] = SourceMapping
    for part in location:
        for field_name, field in model.model_fields.items():
            if part in (field_name, field.alias):
                model = next(_models_in(field.annotation), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _problems(mapping: SourceMapping, file: FileMapping) -> Iterable[str]:
    if file.table not in canonical_tables():
        yield f"unknown table '{file.table}'; {nearest(file.table, canonical_tables())}"
        return
    locale = mapping.locale_of(file)
    if locale.tz is not None and not _is_zone(locale.tz):
        yield f"'{locale.tz}' is not a time zone name such as Europe/Paris"
    if locale.format != "iso" and format_guard(locale.format) is None:
        yield f"format '{locale.format}' has an unknown directive; use iso or {' '.join(_FORMAT_PARTS)}"
    if locale.thousands == locale.decimal:
        yield "thousands and decimal are the same character"
    for name in file.row_key:
        if name not in file.columns:
            yield f"table {file.table}: the key column '{name}' is not mapped"
    for column in file.canonical.columns:
        if column.required and column.name not in file.columns:
            yield f"table {file.table}: the required column '{column.name}' is not mapped"
    for text in file.checks:
        match = _CHECK.match(text)
        if match is None or not {match[1], match[3]} <= set(file.columns):
            yield f"table {file.table}: check '{text}' is not `column <= column` of mapped columns"
    for name, column_mapping in file.columns.items():
        yield from _column_problems(file, name, column_mapping)


def _column_problems(file: FileMapping, name: str, mapping: ColumnMapping) -> Iterable[str]:
    where = f"table {file.table}, column {name}"
    canonical = file.canonical.column(name)
    if canonical is None:
        yield f"{where}: unknown column; {nearest(name, file.canonical.names)}"
        return
    ways = [bool(mapping.from_), mapping.template is not None, mapping.const is not None]
    if sum(ways) > 1 or not (any(ways) or mapping.when or mapping.default is not None):
        yield f"{where}: give one of from, template, const (or when, default)"
    if file.type_of(name) not in _TYPES_OF_KIND[canonical.kind]:
        types = ", ".join(_TYPES_OF_KIND[canonical.kind])
        yield f"{where}: type {file.type_of(name)} can't fill a {canonical.kind} column; use one of {types}"
    if canonical.kind == "enum":
        fixed = [
            mapping.const,
            mapping.default,
            *(when.set for when in mapping.when),
            *(mapping.map or {}).values(),
        ]
        for value in fixed:
            if value and value not in canonical.allowed:
                yield f"{where}: '{value}' is not allowed; {nearest(value, canonical.allowed)}"
    layout = mapping.format
    if layout not in (None, "iso") and format_guard(layout or "") is None:
        yield f"{where}: format '{layout}' has an unknown directive; use iso or {' '.join(_FORMAT_PARTS)}"
    if canonical.kind == "text" and file.type_of(name) == "enum" and not mapping.map:
        yield f"{where}: an enum that fills a text column needs map"
    if file.type_of(name) in MONEY_TYPES and "currency" not in file.columns:
        yield f"{where}: {file.type_of(name)} needs the column currency, which is not mapped"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def mapping_schema() -> dict[str, Any]:
    """The JSON schema of the mapping language; editors read sources/mapping.schema.json, a copy of it."""
    schema = SourceMapping.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "saas-metrics source mapping",
    }


def shipped_folder() -> Path:
    """The folder of the mappings that come with the package."""
    return Path(__file__).parent.parent / "sources"


def list_mappings() -> list[str]:
    """The names of the shipped mappings, `canonical` first."""
    return ["canonical", *sorted(path.stem for path in shipped_folder().glob("*.yml"))]


def load_mapping(mapping: str | Path, base: Path | None = None) -> SourceMapping:
    """A shipped mapping by name, or one by path (relative to `base`). Raises ConfigurationError."""
    name = str(mapping)
    path = Path(name) if Path(name).suffix in (".yml", ".yaml") else shipped_folder() / f"{name}.yml"
    if base is not None and not path.is_absolute():
        path = base / path
    if not path.is_file():
        hint = nearest(name, list_mappings())
        raise ConfigurationError(f"mapping {name} not found: neither a file nor a shipped mapping; {hint}")
    return parse_mapping(path.read_text(encoding="utf-8"), name)
