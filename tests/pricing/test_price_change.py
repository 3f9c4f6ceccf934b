"""Another price played through: whom it reaches, when, what it brings, and what is said of the past."""

import csv
import io
import json
import re
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from orchestration.errors import ConfigurationError
from orchestration.pricing.change import Asked, price_change
from orchestration.pricing.dates import first_renewal
from orchestration.settings import Company
from tests.pipeline import saas_metrics

TO_35 = Asked("Team", Decimal(35))


@pytest.mark.parametrize(
    ("start", "interval", "earliest", "renews_on"),
    [
        (date(2025, 7, 20), "month", date(2025, 8, 1), date(2025, 8, 20)),
        (date(2025, 8, 1), "month", date(2025, 8, 1), date(2025, 8, 1)),
        (date(2025, 9, 5), "month", date(2025, 8, 1), date(2025, 9, 5)),
        (date(2024, 1, 31), "month", date(2025, 2, 1), date(2025, 2, 28)),
        (date(2024, 2, 29), "year", date(2025, 3, 1), date(2026, 2, 28)),
        (date(2025, 1, 1), "quarter", date(2025, 8, 1), date(2025, 10, 1)),
        (date(2025, 1, 1), "2 years", date(2025, 8, 1), date(2027, 1, 1)),
        (date(2025, 7, 1), "14 days", date(2025, 7, 29), date(2025, 7, 29)),
        (date(2025, 7, 1), "14 days", date(2025, 7, 30), date(2025, 8, 12)),
        (date(2025, 7, 1), "week", date(2025, 7, 2), date(2025, 7, 8)),
    ],
)
def test_a_renewal_lies_whole_intervals_after_the_start(
    start: date, interval: str, earliest: date, renews_on: date
) -> None:
    assert first_renewal(start, interval, earliest) == renews_on


def test_the_price_reaches_whom_it_moves_each_at_the_next_renewal(company: Company) -> None:
    told = price_change(company, TO_35)
    assert (told.currency, told.interval, told.from_date) == ("EUR", "month", date(2025, 8, 1))
    found = {item.item_id: (item.changes_on, item.mrr_after, item.is_of_a_term) for item in told.items}
    assert found == {
        "a1": (date(2025, 8, 20), Decimal("70.0000"), True),
        "b1": (date(2025, 8, 29), Decimal("31.5000"), False),
        "b2": (date(2025, 8, 1), Decimal("35.0000"), True),
    }
    assert {one.reason: (one.items, one.mrr) for one in told.left_out} == {
        "priced by volume": (1, Decimal(90)),
        "ending before the price comes": (2, Decimal(58)),
        "at this price already": (1, Decimal(35)),
        "billed in USD": (1, Decimal(29)),
        "billed every year": (1, Decimal("24.1667")),
    }


def test_what_it_brings_and_where_that_ends(company: Company) -> None:
    told = price_change(company, TO_35)
    # 58 + 26.10 + 25 become 70 + 31.50 + 35; 27.40 of 136.50 are 20.07 %, of two customers one.
    assert (told.customers, told.mrr, told.gain) == (2, Decimal("109.1"), Decimal("27.4"))
    assert told.break_even_share == Decimal("27.4") / Decimal("136.5")
    assert told.break_even_customers == 1
    [month] = told.months
    assert (month.month, month.customers, month.added, month.mrr) == (
        date(2025, 8, 1), 2, Decimal("27.4"), Decimal("136.5"),
    )  # fmt: skip


def test_who_pays_already_keeps_the_price_for_the_months_of_grace(company: Company) -> None:
    told = price_change(
        company, Asked("Team", Decimal(35), from_date=date(2025, 8, 25), grandfather_months=2)
    )
    assert [(item.item_id, item.changes_on) for item in told.items] == [
        ("a1", date(2025, 11, 20)), ("b1", date(2025, 10, 29)), ("b2", date(2025, 11, 1)),
    ]  # fmt: skip
    assert [(one.month, one.customers) for one in told.months] == [
        (date(2025, 10, 1), 1), (date(2025, 11, 1), 2)
    ]  # fmt: skip


