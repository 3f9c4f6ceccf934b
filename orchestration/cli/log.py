"""What a run does as JSON lines on standard error: one a step, for a collector of logs, no personal data."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from orchestration.alerts.alert import one_line
from orchestration.alerts.tell import Told
from orchestration.errors import SaasMetricsError
from orchestration.run.finish import Finished
from orchestration.run.steps import GATE_STEPS, Run, StepTime
from orchestration.run.told import cause_of, outcome_of


@dataclass
class RunLog:
    """The lines of one run; counts and names of rules and models, never a value of an extract."""

    company: str = ""
    run: Run | None = None

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Leave with the exit code of an error; its words may quote a row, so the log has its cause alone."""
        try:
            yield
        except SaasMetricsError as error:
            if self.run is None or not self.run.times:
                self._line("run_not_begun", "error", error=type(error).__name__, message=one_line(str(error)))
            raise click.exceptions.Exit(error.exit_code) from error

    def step_ended(self, time: StepTime) -> None:
        """A step has ended, in whatever way."""
        run = self._run
        stopped = run.stopped_at == time.step
        self._line(
            "step",
            "error" if stopped else "info",
            step=time.step,
            verdict="stopped" if stopped else "done",
            cpu_seconds=round(time.cpu_seconds, 3),
            wall_seconds=round(time.wall_seconds, 3),
            **_counts(run, time.step),
        )

    def ended(self, finished: Finished | None) -> None:
        """The run has ended, and whoever wants to know was told."""
        if finished is None:
            return
        run = self._run
        for told in finished.alerts:
            self._alert(told)
        self._line(
            "run_ended",
            "info" if run.release else "error",
            outcome=outcome_of(run),
            cause=cause_of(run),
            as_of=f"{run.as_of:%Y-%m-%dT%H:%M:%SZ}",
            release=run.release.release_id if run.release else "",
            cpu_seconds=round(sum(time.cpu_seconds for time in run.times), 3),
            wall_seconds=round(sum(time.wall_seconds for time in run.times), 3),
            quality_page=str(finished.quality or ""),
        )

    @property
    def _run(self) -> Run:
        assert self.run is not None
        return self.run

    def _alert(self, told: Told) -> None:
        self._line(
            "alert",
            "warning" if told.failure else "info",
            alert=told.event,
            receiver=told.receiver,
            failure=told.failure,
            seconds=told.seconds,
        )

    def _line(self, event: str, level: str, **facts: Any) -> None:
        line = {
            "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            "level": level,
            "event": event,
            "company": self.company,
            "run_id": self.run.run_id if self.run else "",
            **facts,
        }
        click.echo(json.dumps(line), err=True)


def _counts(run: Run, step: str) -> dict[str, Any]:
    """What a step handled: files and rows, rules, models, published rows."""
    if step == "landing":
        return {
            "files": len(run.deliveries),
            "files_refused": sum(one.refused for one in run.deliveries),
            "rows_accepted": sum(one.rows_accepted for one in run.deliveries),
            "rows_rejected": sum(one.rows_rejected for one in run.deliveries),
        }
    if step in GATE_STEPS.values():
        of_gate = {name: gate for gate, name in GATE_STEPS.items()}
        report = next((one for one in run.reports if one.gate == of_gate[step]), None)
        return {
            "rules": len(report.results) if report else 0,
            "broken": [result.rule.name for result in report.broken] if report else [],
            "blocking": [result.rule.name for result in report.blocking] if report else [],
        }
    if step == "dbt":
        return {"models": len(run.nodes), "failed": [node.name for node in run.nodes if node.failed]}
    if step == "publish":
        return {"rows": sum(run.release.row_counts.values()) if run.release else 0}
    return {}
