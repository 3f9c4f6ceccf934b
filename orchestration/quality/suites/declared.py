"""The keys and values that the models declare, checked together once every model stands.

dbt would run, at its own cost, a query for each of some 180 such tests; those of stored models are two
queries here. `make test` still runs each of them alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from orchestration.machine.sql import literal, quoted
from orchestration.quality.rule import REPORT, Rule

DECLARED_TESTS = ("unique", "not_null", "unique_key", "accepted_values", "relationships")
_STORED = ("table", "kept", "seed")
_OF_VALUES = ("accepted_values", "relationships")
# An expectation is shown beside one table.
_KEYS_AT, _VALUES_AT = "dim_dates", "dim_customers"


def rules(manifest: Mapping[str, Any]) -> list[Rule]:
    """One rule over every key test of a stored model, and one over every test of a column's values."""
    keys = [test for test in _declared_tests(manifest) if _kind(test) not in _OF_VALUES]
    values = [test for test in _declared_tests(manifest) if _kind(test) in _OF_VALUES]
    return [
        _rule(
            "declared_keys_hold",
            _KEYS_AT,
            "every key that a stored model declares is filled and unique",
            [part for test in keys for part in _broken_keys(test, _relation(test, manifest))],
        ),
        _rule(
            "declared_values_hold",
            _VALUES_AT,
            "every column of a stored model has only values that are declared",
            [_other_values(test, _relation(test, manifest), manifest) for test in values],
        ),
    ]


def _rule(name: str, table: str, says: str, parts: list[str]) -> Rule:
    query = "\nunion all\n".join(sorted(parts))
    return Rule(name=name, table=table, severity="critical", says=says, mend=REPORT, query=query)


def _declared_tests(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for node in manifest["nodes"].values():
        if node["resource_type"] != "test" or _kind(node) not in DECLARED_TESTS:
            continue
        # A view's rows are checked where they are stored; planning each view again costs more than its rows.
        if manifest["nodes"][node["attached_node"]]["config"]["materialized"] in _STORED:
            yield node


def _kind(test: Mapping[str, Any]) -> str | None:
    return (test.get("test_metadata") or {}).get("name")


def _relation(test: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    relation = _table(manifest["nodes"][test["attached_node"]])
    where = test["config"].get("where")
    return f"(select * from {relation} where {where})" if where else relation


def _table(node: Mapping[str, Any]) -> str:
    return f"{quoted(node['schema'])}.{quoted(node['alias'])}"


def _label(test: Mapping[str, Any], columns: list[str]) -> str:
    model = str(test["attached_node"]).rsplit(".", 1)[-1]
    return f"{literal(model)} as model, {literal(', '.join(columns))} as columns"


def _broken_keys(test: Mapping[str, Any], relation: str) -> Iterator[str]:
    arguments = test["test_metadata"]["kwargs"]
    columns = arguments.get("columns") or [arguments["column_name"]]
    names = ", ".join(quoted(column) for column in columns)
    label = _label(test, columns)
    value = " || ', ' || ".join(
        f"coalesce(cast({quoted(column)} as varchar), 'nothing')" for column in columns
    )
    if _kind(test) != "unique":
        missing = " or ".join(f"{quoted(column)} is null" for column in columns)
        yield f"select {label}, 'empty' as fault, {value} as key_value from {relation} where {missing}"
    if _kind(test) != "not_null":
        filled = " and ".join(f"{quoted(column)} is not null" for column in columns)
        yield (
            f"select {label}, 'shared' as fault, {value} as key_value from {relation} "
            f"where {filled} group by {names} having count(*) > 1"
        )


def _other_values(test: Mapping[str, Any], relation: str, manifest: Mapping[str, Any]) -> str:
    arguments = test["test_metadata"]["kwargs"]
    column = quoted(arguments["column_name"])
    if _kind(test) == "accepted_values":
        declared = ", ".join(literal(str(value)) for value in arguments["values"])
    else:
        named = next(name for name in test["depends_on"]["nodes"] if name != test["attached_node"])
        field = quoted(arguments["field"])
        declared = f"select cast({field} as varchar) from {_table(manifest['nodes'][named])}"
    return (
        f"select {_label(test, [arguments['column_name']])}, cast({column} as varchar) as other_value, "
        f"count(*) as rows from {relation} where {column} is not null and cast({column} as varchar) not in ("
        f"{declared}) group by {column}"
    )
