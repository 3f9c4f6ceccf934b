"""The mapping language: what a mapping may say, as strict models. An unknown key is an error."""

import re
from collections.abc import Mapping
from decimal import Decimal
from graphlib import TopologicalSorter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from orchestration.landing.canonical import CanonicalColumn, CanonicalTable, canonical_tables

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
    "tiers_minor",
    "id_list",
    "options_minor",
    "duration_minutes",
    "duration_seconds",
]
DURATION_TYPES = ("duration_minutes", "duration_seconds")
MONEY_TYPES = ("money_major", "money_minor", "money_micros")
NUMBER_TYPES = (*MONEY_TYPES, "decimal", "integer")
LABEL_TYPES = ("text", "enum", "boolean")
"""A map gives the value of these types itself; for others it replaces words before the value is read."""

# The types that can fill a canonical column of each kind; the first is taken where a mapping names none.
TYPES_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "enum", "id_list"),
    "json": ("text", "tiers_minor", "options_minor"),
    "currency": ("text", "enum"),
    "enum": ("enum", "text"),
    "zone": ("text",),
    "integer": ("integer",),
    "decimal": ("decimal", "integer"),
    "money": ("decimal", *MONEY_TYPES),
    "price": ("decimal", *MONEY_TYPES),
    "boolean": ("boolean",),
    "date": ("date", "timestamp"),
    "timestamp": ("timestamp", "date", "epoch_s", "epoch_ms", *DURATION_TYPES),
}
CHECK = re.compile(r"^\s*(\w+)\s*(<=|>=|<|>|!=|=)\s*(\w+)\s*$")


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Texts = Annotated[list[str], BeforeValidator(_as_list)]
Conditions = dict[str, Texts]
"""Field of the file: the values it may have; `null` and `not_null` test for absence, `!value` for any other.

`{field}` compares with another field. All fields must hold."""


def _as_alternatives(value: object) -> object:
    return [value] if isinstance(value, dict) else value


Alternatives = Annotated[list[Conditions], BeforeValidator(_as_alternatives)]
"""Conditions of which one set must hold."""


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
    format: Texts = Field(default_factory=lambda: ["iso"])
    ambiguous: Literal["refuse", "earlier", "later"] = "refuse"


class Format(_Strict):
    """How the bytes are laid out. `footer`: how the first field of the first closing row starts.

    `title_rows`: of so many rows at most that may stand above the header; where it is, its names tell.
    """

    type: Literal["csv", "jsonl", "json", "parquet"] = "csv"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    encoding: Literal["utf-8", "utf-16", "latin-1", "cp1252"] = "utf-8"
    skip_rows: int = Field(default=0, ge=0)
    title_rows: int = Field(default=0, ge=0)
    footer: str | None = None
    nulls: Texts = Field(default_factory=lambda: [""])
    compression: Literal["none", "gzip", "zstd"] | None = None


class When(_Strict):
    """The first `when` whose conditions all hold sets the column to the value `set` (empty: none)."""

    if_: Conditions = Field(alias="if")
    set: str


class Lookup(_Strict):
    """A value of another table of the source: `column` of its row that has the same `by` as this one.

    `columns` instead gives all its rows with this `by`, as a JSON list of objects, or of values where it is
    one. Where several rows are found, the one with the lowest number in the column `first` counts; `sum`
    adds them all up, in the units that the file of this row has. `of` names the fields of this file that hold
    the key, where they are no columns.
    """

    table: str
    by: Annotated[tuple[str, ...], BeforeValidator(_as_list)]
    of: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    column: str | None = None
    columns: tuple[str, ...] = ()
    first: str | None = None
    sum: bool = False

    @property
    def read(self) -> tuple[str, ...]:
        """The columns of the other table that it gives."""
        return self.columns or ((self.column,) if self.column else ())

    @property
    def is_text(self) -> bool:
        """Whether it gives a text that is read by the type of the column, as if the file had it."""
        return bool(self.columns) or self.sum

    @property
    def gives(self) -> str:
        """The name under which the value is found."""
        return self.column or "_listed"


def _as_alternative_lookups(value: object) -> object:
    return [value] if isinstance(value, dict) else value


Lookups = Annotated[tuple[Lookup, ...], BeforeValidator(_as_alternative_lookups)]
"""Lookups of which the first that finds a value counts."""


def _as_subtracted(value: object) -> object:
    return [value] if isinstance(value, str | dict) else value


Subtracted = str | Lookup | list[str | Lookup]
"""A field, a lookup, or several of which the first that is not empty counts."""


