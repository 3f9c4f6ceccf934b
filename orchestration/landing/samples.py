"""The first rows of a file that nobody has mapped yet: its layout, its names, its values as text."""

import codecs
import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.landing.language import Format

_BYTES_SEEN = 1 << 16
_LINES_OF_LAYOUT = 20
_ROWS_SEEN = 500


@dataclass(frozen=True)
class Sample:
    """A file's layout as far as its first lines tell, its names, and its first rows."""

    path: Path
    layout: Format
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()

    def values(self, name: str) -> list[str]:
        """What the rows have under a name, without the empty ones."""
        return [value for (value,) in self.together(name)]

    def together(self, *names: str) -> list[tuple[str, ...]]:
        """What the rows have under some names, of those that have all of them."""
        places = [self.names.index(name) for name in names]
        rows = [tuple(row[place].strip() for place in places) for row in self.rows if len(row) > max(places)]
        return [values for values in rows if all(values)]


def sampled(file: Path) -> Sample:
    """The sample of a file. Raises ConfigurationError where it is none that can be drafted from."""
    if not file.is_file():
        raise ConfigurationError(f"{file} not found: give the path of an extract.")
    with file.open("rb") as raw:
        head = raw.read(_BYTES_SEEN)
    if head.startswith(b"PAR1"):
        return _of_parquet(file)
    encoding, text = _decoded(head)
    lines = text.splitlines(keepends=True)
    # Where the file goes on, its last line seen may be cut.
    lines = lines[:-1] if len(head) == _BYTES_SEEN and len(lines) > 1 else lines
    first = next((line for line in lines if line.strip()), "")
    if not first:
        raise ConfigurationError(f"{file.name} is empty: there is no header to draft from.")
    if first.lstrip().startswith("{"):
        return _of_json_lines(file, lines)
    return _of_csv(file, lines, encoding)


def _decoded(head: bytes) -> tuple[str, str]:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", head.decode("utf-16", errors="ignore")
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        return "utf-8", decoder.decode(head, final=len(head) < _BYTES_SEEN)
    except UnicodeDecodeError:
        return "cp1252", head.decode("cp1252", errors="replace")


def _of_csv(file: Path, lines: Sequence[str], encoding: str) -> Sample:
    delimiter = max(",;\t|", key=lambda mark: _evenness(lines[:_LINES_OF_LAYOUT], mark))
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]
    except csv.Error as error:
        raise ConfigurationError(f"{file.name} can't be read as CSV ({error}). Export it again.") from error
    # A title above the header names fewer columns than the header does.
    widest = max(sum(map(bool, row)) for row in rows[:_LINES_OF_LAYOUT])
    skipped, names = next((n, row) for n, row in enumerate(rows) if sum(map(bool, row)) == widest)
    layout = Format.model_validate({"delimiter": delimiter, "encoding": encoding, "skip_rows": skipped})
    return Sample(file, layout, tuple(names), tuple(map(tuple, rows[skipped + 1 : skipped + 1 + _ROWS_SEEN])))


def _evenness(lines: Sequence[str], delimiter: str) -> tuple[int, int]:
    """How many rows have the same number of fields when split there, and that number."""
    widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
    width, rows = max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]))
    return (rows, width) if width > 1 else (0, 0)


def _of_json_lines(file: Path, lines: Sequence[str]) -> Sample:
    try:
        records = [json.loads(line) for line in lines[:_ROWS_SEEN] if line.strip()]
    except (ValueError, RecursionError):
        raise ConfigurationError(
            f"{file.name} begins like JSON, but its lines are no JSON objects, one a line. Export it as JSON "
            "lines or CSV."
        ) from None
    names = list(dict.fromkeys(name for record in records if isinstance(record, dict) for name in record))
    rows = [
        tuple(_text(record.get(name)) for name in names) for record in records if isinstance(record, dict)
    ]
    return Sample(file, Format(type="jsonl"), tuple(names), tuple(rows))


def _text(value: object) -> str:
    if isinstance(value, dict | list):
        return ""
    return "" if value is None else str(value)


def _of_parquet(file: Path) -> Sample:
    connection = duckdb.connect()
    try:
        found = connection.execute(
            "select columns(*)::varchar from read_parquet(?) limit ?", [str(file), _ROWS_SEEN]
        )
        names = tuple(column[0] for column in found.description or ())
        rows = tuple(tuple(cell or "" for cell in row) for row in found.fetchall())
    except duckdb.Error as error:
        raise ConfigurationError(f"{file.name} is not a readable Parquet file: {error}") from error
    finally:
        connection.close()
    return Sample(file, Format(type="parquet"), names, rows)
