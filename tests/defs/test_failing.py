"""What Dagster shows of a step that stopped: the cause first; only what may heal is tried again."""

from datetime import datetime

import dagster as dg
import pytest
from pipeline import write_canonical, write_company

from orchestration.defs import failing
from orchestration.defs.failing import COMMAND_LINE, RETRIES, STARTED_BY, failure_of, told
from orchestration.defs.gates import gate_checks
from orchestration.errors import DataRefused, DiskFull, GateFailed, RunLocked
from orchestration.quality.rule import GateReport, Rule, RuleResult
from orchestration.run.steps import Run


def attempts(error: Exception, tags: dict[str, str]) -> tuple[int, dg.DagsterEvent]:
    """How often a step was tried that meets an error each time, and how it failed."""
    tried = []

    @dg.op
    def step(context: dg.OpExecutionContext) -> None:
        tried.append(context.retry_number)
        with told(context):
            raise error

    @dg.job
    def job() -> None:
        step()

    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(raise_on_error=False, instance=instance, tags=tags)
    (failed,) = result.get_step_failure_events()
    return len(tried), failed


@pytest.mark.parametrize("error", [RunLocked("held"), DiskFull("full")], ids=lambda one: str(one))
def test_what_may_heal_is_tried_again_by_a_server(monkeypatch, error):
    monkeypatch.setattr(failing, "PAUSE", 0)
    tried, failed = attempts(error, {})
    assert tried == RETRIES + 1
    assert failed.step_failure_data.user_failure_data.description == str(error)


def test_a_terminal_is_told_at_once(monkeypatch):
    monkeypatch.setattr(failing, "PAUSE", 0)
    assert attempts(DiskFull("full"), {STARTED_BY: COMMAND_LINE})[0] == 1


@pytest.mark.parametrize("error", [DataRefused("refused"), GateFailed("failed")], ids=lambda one: str(one))
def test_refused_data_are_never_tried_again(error):
    assert attempts(error, {})[0] == 1


RULE = Rule("rates_are_as_before", "fx_rates", "critical", "rates are as before", "Look at them.", "select 1")
LABELS = Rule("labels_do_not_vanish", "customers", "warning", "labels do not vanish", "Look.", "select 1")
BROKEN = RuleResult(RULE, False, "2 rows", 2, ({"message": "USD was 1.1 and is 110"}, {"message": "GBP too"}))


class Stopped:
    """A run whose gate found what the test gives it."""

    def __init__(self, company, *results: RuleResult) -> None:
        self.company, self.deliveries, self.as_of, self.run_id = company, [], datetime(2025, 7, 1), "ab" * 16
        self.reports, self._results = [], results

    def check(self, gate):
        self.reports.append(GateReport(gate, self._results))
        if self.reports[-1].blocking:
            raise GateFailed("The raw gate stopped the run; nothing was published.\n  USD was 1.1")


def test_the_first_line_of_a_failed_gate_is_the_rule_with_its_rows_below(tmp_path):
    run = Stopped(write_company(tmp_path), BROKEN)
    with pytest.raises(GateFailed) as stopped:
        run.check("raw")
    failure = failure_of(stopped.value, run)
    assert failure.description.splitlines()[0] == BROKEN.message
    assert failure.metadata["rates_are_as_before"].value == [
        {"message": "USD was 1.1 and is 110"},
        {"message": "GBP too"},
    ]
    assert str(failure.metadata["quality page"].value).endswith("20250701T000000Z-abababab.html")
    assert not failure.allow_retries


def test_the_first_line_of_a_refused_file_is_its_name_and_what_is_wrong_in_it(tmp_path):
    company = write_company(tmp_path)
    rows = [{"customer_id": "a", "currency": "EURO", "country": "FR"}]
    write_canonical(company.extracts / "source", {"customers": rows})
    run = Run(company, datetime.fromisoformat("2025-07-01T00:00:00Z"))
    with pytest.raises(DataRefused) as stopped:
        run.land()
    first = failure_of(stopped.value, run).description.splitlines()[0]
    assert first.startswith("source/customers.csv: ") and "EURO" in first


def checks(tmp_path, *results: RuleResult) -> dict[str, dg.AssetCheckEvaluation]:
    """What the raw gate's checks of three tables say."""
    keys = [dg.AssetKey(["raw", table]) for table in ("fx_rates", "customers", "tickets")]
    gate = gate_checks("raw", keys, dict.fromkeys(keys, "rules"))
    defs = dg.Definitions(
        assets=[dg.AssetSpec(key) for key in keys],
        asset_checks=[gate],
        jobs=[dg.define_asset_job("job", dg.AssetSelection.all_asset_checks())],
        resources={
            "run": dg.ResourceDefinition.hardcoded_resource(Stopped(write_company(tmp_path), *results))
        },
    )
    with dg.DagsterInstance.ephemeral() as instance:
        job = defs.resolve_job_def("job")
        result = job.execute_in_process(raise_on_error=False, instance=instance)
    assert result.success == (not any(one.blocks for one in results))
    return {one.asset_key.path[-1]: one for one in result.get_asset_check_evaluations()}


def test_a_table_of_which_no_rule_was_asked_is_no_failed_check(tmp_path):
    said = checks(tmp_path, BROKEN)
    assert {table: one.passed for table, one in said.items()} == {
        "fx_rates": False, "customers": True, "tickets": True,
    }  # fmt: skip
    assert said["fx_rates"].severity == dg.AssetCheckSeverity.ERROR
    assert said["tickets"].description == "No rule was asked: the table is empty."
    assert said["fx_rates"].metadata["rows"].value == 2


def test_a_warning_and_what_was_accepted_stop_nothing(tmp_path):
    accepted = RuleResult(RULE, False, "2 rows", 2, accepted=True)
    said = checks(tmp_path, accepted, RuleResult(LABELS, False, "1 row", 1))
    assert said["fx_rates"].passed and said["fx_rates"].description.startswith("accepted: ")
    assert not said["customers"].passed and said["customers"].severity == dg.AssetCheckSeverity.WARN
