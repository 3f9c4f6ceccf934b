"""Sums over nested lists: `taxes[*].amount`, `taxes[tax_behavior=inclusive].amount`, and `minus`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.landing.canonical import literal

_LIST = re.compile(r"(?P<list>.+)\[(?:\*|(?P<key>[^\[\]=]+)=(?P<value>[^\[\]]*))\]\.(?P<path>[^\[\]]+)")
_NUMBER = "[+-]?[0-9]{1,14}([.][0-9]{0,12})?"


@dataclass(frozen=True)
class ListField:
    """The sum of `path` over the elements of `list`; only over those whose `key` is `value`, if given."""

    list: str
    path: str
    key: str | None
    value: str | None


def list_field(name: str) -> ListField | None:
    """The list that a field sums, or None for a plain field."""
    found = _LIST.fullmatch(name)
    return ListField(**found.groupdict()) if found else None


def stored_field(name: str) -> str:
    """The field whose text must be read: the list itself where a field sums one."""
    listed = list_field(name)
    return name if listed is None else listed.list


def _inner(path: str) -> str:
    return literal("$" + "".join(f'."{part}"' for part in path.split(".")))


def _is_number(text: str) -> str:
    return f"regexp_full_match({text}, {literal(_NUMBER)})"


def _decimal(text: str) -> str:
    return f"case when {_is_number(text)} then cast({text} as decimal(38, 12)) end"


def _shown(number: str) -> str:
    return f"rtrim(rtrim(cast({number} as varchar), '0'), '.')"


def sum_sql(text: str, field: ListField) -> str:
    """SQL for the sum of a list in JSON text: 0 for an empty one, NULL for none.

    A list that can't be added up is given as it stands, which no cast to a number takes.
    """
    elements = f"json_extract({text}, '$[*]')"
    if field.key is not None:
        test = f"json_extract_string(e, {_inner(field.key)}) = {literal(str(field.value))}"
        elements = f"list_filter({elements}, lambda e: {test})"
    values = f"list_transform({elements}, lambda e: json_extract_string(e, {_inner(field.path)}))"
    numbers = f"list_transform({values}, lambda v: {_decimal('v')})"
    added, given = (f"len(list_filter({each}, lambda v: v is not null))" for each in (numbers, values))
    total = _shown(f"coalesce(list_sum({numbers}), cast(0 as decimal(38, 12)))")
    return (
        f"case when {text} = '[]' then '0' when starts_with({text}, '[') and {added} = {given} then {total} "
        f"else nullif(nullif({text}, ''), 'null') end"
    )


def minus_sql(text: str, subtracted: Sequence[str]) -> str:
    """SQL for a number less others; absent ones count nothing.

    Where one is no number the text is a difference in words, which no cast to a number takes.
    """
    known = " and ".join(f"({part} is null or {_is_number(part)})" for part in subtracted)
    rest = " - ".join(f"coalesce({_decimal(part)}, 0)" for part in subtracted)
    shown = " || ' - ' || ".join(f"coalesce({part}, '0')" for part in (text, *subtracted))
    nothing = " and ".join(f"coalesce({part}, '0') = '0'" for part in subtracted)
    return (
        f"case when {text} is null or ({nothing}) then {text} when {known} and {_is_number(text)} "
        f"then {_shown(f'{_decimal(text)} - {rest}')} else {shown} end"
    )
