"""The morning page: harmless, small, of what was published, and there without half of the sources."""

import re
import stat
from dataclasses import replace

import pytest
from quality_page.conftest import AS_OF, HOSTILE
from quality_page.reading import Page

from orchestration.forget.searching import Search
from orchestration.publish.keep import release_in_force
from orchestration.run.finish import finish
from orchestration.run.morning_page.words import cents, figure, label, percent, whole
from orchestration.run.pages.html import LATEST
from orchestration.run.steps import Run, StepTime
from orchestration.settings import Note

QUOTES = 'O\'Brien & "Sons" <b>'
# A section with its heading, and how a company comes to be without it.
WITHOUT = {
    "nps": (
        "NPS",
        "delete from marts.fct_nps_monthly; update marts.fct_company_monthly set nps = null, "
        "nps_responses = null, nps_standard_error = null",
    ),
    "spend": ("CAC and payback", ""),
    "invoices": ("Recognised and deferred revenue", ""),
    "funnel": ("Funnel", ""),
}


@pytest.fixture
def hostile(own):
    """The sample with markup wherever a stranger's words come in."""
    with own.changed() as connection:
        connection.execute("update marts.dim_customers set name = ?", [QUOTES])
        connection.execute("update marts.fct_nps_monthly set survey = ?", [HOSTILE])
        connection.execute(
            "update marts.fct_mrr_monthly set segment_value = ? || segment_value where not is_total",
            [HOSTILE],
        )
        connection.execute(
            "insert into marts.fct_churn_events select * replace (? as reason, ? as source_file, false as "
            "is_short_pause, (select max(period_month) from marts.fct_company_monthly) as period_month, "
            "current_date as churned_on) from marts.fct_churn_events limit 1",
            [HOSTILE, HOSTILE],
        )
        connection.execute(
            "insert into marts.fct_revenue_leakage (finding_id, finding_type, customer_id, amount_at_risk) "
            "select 'x', ?, customer_id, 1 from marts.dim_customers limit 1",
            [HOSTILE],
        )
        connection.execute(
            "insert into marts.fct_changes_since_release values ('fct_customer_mrr_monthly', 'new_mrr', "
            "'2025-06-01', ?, 'EUR', 0, 10, 10, 'new_row', ?, 'before', ?, 7)",
            [HOSTILE, HOSTILE, HOSTILE],
        )
        connection.execute("update audit.quality_results set success = false, message = ?", [HOSTILE])
    company = replace(
        own.company,
        name=HOSTILE,
        notes=(Note(own.facts().months[-1]["period_month"], HOSTILE),),
    )
    return replace(own, company=company)


def test_what_strangers_write_stays_text(hostile):
    text = hostile.page(since_release="before")
    page = Page(text)
    assert page.problems() == []
    assert page.text.count("<script src=") >= 6 and "{{ 7*7 }}" in page.text and QUOTES in page.text
    assert "<script" not in text.lower() and "<img" not in text.lower() and "<b>" not in text.lower()


def test_a_forgetting_finds_a_name_however_the_page_escapes_it(hostile):
    text = hostile.page()
    assert "Brien" in text
    assert "Brien" not in Search((QUOTES,)).replaced(text, {QUOTES: "forgotten"})


def test_the_page_loads_nothing_and_can_be_mailed(demo):
    text = demo.page()
    assert len(text.encode()) < 300_000
    assert "default-src 'none'" in text and re.findall(r"https?://", text) == []
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL).group(1)
    assert "url(" not in style and "@import" not in style and "@font-face" not in style
    assert Page(text).problems() == []


def test_names_are_shown_where_the_open_file_has_them(own):
    with own.changed() as connection:
        connection.execute("update marts.dim_customers set name = 'Ada Ltd'")
        # Who is called is of the last month: a customer who left before has no line.
        ((customer,),) = connection.execute(
            "select customer_id from marts.fct_customer_health where period_month = "
            "(select max(period_month) from marts.fct_customer_health) order by customer_id limit 1"
        ).fetchall()
        connection.execute("update marts.fct_customer_health set band = 'at_risk'")
    assert "Ada Ltd" in Page(own.page()).text
    with own.changed() as connection:
        connection.execute("update marts.dim_customers set name = null")
    text = Page(own.page()).text
    assert "Ada Ltd" not in text and customer in text


@pytest.mark.parametrize("source", WITHOUT)
def test_a_company_without_a_source_has_a_page_without_its_section(own, source):
    heading, taken = WITHOUT[source]
    with own.changed() as connection:
        connection.execute(taken or "select 1")
    text = own.page()
    assert f">{heading}</h2>" not in text and '<h2 id="churn">Churn</h2>' in text
    assert Page(text).problems() == []


