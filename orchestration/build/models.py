"""Builds the models: dbt, in process, over what a run recomputes, and over what the company added."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.build.broken_rules import sentences_of
from orchestration.build.dbt_call import call_dbt, close_connections
from orchestration.build.dbt_shortcuts import HEARD
from orchestration.build.manifest import parsed, read_manifest
from orchestration.build.own_models import (
    SELECTION,
    company_manifest,
    forget_own,
    has_own_project,
    own_file,
    own_project,
    own_target,
    parse_own,
)
from orchestration.build.record import keep_salt, record_build
from orchestration.build.scope import Scope, find_scope
from orchestration.build.standing import FINANCE
from orchestration.build.versions import drop_strangers
from orchestration.errors import GateFailed
from orchestration.machine.collecting import few_collections
from orchestration.machine.disk import stop_if_full
from orchestration.machine.duckdb_files import open_build, stop_if_damaged
from orchestration.machine.project import PROJECT
from orchestration.settings import Company, dbt_environment, dbt_vars

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_FAILED = ("error", "fail", "runtime error")


@dataclass(frozen=True)
class NodeResult:
    """How one model or seed ended."""

    unique_id: str
    name: str
    resource_type: str
    status: str
    message: str
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether the run has to stop for it."""
        return self.status in _FAILED


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
    scope = find_scope(company, as_of, full_refresh)
    # Asking dbt whether anything changed costs more than a CPU second.
    manifest = parsed()
    keep_salt(company)
    results: list[NodeResult] = []

    def note(result: NodeResult) -> None:
        results.append(result)
        if on_node:
            on_node(result)

    variables = json.dumps(dbt_vars(company, as_of) | scope.variables)
    arguments = [*_to_build(scope), *(("--select", *select) if select else ()), "--vars", variables]
    target = company.work / "dbt"
    results += _failed_hooks(_run_dbt(company, arguments, target, manifest, note))
    _stop_if_failed(results, manifest, company, target)
    if not select:
        if company.models:
            results += _build_own(company, variables, note)
        # Models of the company's own come and go while ours stand.
        if not scope.models_stand or has_own_project(company):
            with open_build(company) as connection:
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
    failed = _failed_hooks(_run_dbt(company, arguments, target, manifest, note_both, own_project(company)))
    _stop_if_failed([*results, *failed], manifest, company, target)
    return failed


def _stop_if_failed(results: list[NodeResult], manifest: "Manifest", company: Company, target: Path) -> None:
    failures = [result for result in results if result.failed]
    for failure in failures:
        stop_if_full(failure.message, company.work)
        stop_if_damaged(failure.message, company.build_file)
    if failures:
        said = sentences_of(company, read_manifest(), {failure.unique_id for failure in failures})
        raise GateFailed(_explain(failures, said, manifest, company, target / "logs"), said)


def _run_dbt(
    company: Company,
    arguments: list[str],
    target: Path,
    manifest: "Manifest",
    note: Callable[[NodeResult], None],
    project: Path = PROJECT,
) -> Any:
    """One call of dbt that tells of each node as it ends; its own result."""

    def listen(event: Any) -> None:
        if event.info.name == HEARD:
            node, run = event.data.node_info, event.data.run_result
            note(
                NodeResult(
                    node.unique_id,
                    node.node_name,
                    node.resource_type,
                    run.status,
                    run.message,
                    run.execution_time,
                )
            )

    try:
        return call_dbt(
            # A manifest and results that nobody reads would take more than a CPU second.
            [*arguments, "--no-write-json"],
            target=target,
            logs=target / "logs",
            environment=dbt_environment(company),
            manifest=manifest,
            listen=listen,
            may_fail=True,
            project=project,
        )
    finally:
        close_connections()


def _failed_hooks(outcome: Any) -> list[NodeResult]:
    """What failed before the models, of which dbt tells in its result only."""
    return [
        NodeResult(
            result.node.unique_id,
            result.node.name,
            str(result.node.resource_type),
            str(result.status),
            result.message or "",
            result.execution_time,
        )
        for result in outcome.result.results
        if result.node.resource_type == "operation" and str(result.status) in _FAILED
    ]


def _explain(
    failures: list[NodeResult], said: Sequence[str], manifest: "Manifest", company: Company, logs: Path
) -> str:
    lines = [f"{len(failures)} of the warehouse's models or their tests failed; nothing was published."]
    # What the sentences name is often why they failed.
    lines += [f"  {sentence}" for sentence in said]
    for failure in failures[:10]:
        node = manifest.nodes[failure.unique_id]
        # Below the first lines dbt lists the macros it came through.
        told = [line.strip() for line in failure.message.splitlines() if line.strip() and "> " not in line]
        lines.append(f"  {failure.resource_type} {failure.name}: {' '.join(told[:8])}")
        if node.description:
            lines.append(f"    It says: {' '.join(node.description.split())}")
        if own := own_file(company, node):
            lines.append(f"    It is your own: {own}")
    if len(failures) > 10:
        lines.append(f"  and {len(failures) - 10} more, in {logs / 'dbt.log'}")
    lines.append("Mend the extracts or the models and run again.")
    return "\n".join(lines)
