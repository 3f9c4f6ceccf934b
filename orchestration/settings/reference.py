"""What company.yml may say, told once: its JSON schema, and every key with unit, default and example.

Both come from the fields of the settings, their docstrings and limits; a new key needs no other place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from orchestration.settings.company import Company
from orchestration.settings.reading import NOT_IN_FILE

SCHEMA_FILE = "company.schema.json"


@dataclass(frozen=True)
class Key:
    """One key of company.yml."""

    name: str
    section: tuple[str, ...]
    """The keys that lead to it."""
    description: str
    unit: str
    allowed: tuple[str, ...]
    """The words that it may be, where these are all."""
    default: Any
    is_none: str
    """What a file without the key means, where its default is no value."""
    example: Any
    required: bool

    @property
    def path(self) -> str:
        """The key with those that lead to it."""
        return ".".join((*self.section, self.name))


@dataclass(frozen=True)
class Section:
    """Keys that stand under one key, or those of the file itself; as a list, so many times."""

    path: tuple[str, ...]
    description: str
    keys: tuple[Key, ...]
    kind: str = "object"
    """`object`, `list` of objects, or `named` objects of any names."""


@lru_cache(maxsize=1)
def company_schema() -> Mapping[str, Any]:
    """The JSON schema of a company file, for an editor to check against."""
    schema = _tidied(TypeAdapter(Company).json_schema())
    properties = {key: told for key, told in schema["properties"].items() if key not in NOT_IN_FILE}
    sections = {name: told for name, told in schema["$defs"].items() if name != "Target"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "saas-metrics company file",
        "description": "The whole of company.yml.",
        "type": "object",
        "additionalProperties": False,
        "required": [key for key in schema["required"] if key not in NOT_IN_FILE],
        "properties": properties,
        "$defs": sections,
    }


def sections() -> list[Section]:
    """The keys of the file itself, and then of each section, in the order of the settings."""
    return list(_sections(company_schema(), (), "What stands at the top", "object"))


def _sections(
    told: Mapping[str, Any], path: tuple[str, ...], description: str, kind: str
) -> Iterator[Section]:
    below = [(name, *found) for name, one in told["properties"].items() if (found := _section_of(one))]
    names = {name for name, _, _ in below}
    keys = tuple(
        _key(name, path, one, name in told.get("required", ()))
        for name, one in told["properties"].items()
        if name not in names
    )
    yield Section(path, description, keys, kind)
    for name, definition, its_kind in below:
        below_it = company_schema()["$defs"][definition]
        # Where a key says no more than its section does, the schema says it once.
        said = told["properties"][name].get("description") or below_it["description"]
        yield from _sections(below_it, (*path, name), said, its_kind)


def _section_of(told: Mapping[str, Any]) -> tuple[str, str] | None:
    """The definition that a key's section has, and its kind; None of a key that holds a value."""
    places = (("object", told), ("list", told.get("items")), ("named", told.get("additionalProperties")))
    for kind, place in places:
        if isinstance(place, Mapping) and "$ref" in place:
            return place["$ref"].rpartition("/")[2], kind
    return None


def _key(name: str, section: tuple[str, ...], told: Mapping[str, Any], required: bool) -> Key:
    return Key(
        name,
        section,
        " ".join(told.get("description", "").split()),
        told.get("unit", ""),
        tuple(told.get("enum", ())),
        told.get("default"),
        told.get("is_none", ""),
        next(iter(told.get("examples", ())), None),
        required,
    )


def _tidied(told: Any) -> Any:
    """The schema as a file has it: no null, a number in one way, no titles that repeat the names."""
    if isinstance(told, list):
        return [_tidied(one) for one in told]
    if not isinstance(told, dict):
        return told
    kept = {
        key: _tidied(value) for key, value in told.items() if not (key == "title" and isinstance(value, str))
    }
    if kept.get("default", ...) is None:
        del kept["default"]
    if any(one.get("type") == "number" for one in kept.get("anyOf", ())) and "default" in kept:
        kept["default"] = _number(kept["default"])
    if ways := kept.pop("anyOf", None):
        number = any(way.get("type") == "number" for way in ways)
        left = [
            way for way in ways if way.get("type") != "null" and not (number and way.get("type") == "string")
        ]
        kept |= left[0] if len(left) == 1 else {"anyOf": left}
    return kept


def _number(text: Any) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number
