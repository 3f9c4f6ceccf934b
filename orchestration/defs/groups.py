"""Where an asset stands in the graph: the layer, and the folder of models that it belongs to."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from orchestration.landing.canonical import canonical_tables

# What lies there is in no folder of a domain.
_TOP = {"seeds", "models", ""}


def group_of(node: Mapping[str, Any]) -> str:
    """The group of a dbt node: `marts_retention`, `intermediate_terms`; of one in no folder, its schema."""
    folder = PurePosixPath(node["original_file_path"]).parent.name
    group = node["schema"] if folder in _TOP else f"{node['schema']}_{folder}"
    # Dagster takes no other signs.
    return re.sub(r"\W", "_", group, flags=re.ASCII)


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
