"""The keys that the models declare, checked together once every model stands.

dbt would run, at its own cost, a query for each of some 160 key tests; the stored ones are one query here.
`make test` still runs each of them alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from orchestration.landing.canonical import literal, quoted
from orchestration.quality.rule import REPORT, Rule
from orchestration.transform import KEY_TESTS

_STORED = ("table", "incremental", "seed")
# An expectation is about one table; the key of this one is written as the batch, the others by name.
_TABLE = "dim_dates"


def rules(manifest: Mapping[str, Any]) -> list[Rule]:
    """One rule over every `unique`, `not_null` and `unique_key` test of a stored model."""
    parts = [part for node in _key_tests(manifest) for part in _broken_rows(node, manifest)]
    if not parts:
        return []
    return [
        Rule(
            name="declared_keys_hold",
            table=_TABLE,
            severity="critical",
            says="every key that a stored model declares is filled and unique",
            mend=REPORT,
            query="\nunion all\n".join(sorted(parts)),
        )
    ]


def _key_tests(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") in KEY_TESTS:
            yield node


def _broken_rows(test: Mapping[str, Any], manifest: Mapping[str, Any]) -> Iterator[str]:
    tested = manifest["nodes"][test["attached_node"]]
    if tested["config"]["materialized"] not in _STORED:
        # A view's rows are checked where they are stored; planning each view again costs more than its rows.
        return
    relation = (
        "{batch}" if tested["name"] == _TABLE else f"{quoted(tested['schema'])}.{quoted(tested['alias'])}"
    )
    arguments = test["test_metadata"]["kwargs"]
    columns = arguments.get("columns") or [arguments["column_name"]]
    names = ", ".join(quoted(column) for column in columns)
    label = f"{literal(tested['name'])} as model, {literal(', '.join(columns))} as key_columns"
    value = " || ', ' || ".join(
        f"coalesce(cast({quoted(column)} as varchar), 'nothing')" for column in columns
    )
    if test["test_metadata"]["name"] != "unique":
        missing = " or ".join(f"{quoted(column)} is null" for column in columns)
        yield f"select {label}, 'empty' as fault, {value} as key_value from {relation} where {missing}"
    if test["test_metadata"]["name"] != "not_null":
        filled = " and ".join(f"{quoted(column)} is not null" for column in columns)
        yield (
            f"select {label}, 'shared' as fault, any_value({value}) as key_value from {relation} "
            f"where {filled} group by {names} having count(*) > 1"
        )
