"""The built-in source `canonical`: files named after the canonical tables, columns after their columns."""

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePosixPath

from orchestration.landing.canonical import CanonicalTable, canonical_tables
from orchestration.landing.language import ColumnMapping, FileMapping, Format, SourceMapping

CANONICAL = "canonical"
_TYPES = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".parquet": "parquet"}
_DATE = re.compile(
    r"(?<![0-9])([12][0-9]{3})-?([01][0-9])-?([0-3][0-9])"
    r"(?:[T_]([012][0-9])[-:]?([0-5][0-9])(?:[-:]?([0-5][0-9]))?Z?)?(?![0-9])"
)


def date_in_path(path: str) -> datetime | None:
    """The last date (and time) written in a path, in UTC: when its extractor read the source."""
    found = None
    for match in _DATE.finditer(path):
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
        try:
            found = datetime(year, month, day, hour, minute, second)
        except ValueError:
            continue
    return found


def canonical_file(path: str, delivery: str = "full_snapshot") -> FileMapping | None:
    """The entry for a file of the built-in source, or None where its name is no canonical table's."""
    suffixes = [suffix for suffix in PurePosixPath(path).suffixes if suffix not in (".gz", ".gzip", ".zst")]
    kind = _TYPES.get(suffixes[-1].lower()) if suffixes else None
    stem = _DATE.sub("", PurePosixPath(path).name.split(".")[0]).strip("_- ").lower()
    table = canonical_tables().get(stem)
    if table is None or table.is_looked_up or kind is None:
        return None
    return _entry(table, kind, delivery)


def _entry(table: CanonicalTable, kind: str, delivery: str) -> FileMapping:
    columns = {
        column.name: ColumnMapping.model_validate({"from": column.name, "upper": column.kind == "currency"})
        for column in table.columns
    }
    layout = Format.model_validate({"type": kind})
    return FileMapping.model_validate(
        {"table": table.name, "match": "*", "delivery": delivery, "format": layout, "columns": columns}
    )


def canonical_mapping(entries: Iterable[FileMapping]) -> SourceMapping:
    """A mapping made of entries for files that were found."""
    return SourceMapping(files=list(entries))
