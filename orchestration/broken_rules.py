"""What broken rules say, where a build failed before the mart gate could ask them.

An amount without an exchange rate, say, fails the models that need it; the rule that tells which rate is
missing reads only what was built, and its sentence is what a person has to act on.
"""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import duckdb

from orchestration.landing.canonical import quoted
from orchestration.settings import Company
from orchestration.warehouse import open_build_read_only

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

RULES = "rules"
"""The schema of the rules' views."""
SENTENCES = 20


def sentences_of(company: Company, manifest: "Manifest", failed: Collection[str]) -> list[str]:
    """The sentences of critical rules that are broken and rest on none of the `failed` nodes (unique ids)."""
    with open_build_read_only(company) as connection:
        return [sentence for rule in _standing(manifest, failed) for sentence in _sentences(connection, rule)]


def _standing(manifest: "Manifest", failed: Collection[str]) -> Iterator[str]:
    for node in manifest.nodes.values():
        is_critical = node.schema == RULES and node.config.meta.get("severity") == "critical"
        if is_critical and not _ancestors(manifest, node.unique_id) & set(failed):
            yield node.name


def _ancestors(manifest: "Manifest", unique_id: str) -> set[str]:
    found: set[str] = set()
    waiting = [unique_id]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            node = manifest.nodes.get(one)
            waiting += node.depends_on_nodes if node else []
    return found


def _sentences(connection: duckdb.DuckDBPyConnection, rule: str) -> list[str]:
    asked = f"select message from {RULES}.{quoted(rule)} order by message limit {SENTENCES}"
    try:
        return [message for (message,) in connection.execute(asked).fetchall()]
    except duckdb.Error:
        # The view is not there yet, or can't be asked: dbt's own words tell what failed.
        return []
