"""What a run brought against what was there before: the queries of `quality/plausibility`, as rules."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from orchestration.landing.canonical import canonical_tables
from orchestration.machine.sql import literal, quoted
from orchestration.quality.changes import key_of
from orchestration.quality.rule import Rule
from orchestration.settings import Company
from orchestration.settings.rules import PLAUSIBILITY, plausibility_rules, shown

_OF_EACH_PART = "{of_each_part}"
# Queries that several rules begin with, by the name that stands for them in braces.
_SHARED = ("rates_with_the_one_before", "known_ids_with_another")


def rules(
    company: Company, as_of: datetime, published_at: datetime | None, changed: Collection[str]
) -> list[Rule]:
    """The rules of plausibility over what `changes.py` wrote down, of the tables that have changes.

    The release in force is of `published_at`.
    """
    named = ", ".join(literal(name) for name in company.source_names)
    values = {
        "named": f"_source in ({named})",
        "now": _instant(as_of.replace(tzinfo=None)),
        "published_at": _instant(published_at),
        **{name: _query(f"_{name}") for name in _SHARED},
    }
    return [
        _rule(name, said, parts, company, values)
        for name, said in plausibility_rules().items()
        if (parts := _asked(said, changed))
    ]


def _asked(said: Mapping[str, Any], changed: Collection[str]) -> Sequence[Mapping[str, Any]]:
    """The parts of a rule that have something to look at: also what stays away, where anything came."""
    parts = _parts(said)
    if said.get("also_unchanged"):
        return parts if changed else ()
    return [part for part in parts if part["table"] in changed]


def _parts(said: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The tables that a rule's query is asked of, each with what else it names."""
    return said.get("parts") or ({"table": said["table"]},)


def _rule(
    name: str,
    said: Mapping[str, Any],
    parts: Sequence[Mapping[str, Any]],
    company: Company,
    values: Mapping[str, str],
) -> Rule:
    threshold = shown(company.quality.threshold(name)) if "threshold" in said else ""
    values = {**values, "threshold": threshold}
    query = _query(name)
    if _OF_EACH_PART in query:
        query = _filled(
            query.replace(_OF_EACH_PART, _union(_query(f"_part_of_{name}"), parts, values)), values
        )
    else:
        query = _union(query, parts, values)
    return Rule(
        name=name,
        table=said["table"],
        severity=said["severity"],
        says=_filled(said["says"], {"threshold": threshold}),
        mend=f"{said['mend']} If it is real, run again with --accept-change {name}.",
        query=query,
        schema=said.get("schema", ""),
    )


def _union(query: str, parts: Sequence[Mapping[str, Any]], values: Mapping[str, str]) -> str:
    asked = (_filled(query, {**_of_part(part, values["now"]), **values}) for part in parts)
    return "\nunion all by name\n".join(f"select * from ({one})" for one in asked)


def _of_part(part: Mapping[str, Any], now: str) -> dict[str, str]:
    key = key_of(part["table"])
    # What is planned for later says nothing of when a record was written.
    instants = ", ".join(f"try_cast({quoted(name)} as timestamp)" for name in part.get("instants", ()))
    return {
        **{name: text for name, text in part.items() if name != "instants"},
        "keys": ", ".join(key),
        "brought_keys": ", ".join(f"brought.{name}" for name in key),
        "columns": ", ".join(quoted(name) for name in canonical_tables()[part["table"]].names),
        "newest_of_instants": f"list_max(list_filter([{instants}], lambda one: one <= {now}))",
    }


def _instant(instant: datetime | None) -> str:
    return f"timestamp {literal(instant.isoformat(sep=' '))}" if instant else "cast(null as timestamp)"


def _filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its `{names}` replaced; those that stand in a shared query too."""
    for name in sorted(values, key=lambda one: one not in _SHARED):
        text = text.replace(f"{{{name}}}", values[name])
    return text


@lru_cache
def _query(name: str) -> str:
    return (Path(PLAUSIBILITY) / f"{name}.sql").read_text(encoding="utf-8")
