"""What broken rules say, where a build failed before the mart gate could ask them.

An amount without an exchange rate, say, fails the models that need it; the rule that tells which rate is
missing reads only what was built, and its sentence is what a person has to act on.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import duckdb

from orchestration.machine.duckdb_files import open_build_read_only
from orchestration.quality.rule import Rule
from orchestration.quality.suites import marts
from orchestration.settings import Company

SENTENCES = 20


def sentences_of(company: Company, manifest: Mapping[str, Any], failed: Collection[str]) -> list[str]:
    """The sentences of critical rules that are broken and rest on none of the `failed` nodes (unique ids).

    `manifest` is dbt's, as JSON.
    """
    with open_build_read_only(company) as connection:
        return sentences_told(manifest, failed, lambda rule: _sentences(connection, rule))


def sentences_told(
    manifest: Mapping[str, Any], failed: Collection[str], ask: Callable[[Rule], list[str]]
) -> list[str]:
    """The same of rules that stand elsewhere than in the build file; `ask` gives the sentences of one."""
    names = {node["name"]: unique_id for unique_id, node in manifest["nodes"].items()}
    return [
        sentence
        for rule in marts.views(manifest)
        if rule.severity == "critical" and not _ancestors(manifest, names[rule.name]).intersection(failed)
        for sentence in ask(rule)
    ]


def _ancestors(manifest: Mapping[str, Any], unique_id: str) -> set[str]:
    found: set[str] = set()
    waiting = [unique_id]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += manifest["parent_map"].get(one, [])
    return found


def first_sentences(rule: Rule, schema: str = marts.RULES) -> str:
    """The query for the first sentences of a rule, on any engine; `schema` is where the rules stand."""
    return f"select message from {schema}.{rule.name} order by message limit {SENTENCES}"


def _sentences(connection: duckdb.DuckDBPyConnection, rule: Rule) -> list[str]:
    try:
        return [message for (message,) in connection.execute(first_sentences(rule)).fetchall()]
    except duckdb.Error:
        # The view is not there yet, or can't be asked: dbt's own words tell what failed.
        return []