def test_every_section_is_there_where_its_source_is(demo):
    text = demo.page()
    assert [heading for heading, _ in WITHOUT.values() if f">{heading}</h2>" not in text] == []


def test_of_few_answers_only_their_number_is_told(own):
    text = Page(own.page()).text
    assert "too few answers for a score" in text


def test_a_company_without_mrr_has_a_page(own):
    with own.changed() as connection:
        connection.execute("delete from marts.fct_company_monthly")
    assert "There is no MRR yet" in Page(own.page()).text


def test_changes_have_file_and_line_and_mrr_stands_first(own):
    with own.changed() as connection:
        for column, amount, currency in (
            ("earned", 900, "USD"),
            ("new_mrr", 10, "EUR"),
            ("churned_mrr", -20, "EUR"),
            ("fx_mrr", 50, "EUR"),
        ):
            connection.execute(
                "insert into marts.fct_changes_since_release values ('t', ?, '2025-06-01', 'stripe:c1', ?, "
                "0, ?, ?, 'late_row', 'from 2025-06-03', 'before', 'a.csv', 7)",
                [column, currency, amount, amount],
            )
    text = Page(own.page(since_release="before")).text
    assert "4 figures are others than in release before" in text
    assert "2025-06 stripe:c1 new +10.00 late row : from 2025-06-03 a.csv:7" in text
    assert "Exchange rates alone: MRR of 1 customer by +50.00." in text
    assert text.index("churn -20.00") < text.index("new +10.00") < text.index("earned +900.00 USD")


def test_a_closed_month_that_was_restated_is_told(own):
    with own.changed() as connection:
        for column, difference in (("new_mrr", 5), ("closing_mrr", 5)):
            connection.execute(
                "insert into marts.fct_mrr_restatements (period_month, customer_id, column_name, "
                "as_reported, restated, difference, cause, source_file, source_line) "
                "values ('2025-04-01', 'stripe:c1', ?, 0, ?, ?, 'late_row', 'b.csv', 3)",
                [column, difference, difference],
            )
        connection.execute(
            "insert into marts.fct_revenue_restatements (period_month, customer_id, currency, revenue_class, "
            "difference, cause) values ('2025-03-01', 'stripe:c1', 'USD', 'earned', 8, 'rate')"
        )
    text = Page(own.page()).text
    assert "2025-04 +5.00 – late row" in text and "2025-03 – +8.00 USD rate" in text
    assert "2025-04 stripe:c1 new +5.00 late row b.csv:3" in text


def test_a_first_release_is_held_against_nothing(own):
    assert "This is the first release" in Page(own.page()).text


def ended(company, number, release=None):
    run = Run(company, AS_OF, run_id=f"{number}" * 32, times=[StepTime("landing", 0, 0)])
    run.release = release
    return run


def test_a_run_that_fails_leaves_yesterdays_page(own):
    first = finish(ended(own.company, 1, release_in_force(own.company)))
    latest = own.company.morning_pages / LATEST
    before = latest.read_bytes()
    assert first.morning.read_bytes() == before and stat.S_IMODE(latest.stat().st_mode) == 0o440
    assert first.told[-1] == f"Morning page: {first.morning}"
    second = finish(ended(own.company, 2))
    assert second.morning is None and latest.read_bytes() == before
    quality = second.quality.read_text(encoding="utf-8")
    assert 'href="../morning/latest.html"' in quality and "as published before" in quality


def test_the_quality_page_has_the_figures_on_top(own):
    pages = finish(ended(own.company, 1, release_in_force(own.company)))
    ((mrr,),) = own.asked(
        "select closing_mrr from marts.fct_company_monthly order by period_month desc limit 1"
    )
    text = Page(pages.quality.read_text(encoding="utf-8")).text
    assert f"MRR, now , EUR {mrr:,.0f}" in text
    assert f'href="../morning/{pages.morning.name}"' in pages.quality.read_text(encoding="utf-8")


def test_morning_pages_of_the_last_runs_are_kept(own):
    company = replace(own.company, quality=replace(own.company.quality, keep_pages=2))
    release = release_in_force(company)
    for number in range(4):
        finish(ended(company, number, release))
    assert len([path for path in company.morning_pages.glob("*.html") if path.name != LATEST]) == 2


def test_words():
    assert [whole(None), whole(-0.2), whole(1234.5), cents(-3), percent(0.0123)] == [
        "–", "0", "1,234", "-3.00", "1.2%",
    ]  # fmt: skip
    assert [figure("months", 9.04), figure("rate", 1.084), figure("points", 31.4)] == [
        "9.0 months",
        "108.4%",
        "31",
    ]
    assert [label("new_mrr"), label("late_row"), label("nps"), label("fx_mrr")] == [
        "new MRR",
        "late row",
        "NPS",
        "FX MRR",
    ]
