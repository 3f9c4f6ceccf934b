"""The board page: harmless, of the last complete quarter, and there without half of the sources."""

import re
import stat
from dataclasses import replace
from datetime import date

import pytest
from quality_page.conftest import HOSTILE
from quality_page.reading import Page

from orchestration.publish.keep import release_in_force
from orchestration.run.board_page.facts import BoardFacts, gather_board, last_month
from orchestration.run.board_page.figures import FIGURES, quarter_tiles
from orchestration.run.board_page.write import render_board
from orchestration.run.finish import finish
from orchestration.run.pages.html import LATEST
from tests.morning_page.test_morning_page import ended

QUARTERS = [
    {"fiscal_quarter": number, "fiscal_year": 2025, "closing_arr": arr, "nrr": nrr, "starting_customers": n}
    for number, arr, nrr, n in ((1, 100, 1.1, 9), (2, 80, 1.0, 4), (3, 120, 0.9, 8))
]


def board(published) -> BoardFacts:
    return gather_board(published.company, release_in_force(published.company))


@pytest.fixture(scope="module")
def facts(demo):
    return board(demo)


def test_every_figure_of_the_demo_is_on_its_page_with_its_definition_and_standard(facts):
    page = Page(render_board(facts))
    assert page.problems() == []
    assert [tile.figure for tile in facts.tiles] == list(FIGURES)
    for one in FIGURES:
        assert one.title in page.text and one.means in page.text and one.standard in page.text


def test_the_quarter_on_top_is_the_last_complete_one(demo, facts):
    assert facts.quarter["period_start"] == date(2025, 4, 1) and facts.running["is_partial"]
    ((arr, committed),) = demo.asked(
        "select closing_arr, carr from marts.fct_arr_waterfall"
        " where period_type = 'quarter' and period_start = '2025-04-01'"
    )
    text = Page(render_board(facts)).text
    assert f"ARR {arr:,.0f}" in text and f"Committed ARR {committed:,.0f}" in text
    assert "Q2 2025" in text and "Q3 2025 so far" in text


def test_what_is_a_figure_of_the_last_month_of_a_quarter_is_that(demo, facts):
    ((nrr, share),) = demo.asked(
        "select nrr, top_10_share from marts.fct_churn_annual join"
        " marts.fct_customer_concentration_monthly using (period_month)"
        " where is_total and period_month = '2025-06-01'"
    )
    assert (facts.quarter["nrr"], facts.quarter["top_10_share"]) == (nrr, share)
    assert last_month({"period_start": date(2025, 11, 1)}) == date(2026, 1, 1)


def test_retention_by_the_age_of_a_cohort_is_a_triangle(demo, facts):
    asked = demo.asked(
        "select cohort_quarter, quarters_since, logo_retention, revenue_retention"
        " from marts.fct_cohort_retention_quarterly where is_total and active_customers is not null"
        " order by cohort_quarter, quarters_since"
    )
    shown = [
        (cohort.quarter, row["quarters_since"], row["logo_retention"], row["revenue_retention"])
        for cohort in facts.cohorts
        for row in cohort.quarters
    ]
    assert shown == asked and len(facts.cohorts) > 4
    lengths = [len(cohort.quarters) for cohort in facts.cohorts]
    assert lengths == sorted(lengths, reverse=True)
    rates = [row["revenue_retention"] for row in facts.cohorts[0].quarters]
    if facts.cohorts[0].customers >= facts.company.policies.min_n:
        assert " ".join(f"{rate:.0%}" for rate in rates) in Page(render_board(facts)).text


def test_renewals_to_look_after_are_the_open_ones_with_a_risk(demo, facts):
    asked = demo.asked(
        "select count(*) from marts.fct_renewals"
        " where renewal_risk in ('cancel_requested', 'at_risk', 'watch') and months_ahead >= 0"
    )
    assert [(len(facts.at_risk),)] == asked
    assert facts.at_risk[0]["renewal_risk"] == "cancel_requested"
    assert sum(row["terms"] for row in facts.due) > 50


def test_a_figure_is_held_against_the_quarter_and_the_year_before():
    tiles = {tile.figure.column: tile for tile in quarter_tiles(QUARTERS, 5)}
    arr, nrr = tiles["closing_arr"], tiles["nrr"]
    assert (arr.value, [(one.quarter, one.words, one.tone) for one in arr.beside]) == (
        "120",
        [("Q2 2025", "+50.0%", "good")],
    )
    # Of four customers a year before there was no rate.
    assert [(one.words, one.tone) for one in nrr.beside] == [("–", "flat")]
    assert quarter_tiles(QUARTERS[:2], 5)[1].value == "n = 4"
    assert quarter_tiles([], 5) == ()


def test_it_loads_nothing_and_can_be_mailed(facts):
    text = render_board(facts)
    assert len(text.encode()) < 200_000
    assert "default-src 'none'" in text and re.findall(r"https?://", text) == []


def test_what_strangers_write_stays_text(own):
    with own.changed() as connection:
        connection.execute("update marts.dim_customers set name = ?", [HOSTILE])
        connection.execute(
            "insert into marts.fct_renewals (subscription_id, term_end_on, customer_id, invoice_id, term,"
            " term_start_on, period_month, due_mrr, due_mrr_band, outcome, months_ahead, renewal_risk)"
            " select ?, '2025-08-01', customer_id, ?, ?, '2025-07-01', '2025-08-01', 10, ?, 'open', 1,"
            " 'watch'"
            " from marts.dim_customers limit 1",
            [HOSTILE] * 4,
        )
        connection.execute(
            "update marts.fct_retention_bands_monthly set segment_value = ? || segment_value", [HOSTILE]
        )
    text = render_board(board(replace(own, company=replace(own.company, name=HOSTILE))))
    page = Page(text)
    assert page.problems() == []
    assert page.text.count("<script src=") >= 4
    assert "<script" not in text.lower() and "<img" not in text.lower()


def test_a_company_without_costs_and_invoices_has_a_page_without_their_sections(own):
    text = render_board(board(own))
    assert Page(text).problems() == []
    assert '<h2 id="arr">' in text
    assert 'id="efficiency"' not in text and 'id="renewals"' not in text and "Magic number" not in text


def test_a_company_without_mrr_or_without_these_tables_has_a_page(own):
    for statement in ("delete from marts.fct_arr_waterfall", "drop table marts.fct_arr_waterfall"):
        with own.changed() as connection:
            connection.execute(statement)
        assert "there is nothing to show" in Page(render_board(board(own))).text


def test_a_run_that_published_leaves_it_beside_its_morning_page(own):
    pages = finish(ended(own.company, 1, release_in_force(own.company)))
    latest = own.company.board_pages / LATEST
    assert pages.board.read_bytes() == latest.read_bytes() and stat.S_IMODE(latest.stat().st_mode) == 0o440
    assert f"Board page: {pages.board}" in pages.told
    assert f'href="../morning/{pages.morning.name}"' in latest.read_text(encoding="utf-8")
    assert f'href="../board/{pages.board.name}"' in pages.morning.read_text(encoding="utf-8")
    assert finish(ended(own.company, 2)).board is None
    assert latest.read_bytes() == pages.board.read_bytes()
