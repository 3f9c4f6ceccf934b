"""Releases on the disk: kept, published again, and swept."""

import shutil
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from orchestration.errors import ConfigurationError, PublishRefused
from orchestration.machine.checksums import first_changed, sealed, sha256
from orchestration.machine.disk import flush, fresh_folder
from orchestration.publish.earlier import adopt_earlier
from orchestration.publish.live import (
    go_live,
    has_link,
    live_folder,
    live_release,
    refuse_foreign_folder,
    refuse_foreign_log,
)
from orchestration.publish.manifest import (
    FRESH,
    MANIFEST,
    OPEN,
    PARQUET,
    RESTRICTED,
    ReleaseManifest,
    find_manifest,
    read_manifest,
    read_manifests,
    read_published,
    release_folder,
    releases_folder,
    write_manifest,
)
from orchestration.settings import Company


def fresh_release(company: Company) -> AbstractContextManager[Path]:
    """A folder that becomes a release, beside the kept ones."""
    return fresh_folder(releases_folder(company) / FRESH)


def keep(company: Company, release: ReleaseManifest, fresh: Path) -> ReleaseManifest:
    """Make a verified folder a kept release, in one step, with its manifest."""
    checksums = sealed(fresh, {RESTRICTED: 0o600}, 0o440)
    known = [read_manifest(folder) for folder in releases_folder(company).glob(f"{release.release_id}*")]
    same = [one.revision for one in known if one and one.release_id == release.release_id]
    release = replace(release, checksums=checksums, revision=1 + max(same, default=-1))
    write_manifest(fresh, release)
    for folder in (fresh / PARQUET, fresh):
        if folder.is_dir():
            folder.chmod(0o755)
            flush(folder)
    fresh.replace(release_folder(company, release))
    flush(releases_folder(company))
    return release


def prune(company: Company) -> None:
    """Drop the releases that are too old to be kept; never the published one."""
    past = [release for release in read_manifests(company) if release.is_past]
    for old in read_published(company)[company.publish.keep :] + past[company.publish.keep_past :]:
        folder = release_folder(company, old)
        if folder != live_folder(company):
            remove(folder)


def keep_past(company: Company, own: Company, release: ReleaseManifest) -> ReleaseManifest:
    """Keep the release of another warehouse, `own`, as an earlier day of this one; what is published stays.

    It takes the place of one that was kept for the same instant.
    """
    make_ready(company)
    earlier = [one for one in read_manifests(company) if one.is_past and one.as_of == release.as_of]
    with fresh_release(company) as fresh:
        for path in release_folder(own, release).iterdir():
            if path.name != MANIFEST:
                path.rename(fresh / path.name)
        kept = keep(company, replace(release, is_past=True, number=0), fresh)
    for one in earlier:
        if release_folder(company, one) != live_folder(company):
            remove(release_folder(company, one))
    prune(company)
    return kept


def roll_back(company: Company, release_id: str | None) -> ReleaseManifest:
    """Publish a kept release again: the one named, else the one before the published one.

    Raises ConfigurationError when there is none, and PublishRefused when its files are not what they were.
    """
    try:
        make_ready(company)
        release = find_manifest(company, release_id or _before(company))
        if path := first_changed(release_folder(company, release), release.checksums):
            raise PublishRefused(
                f"{path} is missing or is not the file that was published; nothing was changed. Choose "
                "another release (saas-metrics releases lists them)."
            )
        go_live(company, release)
    except OSError as error:
        raise PublishRefused(
            f"{company.warehouse} could not be written: {error}. What was published stays readable; "
            "mend that and roll back again."
        ) from error
    return release


def make_ready(company: Company) -> None:
    """Have the warehouse as whoever changes what is published expects it, or refuse."""
    refuse_foreign_log(company)
    refuse_foreign_folder(company)
    adopt_earlier(company)


def release_in_force(company: Company) -> ReleaseManifest | None:
    """The kept release that is published now: after a rollback, an earlier one than the last.

    Where the warehouse was copied without its links, the one whose file lies there, else the newest.
    """
    releases = read_published(company)
    if has_link(company):
        live = live_release(company)
        return next((release for release in read_manifests(company) if release.release_id == live), None)
    if releases and company.published_file.is_file():
        published = sha256(company.published_file)
        releases = [one for one in releases if one.checksums.get(OPEN) == published] or releases
    return releases[0] if releases else None


def sweep(company: Company) -> None:
    """Remove what a killed run left: half-written folders, and revisions that were replaced."""
    known = {release.folder_name for release in read_manifests(company)}
    live = live_folder(company)
    for path in releases_folder(company).glob("*"):
        if path.name not in known and path != live:
            remove(path)
    for part in company.warehouse.glob(".*.part"):
        part.unlink()


def remove(path: Path) -> None:
    """Remove a file or a folder where it exists. A folder without its manifest is no release any more."""
    if path.is_dir() and not path.is_symlink():
        (path / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(path)
        return
    path.unlink(missing_ok=True)


def _before(company: Company) -> str:
    ids = [release.release_id for release in read_published(company)]
    live = live_release(company)
    older = ids[ids.index(live) + 1 :] if live in ids else ids
    if not older:
        raise ConfigurationError(f"{company.warehouse}: no release before the published one is kept.")
    return older[0]
