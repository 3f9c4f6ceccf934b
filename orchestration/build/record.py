"""What a build was made from, kept in schema `runs` of the build file: the next run compares.

Every dbt run on the file first drops that record (`on-run-start`): what is left half-built is not trusted.
"""

import hashlib
import json
from datetime import UTC, datetime
from importlib import metadata

import duckdb

from orchestration.build.manifest import FOLDERS
from orchestration.landing.canonical import CONTRACT
from orchestration.machine.duckdb_files import has_table, open_build
from orchestration.machine.project import PROJECT
from orchestration.settings import Company, dbt_vars, respondent_salt

_PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb")


def fingerprint_of(company: Company, as_of: datetime) -> str:
    """A hash of the settings and of the files and packages that turn `raw` into marts; not of the clock."""
    settings = {name: value for name, value in dbt_vars(company, as_of).items() if name != "as_of"}
    settings["engine"] = company.engine
    settings["respondent_salt"] = respondent_salt(company)
    digested = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for package in _PACKAGES:
        digested.update(f"\0{package} {metadata.version(package)}".encode())
    folders = (PROJECT / name for name in FOLDERS)
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    digested.update(b"\0canonical.yml\0" + CONTRACT.read_bytes())
    for path in [PROJECT / "dbt_project.yml", *files]:
        digested.update(f"\0{path.relative_to(PROJECT)}\0".encode() + path.read_bytes())
    return digested.hexdigest()


def keep_salt(company: Company) -> None:
    """Leave the salt of respondents where the models read it: in the build file, and in no text of SQL."""
    with open_build(company) as connection:
        connection.execute("create schema if not exists runs")
        connection.execute(
            "create or replace table runs.salt as select ? as respondent_salt", [respondent_salt(company)]
        )


def record_build(company: Company, as_of: datetime, fingerprint: str) -> None:
    """Remember what the build that has just ended well was made from."""
    with open_build(company) as connection:
        connection.execute("create schema if not exists runs")
        connection.execute(
            "create or replace table runs.built_deliveries as select distinct delivery_id "
            "from audit.deliveries where verdict in ('accept', 'warn')"
        )
        connection.execute(
            "create or replace table runs.built as select ? as fingerprint, cast(? as timestamp) as as_of",
            [fingerprint, as_of.astimezone(UTC).replace(tzinfo=None)],
        )


def last_build(connection: duckdb.DuckDBPyConnection) -> tuple[str, datetime] | None:
    """Fingerprint and as-of instant of the last build that ended well; None where there is none."""
    if not has_table(connection, "runs", "built"):
        return None
    fingerprint, as_of = connection.execute("select fingerprint, as_of from runs.built").fetchall()[0]
    return fingerprint, as_of.replace(tzinfo=UTC)
