"""One run, step by step, without an orchestrator: landing > raw gate > dbt > mart gate > publish.

Each step measures itself, and keeps the error a person has to read.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from shlex import quote
from typing import Any

import duckdb

from orchestration.alerts.health import Begun, begin
from orchestration.alerts.tell import last_failures
from orchestration.build import models
from orchestration.build.manifest import checksums_below, read_manifest
from orchestration.build.nodes import NodeResult
from orchestration.build.own_models import company_manifest, company_semantic_manifest
from orchestration.build.versions import meet_version
from orchestration.closes.reported import MARTS, create_reported_tables, known_before, load_reported
from orchestration.errors import DataRefused, GateFailed, SaasMetricsError
from orchestration.forget.run import finish_forgetting
from orchestration.landing import (
    Delivery,
    KeptSource,
    Landed,
    Notice,
    kept_sources,
    land,
    mapping_fingerprints,
    notices,
    passed_over,
)
from orchestration.landing.forgotten import read_forgotten
from orchestration.landing.kept_sources import forget_build
from orchestration.landing.mrr_terms import missing_terms
from orchestration.machine.disk import private_files, room_on
from orchestration.machine.duckdb_files import open_build
from orchestration.machine.wording import counted
from orchestration.metrics.documents import release_documents
from orchestration.publish.comparison import comparison
from orchestration.publish.descriptions import model_descriptions
from orchestration.publish.keep import make_ready, release_in_force
from orchestration.publish.live import go_live
from orchestration.publish.manifest import ReleaseManifest
from orchestration.publish.privacy import published_classes
from orchestration.publish.release import Facts, catch_up, create_release_tables, forget_published, publish
from orchestration.quality.changes import write_changes
from orchestration.quality.gate import Gate, run_gate
from orchestration.quality.results import create_quality_results, record
from orchestration.quality.rule import GateReport, Rule
from orchestration.quality.suites import marts, plausibility, raw
from orchestration.quality.verdicts import (
    GATES,
    demand_built,
    demand_landed,
    give_back,
    pass_gate,
    reports_of,
    take_back,
)
from orchestration.run.standing import remember_release, stamp_of, standing_release
from orchestration.settings import Company, dbt_vars

GATE_STEPS: Mapping[Gate, str] = {"raw": "raw gate", "marts": "mart gate"}
STEPS = ("landing", GATE_STEPS["raw"], "dbt", GATE_STEPS["marts"], "publish")


@dataclass(frozen=True)
class StepTime:
    """What one step cost."""

    step: str
    cpu_seconds: float
    wall_seconds: float


@dataclass
class Run:
    """One run over one company: what it was asked to do, and what became of it."""

    company: Company
    as_of: datetime
    full_refresh: bool = False
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    on_step: Callable[[str], None] = lambda step: None
    on_node: Callable[[NodeResult], None] = lambda node: None
    on_step_end: Callable[[StepTime], None] = lambda time: None
    began: float = field(default_factory=time.perf_counter)
    times: list[StepTime] = field(default_factory=list)
    reports: list[GateReport] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    """What is said of its build file and its sources: read again, by a former mapping, kept but not used."""
    nodes: list[NodeResult] = field(default_factory=list)
    release: ReleaseManifest | None = None
    standing: ReleaseManifest | None = None
    """The release in force, where nothing that it was made from is new: the steps behind landing keep it."""
    stamp: str = ""
    """What it was asked to make a release from, beside the deliveries; empty where it did not land."""
    failure: SaasMetricsError | None = None
    stopped_at: str = ""
    """The step in which it stopped, for an error or because somebody broke it off."""
    killed: Begun | None = None
    """The run before this one, where it never ended."""

    def land(self) -> list[Delivery]:
        """Land every source. Raises DataRefused for a refused delivery, after loading the healthy ones.

        It is raised too where nothing that was ever delivered tells MRR, or not by the table that was chosen.
        A forgetting that was cut short is finished first.
        """
        with self._step("landing"):
            self.stamp = stamp_of(self.company, self.as_of)
            finish_forgetting(self.company)
            self._land()
        return self.deliveries

    def _land(self) -> None:
        with open_build(self.company) as connection:
            create_quality_results(connection)
            create_release_tables(connection)
            create_reported_tables(connection)
            catch_up(connection, self.company)
            passed = reports_of(connection, self.as_of)
            take_back(connection, *GATES)
            self.notices = [*meet_version(connection), *self._of_receivers()]
            landed = land(connection, self.company, self.as_of, read_forgotten(self.company.warehouse))
            self.deliveries = landed.deliveries
            forget_published(connection, {one.source_name for one in self.deliveries if one.reread_at})
            kept = kept_sources(connection, mapping_fingerprints(self.company))
            self.notices += [*notices(kept, self.deliveries), *self._passed_over(landed, kept)]
            refused = [delivery for delivery in self.deliveries if delivery.refused]
            if refused:
                raise DataRefused(_refusal(refused, self.company))
            if missing := missing_terms(connection, self.company.chosen_bases):
                raise DataRefused(missing)
            if passed and not self.deliveries and not self.full_refresh:
                self._stand(connection, passed)

    def _stand(self, connection: duckdb.DuckDBPyConnection, passed: Mapping[str, GateReport]) -> None:
        """Keep the release in force, with what the gates found in it, where this run would make it again."""
        self.standing = standing_release(connection, self.company, self.as_of, self.stamp)
        if self.standing:
            give_back(connection, passed, self.as_of)
            self.reports = [passed[gate] for gate in GATES]
            said = f"nothing is new since release {self.standing.release_id}, so it stays in force as it is."
            self.notices.append(Notice(said, is_warning=False))

    def _of_receivers(self) -> list[Notice]:
        told = f"saas-metrics alerts test --company {self.company.path} says whether it does now."
        return [Notice(f"{one.line} {told}", is_warning=False) for one in last_failures(self.company)]

    def _passed_over(self, landed: Landed, kept: list[KeptSource]) -> list[Notice]:
        former = [source.name for source in kept if not source.is_named]
        as_of = self.as_of.astimezone(UTC).replace(tzinfo=None)
        return passed_over(self.company.extracts, landed.walked, former, as_of)

    def check(self, gate: Gate) -> GateReport:
        """Run a gate and record it.

        Raises GateFailed when a critical rule is broken, DataRefused when there is nothing to check.
        """
        with self._step(GATE_STEPS[gate]):
            if self.standing:
                return self.reports[GATES.index(gate)]
            with open_build(self.company) as connection:
                (demand_landed if gate == "raw" else demand_built)(connection)
                take_back(connection, gate)
                rules = self._raw_rules(connection) if gate == "raw" else marts.rules(read_manifest())
            report = run_gate(gate, self.company, rules)
            self.reports.append(report)
            with open_build(self.company) as connection:
                record(connection, report, self.as_of, self.run_id)
                if not report.blocking:
                    pass_gate(connection, report, self.as_of)
                elif gate == "marts":
                    forget_build(connection)
            if report.blocking:
                raise GateFailed(_broken(report))
        return report

    def _raw_rules(self, connection: duckdb.DuckDBPyConnection) -> list[Rule]:
        release = release_in_force(self.company)
        self.notices += comparison(connection, self.company, release)
        deliveries = release.deliveries if release else ()
        changed = write_changes(connection, deliveries, self.company.source_names)
        published_at = datetime.fromisoformat(release.as_of) if release else None
        return [
            *raw.rules(self.company, self.as_of),
            *plausibility.rules(self.company, self.as_of, published_at, changed),
        ]

    def build(self) -> list[NodeResult]:
        """Build every model. Raises GateFailed when one of them fails."""

        def note(node: NodeResult) -> None:
            self.nodes.append(node)
            self.on_node(node)

        # Tried again after a full disk, it begins anew.
        self.nodes.clear()
        with self._step("dbt"):
            if self.standing:
                return []
            with open_build(self.company) as connection:
                take_back(connection, "marts")
                load_reported(connection, self.company, dbt_vars(self.company, self.as_of), read_manifest())
            results = models.build(self.company, self.as_of, self.full_refresh, note)
            self.notices += [
                Notice(f"your own test {result.name} warns: {result.message}", is_warning=True)
                for result in results
                if result.status == "warn"
            ]
            return results

    def publish(self) -> ReleaseManifest:
        """Swap the new warehouse in. Raises PublishRefused where the build did not pass both gates."""
        with self._step("publish"):
            if self.standing:
                make_ready(self.company)
                go_live(self.company, self.standing)
                self.release = self.standing
                return self.release
            manifest, metrics = company_manifest(self.company), company_semantic_manifest(self.company)
            # Open until the end: each opening reads every view of the file, each closing writes them.
            with open_build(self.company) as connection:
                self.release = publish(self.company, self._facts(connection, manifest, metrics))
                # Published alone, it is a run of the instant of the build that it found.
                self.as_of = datetime.fromisoformat(self.release.as_of).replace(tzinfo=UTC)
                if self.stamp:
                    remember_release(connection, self.release, self.stamp)
        return self.release

    def _facts(
        self, connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any], metrics: Mapping[str, Any]
    ) -> Facts:
        closes, since_release = known_before(connection)
        return Facts(
            self.run_id,
            checksums_below(read_manifest(), *MARTS.values()),
            published_classes(manifest),
            model_descriptions(manifest),
            closes,
            since_release,
            release_documents(metrics, manifest),
        )

    @contextmanager
    def _step(self, step: str) -> Iterator[None]:
        if not self.times:
            # Everything this process did before its first step: imports, the manifest, the definitions.
            self.times.append(StepTime("start-up", time.process_time(), time.perf_counter() - self.began))
            self.on_step_end(self.times[-1])
        self.on_step(step)
        # That of the same step, which is tried again.
        self.failure = None
        self.stopped_at = step
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            # What is published others may read; what lies in the work folder, nobody else.
            alone = nullcontext() if step == STEPS[-1] else private_files()
            with room_on(self.company.work), alone:
                if len(self.times) == 1:
                    self.killed = begin(self.company, self.run_id, self.as_of)
                yield
            self.stopped_at = ""
        except SaasMetricsError as error:
            self.failure = error
            raise
        finally:
            self.times.append(StepTime(step, time.process_time() - cpu, time.perf_counter() - wall))
            self.on_step_end(self.times[-1])


def record_times(run: Run) -> None:
    """Keep what a run cost in audit.run_steps of the build file."""
    with open_build(run.company) as connection:
        connection.execute(
            "create table if not exists audit.run_steps "
            "(run_id varchar, as_of timestamp, step varchar, cpu_seconds double, wall_seconds double)"
        )
        connection.executemany(
            "insert into audit.run_steps values (?, ?, ?, ?, ?)",
            [
                (
                    run.run_id,
                    run.as_of.replace(tzinfo=None),
                    time.step,
                    time.cpu_seconds,
                    time.wall_seconds,
                )
                for time in run.times
            ],
        )


# What is said of files by their verdicts, the graver one first.
_MEANT = {
    "reject_file": "reject_file: the file can't be read by its mapping, so nothing of it was loaded.",
    "quarantine": "quarantine: some rows can't be read, so none of the source's new files was loaded.",
}


def _refusal(refused: list[Delivery], company: Company) -> str:
    verdicts = {f"{one.source_name}/{one.file}": one.verdict for one in refused}
    count = f"{counted(len(verdicts), 'file')} {'was' if len(verdicts) == 1 else 'were'}"
    return "\n".join(
        [
            f"{count} refused and nothing was published:",
            *(f"  {file}: {verdict}" for file, verdict in verdicts.items()),
            *(said for verdict, said in _MEANT.items() if verdict in verdicts.values()),
            "What was published before is still in force.",
            "Mend the files or their mapping, and run again: they are then read anew.",
            f"Every refused row: saas-metrics rejects --company {quote(str(company.path))}",
        ]
    )


def _broken(report: GateReport) -> str:
    lines = [f"The {report.gate} gate stopped the run; nothing was published."]
    for result in report.blocking:
        lines.append(f"  {result.message}")
        lines += [f"    {_told(row)}" for row in result.sample]
    return "\n".join(lines)


def _told(row: Mapping[str, str]) -> str:
    """What a row that breaks a rule says of itself, or its columns."""
    return row.get("message") or ", ".join(f"{key}={value}" for key, value in row.items())
