"""A peer's dbt models: run from their checkout by a small project of ours, then the same SQL without dbt."""

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.engine import compiled


@dataclass(frozen=True)
class Ran:
    """What `dbt run` took in CPU seconds, its start not counted, and the models as it compiled them."""

    cpu: float
    models: list[dict[str, Any]]


def lay_out(project: Path, packages: Mapping[str, Path], folder: Path) -> Path:
    """A copy of the small project in `folder`, with checkouts as its packages (name to folder)."""
    laid = folder / project.name
    shutil.copytree(project, laid)
    (laid / "dbt_packages").mkdir()
    for name, checkout in packages.items():
        (laid / "dbt_packages" / name).symlink_to(checkout)
    return laid


def run_dbt(project: Path) -> Ran:
    """All models of a project that was laid out. Raises SystemExit where dbt fails."""
    from dbt.cli.main import dbtRunner

    flags = [
        "--project-dir", str(project), "--profiles-dir", str(project), "--log-path", str(project / "logs"),
        "--log-level", "none", "--log-level-file", "info",
        "--quiet", "--no-send-anonymous-usage-stats", "--no-write-json",
    ]  # fmt: skip
    runner = dbtRunner()
    parsed = runner.invoke(["parse", *flags])
    if not parsed.success:
        raise SystemExit(
            f"dbt can't read {project}: {parsed.exception}. Are its checkouts of the versions named?"
        )
    began = time.process_time()
    outcome = dbtRunner(manifest=parsed.result).invoke(["run", *flags])
    cpu = time.process_time() - began
    if not outcome.success:
        raise SystemExit(f"dbt run failed:\n{(project / 'logs' / 'dbt.log').read_text('utf-8')[-2000:]}")
    return Ran(cpu, compiled(outcome))
