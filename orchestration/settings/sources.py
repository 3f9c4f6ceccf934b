"""The sources of a company, and what their options may say."""

from dataclasses import field
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from orchestration.landing.builtin import CANONICAL
from orchestration.landing.mapping import load_mapping
from orchestration.settings.sentences import nearest
from orchestration.settings.values import FROZEN, section

DELIVERIES = ("full_snapshot", "delta", "events")
MRR_BASES = ("items", "changes", "invoice_lines")
# What `options` of a source may say; a mapping says its deliveries itself.
_OPTIONS_OF_CANONICAL: dict[str, tuple[str, ...]] = {"delivery": DELIVERIES, "mrr_basis": MRR_BASES}
_OPTIONS_OF_MAPPINGS: dict[str, tuple[str, ...]] = {"mrr_basis": MRR_BASES}


@dataclass(frozen=True, config=FROZEN)
class SourceConfig:
    """One source of the company: its folder below `extracts` has its name."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
    mapping: Annotated[str, Field(min_length=1)]
    """`canonical`, the name of a shipped mapping, or the absolute path of a mapping file."""
    extractor: Literal["stripe", "hubspot"] | None = None
    """The API that Dagster reads into this source's folder before each landing (docs/extractors.md)."""
    options: Annotated[dict[str, str], BeforeValidator(section)] = field(default_factory=dict)
    labels: Annotated[dict[str, dict[str, str]], BeforeValidator(section)] = field(default_factory=dict)
    """What the company's own stages and types mean, by column, besides those of the mapping."""


def mrr_basis(source: SourceConfig) -> str:
    """What a source's MRR is made from: items, changes or invoice_lines."""
    if said := source.options.get("mrr_basis"):
        return said
    return "items" if source.mapping == CANONICAL else load_mapping(source.mapping).source.mrr_basis


def option_problems(sources: list[Any]) -> list[str]:
    """What is wrong in the sources' options: an option that nobody reads would silently do nothing."""
    problems = []
    for source in sources:
        options = source.get("options") if isinstance(source, dict) else None
        if not isinstance(options, dict):
            continue
        known = _OPTIONS_OF_CANONICAL if source.get("mapping") == CANONICAL else _OPTIONS_OF_MAPPINGS
        for key, value in options.items():
            where = f"options of source {source.get('name')}"
            if key not in known:
                hint = f"{nearest(key, list(known))} It may have {', '.join(known)}."
                problems.append(f"unknown key {key!r} in {where}; {hint}")
            elif value not in known[key]:
                problems.append(f"{key} in {where} is {value!r}; {nearest(str(value), list(known[key]))}")
    return problems
