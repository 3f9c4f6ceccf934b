"""The dbt project, in process: parsed when its files changed, built once a night."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any

from orchestration.collecting import few_collections
from orchestration.dbt_call import call_dbt, close_connections
from orchestration.disk import stop_if_full
from orchestration.errors import GateFailed
from orchestration.kept_tests import SCHEMA as TESTS
from orchestration.kept_tests import kept_query, run_tests, sentences_of
from orchestration.lock import exclusive
from orchestration.project import PROJECT, parse_folder
from orchestration.scope import Scope, find_scope, record_build
from orchestration.settings import Company, dbt_environment, dbt_vars
from orchestration.warehouse import open_build

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

# Shared by every company: the manifest says nothing about one of them, since parsing never sees their vars.
TARGET = parse_folder()
MANIFEST = TARGET / "manifest.json"
PARSED = TARGET / "partial_parse.msgpack"
_LOCK = TARGET / ".parse.lock"
_WATCHED = ("models", "macros", "seeds", "tests/dbt")
# Left out of the nightly build, because the mart gate runs all of them as one query.
DECLARED_TESTS = ("unique", "not_null", "unique_key", "accepted_values", "relationships")
_FAILED = ("error", "fail", "runtime error")


@dataclass(frozen=True)
class NodeResult:
    """How one model, seed or data test ended."""

    unique_id: str
    name: str
    resource_type: str
    status: str
    message: str
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether the night has to stop for it."""
        return self.status in _FAILED


def manifest_is_stale() -> bool:
    """Whether a file of the dbt project is newer than the manifest."""
    if not MANIFEST.is_file():
        return True
    parsed_at = MANIFEST.stat().st_mtime
    project_files = [PROJECT / "dbt_project.yml", PROJECT / "profiles.yml"]
    for folder in _WATCHED:
        # Folders too: their time changes when a file is added, renamed or removed.
        project_files += [PROJECT / folder, *(PROJECT / folder).rglob("*")]
    return any(path.stat().st_mtime > parsed_at for path in project_files if path.exists())


