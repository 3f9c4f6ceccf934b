"""A check that a failed run never came to is no failed check: what was found last stands."""

import dagster as dg
import pytest

from orchestration.defs.standing_checks import say_again

KEY = dg.AssetKey("table")
CHECK = dg.AssetCheckKey(KEY, "gate")


@dg.asset(key=KEY)
def table(context: dg.AssetExecutionContext) -> None:
    if "breaks" in context.run.tags:
        raise dg.Failure("refused")


@dg.asset_check(asset=KEY)
def gate(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    passed = "finds" not in context.run.tags
    return dg.AssetCheckResult(passed=passed, description="as it should be" if passed else "2 rows")


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def run(instance: dg.DagsterInstance, *tags: str) -> str:
    defs = dg.Definitions(assets=[table], asset_checks=[gate], jobs=[dg.define_asset_job("job")])
    tagged = dict.fromkeys(tags, "yes")
    job = defs.resolve_job_def("job")
    return job.execute_in_process(instance=instance, tags=tagged, raise_on_error=False).run_id


def stands(instance: dg.DagsterInstance) -> tuple[str, str]:
    """The state of the check and what it says."""
    found = instance.event_log_storage.get_latest_asset_check_execution_by_key([CHECK])[CHECK]
    return found.status.value, getattr(found.evaluation, "description", "")


@pytest.mark.parametrize(
    ("before", "verdict", "said"),
    [((), "SUCCEEDED", "as it should be"), (("finds",), "FAILED", "2 rows")],
    ids=["passed before", "broken before"],
)
def test_what_was_found_last_stands_once_for_any_number_of_failed_runs(instance, before, verdict, said):
    run(instance, *before)
    for _ in range(2):
        failed = run(instance, "breaks")
        assert stands(instance)[0] == "PLANNED"
        assert say_again(instance, [CHECK]) == 1
        note = f"Not asked in run {failed[:8]}, which ended before; this is what was found last."
        assert stands(instance) == (verdict, f"{note}\n{said}")
    assert say_again(instance, [CHECK]) == 0


def test_a_check_that_was_never_asked_stays_as_it_is(instance):
    run(instance, "breaks")
    assert say_again(instance, [CHECK]) == 0


def test_a_run_that_goes_on_is_left_alone(instance):
    run(instance)
    assert say_again(instance, [CHECK]) == 0
