"""What must be true of the built marts: the views of `models/rules`, and what the models declare."""

from collections.abc import Iterator, Mapping
from typing import Any

from orchestration.machine.sql import quoted
from orchestration.quality.rule import REPORT, Rule
from orchestration.quality.suites import declared

RULES = "rules"
"""The schema of the rules' views."""


def rules(manifest: Mapping[str, Any]) -> list[Rule]:
    """Every rule of the marts suite, from a manifest of dbt."""
    return [*views(manifest), *declared.rules(manifest)]


def views(manifest: Mapping[str, Any]) -> Iterator[Rule]:
    """The rules that are views: the models of schema `rules` whose `meta` names the table they are about."""
    for node in manifest["nodes"].values():
        meta = node["config"].get("meta") or {}
        if node["schema"] == RULES and "table" in meta:
            yield Rule(
                name=node["name"],
                table=meta["table"],
                severity=meta["severity"],
                says=_inside_a_sentence(node["description"]),
                mend=meta.get("mend", REPORT),
                query=f"select * from {RULES}.{quoted(node['name'])}",
                column=meta.get("column"),
            )


def _inside_a_sentence(description: str) -> str:
    """Without its capital, where that is no abbreviation's, and without its full stop."""
    text = " ".join(description.split()).removesuffix(".")
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
