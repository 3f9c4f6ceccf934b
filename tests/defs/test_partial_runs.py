"""Parts of the job, started alone in Dagster: only a build that passed both gates reaches its readers."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest
from pipeline import SAMPLE_AS_OF

from orchestration.build.manifest import read_manifest
from orchestration.defs import nightly
from orchestration.defs.nightly import JOB, WAREHOUSE, build_definitions, run_nightly
from orchestration.errors import ConfigurationError, PublishRefused, SaasMetricsError
from orchestration.landing.kept_sources import forget_build
from orchestration.machine.duckdb_files import open_build
from orchestration.publish.live import live_release
from orchestration.publish.manifest import find_manifest
from orchestration.run.steps import Run
from orchestration.settings import SAMPLE_COMPANY, load_company


def materialize_the_warehouse(company, **config):
    """What the button does: `published/warehouse` alone, at this moment or as the launchpad says."""
    job = build_definitions(company, read_manifest()).resolve_job_def(JOB)
    with dg.DagsterInstance.ephemeral() as instance:
        return job.execute_in_process(
            asset_selection=[WAREHOUSE],
            instance=instance,
            run_config={"resources": {"run": {"config": config}}},
        )


def test_what_passed_is_published_under_its_own_instant_with_its_gates(copy):
    materialize_the_warehouse(copy)
    release = find_manifest(copy, live_release(copy))
    assert release.as_of == SAMPLE_AS_OF.replace(tzinfo=None).isoformat(sep=" ")
    assert release.gates["raw"]["rules"] > 20 and release.gates["marts"]["rules"] > 50
    page = (copy.warehouse / "quality" / "latest.html").read_text(encoding="utf-8")
    assert f"passed before: {release.gates['marts']['rules']} rules" in page
    assert f"{SAMPLE_AS_OF:%Y-%m-%d %H:%M}" in page


def test_an_instant_that_goes_back_is_refused_until_it_is_allowed(copy):
    materialize_the_warehouse(copy)
    with pytest.raises(dg.DagsterError) as refused:
        materialize_the_warehouse(copy, as_of="2025-06-30")
    assert isinstance(refused.value.__cause__, ConfigurationError)
    assert "is before the newest release, " in str(refused.value.__cause__)
    assert "allow_as_of: true" in str(refused.value.__cause__)
    assert materialize_the_warehouse(copy, as_of="2025-06-30", allow_as_of=True).success


def landed_again(connection):
    connection.execute("delete from runs.passed_gates")


def other_deliveries(connection):
    connection.execute("insert into runs.built_deliveries values ('another')")


def other_instant(connection):
    connection.execute("update runs.passed_gates set as_of = as_of + interval 1 day where gate = 'raw'")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (landed_again, "the raw gate has not passed since the build file changed last"),
        (forget_build, "the marts are not those that their gate passed"),
        (other_deliveries, "the marts are not those that their gate passed"),
        (other_instant, r"as of 2025-07-02 00:00:00 \(raw\) and 2025-07-01 00:00:00 \(marts\)"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_nothing_else_is(copy, change, told):
    with open_build(copy) as connection:
        change(connection)
    with pytest.raises(dg.Failure, match=told) as stopped:
        materialize_the_warehouse(copy)
    assert isinstance(stopped.value.__cause__, PublishRefused)
    assert not copy.published_file.exists()


@pytest.mark.parametrize(
    ("ops", "told"),
    [
        ("raw_gate", "Nothing was landed in this warehouse yet"),
        ("dbt_build", "The raw gate has not passed"),
        ("marts_gate", "The last build did not end well, or there was none"),
        ("published__warehouse", "the raw gate has not passed"),
    ],
)
def test_a_step_that_can_not_stand_alone_says_so(tmp_path, ops, told):
    company = replace(load_company(SAMPLE_COMPANY), warehouse=tmp_path)
    job = build_definitions(company, read_manifest()).resolve_job_def(JOB)
    with dg.DagsterInstance.ephemeral() as instance, pytest.raises(dg.Failure, match=told) as stopped:
        job.execute_in_process(op_selection=[ops], instance=instance)
    assert "saas-metrics run" in str(stopped.value) and isinstance(stopped.value.__cause__, SaasMetricsError)


def job_of_the_environment() -> dg.JobDefinition:
    """The job as a process finds it that goes on with a run."""
    company = load_company(Path(os.environ["COMPANY_OF_THE_TEST"]))
    return build_definitions(company, read_manifest()).resolve_job_def(JOB)


@pytest.mark.slow
def test_a_run_that_goes_on_from_its_failed_step_keeps_its_instant(sample, tmp_path, monkeypatch):
    """The sample's rates end in 2025, so a run of today stops in dbt; going on, it is of then still."""
    shutil.copytree(SAMPLE_COMPANY.parent / "extracts", tmp_path / "extracts")
    settings = SAMPLE_COMPANY.read_text(encoding="utf-8").replace("../build/sample", "warehouse")
    (tmp_path / "company.yml").write_text(settings, encoding="utf-8")
    company = load_company(tmp_path / "company.yml")
    company.work.mkdir(parents=True)
    shutil.copy(sample.build_file, company.build_file)
    monkeypatch.setenv("COMPANY_OF_THE_TEST", str(company.path))
    job = dg.reconstructable(job_of_the_environment)
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        failed = dg.execute_job(job, instance)
        asked_for = instance.get_run_record_by_id(failed.run_id).create_timestamp
        on = dg.ReexecutionOptions.from_failure(failed.run_id, instance)
        again = dg.execute_job(job, instance, reexecution_options=on)
    steps = [[event.step_key for event in run.get_step_failure_events()] for run in (failed, again)]
    assert steps == [["dbt_build"], ["dbt_build"]]
    with open_build(company) as connection:
        instants = connection.execute(
            "select as_of, count(distinct run_id) from audit.run_steps where as_of > ? group by as_of",
            [SAMPLE_AS_OF.replace(tzinfo=None)],
        ).fetchall()
    assert instants == [(asked_for.replace(microsecond=0, tzinfo=None), 2)]


class _EndsEarly:
    """Definitions of a job that Dagster takes for a success, though its last steps were skipped."""

    def resolve_job_def(self, name):
        return self

    def execute_in_process(self, **_):
        return None


def test_a_job_that_published_nothing_is_no_success(monkeypatch, tmp_path):
    monkeypatch.setattr(nightly, "_of_the_command_line", lambda company, manifest: _EndsEarly())
    with pytest.raises(SaasMetricsError, match="ended before its last step, and nothing was published"):
        run_nightly(Run(replace(load_company(SAMPLE_COMPANY), warehouse=tmp_path), SAMPLE_AS_OF), {})
