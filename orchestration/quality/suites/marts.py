"""What must be true of the built marts: the views of `models/rules`, and what the models declare."""

from collections.abc import Iterator, Mapping
from typing import Any

from orchestration.broken_rules import RULES
from orchestration.landing.canonical import quoted
from orchestration.quality.rule import Rule
from orchestration.quality.suites import declared

_REPORT = "The models disagree: keep the build file and report it; yesterday's warehouse stays in force."


def rules(manifest: Mapping[str, Any]) -> list[Rule]:
    """Every rule of the marts suite, from a manifest of dbt."""
    return [*_views(manifest), *declared.rules(manifest, _REPORT)]


def _views(manifest: Mapping[str, Any]) -> Iterator[Rule]:
    """A model of schema `rules` is a rule where its `meta` names the table it is about."""
    for node in manifest["nodes"].values():
        meta = node["config"].get("meta") or {}
        if node["schema"] == RULES and "table" in meta:
            yield Rule(
                name=node["name"],
                table=meta["table"],
                severity=meta["severity"],
                says=_inside_a_sentence(node["description"]),
                mend=meta.get("mend", _REPORT),
                query=f"select * from {RULES}.{quoted(node['name'])}",
            )


def _inside_a_sentence(description: str) -> str:
    """Without its capital, where that is no abbreviation's, and without its full stop."""
    text = " ".join(description.split()).removesuffix(".")
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
