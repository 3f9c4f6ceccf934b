"""Header lines: read strictly, compared after normalising, told apart from data and titles."""

import csv
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice
from typing import Any

from orchestration.landing.findings import FileRefused, Finding
from orchestration.landing.inspection import Inspected
from orchestration.landing.language import Format

_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad"))
_LONGEST_HEADER = 1 << 20


def normalised(name: str) -> str:
    """A header name as it is compared: NFC, no invisible characters, trimmed, case folded."""
    return unicodedata.normalize("NFC", name.translate(_INVISIBLE)).strip().casefold()


def read_header(inspected: Inspected, layout: Format) -> tuple[str, ...]:
    """The names in the header of a CSV file, as written. Raises FileRefused."""
    _refuse_other_type(inspected)
    with inspected.text.open(encoding="utf-8", newline="") as file:
        lines = (line[:_LONGEST_HEADER] for line in islice(file, layout.skip_rows, layout.skip_rows + 50))
        reader = csv.reader(lines, **dialect(layout))
        try:
            header = next((row for row in reader if row), [])
        except csv.Error as error:
            raise FileRefused(
                Finding("F08", f"{inspected.path.name}: the header can't be parsed ({error}).", 1)
            ) from error
    if not header:
        message = (
            f"{inspected.path.name} ends before line {layout.skip_rows + 1}, where format.skip_rows looks "
            f"for the header. Set skip_rows to the lines above it, or export it again."
        )
        raise FileRefused(Finding("F08", message, 1))
    return tuple(name.translate(_INVISIBLE).strip() for name in header)


def rows_above_header(inspected: Inspected, layout: Format, known: Callable[[str], bool]) -> int:
    """How many rows stand above the header, of those that a title may take.

    The header is the row with the most `known` names, the first of several.
    """
    with inspected.text.open(encoding="utf-8", newline="") as file:
        rows = islice(file, layout.skip_rows, layout.skip_rows + layout.title_rows + 1)
        names = [_known_names(row[:_LONGEST_HEADER], layout, known) for row in rows]
    most = max(names, default=0)
    return layout.skip_rows + (names.index(most) if most else 0)


def _known_names(line: str, layout: Format, known: Callable[[str], bool]) -> int:
    try:
        cells = {cell for row in csv.reader([line], **dialect(layout)) for cell in row}
    except csv.Error:
        return 0
    return sum(known(cell) for cell in cells)


def dialect(layout: Format) -> dict[str, Any]:
    """The arguments of csv.reader for a declared layout: strict, quotes doubled, no escapes."""
    if not layout.quote:
        return {"delimiter": layout.delimiter, "quoting": csv.QUOTE_NONE, "strict": True}
    return {"delimiter": layout.delimiter, "quotechar": layout.quote, "doublequote": True, "strict": True}


def _refuse_other_type(inspected: Inspected) -> None:
    with inspected.text.open(encoding="utf-8-sig") as file:
        first = file.read(4096).lstrip()[:1]
    if first in ("{", "["):
        what = "JSON, perhaps an API's error message"
    elif first == "<":
        what = "HTML or XML, perhaps a log-in page"
    else:
        return
    raise FileRefused(
        Finding("F05", f"{inspected.path.name} is {what}, but the mapping declares CSV. Look at it.", 1)
    )


def header_findings(
    file_name: str,
    header: tuple[str, ...],
    layout: Format,
    required: Collection[tuple[str, tuple[str, ...]]],
    mapped: Collection[str],
    known: Collection[str],
    report_all_unknown: bool,
) -> list[Finding]:
    """What is wrong with a header.

    `required` are (canonical column, aliases) that must be there; `mapped` the names of all mapped columns;
    `known` further names that are no surprise. Unmapped columns between mapped ones were left out on
    purpose; those behind the last mapped one are new, since exporters append.
    """
    names = [normalised(name) for name in header]
    present = set(names)
    missing = [
        (column, aliases)
        for column, aliases in required
        if not present & {normalised(alias) for alias in aliases}
    ]
    line = layout.skip_rows + 1
    wanted = {normalised(alias) for _, aliases in required for alias in aliases} | set(
        map(normalised, mapped)
    )
    expected = wanted | {normalised(name) for name in known}
    if not present & expected:
        return [_another_table(file_name, header, layout, missing, wanted)]
    findings = [
        Finding(
            "S01",
            f"{file_name} has no column '{aliases[0]}', which {column} needs. Export it, or add the "
            f"new name to "
            f"`from` of {column} in the mapping.",
            line,
            column,
        )
        for column, aliases in missing
    ]
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        if name in expected:
            message = f"{file_name} has two columns named '{name}': which one is meant? Rename one."
            findings.append(Finding("S03", message, line, name))
    last = max((place for place, name in enumerate(names) if name in expected), default=-1)
    for place, name in enumerate(names if "*" not in known else ()):
        if name and name not in expected and (report_all_unknown or place > last):
            message = (
                f"{file_name} has a column '{header[place]}' that the mapping does not know. "
                f"Map it or ignore it."
            )
            findings.append(Finding("S02", message, line, header[place]))
    return findings


def _another_table(
    file_name: str,
    header: tuple[str, ...],
    layout: Format,
    missing: Collection[tuple[str, tuple[str, ...]]],
    wanted: Collection[str],
) -> Finding:
    """The finding for a line that is not the header of the table."""
    line, shown = layout.skip_rows + 1, layout.delimiter.join(header)[:80]
    lacks = f"; it has no column {', '.join(repr(aliases[0]) for _, aliases in missing)}" if missing else ""
    hint = _dialect_hint(header, layout, wanted)
    message = f"{file_name} line {line} is not the expected header: '{shown}'{lacks}. {hint}"
    return Finding("F08", message, line, value=shown)


def with_field_names(header: tuple[str, ...], aliases: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The header with the names of the mapping's fields; of a field and its aliases the first there is."""
    places = {normalised(name): place for place, name in reversed(list(enumerate(header)))}
    named = list(header)
    for field, others in aliases.items():
        if normalised(field) in places:
            continue
        found = next((places[normalised(one)] for one in others if normalised(one) in places), None)
        if found is not None:
            named[found] = field
    return tuple(named)


def _dialect_hint(header: tuple[str, ...], layout: Format, wanted: Collection[str]) -> str:
    text = layout.delimiter.join(header)
    for other, name in ((";", "';'"), (",", "','"), ("\t", "a tab"), ("|", "'|'")):
        if other != layout.delimiter and {normalised(part) for part in text.split(other)} & set(wanted):
            return f"It fits when split at {name}: set format.delimiter."
    return "Is the header missing, or is there a title above it (format.skip_rows, format.title_rows)?"
