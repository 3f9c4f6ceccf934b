"""Whether the release in force is what a run would make again: then it stands, and nothing is built.

A run leaves a stamp of what its release was made from beside the deliveries. The next one compares: the same
instant, settings, models and code, the same closes, nothing delivered and nothing accepted by name.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

import orchestration
from orchestration.build.record import fingerprint_of, last_build
from orchestration.closes.close import settled
from orchestration.machine.checksums import first_changed
from orchestration.machine.duckdb_files import has_table
from orchestration.publish.keep import release_in_force
from orchestration.publish.manifest import ReleaseManifest, release_folder
from orchestration.publish.release import accepted_deliveries
from orchestration.settings import Company

_CODE = Path(orchestration.__file__).parent


def remember_release(connection: duckdb.DuckDBPyConnection, release: ReleaseManifest, stamp: str) -> None:
    """Leave the stamp that a run took before its first step beside the release that it has published."""
    connection.execute(
        "create or replace table runs.published as select ? as release_id, ? as stamp",
        [release.release_id, stamp],
    )


def standing_release(
    connection: duckdb.DuckDBPyConnection, company: Company, as_of: datetime, stamp: str
) -> ReleaseManifest | None:
    """The release in force where a run of this instant and stamp would make it again, else None.

    Whether the gates passed is not asked here (quality/verdicts.py).
    """
    built, release = last_build(connection), release_in_force(company)
    if release is None or built is None or built[1] != as_of.astimezone(UTC):
        return None
    # What was let through was so for that one run.
    if release.accepted_changes or company.accepted_changes or company.accepted_drops:
        return None
    if _left(connection) != (release.release_id, stamp):
        return None
    if tuple(release.deliveries) != accepted_deliveries(connection, company):
        return None
    if first_changed(release_folder(company, release), release.checksums):
        return None
    return release


def _left(connection: duckdb.DuckDBPyConnection) -> tuple[str, str] | None:
    if not has_table(connection, "runs", "published"):
        return None
    ((release_id, stamp),) = connection.execute("select release_id, stamp from runs.published").fetchall()
    return release_id, stamp


def stamp_of(company: Company, as_of: datetime) -> str:
    """A hash of all that a release is made from beside what was delivered.

    Taken before a run's first step: a file that changes during it differs from the stamp tomorrow.
    """
    digested = hashlib.sha256()
    for part in (fingerprint_of(company, as_of), as_of.astimezone(UTC).isoformat(), settled(company).head):
        digested.update(f"{part}\0".encode())
    for name, path in _files(company):
        digested.update(f"{name}\0".encode() + path.read_bytes())
    return digested.hexdigest()


def _files(company: Company) -> Iterator[tuple[Path, Path]]:
    """The company file, the company's own models, and the code that publishes: each with its name."""
    yield Path(company.path.name), company.path
    for folder in filter(None, (company.models, _CODE)):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                yield path.relative_to(folder), path
