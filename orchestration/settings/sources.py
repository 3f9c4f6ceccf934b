"""The sources of a company, and what their options may say."""

import re
from dataclasses import field
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic.dataclasses import dataclass

from orchestration.landing.builtin import CANONICAL
from orchestration.landing.mapping import load_mapping
from orchestration.settings.sentences import nearest
from orchestration.settings.values import FROZEN, section, setting

SOURCE_NAME = re.compile("[A-Za-z][A-Za-z0-9_]*")
DELIVERIES = ("full_snapshot", "delta", "events")
MRR_BASES = ("items", "changes", "invoice_lines")
# What `options` of a source may say; a mapping says its deliveries itself.
_OPTIONS_OF_CANONICAL: dict[str, tuple[str, ...]] = {"delivery": DELIVERIES, "mrr_basis": MRR_BASES}
_OPTIONS_OF_MAPPINGS: dict[str, tuple[str, ...]] = {"mrr_basis": MRR_BASES}


def _source_name(value: object) -> object:
    """The name, where it can be one: the schema tells an editor the same by a pattern."""
    if isinstance(value, str) and not SOURCE_NAME.fullmatch(value):
        raise ValueError(f"{value!r} is no name of a source; write a letter, then letters, digits and _")
    return value


@dataclass(frozen=True, config=FROZEN)
class SourceConfig:
    """One source of the company: its folder below `extracts` has its name."""

    name: Annotated[str, setting("stripe", pattern=f"^{SOURCE_NAME.pattern}$"), BeforeValidator(_source_name)]
    """What it is called: its files lie in the folder of this name below `extracts`."""
    mapping: Annotated[str, setting("./billing.yml", min_length=1)]
    """How its files are read: a shipped mapping by name (saas-metrics mapping list), `canonical` where files
    and columns are named like the canonical tables, or the path of a mapping file beside company.yml."""
    extractor: Annotated[
        Literal["stripe", "hubspot"] | None, setting("stripe", is_none="files that arrive")
    ] = None
    """The API that Dagster reads into this source's folder before each landing (docs/extractors.md)."""
    options: Annotated[dict[str, str], BeforeValidator(section), setting({"mrr_basis": "invoice_lines"})] = (
        field(default_factory=dict)
    )
    """`mrr_basis`: what MRR is made from (items, changes, invoice_lines), where a source delivers several;
    with the mapping `canonical` also `delivery` (full_snapshot, delta, events)."""
    labels: Annotated[
        dict[str, dict[str, str]], BeforeValidator(section), setting({"stage": {"Gagné": "won"}})
    ] = field(default_factory=dict)
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
