"""Which files of a source's folder are meant, and which entries of its mapping they feed."""

from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from orchestration.landing.language import FileMapping, SourceMapping
from orchestration.landing.values import same_zone

EXTRACTOR_MANIFEST = "manifest.json"
"""Written by our own extractors beside their files; no extract itself."""

_UNFINISHED = (".part", ".tmp", ".crdownload", ".partial", ".filepart", ".swp")


def found_files(folder: Path, mapping: SourceMapping | None) -> list[str]:
    """The files below a source's folder, as relative posix paths; not the hidden, unfinished and ignored."""
    controls = tuple(
        entry.control_total.suffix
        for entry in (mapping.files if mapping else ())
        if entry.control_total is not None
    )
    unwanted = mapping.ignore_files if mapping else []
    relative = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [
        path.as_posix()
        for path in relative
        if not any(part.startswith((".", "~$")) for part in path.parts)
        and not path.name.lower().endswith(_UNFINISHED)
        and path.name != EXTRACTOR_MANIFEST
        and not (controls and path.name.endswith(controls))
        and not any(fnmatchcase(path.name, pattern) for pattern in unwanted)
    ]


def entries_for(path: str, mapping: SourceMapping) -> list[FileMapping]:
    """The entries whose `match` fits a file's name or its path below the source's folder."""
    name = PurePosixPath(path).name
    return [
        as_delivered(entry, path)
        for entry in mapping.files
        if any(fnmatchcase(name, pattern) or fnmatchcase(path, pattern) for pattern in entry.match)
    ]


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
