"""Builds the models: dbt, in process, over what a run recomputes, and over what the company added."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from orchestration.build.manifest import parsed
from orchestration.build.nodes import NodeResult, failed_hooks, run_dbt, stop_if_failed
from orchestration.build.own_models import (
    SELECTION,
    company_manifest,
    forget_own,
    has_own_project,
    own_project,
    own_target,
    parse_own,
)
from orchestration.build.record import keep_salt, record_build
from orchestration.build.scope import Scope, find_scope
from orchestration.build.spark.run import build_on_spark
from orchestration.build.standing import FINANCE
from orchestration.build.versions import drop_strangers
from orchestration.machine.collecting import few_collections
from orchestration.machine.duckdb_files import open_build
from orchestration.settings import Company, dbt_vars


@few_collections()
def build(
    company: Company,
    as_of: datetime,
    full_refresh: bool = False,
    on_node: Callable[[NodeResult], None] | None = None,
    select: Sequence[str] = (),
) -> list[NodeResult]:
    """One run of dbt over every model and seed, and one over the company's own models with their tests.

    What must be true of ours the mart gate asks.

    `select` limits it to some models; no later run then builds upon them. Raises GateFailed that names
    what failed, after the sentences of broken rules that tell why.
    """
    # The scope first: a file that changes from here on differs from its fingerprint tomorrow.
    scope = find_scope(company, as_of, full_refresh or company.engine == "spark")
    # Asking dbt whether anything changed costs more than a CPU second.
    manifest = parsed()
    keep_salt(company)
    results: list[NodeResult] = []

    def note(result: NodeResult) -> None:
        results.append(result)
        if on_node:
            on_node(result)

    variables = dbt_vars(company, as_of) | scope.variables
    if company.engine == "spark" and company.spark:
        build_on_spark(company, company.spark, manifest, variables, note, select)
    else:
        chosen = ("--select", *select) if select else ()
        arguments = [*_to_build(scope), *chosen, "--vars", json.dumps(variables)]
        target = company.work / "dbt"
        results += failed_hooks(run_dbt(company, arguments, target, manifest, note))
        stop_if_failed(results, manifest, company, target)
    if not select:
        if company.models:
            results += _build_own(company, json.dumps(variables), note)
        # Open until the end: each opening reads every view of the file, each closing writes them.
        with open_build(company) as connection:
            # Models of the company's own come and go while ours stand.
            if not scope.models_stand or has_own_project(company):
                drop_strangers(connection, company_manifest(company))
            if not company.models:
                forget_own(company)
            record_build(company, as_of, scope.fingerprint)
    return results


def _to_build(scope: Scope) -> list[str]:
    """What dbt is asked to build.

    Views and seeds are left out where settings and models are those of the last finished build: what differs
    from run to run a view asks of schema `runs`, and a seed is one of the project's files. So are the
    tables of finance where nothing that they are made of is new.
    """
    if not scope.models_stand:
        return ["build", "--exclude-resource-type", "unit_test", "test"]
    return ["run", "--exclude", "config.materialized:view", *(FINANCE if scope.finance_stands else ())]


def _build_own(company: Company, variables: str, note: Callable[[NodeResult], None]) -> list[NodeResult]:
    """Build and test the company's own models; failed hooks."""
    manifest, target = parse_own(company), own_target(company)
    results: list[NodeResult] = []

    def note_both(result: NodeResult) -> None:
        results.append(result)
        note(result)

    arguments = ["build", "--select", SELECTION, "--vars", variables]
    failed = failed_hooks(run_dbt(company, arguments, target, manifest, note_both, own_project(company)))
    stop_if_failed([*results, *failed], manifest, company, target)
    return failed
