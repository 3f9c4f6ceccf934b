"""What is known of a kept release: written beside its files, read for `releases` and before a rollback."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from orchestration.errors import ConfigurationError
from orchestration.machine.disk import flush
from orchestration.settings import Company

MANIFEST = "manifest.json"
OPEN = "warehouse.duckdb"
RESTRICTED = "warehouse_restricted.duckdb"
PARQUET = "parquet"
# A folder of this name is still being written: it is no release.
FRESH = ".fresh"


@dataclass(frozen=True)
class ReleaseManifest:
    """One release as its manifest tells it; times are ISO text in UTC."""

    release_id: str
    as_of: str
    published_at: str
    run_id: str
    storage_version: str
    row_counts: Mapping[str, int]
    deliveries: tuple[str, ...]
    models: Mapping[str, str]
    """Checksum of every model and macro that MRR and revenue are made of, so that a changed number can be
    laid to changed code; of an earlier version, those of the marts."""
    gates: Mapping[str, Mapping[str, int]]
    """Rules checked, and rules broken (warnings, since a critical one stops the run), of each gate."""
    checksums: Mapping[str, str]
    """sha256 of the release's files, by their path below its folder."""
    sources: tuple[str, ...] = ()
    """The sources it was built from; empty where an earlier version did not keep them."""
    number: int = 0
    """Counts up from release to release, whatever the clock says; 0 of an earlier version."""
    accepted_changes: tuple[str, ...] = ()
    """Rules that were broken and let through for this release by --accept-change."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The settings that MRR and revenue depend on, so that a changed number can be laid to a changed one."""
    closes: int = 0
    """How many records the chain of closes had when it was built."""
    since_release: str = ""
    """The release that its fct_changes_since_release is held against; empty where there was none."""
    revision: int = 0
    """Counts up when its files are written anew, as by a forgetting: files in place are never changed."""

    is_past: bool = False
    """Whether it is an earlier day, built later: kept for that day, never published by a run."""

    @property
    def folder_name(self) -> str:
        """Its folder among the kept releases."""
        return f"{self.release_id}.{self.revision}" if self.revision else self.release_id


def releases_folder(company: Company) -> Path:
    """Where releases are kept, each in a folder of its own."""
    return company.warehouse / "releases"


def release_folder(company: Company, release: ReleaseManifest) -> Path:
    """Where a release's files lie, with its manifest."""
    return releases_folder(company) / release.folder_name


def write_manifest(folder: Path, manifest: ReleaseManifest) -> None:
    """Write a release's manifest into the folder that becomes the release."""
    path = folder / MANIFEST
    path.write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True), encoding="utf-8")
    flush(path)


def read_manifests(company: Company) -> list[ReleaseManifest]:
    """Every kept release in its last revision, newest first. What can't be read back is none."""
    last: dict[str, ReleaseManifest] = {}
    for folder in releases_folder(company).glob("*"):
        manifest = read_manifest(folder)
        if manifest and (known := last.get(manifest.release_id, manifest)).revision <= manifest.revision:
            last[known.release_id] = manifest
    return sorted(last.values(), key=lambda one: (one.number, one.published_at), reverse=True)


def read_published(company: Company) -> list[ReleaseManifest]:
    """The kept releases that a run has published, newest first."""
    return [manifest for manifest in read_manifests(company) if not manifest.is_past]


def read_manifest(folder: Path) -> ReleaseManifest | None:
    """The release of a folder, if it is one."""
    try:
        found = ReleaseManifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return found if _is_whole(found) and found.folder_name == folder.name else None


def _is_whole(manifest: ReleaseManifest) -> bool:
    """Whether each value is of its kind: a manifest may be JSON and yet not one that was written here."""
    texts = (manifest.release_id, manifest.as_of, manifest.published_at, manifest.run_id)
    mappings = (
        *(manifest.row_counts, manifest.models, manifest.gates, manifest.checksums, manifest.settings),
    )
    return (
        all(isinstance(text, str) for text in texts)
        and all(isinstance(one, dict) for one in mappings)
        and all(isinstance(one, int) for one in (manifest.number, manifest.revision, manifest.closes))
    )


def find_manifest(company: Company, release_id: str) -> ReleaseManifest:
    """The manifest of a release. Raises ConfigurationError when it is not kept."""
    manifests = read_manifests(company)
    for manifest in manifests:
        if manifest.release_id == release_id:
            return manifest
    kept = ", ".join(manifest.release_id for manifest in manifests) or "none"
    raise ConfigurationError(f"{company.warehouse}: no release {release_id} is kept. Kept are: {kept}.")
