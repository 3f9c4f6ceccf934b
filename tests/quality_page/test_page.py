"""The quality page of a run: whole, harmless whatever an extract holds, and there after a failure too."""

import os
import re
from dataclasses import replace

import pytest
from quality_page.conftest import AS_OF, RUNS
from quality_page.reading import Page

from orchestration.errors import ConfigurationError, DataRefused
from orchestration.machine.duckdb_files import open_build_read_only
from orchestration.run.finish import finish
from orchestration.run.pages.html import LATEST
from orchestration.run.quality_page.past import PastResult
from orchestration.run.quality_page.sparkline import sparkline
from orchestration.run.steps import Run, StepTime


def test_a_stopped_run_leaves_a_page_that_says_why(refused_run):
    page = Page(finish(refused_run).quality.read_text(encoding="utf-8"))
    assert "Not published" in page.text and "The mart gate stopped the run" in page.text
    assert "fct_mrr_monthly marts gate, critical" in page.text and "Not true: " in page.text
    assert "publish not reached" in page.text and "mart gate 0.5 s" in page.text
    assert "Nothing has been published yet." in page.text
    # The run that built the sample was the first run.
    assert f"last {RUNS + 1} runs: broken in {RUNS}" in " ".join(
        value for name, value in page.attributes if name == "aria-label"
    )


def test_what_strangers_write_stays_text(refused_run):
    text = finish(refused_run).quality.read_text(encoding="utf-8")
    page = Page(text)
    assert page.problems() == []
    assert page.text.count("<script src=") >= 4 and "{{ 7*7 }}" in page.text
    assert "<script" not in text.lower() and "<img" not in text.lower()


def test_the_page_loads_nothing(refused_run):
    text = finish(refused_run).quality.read_text(encoding="utf-8")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL).group(1)
    assert "url(" not in style and "@import" not in style and "@font-face" not in style
    assert "default-src 'none'" in text
    assert re.findall(r"https?://", text.replace("http://evil.example", "")) == []


def test_personal_data_of_refused_rows_stays_out(refused_run):
    text = finish(refused_run).quality.read_text(encoding="utf-8")
    assert "ada@example.org" not in text
    assert "bad_email" in text and "Withheld: the restricted file has the whole of it." in text


def test_every_rule_of_a_published_run_is_told(sample):
    pages = list(sample.pages.glob("2*.html"))
    page = Page(pages[0].read_text(encoding="utf-8"))
    assert page.problems() == []
    with open_build_read_only(sample) as connection:
        rules = connection.execute("select distinct expectation from audit.quality_results").fetchall()
        release = connection.execute("select release_id, deliveries from audit.releases").fetchone()
        refused = connection.execute("select distinct code from audit.rejects").fetchall()
    assert [name for (name,) in rules if f"({name}, " not in page.text] == []
    assert [code for (code,) in refused if code not in page.text] == [] and refused
    assert f"Release {release[0]} is in force" in page.text
    assert "made from 0 deliveries" not in page.text and release[1] != "[]"
    assert (sample.pages / LATEST).read_bytes() == pages[0].read_bytes()


def test_a_refused_delivery_is_named(copy):
    run = Run(copy, AS_OF.replace(day=2))
    folder = copy.path.parent / "extracts"
    extracts = copy.warehouse / "extracts" / "canonical"
    extracts.mkdir(parents=True)
    (extracts / "customers.csv").write_bytes(
        (folder / "canonical" / "customers.csv").read_bytes() + b"\x00\x00"
    )
    run.company = replace(copy, extracts=copy.warehouse / "extracts", sources=copy.sources[:1])
    with pytest.raises(DataRefused):
        run.land()
    page = Page(finish(run).quality.read_text(encoding="utf-8"))
    assert "canonical/customers.csv (quarantine)" in page.text or "customers.csv (reject_file)" in page.text
    assert "The raw gate was not reached." in page.text


def test_a_wrong_configuration_leaves_no_page(copy):
    run = Run(copy, AS_OF, failure=ConfigurationError("wrong"), times=[StepTime("landing", 0, 0)])
    assert finish(run).quality is None and not copy.pages.exists()


def test_pages_of_the_last_runs_are_kept(copy):
    company = replace(copy, quality=replace(copy.quality, keep_pages=2))
    for number in range(4):
        run = Run(company, AS_OF, run_id=f"{number}" * 32, times=[StepTime("landing", 0, 0)])
        page = finish(run).quality
        os.utime(page, (number, number))
    names = sorted(path.name for path in company.pages.glob("*.html"))
    assert names == ["20250701T000000Z-22222222.html", "20250701T000000Z-33333333.html", LATEST]


def test_a_full_disk_does_not_hide_the_error_of_the_run(copy, monkeypatch):
    def full(run, morning):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("orchestration.run.finish.write_page", full)
    assert finish(Run(copy, AS_OF, times=[StepTime("landing", 0, 0)])).quality is None


def test_a_sparkline_tells_held_broken_and_unchecked_runs():
    line = sparkline(
        [PastResult(True, 0), PastResult(False, 100), None, PastResult(None, 0), PastResult(False, 1)]
    )
    assert line.says == "last 4 runs: broken in 2, at most 100 rows, not checkable in 1"
    assert line.held == "M75 17h4v3h-4z"
    assert line.broken == "M80 0h4v20h-4zM95 14h4v6h-4z"
    assert line.unchecked == "M90 0h4v20h-4z"
    assert sparkline([PastResult(True, 0)]).says == "1 run: always held"
