"""Where an asset stands in the graph: the layer, and the folder of models that it belongs to."""

from collections.abc import Mapping
from typing import Any

from orchestration.landing.canonical import canonical_tables

# A seed lies in no folder of models.
_TOP = {"seeds"}


def group_of(node: Mapping[str, Any]) -> str:
    """The group of a dbt node: `marts_retention`, `intermediate_terms`; of a seed, its schema alone."""
    folder = str(node["original_file_path"]).split("/")[-2]
    return str(node["schema"]) if folder in _TOP else f"{node['schema']}_{folder}"


def raw_groups(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The group of each raw table, by name: that of the staging model which types it.

    A table that no model reads only holds what others of its source look up.
    """
    groups = dict.fromkeys(canonical_tables(), "raw_lookups")
    for node in manifest["nodes"].values():
        for source in node["depends_on"]["nodes"] if node["schema"] == "staging" else ():
            kind, _, schema, table = (source.split(".") + [""] * 4)[:4]
            if kind == "source" and schema == "raw" and table in groups:
                groups[table] = f"raw_{group_of(node).removeprefix('staging_')}"
    return groups