def parse() -> "Manifest":
    """The parsed project. No vars are given, so that a changed `as_of` never costs a full parse."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with exclusive(_LOCK, wait=True):
        result = call_dbt(["parse"], target=TARGET, logs=TARGET / "logs", environment={})
        # dbt leaves a manifest that would not change as it is; its time has to tell that it was checked.
        MANIFEST.touch()
    return result.result


def parsed() -> "Manifest":
    """The project as dbt parsed it, read back while no file of it is newer."""
    from dbt.contracts.graph.manifest import Manifest

    if manifest_is_stale() or not PARSED.is_file():
        return parse()
    # Another process may be writing it at this moment.
    with exclusive(_LOCK, wait=True):
        manifest = Manifest.from_msgpack(PARSED.read_bytes())
    if manifest.metadata.dbt_version != metadata.version("dbt-core"):
        return parse()
    manifest.build_flat_graph()
    return manifest


def read_manifest() -> dict[str, Any]:
    """The manifest as JSON, parsed anew when a file of the project is newer."""
    if manifest_is_stale():
        parse()
    with exclusive(_LOCK, wait=True):
        content: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return content


def mart_checksums(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The checksum of each mart's model."""
    return {
        node["name"]: node["checksum"]["checksum"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }


@few_collections()
def build(
    company: Company,
    as_of: datetime,
    full_refresh: bool = False,
    on_node: Callable[[NodeResult], None] | None = None,
    select: Sequence[str] = (),
) -> list[NodeResult]:
    """One run of dbt for everything but unit tests and the tests that the mart gate runs as one query.

    The other data tests dbt runs in the build after a change of settings or files; later nights ask the
    queries that it left, because a node of dbt costs more than its query.
    `select` limits it to some models, without data tests; no later night then builds upon them. Raises
    GateFailed that names what failed.
    """
    # The scope first: a file that changes from here on differs from its fingerprint tomorrow.
    scope = find_scope(company, as_of, full_refresh)
    # Asking dbt whether anything changed costs more than a CPU second.
    manifest = parsed()
    tests = {} if select else _own_tests(manifest)
    tests_are_kept = scope.kept_tests == set(tests)
    results: list[NodeResult] = []

    def note(result: NodeResult) -> None:
        results.append(result)
        if on_node:
            on_node(result)

    with_tests = not select and not tests_are_kept
    queries = _run_dbt(company, as_of, scope, manifest, select, with_tests, note)
    if tests_are_kept and not any(result.failed for result in results):
        for result in _run_kept_tests(company, tests):
            note(result)
    failures = [result for result in results if result.failed]
    for failure in failures:
        stop_if_full(failure.message, company.work)
    if failures:
        if tests_are_kept:
            queries = {name: kept_query(name) for name in tests}
        said = sentences_of(company, {one.name: queries.get(one.name, "") for one in failures})
        message = _explain(failures, said, manifest, company, tests_are_kept)
        raise GateFailed(message, [sentence for each in said.values() for sentence in each])
    if not select:
        record_build(company, as_of, scope.fingerprint, queries)
    return results


def _own_tests(manifest: "Manifest") -> dict[str, str]:
    """The data tests that a build runs: the id of each by its name."""
    return {
        node.name: node.unique_id
        for node in manifest.nodes.values()
        if node.resource_type == "test"
        and getattr(getattr(node, "test_metadata", None), "name", None) not in DECLARED_TESTS
    }


def _run_dbt(
    company: Company,
    as_of: datetime,
    scope: Scope,
    manifest: "Manifest",
    select: Sequence[str],
    with_tests: bool,
    note: Callable[[NodeResult], None],
) -> dict[str, str]:
    """What dbt does of a build; the queries of the data tests it ran, by name.

    Views and seeds are left out where settings and models are those of the last finished build: what differs
    from night to night a view asks of schema `nights`, and a seed is one of the project's files.
    """
    standing = ["config.materialized:view"] if scope.models_stand else []
    if standing and not with_tests:
        # Only tables are left, and `dbt build` would first put the tests of all models in their order.
        command = ["run", "--exclude", *standing]
    elif with_tests:
        # A test stays where a view that it reads is left out.
        declared = [f"test_name:{name}" for name in DECLARED_TESTS]
        command = ["build", "--exclude", *standing, *declared, "--indirect-selection", "empty"]
        command += ["--exclude-resource-type", "unit_test", *(["seed"] if standing else [])]
    else:
        command = ["build", "--exclude-resource-type", "unit_test", "test"]
    arguments = [
        *command,
        *(("--select", *select) if select else ()),
        # A manifest and results that nobody reads would take more than a CPU second.
        "--no-write-json",
        "--vars",
        json.dumps(dbt_vars(company, as_of) | scope.variables),
    ]
    target = company.work / "dbt"

    def listen(event: Any) -> None:
        if event.info.name == "NodeFinished":
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
        built = call_dbt(
            arguments,
            target=target,
            logs=target / "logs",
            environment=dbt_environment(company),
            manifest=manifest,
            listen=listen,
            may_fail=True,
        )
    finally:
        close_connections()
    return {
        one.node.name: one.node.compiled_code
        for one in built.result.results
        if one.node.resource_type == "test"
    }


def _run_kept_tests(company: Company, tests: Mapping[str, str]) -> Iterator[NodeResult]:
    with open_build(company) as connection:
        for test in run_tests(connection):
            status = "pass" if test.rows == 0 else "fail" if test.rows else "runtime error"
            said = test.error or ("" if test.rows == 0 else f"{test.rows} rows break it")
            yield NodeResult(tests[test.name], test.name, "test", status, said, test.seconds)


def _explain(
    failures: list[NodeResult],
    said: Mapping[str, Sequence[str]],
    manifest: "Manifest",
    company: Company,
    tests_are_kept: bool,
) -> str:
    target = company.work / "dbt"
    lines = [f"{len(failures)} of the warehouse's models or data tests failed; nothing was published."]
    lines += [f"  {sentence}" for sentences in said.values() for sentence in sentences]
    # What the sentences name is often why the others failed.
    failures = [failure for failure in failures if failure.name not in said]
    for failure in failures[:10]:
        node = manifest.nodes[failure.unique_id]
        # Below the first lines dbt lists the macros it came through.
        told = [line.strip() for line in failure.message.splitlines() if line.strip() and "> " not in line]
        lines.append(f"  {failure.resource_type} {failure.name}: {' '.join(told[:4])}")
        if node.description:
            lines.append(f"    It says: {' '.join(node.description.split())}")
        if failure.resource_type == "test" and tests_are_kept:
            lines.append(f"    The rows: from {TESTS}.{failure.name}, on {company.build_file}")
        elif failure.resource_type == "test":
            compiled = target / "compiled" / node.package_name / node.original_file_path
            query = compiled if compiled.suffix == ".sql" else compiled / node.path
            lines.append(f"    The rows: the query in {query}, on {company.build_file}")
    if len(failures) > 10:
        lines.append(f"  and {len(failures) - 10} more, in {target / 'logs' / 'dbt.log'}")
    lines.append("Mend the extracts or the models and run again.")
    return "\n".join(lines)
