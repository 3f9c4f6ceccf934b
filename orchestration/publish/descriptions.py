"""What the published tables and columns mean, in words that any client of the file can show."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from orchestration.publish.privacy import SHOWN

# The marts and the company's own are published whole; of staging, the restricted file has what is sensitive.
_SCHEMAS = (*SHOWN, "staging")


@dataclass(frozen=True)
class Description:
    """A table in words, and its columns by name."""

    table: str
    columns: Mapping[str, str]


Descriptions = Mapping[str, Description]
"""By name of the table."""


def model_descriptions(manifest: Mapping[str, Any]) -> dict[str, Description]:
    """What dbt's YAML says of every table of which a published file holds something."""
    return {
        node["alias"]: Description(
            _one_line(node["description"]),
            {name: _one_line(column["description"]) for name, column in node["columns"].items()},
        )
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed") and node["schema"] in _SCHEMAS
    }


@cache
def audit_descriptions() -> Descriptions:
    """What audit_tables.yml says of every audit table."""
    texts = yaml.safe_load(Path(__file__).with_name("audit_tables.yml").read_text(encoding="utf-8"))
    return {name: Description(said["table"], said["columns"]) for name, said in texts.items()}


def _one_line(text: str) -> str:
    return " ".join(text.split())
