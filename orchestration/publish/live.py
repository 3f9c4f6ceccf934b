"""Which release is published: one link, `current`, that is switched in one step.

`warehouse.duckdb`, `warehouse_restricted.duckdb` and `parquet` are links through it. So whatever a reader
opens, and whenever a run is killed, all of them are of one release.
"""

from pathlib import Path

from orchestration.errors import PublishRefused
from orchestration.machine.disk import flush
from orchestration.publish.manifest import (
    OPEN,
    PARQUET,
    RESTRICTED,
    ReleaseManifest,
    read_manifest,
    releases_folder,
)
from orchestration.settings import Company


def live_folder(company: Company) -> Path | None:
    """The folder of the published release, or None."""
    return releases_folder(company) / company.pointer.readlink().name if has_link(company) else None


def has_link(company: Company) -> bool:
    """Whether a link says which release is published; it is lost in a copy that keeps none."""
    return company.pointer.is_symlink()


def live_release(company: Company) -> str | None:
    """The id of the published release, or None."""
    folder = live_folder(company)
    release = read_manifest(folder) if folder else None
    return release.release_id if release else None


def go_live(company: Company, release: ReleaseManifest) -> None:
    """Publish a kept release: readers see all of the old one, or all of the new one."""
    published = [OPEN, RESTRICTED]
    has_parquet = any(name.startswith(f"{PARQUET}/") for name in release.checksums)
    point_to(company, release.folder_name, [*published, PARQUET] if has_parquet else published)
    link = company.parquet_link
    if link.is_symlink() and not link.exists():
        # It leads nowhere now, which says no more than no link.
        link.unlink()
    flush(company.warehouse)


def point_to(company: Company, folder_name: str, published: list[str]) -> None:
    """Switch the pointer. The links come first: without a pointer they lead nowhere, and to all at once."""
    for name in published:
        lead(company.warehouse / name, f"{company.pointer.name}/{name}")
    # Relative, so that a warehouse can be moved.
    lead(company.pointer, f"{releases_folder(company).name}/{folder_name}")


def lead(link: Path, target: str) -> None:
    """Have a link lead to a target, in one step, whether it was there or a file was."""
    if link.is_symlink() and str(link.readlink()) == target:
        return
    part = link.with_name(f".{link.name}.part")
    part.unlink(missing_ok=True)
    part.symlink_to(target)
    part.replace(link)


def refuse_foreign_log(company: Company) -> None:
    """A log beside a file would be replayed into the next one by the first client that may write."""
    folders = [company.warehouse, *filter(None, [live_folder(company)])]
    for log in (folder / f"{OPEN}.wal" for folder in folders):
        if log.exists():
            raise PublishRefused(
                f"{log} lies beside the published file: a client opened it with write access. Close that "
                "client, remove the log, give readers no right to write in this folder, and run again."
            )


def refuse_foreign_folder(company: Company) -> None:
    """A folder where a link has to be can't be replaced at once, and may be somebody's."""
    names = [OPEN, RESTRICTED, *([PARQUET] if company.publish.parquet else [])]
    for link in (company.warehouse / name for name in names):
        if link.is_dir() and not link.is_symlink():
            raise PublishRefused(
                f"{link} has to be a link to what the published release holds, and a folder lies there; "
                "nothing was changed. Move it away and run again."
            )
