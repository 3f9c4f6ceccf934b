"""What a run is held against, where that is not plainly the published release."""

import duckdb

from orchestration.landing import Notice
from orchestration.machine.checksums import sha256
from orchestration.publish.live import has_link
from orchestration.publish.manifest import OPEN, ReleaseManifest
from orchestration.settings import Company


def comparison(
    connection: duckdb.DuckDBPyConnection, company: Company, release: ReleaseManifest | None
) -> list[Notice]:
    """What is said of the release that a run is held against, or of none; nothing where all is in its place.

    `connection` is to the build file, which tells what was ever published from it.
    """
    if release is None:
        ((published,),) = connection.execute("select count(*) from audit.releases").fetchall()
        return [Notice(_nothing(company, published), is_warning=True)] if published else []
    if has_link(company) or _is_published(company, release):
        return []
    return [Notice(_newest(company, release), is_warning=True)]


def _is_published(company: Company, release: ReleaseManifest) -> bool:
    """Whether the file that lies in the place of the published one is that of the release."""
    path = company.published_file
    return path.is_file() and sha256(path) == release.checksums.get(OPEN)


def _nothing(company: Company, published: int) -> str:
    return (
        f"{company.warehouse}: none of the {published} releases that were made from its build file is "
        "published and kept here, so what this run brought is held against nothing before. Bring `releases` "
        "and its links back (cp -a) and run again, or look at the figures yourself; once published, the next "
        "run is held against this one."
    )


def _newest(company: Company, release: ReleaseManifest) -> str:
    return (
        f"{company.warehouse} has no link to a published release, as after a copy without links: this run is "
        f"held against the newest one that is kept, {release.release_id}. If another one was published, "
        "choose it with saas-metrics rollback RELEASE and run again; a publication makes the links anew."
    )
