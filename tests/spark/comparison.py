"""Row by row comparison of tables, in DuckDB: decimals and text exactly, doubles to a relative 1e-9."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

KEY_TESTS = ("unique", "unique_key")
DOUBLE_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Differences:
    """What one table's rows do not share; `columns` counts the rows of both sides that differ, by column."""

    table: str
    rows: int
    missing: int
    surplus: int
    columns: dict[str, int]
    examples: list[str]

    @property
    def equal(self) -> bool:
        """Whether both sides have the same rows."""
        return not (self.missing or self.surplus or self.columns)


def compare(
    connection: duckdb.DuckDBPyConnection, table: str, expected: str, found: str, key: list[str]
) -> Differences:
    """The rows of `expected` against those of `found` (names or queries), matched by their key."""
    types, found_types = _types(connection, expected), _types(connection, found)
    if types.keys() != found_types.keys():
        only = sorted(types.keys() ^ found_types.keys())
        return Differences(table, 0, 0, 0, dict.fromkeys(only, 1), [f"columns of one side only: {only}"])
    matched = " and ".join(f'e."{name}" is not distinct from f."{name}"' for name in key)
    # A row that one side has twice is matched once.
    copy = "row_number() over (partition by " + ", ".join(f'"{name}"' for name in key) + ") as copy_number"
    joined = (
        f"from (select *, true as is_here, {copy} from {expected}) as e "
        f"full join (select *, true as is_here, {copy} from {found}) as f "
        f"on {matched} and e.copy_number = f.copy_number"
    )
    differs = {name: _differs(name, kind) for name, kind in types.items() if name not in key}
    counts = [f"count(*) filter (where e.is_here and f.is_here and {test})" for test in differs.values()]
    rows, missing, surplus, *changed = connection.execute(
        "select "
        + ", ".join(
            [
                "count(e.is_here)",
                "count(*) filter (where f.is_here is null)",
                "count(*) filter (where e.is_here is null)",
                *counts,
            ]
        )
        + f" {joined}"
    ).fetchone() or (0, 0, 0)
    columns = {name: count for name, count in zip(differs, changed, strict=True) if count}
    shown = [*key, *columns]
    anything = " or ".join(["e.is_here is null", "f.is_here is null", *(differs[name] for name in columns)])
    examples = [
        "; ".join(
            f"{name} {left!s}" if left == right else f"{name} {left!s} / {right!s}"
            for name, left, right in zip(shown, row[::2], row[1::2], strict=True)
        )
        for row in connection.execute(
            "select "
            + ", ".join(f'e."{name}", f."{name}"' for name in shown)
            + f" {joined} where {anything} order by all limit 3"
        ).fetchall()
    ]
    return Differences(table, rows, missing, surplus, columns, examples)


def marts_and_keys(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """The marts, each with the columns of its uniqueness test (test_comparison.py: every one has one)."""
    nodes = manifest["nodes"]
    keys: dict[str, list[str]] = {}
    for node in nodes.values():
        test = node.get("test_metadata") or {}
        if test.get("name") in KEY_TESTS and nodes[node["attached_node"]]["schema"] == "marts":
            name = nodes[node["attached_node"]]["name"]
            keys.setdefault(name, test["kwargs"].get("columns") or [node["column_name"]])
    return dict(sorted(keys.items()))


def told(difference: Differences) -> str:
    """One line, and where they differ what and examples of it."""
    if difference.equal:
        return f"  equal   {difference.table}: {difference.rows} rows"
    counts = [f"{difference.missing} rows missing", f"{difference.surplus} rows too many"]
    counts += [f"{name} differs in {count}" for name, count in difference.columns.items()]
    head = f"  DIFFERS {difference.table}, {difference.rows} rows: {', '.join(counts)}"
    return "\n".join([head, *(f"            {example}" for example in difference.examples)])


def _types(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    described = f"select column_name, column_type from (describe select * from {relation})"
    return dict(connection.execute(described).fetchall())


def _differs(name: str, kind: str) -> str:
    left, right = f'e."{name}"', f'f."{name}"'
    if kind == "DOUBLE":
        scale = f"greatest(abs({left}), abs({right}), 1)"
        return (
            f"({left} is null) <> ({right} is null) or abs({left} - {right}) > {DOUBLE_TOLERANCE} * {scale}"
        ).join("()")
    return f"{left} is distinct from {right}"