def test_a_cut_has_to_win_customers_and_asks_past_cuts(company: Company) -> None:
    told = price_change(company, Asked("Team", Decimal(20), interval="month"))
    assert told.gain < 0 and {item.item_id for item in told.items} == {"a1", "b1", "b2", "c1"}
    assert told.history.direction == "cut" and told.history.reactions == ()
    # 58, 26.10, 25 and 35 become 40, 18, 20 and 20: 46.10 are 47 % of what is left, of three customers 2.
    assert (told.gain, told.break_even_customers) == (Decimal("-46.1"), 2)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked("Tean", Decimal(35)), r"Did you mean Team\? Plans: Team, Tiers\."),
        (Asked("Calls", Decimal(35)), "billed by what is used"),
        (Asked("Team", Decimal(35), currency="GBP"), "Name --currency EUR or USD"),
        (Asked("Team", Decimal(35), interval="week"), "Name --interval month or year"),
        (Asked("Team", Decimal(35), from_date=date(2025, 6, 30)), "as of 2025-07-01"),
        (Asked("Tiers", Decimal(35)), "moves no item of Tiers: 1 priced by tiers"),
        (Asked("Team", Decimal(32), currency="USD"), "moves no item of Team: .*1 at this price already"),
    ],
)
def test_what_cannot_be_played_through_says_what_can(company: Company, asked: Asked, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        price_change(company, asked)


def test_the_page_fits_a_terminal_and_says_what_the_past_did(company: Company) -> None:
    answer = saas_metrics("price-change", "--plan", "Team", "--to", "35", "--company", company.path)
    assert answer.returncode == 0, answer.stderr
    assert [line for line in answer.stdout.splitlines() if len(line) > 80] == []
    said = re.sub(r"\s+", " ", answer.stdout)
    assert "Team at 35.00 EUR every month from 2025-08-01 on" in said
    assert "29.00 2 2 84.10 +17.40" in said and "all 2 3 109.10 +27.40" in said
    assert "loss of 1 customer of the mean size (20.1% of those it reaches)" in said
    assert (
        "of n = 20 whom it reached 25.0% left within 90 days; of others like them (60, by tenure and billing "
        "interval) 5.0%" in said
    )
    assert "+20.0 points, from +1.0 to +40.0 at 95 %: more did." in said
    assert "The break-even of 20.1% lies within these bounds" in said


def test_where_history_says_nothing_the_page_says_so(company: Company) -> None:
    with duckdb.connect(str(company.published_file)) as db:
        db.execute("delete from marts.fct_price_changes where scope = 'plan'")
    said = saas_metrics("price-change", "--plan", "Team", "--to", "35", "--company", company.path).stdout
    said = re.sub(r"\s+", " ", said)
    assert "All plans: nothing can be said: too few customers can be compared" in said
    assert "So history says nothing of how customers will react." in said
    with duckdb.connect(str(company.published_file)) as db:
        db.execute("delete from marts.fct_price_changes")
    said = saas_metrics("price-change", "--plan", "Team", "--to", "35", "--company", company.path).stdout
    assert "No price rise is known: history says nothing" in re.sub(r"\s+", " ", said)


def test_the_same_for_machines(company: Company) -> None:
    call = ("price-change", "--plan", "Team", "--to", "35", "--company", company.path)
    told = json.loads(saas_metrics(*call, "--json").stdout)
    assert (told["customers"], told["gain"], told["items"][0]["mrr_after"]) == (2, "27.4000", "70.0000")
    rows = list(csv.DictReader(io.StringIO(saas_metrics(*call, "--csv").stdout)))
    assert [(row["item_id"], row["changes_on"]) for row in rows] == [
        ("a1", "2025-08-20"), ("b1", "2025-08-29"), ("b2", "2025-08-01"),
    ]  # fmt: skip
