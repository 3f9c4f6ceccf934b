"""Header lines: read strictly, compared after normalising, told apart from data and titles."""

import csv
import unicodedata
from collections.abc import Collection
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
    return tuple(name.translate(_INVISIBLE).strip() for name in header)


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
    expected: Collection[tuple[str, ...]],
    known: Collection[str],
    report_all_unknown: bool,
) -> list[Finding]:
    """What is wrong with a header.

    `required` are (canonical column, aliases) that must be there; `expected` the aliases of every mapped
    column; `known` further names that are no surprise. Unmapped columns between mapped ones were left out on
    purpose; those behind the last mapped one are new, since exporters append.
    """
    names = [normalised(name) for name in header]
    present = set(names)
    found = [aliases for aliases in expected if present & {normalised(alias) for alias in aliases}]
    line = layout.skip_rows + 1
    if expected and len(found) * 2 < len(expected):
        hint = _dialect_hint(header, layout, expected)
        shown = layout.delimiter.join(header)[:80]
        message = f"{file_name} line {line} is not the expected header: '{shown}'. {hint}"
        return [Finding("F08", message, line, value=shown)]
    findings = [
        Finding(
            "S01",
            f"{file_name} has no column '{aliases[0]}', which {column} needs. Export it, or add the "
            f"new name to "
            f"`from` of {column} in the mapping.",
            line,
            column,
        )
        for column, aliases in required
        if not present & {normalised(alias) for alias in aliases}
    ]
    mapped = {normalised(alias) for aliases in expected for alias in aliases} | {normalised(k) for k in known}
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        if name in mapped:
            message = f"{file_name} has two columns named '{name}': which one is meant? Rename one."
            findings.append(Finding("S03", message, line, name))
    last = max((place for place, name in enumerate(names) if name in mapped), default=-1)
    for place, name in enumerate(names if "*" not in known else ()):
        if name and name not in mapped and (report_all_unknown or place > last):
            message = (
                f"{file_name} has a column '{header[place]}' that the mapping does not know. "
                f"Map it or ignore it."
            )
            findings.append(Finding("S02", message, line, header[place]))
    return findings


def _dialect_hint(header: tuple[str, ...], layout: Format, expected: Collection[tuple[str, ...]]) -> str:
    text = layout.delimiter.join(header)
    wanted = {normalised(alias) for aliases in expected for alias in aliases}
    for other, name in ((";", "';'"), (",", "','"), ("\t", "a tab"), ("|", "'|'")):
        if other != layout.delimiter and {normalised(part) for part in text.split(other)} & wanted:
            return f"It fits when split at {name}: set format.delimiter."
    return "Is the header missing, or is there a title above it (format.skip_rows)?"
