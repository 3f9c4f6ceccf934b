"""Closing at the edges: the first month, one where nothing happened, two commands at once, a killed one."""

import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from closes.company import AS_OF, closes, deliver, item, run, tables
from closes.test_closes import assert_it_adds_up, files, rows
from pipeline import write_company

from orchestration.machine.lock import exclusive
from orchestration.settings import load_company


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """Ada paid in January and again from April on; in March nothing happened."""
    folder = tmp_path_factory.mktemp("quiet")
    write_company(folder, reporting_currency="EUR")
    told = {name: tables()[name][:1] for name in ("customers", "subscriptions")}
    told["subscriptions"].append({**told["subscriptions"][0], "subscription_id": "s-again"})
    told["subscriptions"][0] |= {"status": "ended", "ended_at": "2025-02-01"}
    told["subscriptions"][1] |= {"started_at": "2025-04-01"}
    told["subscription_items"] = [
        item("ada", "2025-01-01", 2, valid_to="2025-02-01"),
        item("ada", "2025-04-01", 2, subscription_id="s-again", item_id="again"),
    ]
    deliver(folder, date(2025, 6, 1), told)
    run(folder, AS_OF)
    return folder


@pytest.fixture
def company(quiet, tmp_path):
    return shutil.copytree(quiet, tmp_path / "company", symlinks=True)


def listed(folder):
    return [line.split("\t")[0] for line in closes(folder, "closes").stdout.splitlines()[1:]]


def test_months_are_closed_from_the_very_first_on_also_one_in_which_nothing_happened(company):
    early = closes(company, "close", "2024-12")
    assert early.returncode == 2
    assert "2024-12 has no figures: the first month with any is 2025-01; nothing was closed." in early.stderr
    assert files(company) == {}
    first = closes(company, "close", "2025-01")
    assert first.returncode == 0 and first.stdout.startswith("Closed: 2025-01, from release ")
    # The same release: what it closed last came from it.
    assert closes(company, "close", "2025-04").stdout.startswith("Closed: 2025-02 to 2025-04, from release ")
    assert listed(company) == ["2025-01.1", "2025-02.1", "2025-03.1", "2025-04.1"]
    run(company, AS_OF + timedelta(days=1))
    assert rows(
        company,
        "select strftime(period_month, '%m'), closing_mrr, is_closed from marts.fct_mrr_reported order by 1",
    ) == [("01", 60, True), ("02", 0, True), ("04", 60, True), ("05", 60, False), ("06", 60, False)]
    assert rows(company, "from marts.fct_mrr_restatements") == []
    assert_it_adds_up(company)


def test_a_month_that_is_to_come_is_not_closed(company):
    for month in ("2025-06", "2031-01"):
        told = closes(company, "close", month)
        assert told.returncode == 2 and f"{month} is not over at the published release" in told.stderr
    assert files(company) == {}


def test_a_close_waits_for_nobody(company):
    with exclusive(load_company(company / "company.yml").work / "run.lock"):
        told = closes(company, "close", "2025-01")
    assert told.returncode == 1 and "Wait for it to end and run again." in told.stderr
    assert files(company) == {}


def test_of_two_closes_at_once_one_closes(company):
    command = [
        Path(sys.executable).with_name("saas-metrics"), "close", "2025-05", "--company",
        company / "company.yml",
    ]  # fmt: skip
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    said = [one.communicate()[1].decode() for one in both]
    told = {one.returncode: text for one, text in zip(both, said, strict=True)}
    assert 0 in told and len(told) == 2
    (refused,) = (text for code, text in told.items() if code != 0)
    assert "Wait for it to end" in refused or "2025-05 is closed already" in refused
    assert listed(company) == [f"2025-0{month}.1" for month in range(1, 6)]
    assert closes(company, "closes", "verify").returncode == 0


def test_what_a_killed_close_had_begun_is_no_record(company):
    assert closes(company, "close", "2025-01").returncode == 0
    begun = company / "warehouse" / "closes" / ".fresh"
    shutil.copytree(begun.with_name("2025-01.1"), begun)
    (begun / "close.json").unlink()
    verified = closes(company, "closes", "verify")
    assert verified.returncode == 0 and verified.stdout.startswith("As they were closed: 1 record ")
    assert listed(company) == ["2025-01.1"]
    assert closes(company, "close", "2025-02").returncode == 0
    assert listed(company) == ["2025-01.1", "2025-02.1"] and not begun.exists()
    assert closes(company, "closes", "verify").returncode == 0
