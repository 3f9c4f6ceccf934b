"""Names of fields in a mapping: whose field it is, its path, and keys that another field gives.

`price.id` is a field of the row's own element, `$.currency` of the record, `$1.id` of the element of the
first list that `explode` names. `options.{$.currency}.amount` goes on at the key that `$.currency` holds.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from orchestration.landing.lists import stored_field
from orchestration.machine.sql import literal

PIVOTED = ("$name", "$value")
"""The fields of an unpivoted row: the name of the column that it was, and its value.

An element that is no object is a `$value` too; an element of an object is named by its key, `$name`."""

_SCOPE = re.compile(r"\$(?P<level>[0-9]*)\.")
_KEY = re.compile(r"(?:^|(?<=\.)){([^{}]+)}(?=\.|$)")
_INDEX = re.compile(r"\[([0-9]+)\]")
_COMPARED = re.compile(r"!?{([^{}]+)}")


@dataclass(frozen=True)
class FieldPath:
    """A parsed field. `scope`: None the row's own element, 0 the record, n the element of the nth list."""

    scope: int | None
    base: str
    """The path down to the first key that is given by a field."""
    keys: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    """What stands after each of the keys."""

    def level(self, depth: int) -> int:
        """The list that the field belongs to, of an entry that explodes `depth` lists; 0 is the record."""
        return depth if self.scope is None else self.scope


@lru_cache(maxsize=10_000)
def parse_path(name: str) -> FieldPath:
    """The parts of a field's name."""
    scope, path = None, stored_field(name)
    if found := _SCOPE.match(path):
        scope, path = int(found["level"] or 0), path[found.end() :]
    base, *rest = _KEY.split(path)
    return FieldPath(
        scope,
        base.removesuffix(".") if rest else base,
        tuple(rest[::2]),
        tuple(step.strip(".") for step in rest[1::2]),
    )


def json_path(field: str) -> str:
    """A field (`price.recurring.interval`, `taxes[0].amount`; none: the whole) as DuckDB's JSON path."""
    parts = []
    for part in filter(None, field.split(".")):
        name, bracket, rest = part.partition("[")
        parts.append(f'."{name}"{bracket}{rest}')
    return "$" + "".join(parts)


def key_fields(name: str) -> tuple[str, ...]:
    """The fields whose values are keys in a path."""
    return parse_path(name).keys


def compared_field(value: str) -> str | None:
    """The field that a condition's value names in braces (`{$.currency}`, `!{$.currency}`), or None."""
    found = _COMPARED.fullmatch(value)
    return found[1] if found else None


def pointer_sql(path: FieldPath, keys: Sequence[str]) -> str:
    """SQL for the JSON pointer from the base of a path onward; `keys` is SQL for the values of its keys."""
    parts = []
    for key, step in zip(keys, path.steps, strict=True):
        parts.append(f"'/' || replace(replace({key}, '~', '~0'), '/', '~1')")
        for name in filter(None, _INDEX.sub(r".\1", step).split(".")):
            parts.append(literal("/" + name.replace("~", "~0").replace("/", "~1")))
    return " || ".join(parts)


@dataclass(frozen=True)
class Level:
    """One list that `explode` opens: the places where it may be, of which the first that is there counts."""

    places: tuple[str, ...]

    def paths(self) -> Iterator[tuple[str, bool]]:
        """Each place as its path, and whether the values of an object are the elements, one a key."""
        for place in self.places:
            path = place.removeprefix("$.")
            yield path.removesuffix(".*"), path.endswith(".*")


def alternatives(name: str) -> tuple[str, ...]:
    """The fields of which the first that is not empty counts: ` | ` stands between them."""
    return tuple(part.strip() for part in name.split(" | "))


def levels(explode: Sequence[str]) -> tuple[Level, ...]:
    """The lists in lists that an entry explodes: ` | ` stands between the places of one."""
    return tuple(Level(alternatives(text)) for text in explode)
