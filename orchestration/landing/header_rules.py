"""What a mapping asks of a header: the columns that must be there, and those that name their currency."""

import re
from collections.abc import Iterable, Iterator, Sequence

from orchestration.landing.fields import root_fields
from orchestration.landing.findings import FileRefused, Finding
from orchestration.landing.headers import header_findings, normalised, rows_above_header
from orchestration.landing.inspection import Inspected
from orchestration.landing.language import ColumnMapping, FileMapping, SourceMapping
from orchestration.landing.paths import PIVOTED, alternatives, levels, parse_path

_CURRENCY = "{currency}"
"""In the name of a column: where the currency of its amounts is written, `Amount spent ({currency})`."""


def findings_of_header(
    file_name: str,
    header: tuple[str, ...],
    mapping: SourceMapping,
    entries: Sequence[FileMapping],
    report_all_unknown: bool,
) -> list[Finding]:
    """What is wrong with the header of a file that feeds `entries`; nothing where it has none."""
    if not header:
        return []
    if mapping.prefix is not None:
        wrapped = [("prefix", (mapping.prefix,))]
        return header_findings(file_name, header, entries[0].format, wrapped, [], {"*"}, False)
    required = [needed for entry in entries for needed in required_columns(entry)]
    mapped: set[str] = set()
    known: set[str] = set()
    for entry in entries:
        known |= {*entry.ignore, *root_fields(entry), *(["*"] if entry.unpivot else [])}
        if not entry.explode:
            mapped |= {parse_path(part).base for column in entry.columns.values() for part in column.from_}
    if report_all_unknown:
        known |= {name for entry in entries for name in entry.columns}
    return header_findings(
        file_name, header, entries[0].format, required, mapped - set(PIVOTED), known, report_all_unknown
    )


def required_columns(entry: FileMapping) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(canonical column, names of which the header must have one) of all that an entry can't do without."""
    yield from (("unpivot", (name,)) for name in entry.unpivot)
    if entry.explode and entry.optional_list:
        return
    if entry.explode:
        # The rows are a list in a cell: the header has the record's fields only.
        yield "explode", tuple(path for path, _ in levels(entry.explode)[0].paths())
        return
    for name, column in entry.columns.items():
        if set(column.from_) & set(PIVOTED):
            continue
        yield from ((name, _bases([part])) for part in column.template_fields)
        names = [*column.from_, *(field for when in column.when for field in when.if_)]
        if _is_needed(entry, name, column) and names:
            yield name, _bases(names)


def telling_columns(entry: FileMapping) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(field of `where`, names of which the header must have one) of all that tells an entry's rows apart.

    A header may be without them as long as no row of the file depends on them.
    """
    if entry.explode:
        return
    for name in sorted(set(entry.where) - set(PIVOTED)):
        yield name, _bases([name])


def _bases(names: Iterable[str]) -> tuple[str, ...]:
    """The columns that hold fields, those of all the alternatives that a name lists."""
    return tuple(parse_path(field).base for name in names for field in alternatives(name))


def _is_needed(entry: FileMapping, name: str, column: ColumnMapping) -> bool:
    """A default stands for an empty cell; only `required` asks for the column beside it."""
    return column.required or (entry.needs(name) and column.default is None and not column.lookup)


def with_found_header(
    inspected: Inspected, mapping: SourceMapping, entries: Sequence[FileMapping]
) -> list[FileMapping]:
    """The entries with as many rows to skip as stand above the header of this file."""
    layout = entries[0].format
    if not layout.title_rows or layout.type != "csv":
        return list(entries)
    known = {normalised(name) for entry in entries for name in _names_of(entry)}
    known |= {normalised(name) for others in mapping.aliases.values() for name in others}
    with_currency = [_shape_with_currency(name) for name in known if _CURRENCY in name]

    def is_known(cell: str) -> bool:
        name = normalised(cell)
        return name in known or any(shape.fullmatch(name) for shape in with_currency)

    found = rows_above_header(inspected, layout, is_known)
    at_header = layout.model_copy(update={"skip_rows": found, "title_rows": 0})
    return [entry.model_copy(update={"format": at_header}) for entry in entries]


def _names_of(entry: FileMapping) -> set[str]:
    """The names of the columns that an entry reads."""
    return {*root_fields(entry), *(name for column in entry.columns.values() for name in column.from_)}


def with_currency_of_header(
    file_name: str, entries: Sequence[FileMapping], header: tuple[str, ...]
) -> list[FileMapping]:
    """The entries with the names that this header has, and its currency as that of every row.

    Raises FileRefused where two columns fit one name: nothing says which currency is meant.
    """
    return [
        entry.model_copy(
            update={
                "columns": {
                    name: _in_currency(file_name, name, column, header)
                    for name, column in entry.columns.items()
                }
            }
        )
        for entry in entries
    ]


def _in_currency(file_name: str, name: str, column: ColumnMapping, header: tuple[str, ...]) -> ColumnMapping:
    for place, alias in enumerate(column.from_):
        if _CURRENCY not in alias or not (found := _fitting(alias, header)):
            continue
        if len(found) > 1:
            both = ", ".join(f"'{one}'" for one, _ in found)
            message = f"{file_name} has the columns {both}: which one is meant? Export one of them."
            raise FileRefused(Finding("S03", message, column=name))
        written, code = found[0]
        before, after = column.from_[:place], column.from_[place + 1 :]
        if name != "currency":
            return column.model_copy(update={"from_": [*before, written, *after]})
        if before:
            return column.model_copy(update={"from_": before, "default": code})
        return column.model_copy(update={"from_": [], "const": code})
    return column


def _fitting(alias: str, header: tuple[str, ...]) -> list[tuple[str, str]]:
    """The names in a header that fit an alias, each with the currency it names."""
    shape = _shape_with_currency(normalised(alias))
    return [(name, found[1].upper()) for name in header if (found := shape.fullmatch(normalised(name)))]


def _shape_with_currency(name: str) -> re.Pattern[str]:
    """What a normalised name that holds its currency looks like."""
    before, _, after = name.partition(_CURRENCY)
    return re.compile(f"{re.escape(before)}([a-z]{{3}}){re.escape(after)}")
