"""dbt's nodes as they end: called, listened to, and what failed of them told to a person."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.build.broken_rules import sentences_of
from orchestration.build.dbt_call import call_dbt, close_connections
from orchestration.build.dbt_shortcuts import HEARD
from orchestration.build.manifest import read_manifest
from orchestration.build.own_models import own_file
from orchestration.errors import GateFailed
from orchestration.machine.disk import stop_if_full
from orchestration.machine.duckdb_files import stop_if_damaged
from orchestration.machine.project import PROJECT
from orchestration.settings import Company, dbt_environment

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


def stop_if_failed(
    results: Sequence[NodeResult],
    manifest: "Manifest",
    company: Company,
    target: Path,
    sentences: Callable[[Collection[str]], list[str]] | None = None,
) -> None:
    """Raise GateFailed where a node failed.

    `sentences` gives those of the broken rules that rest on none of the failed nodes (unique ids), where the
    rules stand elsewhere than in the build file.
    """
    failures = [result for result in results if result.failed]
    for failure in failures:
        stop_if_full(failure.message, company.work)
        stop_if_damaged(failure.message, company.build_file)
    if failures:
        failed = {failure.unique_id for failure in failures}
        said = sentences(failed) if sentences else sentences_of(company, read_manifest(), failed)
        raise GateFailed(_explain(failures, said, manifest, company, target / "logs"), said)


def run_dbt(
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
            # A manifest and results that nobody reads would take more than a CPU second; the slower way to
            # have a model wait for the tests of what it reads, half of one.
            [*arguments, "--no-write-json", "--use-fast-test-edges"],
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


def failed_hooks(outcome: Any) -> list[NodeResult]:
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
