"""Which version of saas-metrics works in the build file, and what another one left (docs/upgrading.md)."""

from collections.abc import Mapping
from importlib import metadata
from typing import Any

import duckdb
from packaging.version import Version

from orchestration.landing import Notice
from orchestration.landing.kept_sources import forget_build
from orchestration.machine.duckdb_files import has_table
from orchestration.machine.sql import quoted

# What is delivered and told is kept from version to version; everything else a build makes anew.
_KEPT_SCHEMAS = ("raw", "audit", "reported", "runs", "main")


def meet_version(connection: duckdb.DuckDBPyConnection) -> list[Notice]:
    """Take over the build file of another version; what is to be known of it.

    What an older one built is built anew as a whole. Of a newer one a warning is said.
    """
    ours, theirs = our_version(), version_of(connection)
    if theirs == ours:
        return []
    forget_build(connection)
    connection.execute("create or replace table runs.made_by as select ? as version", [str(ours)])
    if theirs is None or theirs < ours:
        return []
    text = (
        f"the build file was last written by saas-metrics {theirs}, and this is {ours}: what only the newer "
        f"one reads is missing from now on. Install {theirs} or a later one and run again."
    )
    return [Notice(text, is_warning=True)]


def our_version() -> Version:
    """The version of saas-metrics that runs."""
    return Version(metadata.version("saas-metrics"))


def version_of(connection: duckdb.DuckDBPyConnection) -> Version | None:
    """The version that wrote a build file; None of a file without one: it is new, or older than 0.2.0."""
    if not has_table(connection, "runs", "made_by"):
        return None
    return Version(connection.execute("select version from runs.made_by").fetchall()[0][0])


def drop_strangers(connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> list[str]:
    """Drop the tables and views that no model or seed makes any more; their names.

    They would be published as if somebody still kept them right.
    """
    made = {(node["schema"], node.get("alias") or node["name"]) for node in manifest["nodes"].values()}
    kept = ", ".join("?" for _ in _KEPT_SCHEMAS)
    there = connection.execute(
        "select table_schema, table_name, table_type from information_schema.tables "
        f"where table_catalog = current_database() and table_schema not in ({kept}) order by all",
        list(_KEPT_SCHEMAS),
    ).fetchall()
    strangers = [row for row in there if row[:2] not in made]
    for schema, name, kind in strangers:
        what = "view" if kind == "VIEW" else "table"
        connection.execute(f"drop {what} {quoted(schema)}.{quoted(name)}")
    for schema in {schema for schema, *_ in strangers} - {schema for schema, _ in made}:
        connection.execute(f"drop schema {quoted(schema)} cascade")
    return [f"{schema}.{name}" for schema, name, _ in strangers]
