"""What a release says of itself: its metrics as MetricFlow and other tools read them, and its lineage."""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from orchestration.metrics.interchange import interchange

SEMANTIC_MANIFEST = "semantic_manifest.json"
INTERCHANGE = "semantic_model.ossie.json"
LINEAGE = "lineage.json"
DOCUMENTS = (SEMANTIC_MANIFEST, INTERCHANGE, LINEAGE)


def release_documents(semantic_manifest: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, str]:
    """The texts that are kept beside a release's files, by their name, from dbt's two manifests.

    MetricFlow is not imported for them.
    """
    published = as_published(semantic_manifest)
    return {
        SEMANTIC_MANIFEST: json.dumps(published, sort_keys=True),
        LINEAGE: json.dumps(lineage(manifest), sort_keys=True),
        INTERCHANGE: json.dumps(interchange(published), indent=1, ensure_ascii=False),
    }


def lineage(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """What each model and seed reads: names of others, and `raw.<table>` for what sources deliver."""
    known = {key: node["name"] for key, node in manifest["nodes"].items()}
    known |= {key: f"raw.{source['name']}" for key, source in manifest["sources"].items()}
    return {
        node["name"]: sorted(known[one] for one in node["depends_on"].get("nodes", ()) if one in known)
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed")
    }


def as_published(semantic_manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The semantic models on the tables of the published file, which is no database of dbt's profile."""
    published = deepcopy(dict(semantic_manifest))
    spines = published["project_configuration"]["time_spines"]
    for one in [*published["semantic_models"], *spines]:
        relation = one["node_relation"]
        relation["database"] = None
        relation["relation_name"] = f"{relation['schema_name']}.{relation['alias']}"
    return published
