"""Which files of a source's folder are meant, and which entries of its mapping they feed."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from orchestration.landing.canonical import canonical_tables
from orchestration.landing.findings import Finding
from orchestration.landing.instants import same_zone
from orchestration.landing.language import FileMapping, Format, SourceMapping
from orchestration.landing.walk import Entry

EXTRACTOR_MANIFEST = "manifest.json"
"""Written by our own extractors beside their files; no extract itself."""


def meant_to_be_read(walked: Iterable[Entry], mapping: SourceMapping | None) -> list[Entry]:
    """What of a source's folder is meant to be read, or can't be read; not what a mapping ignores."""
    controls = tuple(
        entry.control_total.suffix
        for entry in (mapping.files if mapping else ())
        if entry.control_total is not None
    )
    return [
        entry
        for entry in walked
        if not entry.passed
        and PurePosixPath(entry.relative).name != EXTRACTOR_MANIFEST
        and not (controls and entry.relative.endswith(controls))
        and not (mapping and is_ignored(entry.relative, mapping))
    ]


def is_ignored(path: str, mapping: SourceMapping) -> bool:
    """Whether a mapping names a file, alone or together with its folder, as known and not read."""
    pure = PurePosixPath(path)
    names = [pure.name]
    if not _fitting((pure.name, path), path, mapping):
        names.append("_".join(pure.parts[-2:]))
    return any(fnmatchcase(name, pattern) for name in names for pattern in mapping.ignore_files)


def unread(file: str, mapping: SourceMapping | None) -> Finding:
    """Why a file feeds no table; the built-in source has no mapping."""
    if mapping is None:
        names = ", ".join(canonical_tables())
        message = (
            f"{file} is not named after a canonical table and was not read. Rename it, or map it ({names})."
        )
        return Finding("W09", message)
    if is_ignored(file, mapping):
        return Finding("W11", f"{file} is named in `ignore_files` of the mapping and is not read.")
    patterns = ", ".join(pattern for entry in mapping.files for pattern in entry.match)
    message = f"{file} matches no entry of the mapping ({patterns}) and was not read. Add a `match`, "
    return Finding("W09", message + "or move it away.")


def entries_for(path: str, mapping: SourceMapping) -> list[FileMapping]:
    """The entries whose `match` fits a file's name or its path below the source's folder.

    A loader names the folder after the table, and the file as it likes: where nothing fits, the two together
    are compared as one name (`customers/0.jsonl` as `customers_0.jsonl`).
    """
    pure = PurePosixPath(path)
    found = _fitting((pure.name, path), path, mapping)
    return found or _fitting(("_".join(pure.parts[-2:]),), path, mapping)


def _fitting(names: tuple[str, ...], path: str, mapping: SourceMapping) -> list[FileMapping]:
    found = []
    for entry in mapping.files:
        layout = _layout(names, entry, mapping)
        if layout is not None:
            found.append((entry, as_delivered(entry.model_copy(update={"format": layout}), path)))
    # A vendor's own tables are not wrapped by a loader: where both fit, the records of the API are meant.
    wrapped = [made for entry, made in found if mapping.prefix is not None and entry.format.type == "jsonl"]
    return wrapped or [made for _, made in found]


def _layout(names: tuple[str, ...], entry: FileMapping, mapping: SourceMapping) -> Format | None:
    """The layout of a file that an entry matches, or None.

    Who writes `*.jsonl` means `*.json` too: one object, an array, or pages. Records that stand in one field
    of a table (`prefix`) may come in any type of table.
    """
    for pattern in entry.match:
        if any(fnmatchcase(name, pattern) for name in names):
            return entry.format
    if entry.format.type != "jsonl":
        return None
    for kind in ("json", "csv", "parquet") if mapping.prefix is not None else ("json",):
        patterns = [pattern.replace(".jsonl", f".{kind}") for pattern in entry.match if ".jsonl" in pattern]
        if any(fnmatchcase(name, pattern) for name in names for pattern in patterns):
            return entry.format.model_copy(update={"type": kind})
    return None


def as_delivered(entry: FileMapping, path: str) -> FileMapping:
    """The entry for one file: a file named `*.delta.*` holds changes only, whatever the entry says."""
    if entry.delivery == "full_snapshot" and ".delta." in PurePosixPath(path).name.lower():
        return entry.model_copy(update={"delivery": "delta"})
    return entry


def zone_problems(mapping: SourceMapping, reporting_zone: str) -> list[str]:
    """Dates without times sit at local midnight: in a zone that is not the reporting one months shift."""
    problems = []
    for entry in mapping.files:
        zone = mapping.locale_of(entry).tz
        if zone is None or same_zone(zone, reporting_zone):
            continue
        for name in entry.columns:
            canonical = entry.canonical.column(name)
            if canonical is not None and canonical.kind == "timestamp" and entry.type_of(name) == "date":
                problems.append(
                    f"table {entry.table}: {name} is a date without a time in {zone}, but the "
                    f"reporting time zone is "
                    f"{reporting_zone}: months would shift. Set reporting_timezone: {zone}, or export times."
                )
    return problems
