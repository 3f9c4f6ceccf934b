"""The SQL of a column's text before it is cast: its fields, template or constant, in the words of its map."""

import re
from collections.abc import Mapping

from orchestration.landing.conditions import first_filled, first_of
from orchestration.landing.language import LABEL_TYPES, ColumnMapping, FileMapping
from orchestration.landing.lists import minus_sql
from orchestration.landing.salesforce_ids import CRM_IDS, salesforce_id
from orchestration.machine.sql import literal

NO_TEXT = "cast(null as varchar)"


def column_text(file: FileMapping, name: str, fields: Mapping[str, str]) -> str:
    """SQL for the text that a column is cast from; `fields` is SQL for each field of the entry."""
    column, kind = file.columns[name], file.type_of(name)
    text = written_text(column, fields)
    text = f"upper({text})" if column.upper else f"lower({text})" if column.lower else text
    text = salesforce_id(text) if name in CRM_IDS else text
    if kind == "id_list":
        # A list without ids is an empty value, and no broken one.
        text = f"case when replace({text}, ' ', '') <> '[]' then {text} end"
    canonical = file.canonical.column(name)
    if canonical is not None and canonical.kind == "currency":
        return _currency(text, column)
    return _replaced(text, column) if column.map and kind not in LABEL_TYPES else text


def written_text(column: ColumnMapping, fields: Mapping[str, str]) -> str:
    """SQL for the text of a column as the file has it."""
    if column.const is not None:
        return literal(column.const)
    if column.template is not None:
        pieces = re.split(r"{([^{}]+)}", column.template)
        return " || ".join(
            first_of(piece, fields) if index % 2 else literal(piece)
            for index, piece in enumerate(pieces)
            if piece
        )
    found = [fields[name] for name in column.from_]
    if not found:
        return NO_TEXT
    if column.first_of is not None:
        found = [_first_part(text, column.first_of) for text in found]
    if column.last_of is not None:
        found = [_last_part(text, column.last_of) for text in found]
    text = first_filled(found)
    subtracted = [fields[name] for name in column.minus_fields]
    text = minus_sql(text, subtracted) if subtracted else text
    return _negated(text) if column.negate else text


def _replaced(text: str, column: ColumnMapping) -> str:
    """The words that the map knows, the others as they are."""
    branches = " ".join(f"when {literal(old)} then {literal(new)}" for old, new in (column.map or {}).items())
    return f"case {text} {branches} else {text} end"


def _currency(text: str, column: ColumnMapping) -> str:
    """A currency is known before the amounts beside it are read, so its map and default come first."""
    text = _replaced(text, column) if column.map else text
    if column.default is None or column.lookup:
        return text
    return f"coalesce({text}, {literal(column.default)})"


def _negated(text: str) -> str:
    """SQL for a number of the other sign, however its digits are written; what has two signs stays so."""
    return (
        f"case when regexp_matches({text}, '^-[^+-]') then substr({text}, 2) "
        f"when regexp_matches({text}, '^[^+-]') then '-' || {text} else {text} end"
    )


def _first_part(text: str, separator: str) -> str:
    """SQL for the first part of a text that is not empty."""
    return f"nullif(trim(split_part(ltrim({text}, {literal(separator + ' ')}), {literal(separator)}, 1)), '')"


def _last_part(text: str, separator: str) -> str:
    """SQL for what follows the last separator of a text; all of it where it has none."""
    return f"nullif(trim(split_part({text}, {literal(separator)}, -1)), '')"
