"""A change that is real goes through once, by name, and is told wherever the run is told."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest
from pipeline import SAMPLE_AS_OF

from orchestration.build.manifest import read_manifest
from orchestration.defs.nightly import run_nightly
from orchestration.errors import GateFailed
from orchestration.publish.manifest import read_manifests
from orchestration.run.finish import finish
from orchestration.run.steps import Run
from orchestration.settings import SAMPLE_COMPANY, accepting, load_company

RULE = "no_price_moves_to_a_hundred_times_itself"


@pytest.fixture
def second_day(sample, tmp_path):
    """The sample after its run, with a list of the next day in which one price is in cents."""
    shutil.copytree(sample.warehouse, tmp_path / "warehouse", symlinks=True)
    extracts = shutil.copytree(SAMPLE_COMPANY.parent / "extracts", tmp_path / "extracts")
    items = (extracts / "canonical" / "subscription_items.csv").read_text()
    assert items.count("EUR,29.00,6,") == 1
    day = extracts / "canonical" / "2025-07-01"
    day.mkdir()
    (day / "subscription_items.csv").write_text(items.replace("EUR,29.00,6,", "EUR,2900.00,6,"))
    company = load_company(SAMPLE_COMPANY)
    rules = json.dumps({"rules": {RULE: {"severity": "critical"}}})
    text = SAMPLE_COMPANY.read_text().replace("../build/sample", "warehouse") + f"quality: {rules}\n"
    (tmp_path / "company.yml").write_text(text)
    return replace(load_company(tmp_path / "company.yml"), respondent_salt=company.respondent_salt)


def checked(company):
    """What the raw gate says of the second day, and the run's notices."""
    started = Run(company, SAMPLE_AS_OF + timedelta(days=1))
    started.land()
    try:
        broken = started.check("raw").broken
    except GateFailed:
        broken = started.reports[-1].broken
    return {one.rule.name for one in broken}, " ".join(one.text for one in started.notices if one.is_warning)


def test_a_warehouse_that_was_copied_without_its_links_is_held_against_its_newest_release(second_day):
    newest = read_manifests(second_day)[0].release_id
    broken, said = checked(second_day)
    assert RULE in broken and "without links" not in said
    for link in (second_day.pointer, second_day.published_file, second_day.restricted_file):
        link.unlink()
    broken, said = checked(second_day)
    assert RULE in broken and f"held against the newest one that is kept, {newest}" in said
    shutil.rmtree(second_day.warehouse / "releases")
    broken, said = checked(second_day)
    assert RULE not in broken and "is held against nothing before" in said


def run(company):
    started = Run(company, SAMPLE_AS_OF + timedelta(days=1))
    try:
        run_nightly(started, read_manifest())
    finally:
        finish(started)
    return started


def test_a_change_stops_the_run_until_it_is_accepted_by_name(second_day):
    with pytest.raises(GateFailed) as stopped:
        run(second_day)
    assert "2900 EUR after 29" in str(stopped.value)
    assert f"--accept-change {RULE}" in str(stopped.value)
    # What was refused is refused again, though it is no news any more.
    with pytest.raises(GateFailed, match="2900 EUR after 29"):
        run(second_day)

    run(accepting(second_day, (), [RULE]))
    newest = read_manifests(second_day)[0]
    assert list(newest.accepted_changes) == [RULE]
    page = (second_day.pages / "latest.html").read_text(encoding="utf-8")
    assert "! accepted" in page and f"let through by name: {RULE}" in page
    with duckdb.connect(str(second_day.published_file), read_only=True) as connection:
        told = connection.execute(
            "select severity, success, accepted from audit.quality_results where expectation = ? "
            "order by as_of, accepted",
            [RULE],
        ).fetchall()
    assert told[-3:] == [("critical", False, False), ("critical", False, False), ("critical", False, True)]
