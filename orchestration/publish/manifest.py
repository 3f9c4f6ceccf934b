"""What is known of a kept release: written beside it, read for `releases` and before a rollback."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestration.errors import ConfigurationError
from orchestration.machine.disk import flush
from orchestration.settings import Company

_SUFFIX = ".json"


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
    """Checksum of every mart's model, so that a changed number can be laid to changed code."""
    gates: Mapping[str, Mapping[str, int]]
    """Rules checked, and rules broken (warnings, since a critical one stops the run), of each gate."""
    checksums: Mapping[str, str]
    """sha256 of the release's files, by file name."""
    sources: tuple[str, ...] = ()
    """The sources it was built from; empty where an earlier version did not keep them."""
    number: int = 0
    """Counts up from release to release, whatever the clock says; 0 of an earlier version."""
    accepted_changes: tuple[str, ...] = ()
    """Rules that were broken and let through for this release by --accept-change."""


def releases_folder(company: Company) -> Path:
    """Where releases are kept."""
    return company.warehouse / "releases"


def manifest_path(company: Company, release_id: str) -> Path:
    """The manifest of a release."""
    return releases_folder(company) / f"{release_id}{_SUFFIX}"


def write_manifest(company: Company, manifest: ReleaseManifest) -> None:
    """Write a release's manifest whole: the release counts as kept from then on."""
    path = manifest_path(company, manifest.release_id)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True), encoding="utf-8")
    flush(part)
    part.replace(path)


def read_manifests(company: Company) -> list[ReleaseManifest]:
    """Every kept release, newest first. What can't be read back is none, as if it had not been finished."""
    found = [_read(path) for path in releases_folder(company).glob(f"*{_SUFFIX}")]
    releases = [manifest for manifest in found if manifest]
    return sorted(releases, key=lambda manifest: (manifest.number, manifest.published_at), reverse=True)


def _read(path: Path) -> ReleaseManifest | None:
    try:
        return ReleaseManifest(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        return None


def find_manifest(company: Company, release_id: str) -> ReleaseManifest:
    """The manifest of a release. Raises ConfigurationError when it is not kept."""
    manifests = read_manifests(company)
    for manifest in manifests:
        if manifest.release_id == release_id:
            return manifest
    kept = ", ".join(manifest.release_id for manifest in manifests) or "none"
    raise ConfigurationError(f"{company.warehouse}: no release {release_id} is kept. Kept are: {kept}.")


def sha256(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
