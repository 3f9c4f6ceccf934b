"""Fields of nested lists: sums, the first element of a kind, and `minus`.

`taxes[*].amount` adds up, `taxes[tax_behavior=inclusive].amount` adds up those of a kind, and
`results[type=deal_to_company][0].id` is that of the first of a kind.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.machine.sql import literal

_LIST = re.compile(
    r"(?P<list>.+)\[(?:\*|(?P<key>[^\[\]=]+)=(?P<value>[^\[\]]*))\](?P<first>\[0\])?\.(?P<path>[^\[\]]+)"
)
_NUMBER = "[+-]?[0-9]{1,14}([.][0-9]{0,12})?"


@dataclass(frozen=True)
class ListField:
    """The sum of `path` over the elements of `list`; only over those whose `key` is `value`, if given.

    With `first` it is no sum, but the text of the first of them.
    """

    list: str
    path: str
    key: str | None
    value: str | None
    first: str | None = None


def list_field(name: str) -> ListField | None:
    """The list that a field is taken from, or None for a plain field."""
    found = _LIST.fullmatch(name)
    return ListField(**found.groupdict()) if found else None


def stored_field(name: str) -> str:
    """The field whose text must be read: the list itself where a field is taken from one."""
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


def _elements(text: str, field: ListField) -> str:
    elements = f"json_extract({text}, '$[*]')"
    if field.key is None:
        return elements
    test = f"json_extract_string(e, {_inner(field.key)}) = {literal(str(field.value))}"
    return f"list_filter({elements}, lambda e: {test})"


def list_sql(text: str, field: ListField) -> str:
    """SQL for what a field takes from a list in JSON text: the first of its kind, or a sum.

    A sum is 0 for an empty list, and NULL for none. A list that can't be added up is given as it stands,
    which no cast to a number takes.
    """
    elements = _elements(text, field)
    if field.first is not None:
        return f"nullif(json_extract_string({elements}[1], {_inner(field.path)}), '')"
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
