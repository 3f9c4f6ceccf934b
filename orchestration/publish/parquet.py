"""The open marts as Parquet files: one folder for each release, and a link to that of the published one."""

from pathlib import Path

import duckdb

from orchestration.errors import PublishRefused
from orchestration.machine.sql import literal, quoted
from orchestration.publish.manifest import ReleaseManifest, releases_folder
from orchestration.settings import Company

SUFFIX = ".parquet"


def parquet_folder(company: Company, release_id: str) -> Path:
    """Where a kept release has its Parquet files, if it has any."""
    return releases_folder(company) / f"{release_id}{SUFFIX}"


def write_parquet(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """The rows of a query as one file."""
    connection.execute(f"copy ({query}) to {literal(str(path))} (format parquet, compression zstd)")


def export_marts(
    connection: duckdb.DuckDBPyConnection, fresh: Path, folder: Path, release: ReleaseManifest
) -> None:
    """Every mart of a new open file, so that what is withheld there is withheld here.

    Raises PublishRefused when a file does not hold the rows that were built.
    """
    folder.mkdir()
    connection.execute(f"attach {literal(str(fresh))} as fresh (read_only)")
    for mart, rows in release.row_counts.items():
        path = folder / f"{mart}{SUFFIX}"
        write_parquet(connection, f"from fresh.marts.{quoted(mart)}", path)
        counted = connection.execute(f"select count(*) from read_parquet({literal(str(path))})").fetchone()
        if counted != (rows,):
            raise PublishRefused(
                f"{path} does not hold what was built: {counted} instead of {rows} rows. Yesterday's "
                "warehouse stays in force; run again."
            )
    connection.execute("detach fresh")


def refuse_foreign_folder(company: Company) -> None:
    """A folder where the link has to be can't be replaced at once, and may be somebody's."""
    link = company.parquet_link
    if company.publish.parquet and link.exists() and not link.is_symlink():
        raise PublishRefused(
            f"{link} has to be a link to the published release's folder, and something else lies there; "
            "nothing was changed. Move it away and run again."
        )


def switch_link(company: Company, release: ReleaseManifest) -> None:
    """Point the link to a release's folder, in one step; without Parquet files of the release it goes."""
    folder, link = parquet_folder(company, release.release_id), company.parquet_link
    if any(name.startswith(f"{folder.name}/") for name in release.checksums):
        part = company.work / "parquet.part"
        part.unlink(missing_ok=True)
        # Relative, so that a warehouse can be moved.
        part.symlink_to(folder.relative_to(company.warehouse))
        part.replace(link)
    elif link.is_symlink():
        link.unlink()


def linked_release(company: Company) -> str | None:
    """The id of the release the link points to: after a kill it may be another than the published one."""
    link = company.parquet_link
    return link.readlink().name.removesuffix(SUFFIX) if link.is_symlink() else None
