"""dbt, called in this process: its flags, its environment, and what stopped it as one sentence."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.build.dbt_shortcuts import dbt_shortcuts
from orchestration.errors import ConfigurationError, SaasMetricsError
from orchestration.machine.disk import stop_if_full
from orchestration.machine.duckdb_files import stop_if_damaged
from orchestration.machine.project import PROJECT

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


def call_dbt(
    arguments: list[str],
    target: Path,
    logs: Path,
    environment: dict[str, str],
    manifest: "Manifest | None" = None,
    listen: Callable[[Any], None] | None = None,
    may_fail: bool = False,
    project: Path | None = None,
) -> Any:
    """Run one command of dbt; `target` and `logs` are where it writes, `listen` hears its events.

    The project is ours where none is named. Returns dbt's own result. Raises SaasMetricsError when dbt
    stopped, or failed and `may_fail` is not set.
    """
    from dbt.cli.main import dbtRunner

    where = ["--project-dir", str(project or PROJECT), "--profiles-dir", str(PROJECT)]
    flags = [*where, "--target-path", str(target)]
    quiet = [
        "--log-path",
        str(logs),
        "--log-level",
        "none",
        "--log-level-file",
        "info",
        "--no-use-colors",
        "--no-send-anonymous-usage-stats",
    ]
    with _environment(environment), dbt_shortcuts():
        result = dbtRunner(manifest=manifest, callbacks=[listen] if listen else []).invoke(
            [*arguments, *flags, *quiet]
        )
    if result.exception is not None:
        stop_if_full(str(result.exception), target)
        if build_file := environment.get("SAAS_METRICS_BUILD_FILE"):
            stop_if_damaged(str(result.exception), Path(build_file))
        raise SaasMetricsError(
            f"dbt {arguments[0]} stopped: {result.exception}. Read {logs / 'dbt.log'}, mend it and run again."
        ) from result.exception
    if not result.success and not may_fail:
        raise SaasMetricsError(
            f"dbt {arguments[0]} failed. Read {logs / 'dbt.log'}, mend the models and run again."
        )
    return result


def call_dbt_by_hand(
    arguments: list[str],
    target: Path,
    environment: dict[str, str],
    manifest: "Manifest",
    project: Path,
) -> int:
    """Run one command of dbt as somebody wrote it, with dbt's own words on the terminal; its exit code.

    Raises ConfigurationError where dbt takes no such call, or stopped.
    """
    from dbt.cli.main import dbtRunner

    flags = ["--project-dir", str(project), "--profiles-dir", str(PROJECT), "--target-path", str(target)]
    with _environment(environment):
        result = dbtRunner(manifest=manifest).invoke([*arguments, *flags, "--log-path", str(target / "logs")])
    if result.exception is not None:
        raise ConfigurationError(f"dbt {arguments[0]} stopped: {result.exception}") from result.exception
    return 0 if result.success else 1


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """profiles.yml reads the environment; it is put back because a parse must not see a company.

    What the caller's shell tells dbt (DBT_TARGET, DBT_STATE and so on) is meant for a dbt called by hand.
    """
    ours = {*values, "SAAS_METRICS_BUILD_FILE", "SAAS_METRICS_TEMP_DIRECTORY"}
    names = ours | {name for name in os.environ if name.startswith("DBT_")}
    before = {name: os.environ.pop(name, None) for name in names}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def close_connections() -> None:
    """dbt keeps the write lock of the build file until it is told that the run's work is over."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    logging.getLogger("dbt").handlers.clear()
    DuckDBConnectionManager.close_all_connections()
