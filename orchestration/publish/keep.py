"""Releases on the disk: kept, swapped in, swapped back, and swept."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

from orchestration.errors import ConfigurationError, PublishRefused
from orchestration.machine.disk import flush
from orchestration.publish.manifest import (
    ReleaseManifest,
    find_manifest,
    manifest_path,
    read_manifests,
    releases_folder,
    sha256,
    write_manifest,
)
from orchestration.publish.parquet import (
    SUFFIX,
    linked_release,
    parquet_folder,
    refuse_foreign_folder,
    switch_link,
)
from orchestration.settings import Company


def refuse_foreign_log(live: Path) -> None:
    """A log beside the file would be replayed into the new one by the next client that may write."""
    log = live.with_name(live.name + ".wal")
    if log.exists():
        raise PublishRefused(
            f"{log} lies beside the published file: a client opened it with write access. Close that client, "
            "remove the log, give readers no right to write in this folder, and run again."
        )


def keep(
    company: Company, release: ReleaseManifest, fresh: Path, restricted: Path, parquet: Path
) -> ReleaseManifest:
    """Move a verified release's files to the kept ones, and write its manifest last: then it counts.

    `parquet` is the folder of its Parquet files, which need not exist.
    """
    releases, folder = releases_folder(company), parquet_folder(company, release.release_id)
    moves = [(fresh, _open(company, release), 0o440), (restricted, _restricted(company, release), 0o600)]
    moves += [(mart, folder / mart.name, 0o440) for mart in sorted(parquet.glob(f"*{SUFFIX}"))]
    checksums = {}
    for source, target, mode in moves:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.chmod(mode)
        flush(source)
        source.replace(target)
        checksums[target.relative_to(releases).as_posix()] = sha256(target)
    remove(parquet)
    release = replace(release, checksums=checksums)
    write_manifest(company, release)
    for changed in {target.parent for _, target, _ in moves}:
        flush(changed)
    in_use = {release.release_id, live_release(company), linked_release(company)}
    for old in read_manifests(company)[company.publish.keep :]:
        if old.release_id not in in_use:
            _drop(company, old)
    return release


def go_live(company: Company, release: ReleaseManifest) -> None:
    """Put a kept release in the published files' place: readers see the old or the new one, never a part."""
    _swap(_restricted(company, release), company.restricted_file, company)
    switch_link(company, release)
    _swap(_open(company, release), company.published_file, company)
    flush(company.warehouse)


def roll_back(company: Company, release_id: str | None) -> ReleaseManifest:
    """Publish a kept release again: the one named, else the one before the published one.

    Raises ConfigurationError when there is none, and PublishRefused when its files are not what they were.
    """
    refuse_foreign_log(company.published_file)
    refuse_foreign_folder(company)
    release = find_manifest(company, release_id or _before(company))
    for name, checksum in release.checksums.items():
        path = releases_folder(company) / name
        if not path.is_file() or sha256(path) != checksum:
            raise PublishRefused(
                f"{path} is missing or is not the file that was published; nothing was changed. Choose "
                "another release (saas-metrics releases lists them)."
            )
    try:
        go_live(company, release)
    except OSError as error:
        raise PublishRefused(
            f"{company.warehouse} could not be written: {error}. What was published stays readable; "
            "mend that and roll back again."
        ) from error
    return release


def live_release(company: Company) -> str | None:
    """The id of the kept release that is published now, or None."""
    for release in read_manifests(company):
        path = _open(company, release)
        if path.is_file() and company.published_file.is_file():
            same = path.samefile(company.published_file)
            if same or (
                path.stat().st_size == company.published_file.stat().st_size
                and sha256(company.published_file) == release.checksums[path.name]
            ):
                return release.release_id
    return None


def release_in_force(company: Company) -> ReleaseManifest | None:
    """The kept release that is published now: after a rollback, an earlier one than the last."""
    live = live_release(company)
    return next((release for release in read_manifests(company) if release.release_id == live), None)


def sweep(company: Company) -> None:
    """Remove what a killed run left: half-written files, and releases without a manifest."""
    for name in ("fresh.duckdb", "fresh_restricted.duckdb", "fresh.parquet", "live.part", "parquet.part"):
        remove(company.work / name)
    releases = read_manifests(company)
    known = {name for release in releases for name in _entries(release)}
    known |= {manifest_path(company, release.release_id).name for release in releases}
    for path in releases_folder(company).glob("*"):
        if path.name not in known:
            remove(path)


def remove(path: Path) -> None:
    """Remove a folder, or a database file and its log, where they exist."""
    if path.is_dir():
        shutil.rmtree(path)
        return
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)


def _before(company: Company) -> str:
    ids = [release.release_id for release in read_manifests(company)]
    live = live_release(company)
    older = ids[ids.index(live) + 1 :] if live in ids else ids
    if not older:
        raise ConfigurationError(f"{company.warehouse}: no release before the published one is kept.")
    return older[0]


def _swap(kept: Path, live: Path, company: Company) -> None:
    part = company.work / "live.part"
    part.unlink(missing_ok=True)
    try:
        os.link(kept, part)
    except OSError:
        # Some file systems have no hard links: the same bytes again, at the cost of their size.
        shutil.copy2(kept, part)
        flush(part)
    part.replace(live)


def _drop(company: Company, release: ReleaseManifest) -> None:
    # The manifest first: a release without one is swept.
    manifest_path(company, release.release_id).unlink(missing_ok=True)
    for name in _entries(release):
        remove(releases_folder(company) / name)


def _entries(release: ReleaseManifest) -> set[str]:
    """What a release has in the folder of the kept ones: files, and a folder of Parquet files."""
    return {name.partition("/")[0] for name in release.checksums}


def _open(company: Company, release: ReleaseManifest) -> Path:
    return releases_folder(company) / f"{release.release_id}.duckdb"


def _restricted(company: Company, release: ReleaseManifest) -> Path:
    return releases_folder(company) / f"{release.release_id}.restricted.duckdb"