class ColumnMapping(_Strict):
    """Where one canonical column comes from."""

    from_: Texts = Field(default_factory=list, alias="from")
    template: str | None = None
    minus: Annotated[list[Subtracted], BeforeValidator(_as_subtracted)] = Field(default_factory=list)
    negate: bool = False
    lookup: Lookups = Field(default_factory=tuple)
    type: ColumnType | None = None
    required: bool = False
    default: str | None = None
    const: str | None = None
    map: dict[str, str] | None = None
    upper: bool = False
    lower: bool = False
    min: Decimal | None = None
    max: Decimal | None = None
    format: Texts = Field(default_factory=list)
    on_bad: Literal["null"] | None = None
    only_if: Conditions = Field(default_factory=dict)
    first_of: str | None = Field(default=None, min_length=1)
    last_of: str | None = Field(default=None, min_length=1)
    scientific: bool = False
    since: str | None = None
    inclusive: bool = False
    when: list[When] = Field(default_factory=list)

    @property
    def minus_fields(self) -> tuple[str, ...]:
        """The fields that are subtracted whatever lookups find."""
        return tuple(one for one in self.minus if isinstance(one, str))

    @property
    def minus_lookups(self) -> tuple[tuple[str | Lookup, ...], ...]:
        """What is subtracted once lookups are known: of each the first that is not empty."""
        others = (one for one in self.minus if not isinstance(one, str))
        return tuple((one,) if isinstance(one, Lookup) else tuple(one) for one in others)

    @property
    def lookups(self) -> tuple[Lookup, ...]:
        """All that it looks up."""
        return (
            *self.lookup,
            *(one for part in self.minus_lookups for one in part if isinstance(one, Lookup)),
        )

    @property
    def template_fields(self) -> tuple[str, ...]:
        """The fields that the template names in braces."""
        return tuple(re.findall(r"{([^{}]+)}", self.template or ""))


def limits_of(column: ColumnMapping, canonical: CanonicalColumn) -> tuple[Decimal | None, Decimal | None]:
    """The least and the most that a number may be: as the mapping says, else as its canonical column does."""
    least = canonical.least if column.min is None else column.min
    most = canonical.most if column.max is None else column.max
    return least, most


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
    sum_on_key: Texts = Field(default_factory=list)
    where: Conditions = Field(default_factory=dict)
    deleted_when: Alternatives = Field(default_factory=list)
    dated: Literal["item", "subscription"] = "subscription"
    explode: Texts = Field(default_factory=list)
    split: str | None = Field(default=None, min_length=1)
    optional_list: bool = False
    parent: str | None = None
    number_copies: str | None = None
    unpivot: Texts = Field(default_factory=list)
    assert_complete: Conditions = Field(default_factory=dict)
    checks: Texts = Field(default_factory=list)
    max_reject_ratio: float = Field(default=0.0, ge=0, lt=1)
    control_total: ControlTotal | None = None
    ignore: Texts = Field(default_factory=list)
    columns: dict[str, ColumnMapping]

    @model_validator(mode="before")
    @classmethod
    def _item_dates(cls, data: Any) -> Any:
        """`dated: item` is one more column: the dates of the rows are those of the item itself."""
        if isinstance(data, dict) and data.get("dated") == "item" and isinstance(data.get("columns"), dict):
            return {**data, "columns": {"is_item_dated": {"const": "true"}, **data["columns"]}}
        return data

    @property
    def canonical(self) -> CanonicalTable:
        """The canonical table it feeds."""
        return canonical_tables()[self.table]

    @property
    def row_key(self) -> tuple[str, ...]:
        """The columns that identify a row: the mapping's key, else the table's."""
        return tuple(self.key) or self.canonical.key

    def needs(self, column: str) -> bool:
        """Whether its table can't do without a column, whatever the mapping says of it."""
        canonical = self.canonical.column(column)
        return column in self.row_key or (canonical is not None and canonical.required)

    def requires(self, column: str) -> bool:
        """Whether a row without a mapped column is refused."""
        return self.columns[column].required or self.needs(column)

    @property
    def is_state(self) -> bool:
        """Whether a row is a state observed when it was extracted, not a dated version."""
        return "valid_from" not in self.row_key

    def type_of(self, column: str) -> str:
        """The type of a column: as declared, else the usual one of its canonical kind."""
        canonical = self.canonical.column(column)
        assert canonical is not None
        return self.columns[column].type or TYPES_OF_KIND[canonical.kind][0]

    @property
    def lookups(self) -> tuple[Lookup, ...]:
        """What its columns look up in other tables."""
        return tuple(lookup for column in self.columns.values() for lookup in column.lookups)

    def parsed_checks(self) -> list[tuple[str, str, str]]:
        """The checks as (left column, operator, right column)."""
        return [match.group(1, 2, 3) for text in self.checks if (match := CHECK.match(text))]  # type: ignore[misc]


class Pages(_Strict):
    """How an API answers: with pages, of which each has a list of records."""

    records: Texts
    """The fields in which a page may have its list. An object without any of them is a record itself."""
    more: Conditions = Field(default_factory=dict)
    """What a page says when another one follows it."""


class SourceMapping(_Strict):
    """A whole mapping file."""

    source: SourceSection = Field(default_factory=SourceSection)
    locale: Locale = Field(default_factory=Locale)
    ignore_files: Texts = Field(default_factory=list)
    pages: Pages | None = None
    prefix: str | None = Field(default=None, min_length=1)
    aliases: dict[str, Texts] = Field(default_factory=dict)
    files: list[FileMapping] = Field(min_length=1)

    def table_order(self) -> dict[str, int]:
        """The order in which tables are read: those that are looked up come first. Raises CycleError."""
        needs: dict[str, set[str]] = {}
        for file in self.files:
            needs.setdefault(file.table, set()).update(one.table for one in file.lookups)
        return {table: place for place, table in enumerate(TopologicalSorter(needs).static_order())}

    def locale_of(self, file: FileMapping) -> Locale:
        """The locale of one file entry: the mapping's, with what the entry says instead."""
        if file.locale is None:
            return self.locale
        return self.locale.model_copy(update=file.locale.model_dump(exclude_unset=True))
