"""Writes the sources of this package from the models of saas-metrics (`make dbt-package`)."""

from pathlib import Path
from typing import Any

import yaml

from orchestration.build.manifest import read_manifest

SOURCES = Path(__file__).parent / "models" / "marts.yml"
HEADING = "# Written by write.py from the models of saas-metrics: every published mart with its columns.\n"


def sources(manifest: dict[str, Any]) -> str:
    """The package's only file, from dbt's manifest as JSON."""
    marts = sorted(
        (node for node in manifest["nodes"].values() if node["schema"] == "marts"),
        key=lambda node: node["name"],
    )
    source = {
        "name": "saas_metrics",
        "description": "The published warehouse of saas-metrics.",
        "database": "{{ var('saas_metrics_database') }}",
        "schema": "{{ var('saas_metrics_schema') }}",
        "tables": [_table(node) for node in marts if node["resource_type"] == "model"],
    }
    written = yaml.safe_dump(
        {"version": 2, "sources": [source]}, sort_keys=False, width=1_000, allow_unicode=True
    )
    return HEADING + written


def _table(node: dict[str, Any]) -> dict[str, Any]:
    columns = [
        {"name": name, "description": _one_line(column["description"]), "data_type": column["data_type"]}
        for name, column in node["columns"].items()
    ]
    return {"name": node["name"], "description": _one_line(node["description"]), "columns": columns}


def _one_line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    SOURCES.write_text(sources(read_manifest()), encoding="utf-8")
