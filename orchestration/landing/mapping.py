"""Mappings: YAML read as text, typed by the language, checked against the canonical tables, found by name."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from graphlib import CycleError
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from orchestration.errors import ConfigurationError
from orchestration.landing.canonical import canonical_tables
from orchestration.landing.fields import all_fields
from orchestration.landing.language import (
    CHECK,
    MONEY_TYPES,
    NUMBER_TYPES,
    TYPES_OF_KIND,
    ColumnMapping,
    FileMapping,
    SourceMapping,
)
from orchestration.landing.mapping_rules import (
    format_problems,
    lookup_problems,
    nearest,
    sum_problems,
    way_problems,
)
from orchestration.landing.paths import parse_path
from orchestration.machine.wrong_values import dotted, in_words
from orchestration.machine.yaml_text import parse_yaml, read_text


@lru_cache(maxsize=64)
def parse_mapping(text: str, name: str) -> SourceMapping:
    """A mapping from its YAML text; `name` is what messages call it. Raises ConfigurationError.

    A run asks for each of its mappings several times, and to parse a large one takes a tenth of a second.
    """
    data = parse_yaml(text, f"mapping {name}")
    if isinstance(data, dict) and "extends" in data:
        data = _extended(data, name)
    if not isinstance(data, dict):
        raise ConfigurationError(
            f"mapping {name} must be a YAML mapping with the keys source, locale, files."
        )
    try:
        mapping = SourceMapping.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(_described(error, name)) from error
    problems = [problem for file in mapping.files for problem in _problems(mapping, file)]
    try:
        mapping.table_order()
    except CycleError as error:
        problems.append(f"lookups go in a circle: {' > '.join(error.args[1])}")
    if problems:
        raise ConfigurationError("\n".join(f"mapping {name}: {problem}" for problem in problems))
    return mapping


def _extended(data: dict[str, Any], name: str) -> dict[str, Any]:
    """A mapping that says only what is different from a shipped one."""
    base = shipped_folder() / f"{data['extends']}.yml"
    if not base.is_file():
        hint = nearest(str(data["extends"]), list_mappings()[1:])
        raise ConfigurationError(f"mapping {name}: extends names no shipped mapping; {hint}")
    inherited = parse_yaml(read_text(base), str(base))
    own = {key: value for key, value in data.items() if key != "extends"}
    if isinstance(own.get("source"), dict):
        own["source"] = {**inherited.get("source", {}), **own["source"]}
    return {**inherited, **own}


def _described(error: ValidationError, name: str) -> str:
    lines = []
    for item in error.errors():
        *section, key = item["loc"]
        if item["type"] == "extra_forbidden":
            where = f" in {dotted(tuple(section))}" if section else ""
            valid = _names_at(tuple(section))
            lines.append(f"mapping {name}: unknown key '{key}'{where}; {nearest(str(key), valid)}")
        else:
            lines.append(f"mapping {name}: {in_words(item)}")
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
    yield from format_problems(locale.format)
    if locale.thousands == locale.decimal:
        yield "thousands and decimal are the same character"
    for name in file.row_key:
        if name not in file.columns:
            yield f"table {file.table}: the key column '{name}' is not mapped"
    for column in file.canonical.columns:
        if column.required and column.name not in file.columns:
            yield f"table {file.table}: the required column '{column.name}' is not mapped"
    for text in file.checks:
        match = CHECK.match(text)
        if match is None or not {match[1], match[3]} <= set(file.columns):
            yield f"table {file.table}: check '{text}' is not `column <= column` of mapped columns"
    if file.parent is not None and not (file.explode and file.parent in file.columns):
        yield f"table {file.table}: parent '{file.parent}' must be a mapped column of an entry with explode"
    if file.split is not None:
        own = [name for name in all_fields(file) if name != "$value" and parse_path(name).scope != 0]
        if len(file.explode) != 1 or own:
            yield f"table {file.table}: split needs one explode, and fields that are $value or begin with $."
    yield from _path_problems(file)
    yield from sum_problems(file)
    if file.dated == "item" and file.table != "subscription_items":
        yield f"table {file.table}: `dated: item` is for subscription_items"
    if file.number_copies is not None and file.number_copies not in file.row_key:
        yield f"table {file.table}: number_copies '{file.number_copies}' must be a column of the key"
    if file.unpivot and (file.explode or file.format.type != "csv"):
        yield f"table {file.table}: unpivot is for CSV, and not together with explode"
    for name, column_mapping in file.columns.items():
        yield from _column_problems(file, name, column_mapping)
        for lookup in column_mapping.lookups:
            yield from lookup_problems(mapping, file, name, lookup)


def _path_problems(file: FileMapping) -> Iterable[str]:
    depth = len(file.explode)
    for name in sorted(all_fields(file)):
        scope = parse_path(name).scope or 0
        if scope > depth:
            yield f"table {file.table}: '{name}' is of list {scope}, but explode opens {depth}"
        if re.search(r"{[^}]*{", name):
            yield f"table {file.table}: '{name}' has braces in braces; a key is one plain field"
    for name, column in file.columns.items():
        if re.search(r"{[^}]*{", column.template or ""):
            yield f"table {file.table}, column {name}: a template's field has no key in braces"


def _column_problems(file: FileMapping, name: str, mapping: ColumnMapping) -> Iterable[str]:
    where = f"table {file.table}, column {name}"
    canonical = file.canonical.column(name)
    if canonical is None:
        yield f"{where}: unknown column; {nearest(name, file.canonical.names)}"
        return
    ways = [bool(mapping.from_), mapping.template is not None, mapping.const is not None]
    others = mapping.when or mapping.default is not None or mapping.lookup
    if sum(ways) > 1 or not (any(ways) or others):
        yield f"{where}: give one of from, template, const (or when, default, lookup)"
    if file.type_of(name) not in TYPES_OF_KIND[canonical.kind]:
        types = ", ".join(TYPES_OF_KIND[canonical.kind])
        yield f"{where}: type {file.type_of(name)} can't fill a {canonical.kind} column; use one of {types}"
    if canonical.kind in ("enum", "zone"):
        fixed = [
            mapping.const,
            mapping.default,
            *(when.set for when in mapping.when),
            *(mapping.map or {}).values(),
        ]
        for value in fixed:
            if value and value not in canonical.choices:
                yield f"{where}: '{value}' is not allowed; {nearest(value, canonical.choices)}"
    for problem in (*format_problems(mapping.format), *way_problems(file, name, mapping)):
        yield f"{where}: {problem}"
    day = file.type_of(name) == "date" and canonical.kind == "timestamp"
    if mapping.inclusive and not day and file.type_of(name) not in ("timestamp", "epoch_s", "epoch_ms"):
        yield f"{where}: inclusive needs an instant, or a day that fills one"
    for key, is_used in (("minus", mapping.minus), ("negate", mapping.negate)):
        if is_used and not (file.type_of(name) in NUMBER_TYPES and mapping.from_):
            yield f"{where}: {key} needs a number and from"
    if mapping.minus_lookups and (mapping.negate or mapping.lookup):
        yield f"{where}: a lookup in minus goes together with neither negate nor lookup"
    if canonical.kind == "text" and file.type_of(name) == "enum" and not mapping.map:
        yield f"{where}: an enum that fills a text column needs map"
    if file.type_of(name) in (*MONEY_TYPES, "tiers_minor") and "currency" not in file.columns:
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
    return parse_mapping(read_text(path), name)
