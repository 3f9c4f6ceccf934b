"""`python -m tests.models.mutations`: which conditions, comparisons and joins no unit test holds.

dbt runs every unit test once; the SQL that it sends is kept. Then each condition of a model is dropped, each
comparison swapped and each join turned, one at a time, and the unit tests of the model are asked again. What
they all let pass survives. It is listed where `mutations.yml` gives no reason for it: there each reason has a
pattern of models and one of mutants. A model that no unit test asks is named by itself.
"""

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

import click
import duckdb
import sqlglot
import yaml
from dbt.cli.main import dbtRunner
from pipeline import SAMPLE_AS_OF
from sqlglot import exp

from orchestration.build.manifest import read_manifest
from orchestration.machine.duckdb_files import open_build_read_only
from orchestration.run.steps import Run
from orchestration.settings import SAMPLE_COMPANY, Company, load_company
from tests.models.test_dbt_tests import dbt_arguments, dbt_profile

REASONS = Path(__file__).with_name("mutations.yml")
_ACTUAL = "dbt_internal_unit_test_actual"
_FIXTURE = "__dbt__cte__"
_SECONDS, _MOST_ROWS = 5.0, 10_000
_COMMENT = re.compile(r"--.*")
_CONDITION = re.compile(r"\b(?:where|join|having|case)\b")
_SETTINGS = re.compile(r"\b(?:TRUE|FALSE)\b|'\d{4}-\d\d-\d\d[^']*'|\b\d+(?:\.\d+)?\b")
_SWAPPED: dict[type[exp.Expression], type[exp.Expression]] = {
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
}


def built_sample(folder: Path) -> Company:
    """The sample, landed and built: unit tests ask it for the types of columns."""
    company = replace(load_company(SAMPLE_COMPANY), warehouse=folder)
    if not company.build_file.is_file():
        run = Run(company, SAMPLE_AS_OF)
        run.land()
        run.build()
    return company


def sent_by_dbt(company: Company, models: list[str]) -> dict[str, list[str]]:
    """The SQL of every unit test, by its model; of all models where none are named."""
    sent: dict[str, list[str]] = defaultdict(list)

    def listen(event: object) -> None:
        if event.info.name == "SQLQuery" and f"with {_ACTUAL}" in event.data.sql:
            sent[model_of[event.data.node_info.node_name]].append(event.data.sql)

    model_of = {test["name"]: test["model"] for test in read_manifest()["unit_tests"].values()}
    selected = ["--select", *models] if models else []
    arguments = dbt_arguments(company, "--resource-type", "unit_test", *selected)
    with dbt_profile(company):
        outcome = dbtRunner(callbacks=[listen]).invoke(arguments)
    assert outcome.success, outcome.exception
    return sent


def unasked(sent: dict[str, list[str]]) -> list[str]:
    """The models that decide something and have no unit test."""
    return sorted(
        node["name"]
        for node in read_manifest()["nodes"].values()
        if node["resource_type"] == "model"
        and node["name"] not in sent
        and _CONDITION.search(_COMMENT.sub("", node["raw_code"]))
    )


def own_parts(tree: exp.Expression) -> Iterator[exp.Expression]:
    """The nodes of a unit test's SQL that the model itself has written."""
    actual = next(cte for cte in tree.find_all(exp.CTE) if cte.alias == _ACTUAL)
    for node in actual.walk():
        fixtures = (cte for cte in iter_parents(node) if isinstance(cte, exp.CTE))
        if not any(cte.alias.startswith(_FIXTURE) for cte in fixtures):
            yield node


def iter_parents(node: exp.Expression) -> Iterator[exp.Expression]:
    while node is not None:
        yield node
        node = node.parent


def is_settled(node: exp.Expression) -> bool:
    """Whether a setting decides a condition whatever stands beside it: `or true`, `and false`."""
    condition = node.this if isinstance(node, exp.Where) else node
    settled = {exp.Or: exp.true(), exp.And: exp.false()}
    return any(
        settled.get(type(parent)) in parent.flatten()
        for parent in iter_parents(condition)
        if type(parent) in settled
    )


def without_one(node: exp.Connector) -> Iterator[tuple[str, exp.Expression]]:
    """A chain of conditions without one of them; what a setting leaves as `and true` is none."""
    conditions = list(node.flatten(unnest=False))
    if type(node.parent) is type(node):
        return
    for condition in conditions:
        others = [other.copy() for other in conditions if other is not condition]
        chain = reduce(lambda this, other: type(node)(this=this, expression=other), others)
        if not isinstance(condition, exp.Boolean):
            yield f"without {text_of(condition)}", exp.Paren(this=chain)


