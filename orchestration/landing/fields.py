"""The fields of a file that an entry of a mapping names, wherever it names them."""

from collections.abc import Iterator

from orchestration.landing.language import Conditions, FileMapping
from orchestration.landing.paths import (
    PIVOTED,
    alternatives,
    compared_field,
    key_fields,
    levels,
    parse_path,
)


def root_fields(file: FileMapping) -> set[str]:
    """The fields of a record that must be read for an entry: their paths, down to the first key in braces."""
    depth = len(file.explode)
    paths = [parse_path(name) for name in all_fields(file)]
    names = {path.base for path in paths if path.level(depth) == 0 and path.base not in PIVOTED}
    lists = {path for level in levels(file.explode)[:1] for path, _ in level.paths()}
    return names | lists | set(file.unpivot)


def all_fields(file: FileMapping) -> set[str]:
    """Every field that an entry names, as it is written there; those that give keys to paths included."""
    names: set[str] = set()
    for conditions in _all_conditions(file):
        names |= {field for name in conditions for field in alternatives(name)}
        names |= {
            field for values in conditions.values() for value in values if (field := compared_field(value))
        }
    for column in file.columns.values():
        names |= {*column.from_, *column.minus_fields, *(field for one in column.lookups for field in one.of)}
        names |= {one for part in column.minus_lookups for one in part if isinstance(one, str)}
        names |= {field for name in column.template_fields for field in alternatives(name)}
    return names | {key for name in names for key in key_fields(name)}


def _all_conditions(file: FileMapping) -> Iterator[Conditions]:
    yield from (file.where, *file.deleted_when, file.assert_complete)
    for column in file.columns.values():
        yield from (when.if_ for when in column.when)
