"""The facts of one run, gathered for its page; nothing here may be more than the open file holds."""

from dataclasses import dataclass
from datetime import UTC, datetime

from orchestration.build.nodes import NodeResult
from orchestration.closes.told import Changes, changes_since_release, restated
from orchestration.errors import GateFailed
from orchestration.landing import Delivery, Notice
from orchestration.machine.duckdb_files import open_build_read_only
from orchestration.publish.keep import live_release
from orchestration.publish.manifest import ReleaseManifest, read_manifests
from orchestration.quality.rule import RuleResult
from orchestration.run.quality_page.past import (
    Past,
    PastResult,
    RefusedRows,
    RuleKey,
    SourceState,
    read_past,
    read_refused,
    read_sources,
)
from orchestration.run.steps import GATE_STEPS, STEPS, Run, StepTime
from orchestration.settings import Company


@dataclass(frozen=True)
class Checked:
    """One rule of a gate in this run, with what it said in the runs before."""

    gate: str
    result: RuleResult
    past: tuple[PastResult | None, ...]

    @property
    def state(self) -> str:
        """held, accepted, warned, broken or unchecked."""
        if self.result.success is None:
            return "unchecked"
        if self.result.success:
            return "held"
        if self.result.accepted:
            return "accepted"
        return "broken" if self.result.rule.severity == "critical" else "warned"


@dataclass(frozen=True)
class Step:
    """One step of the run, or what is said of it where this process did not do it."""

    name: str
    time: StepTime | None
    stopped_here: bool
    otherwise: str


@dataclass(frozen=True)
class PageFacts:
    """All that a quality page shows."""

    company: Company
    run_id: str
    as_of: datetime
    written_at: datetime
    published: ReleaseManifest | None
    in_force: ReleaseManifest | None
    refused_files: tuple[Delivery, ...]
    failed_nodes: tuple[NodeResult, ...]
    sentences: tuple[str, ...]
    """What broken rules say, where the build itself failed."""
    nodes: int
    checked: tuple[Checked, ...]
    refused_rows: tuple[RefusedRows, ...]
    sources: tuple[SourceState, ...]
    notices: tuple[Notice, ...]
    changes: Changes | None
    """What is another than the release before published; None where nothing was published."""
    restated: str
    steps: tuple[Step, ...]

    @property
    def needs_a_look(self) -> tuple[Checked, ...]:
        """The rules that do not hold, those that stop a run first."""
        found = [one for one in self.checked if one.state != "held"]
        return tuple(sorted(found, key=lambda one: not one.result.blocks))

    @property
    def stopped_at(self) -> str:
        """The step that stopped the run, or nothing."""
        return next((step.name for step in self.steps if step.stopped_here), "")

    def of_gate(self, gate: str) -> dict[str, list[Checked]]:
        """The rules of a gate by their table; tables of which some rule does not hold come first."""
        found: dict[str, list[Checked]] = {}
        for one in self.checked:
            if one.gate == gate:
                found.setdefault(one.result.rule.table, []).append(one)
        return dict(sorted(found.items(), key=lambda table: all(one.state == "held" for one in table[1])))

    def count(self, *states: str) -> int:
        """How many rules ended in one of these states."""
        return sum(one.state in states for one in self.checked)


def gather(run: Run) -> PageFacts:
    """The facts of a run that has ended, in whatever way."""
    company = run.company
    with open_build_read_only(company) as connection:
        past = read_past(connection)
        refused_rows = read_refused(connection, run.as_of)
        sources = read_sources(connection, [source.name for source in company.sources], run.as_of)
        changes = changes_since_release(connection) if run.release else None
        told = restated(connection, company.reporting_currency) if run.release else ""
    live = live_release(company)
    kept = {release.release_id: release for release in read_manifests(company)}
    return PageFacts(
        company=company,
        run_id=run.run_id,
        as_of=run.as_of,
        written_at=datetime.now(UTC),
        published=run.release,
        in_force=kept.get(live) if live else None,
        refused_files=tuple(delivery for delivery in run.deliveries if delivery.refused),
        failed_nodes=tuple(node for node in run.nodes if node.failed),
        sentences=run.failure.sentences if isinstance(run.failure, GateFailed) else (),
        nodes=len(run.nodes),
        checked=tuple(_checked(run, past)),
        refused_rows=tuple(refused_rows),
        sources=tuple(sources),
        notices=tuple(run.notices),
        changes=changes,
        restated=told,
        steps=tuple(_steps(run)),
    )


def _checked(run: Run, past: Past) -> list[Checked]:
    return [
        Checked(report.gate, result, past.of(RuleKey(report.gate, result.rule.table, result.rule.name)))
        for report in run.reports
        for result in report.results
    ]


def _steps(run: Run) -> list[Step]:
    times = {time.step: time for time in run.times}
    last = run.times[-1].step if run.times else ""
    return [
        Step(name, times.get(name), run.release is None and name == last, _not_done_here(name, run))
        for name in ("start-up", *STEPS)
    ]


def _not_done_here(step: str, run: Run) -> str:
    """Of a run that went on from a failed step, the steps before it were done by the run that failed."""
    if run.release is None:
        return "not reached"
    gates = {name: run.release.gates[gate] for gate, name in GATE_STEPS.items()}
    return f"passed before: {gates[step]['rules']} rules" if step in gates else "done before"