def changed(node: exp.Expression) -> Iterator[tuple[str, exp.Expression]]:
    """What can be done to a node, with what stands there then."""
    if isinstance(node, exp.And | exp.Or):
        yield from without_one(node)
    if type(node) in _SWAPPED:
        yield f"{node.key} is {_SWAPPED[type(node)].key}", _SWAPPED[type(node)](**node.copy().args)
    if isinstance(node, exp.Not) and isinstance(node.this, exp.Is):
        yield "is null", node.this.copy()
    elif isinstance(node, exp.Is) and not isinstance(node.parent, exp.Not):
        yield "is not null", exp.Not(this=node.copy())
    if isinstance(node, exp.Where) and not isinstance(node.this, exp.And | exp.Boolean):
        yield "no where", exp.Where(this=exp.true())
    if isinstance(node, exp.Join) and node.args.get("on"):
        turned = node.copy()
        turned.set("side", None if node.side else "LEFT")
        turned.set("kind", None)
        yield "inner join" if node.side else "left join", turned


def text_of(node: exp.Expression) -> str:
    """A node on one line; a fixture goes by the name of the model that it stands for."""
    return " ".join(node.sql(dialect="duckdb", comments=False).split()).replace(_FIXTURE, "")


def mutants(sql: str) -> Iterator[tuple[tuple[str, int], str, str]]:
    """Every mutant of one unit test's SQL: its key, its words, its SQL.

    The model's other unit tests give it the same key, whatever days and figures their settings put there.
    """
    tree = sqlglot.parse_one(sql, read="duckdb")
    seen: dict[str, int] = defaultdict(int)
    for node in [part for part in own_parts(tree) if not is_settled(part)]:
        for what, instead in changed(node):
            words = f"{what}: {text_of(node)}"
            same = _SETTINGS.sub("?", words)
            node.replace(instead)
            yield (same, seen[same]), words, tree.sql(dialect="duckdb")
            instead.replace(node)
            seen[same] += 1


def passes(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    """Whether a unit test's SQL gives as actual rows what it expects; an error is no pass."""
    # A join without its key can be as large as the square of a list of days.
    ending = Timer(_SECONDS, connection.interrupt)
    ending.start()
    try:
        rows = connection.execute(sql).fetchmany(_MOST_ROWS)
    except duckdb.Error:
        return False
    finally:
        ending.cancel()
    sides: dict[str, list[str]] = {"actual": [], "expected": []}
    for *row, side in rows:
        sides[side].append(repr(row))
    return sorted(sides["actual"]) == sorted(sides["expected"])


def survivors(connection: duckdb.DuckDBPyConnection, tests: list[str]) -> tuple[int, list[str]]:
    """How many mutants a model has, and those that all its unit tests let pass."""
    alive: dict[tuple[str, int], str | None] = {}
    for sql in tests:
        if not passes(connection, sql):
            raise SystemExit(f"a unit test does not pass unmutated:\n{sql[:400]}")
        for key, words, mutated in mutants(sql):
            if alive.get(key, words):
                alive[key] = words if passes(connection, mutated) else None
    return len(alive), [words for words in alive.values() if words]


def is_explained(model: str, mutant: str, reasons: list[dict[str, str]]) -> bool:
    """Whether the file of reasons says why no unit test can tell the mutant, or which other test does."""
    return any(
        re.fullmatch(reason["model"], model) and re.fullmatch(reason["mutant"], mutant) for reason in reasons
    )


def counted(connection: duckdb.DuckDBPyConnection, model: str, tests: list[str]) -> Counter[str]:
    """What became of a model's mutants; those that survive without a reason are printed."""
    reasons = yaml.safe_load(REASONS.read_text(encoding="utf-8"))
    mutants_of_model, alive = survivors(connection, tests)
    unexplained = [mutant for mutant in alive if not is_explained(model, mutant, reasons)]
    for mutant in unexplained:
        click.echo(f"{model}: {mutant}")
    return Counter(mutants=mutants_of_model, survivors=len(alive), unexplained=len(unexplained))


def main() -> None:
    """Print what survives without a reason, and end with 1 where something does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", help="names of models; all that have unit tests without any")
    parser.add_argument("--work", type=Path, help="a folder whose built sample is used again")
    given = parser.parse_args()
    rooms: dict[str, Counter[str]] = defaultdict(Counter)
    with TemporaryDirectory() as folder:
        company = built_sample(given.work or Path(folder))
        sent = sent_by_dbt(company, given.models)
        room_of = {node["name"]: str(Path(node["path"]).parent) for node in read_manifest()["nodes"].values()}
        with open_build_read_only(company) as connection:
            connection.execute("set memory_limit = '1GB'")
            for model in sorted(given.models or sent, key=lambda model: (room_of[model], model)):
                rooms[room_of[model]] += counted(connection, model, sent[model])
    for model in [] if given.models else unasked(sent):
        click.echo(f"{model}: no unit test asks it")
    for room, counts in rooms.items():
        click.echo(
            f"{room}: {counts['mutants']} mutants, {counts['survivors']} survive, "
            f"{counts['unexplained']} of them without a reason"
        )
    sys.exit(any(counts["unexplained"] for counts in rooms.values()))


if __name__ == "__main__":
    main()
