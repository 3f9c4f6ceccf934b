"""A run that would make the release in force again keeps it, and builds nothing."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from pipeline import SAMPLE_AS_OF

from orchestration.closes.close import close_months
from orchestration.machine.duckdb_files import open_build
from orchestration.publish.keep import release_in_force
from orchestration.publish.manifest import OPEN, read_published, release_folder
from orchestration.quality.verdicts import checked_build, give_back, reports_of, take_back
from orchestration.run import standing
from orchestration.run.standing import remember_release, stamp_of
from orchestration.run.steps import Run
from orchestration.settings import Company, load_company


@pytest.fixture
def published(sample: Company, tmp_path: Path) -> Company:
    """The sample with a company file, extracts and a warehouse of its own, as its run left them."""
    shutil.copytree(sample.warehouse, tmp_path / "warehouse", symlinks=True)
    shutil.copytree(sample.extracts, tmp_path / "extracts")
    text = sample.path.read_text(encoding="utf-8").replace(f"../build/{sample.name}", "warehouse")
    (tmp_path / "company.yml").write_text(text, encoding="utf-8")
    company = load_company(tmp_path / "company.yml")
    release = release_in_force(company)
    assert release is not None
    with open_build(company) as connection:
        remember_release(connection, release, stamp_of(company, SAMPLE_AS_OF))
    return company


def landed(company: Company, **asked: object) -> Run:
    """A run that has landed, at the instant of the release unless another is asked for."""
    run = Run(company, **({"as_of": SAMPLE_AS_OF} | asked))  # type: ignore[arg-type]
    run.land()
    return run


def test_the_release_stands_with_what_the_gates_found_in_it(published):
    before = read_published(published)
    run = landed(published)
    assert run.standing == before[0]
    with open_build(published) as connection:
        assert checked_build(connection).gates == before[0].gates
    for gate, counts in before[0].gates.items():
        report = run.check(gate)  # type: ignore[arg-type]
        assert {"rules": len(report.results), "warnings": len(report.broken)} == counts
    assert run.reports[0].broken[0].message.startswith("rejects: not true that no row of this run was")
    assert run.build() == []
    assert run.publish() == before[0]
    assert read_published(published) == before
    assert any(before[0].release_id in notice.text for notice in run.notices)


def test_it_stands_a_third_time(published):
    for _ in range(2):
        run = landed(published)
        for gate in ("raw", "marts"):
            run.check(gate)
        run.build()
        run.publish()
    assert landed(published).standing


def test_a_run_leaves_what_the_next_one_compares(sample):
    """Not the fixture above, but a whole run did."""
    with open_build(sample) as connection:
        stamp = stamp_of(sample, SAMPLE_AS_OF)
        assert standing.standing_release(connection, sample, SAMPLE_AS_OF, stamp) == release_in_force(sample)


def test_a_file_that_changes_during_a_run_is_none_that_its_release_was_made_from(published):
    with open_build(published) as connection:
        passed = reports_of(connection, SAMPLE_AS_OF)
    run = landed(published, full_refresh=True)
    changed = _another_setting(published)
    with open_build(published) as connection:
        give_back(connection, passed, SAMPLE_AS_OF)
    run.publish()
    assert landed(changed).standing is None


def _a_new_file(company: Company) -> Company:
    folder = company.extracts / "delighted"
    known = next(path for path in folder.rglob("*.csv"))
    header = known.read_text(encoding="utf-8").splitlines()[0]
    (folder / "later.csv").write_text(header + "\n", encoding="utf-8")
    return company


def _another_setting(company: Company) -> Company:
    text = company.path.read_text(encoding="utf-8")
    company.path.write_text(f"{text}publish: {{parquet: true}}\n", encoding="utf-8")
    return load_company(company.path)


def _a_close(company: Company) -> Company:
    close_months(company, date(2024, 12, 1), lambda month: None)
    return company


def _a_byte(company: Company) -> Company:
    release = release_in_force(company)
    assert release is not None
    path = release_folder(company, release) / OPEN
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"x")
    return company


def _no_verdict(company: Company) -> Company:
    with open_build(company) as connection:
        take_back(connection, "raw")
    return company


def _no_build(company: Company) -> Company:
    with open_build(company) as connection:
        connection.execute("drop table runs.built")
    return company


def _another_code(company: Company) -> Company:
    (company.warehouse.parent / "code").mkdir()
    standing._CODE = company.warehouse.parent / "code"
    return company


def _own_models(company: Company) -> Company:
    (company.warehouse.parent / "own" / "models").mkdir(parents=True)
    (company.warehouse.parent / "own" / "models" / "a.sql").write_text("select 1 as one", encoding="utf-8")
    return replace(company, models=company.warehouse.parent / "own")


@pytest.mark.parametrize(
    "change",
    [_a_new_file, _another_setting, _a_close, _a_byte, _no_verdict, _no_build, _another_code, _own_models],
)
def test_it_does_not_stand_where_something_is_new(
    published: Company, change: Callable[[Company], Company], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(standing, "_CODE", standing._CODE)
    assert landed(change(published)).standing is None


@pytest.mark.parametrize(
    "asked", [{"as_of": SAMPLE_AS_OF + timedelta(hours=1)}, {"full_refresh": True}], ids=["later", "refresh"]
)
def test_it_does_not_stand_for_another_question(published, asked):
    assert landed(published, **asked).standing is None


def test_what_was_accepted_by_name_is_asked_again(published):
    assert landed(replace(published, accepted_changes=frozenset({"any"}))).standing is None
    assert landed(replace(published, accepted_drops=frozenset({"any"}))).standing is None


def test_a_run_that_does_not_stand_has_no_verdict(published):
    """Else what it landed could be published unchecked."""
    landed(published, full_refresh=True)
    with open_build(published) as connection:
        assert connection.execute("select count(*) from runs.passed_gates").fetchall() == [(0,)]
