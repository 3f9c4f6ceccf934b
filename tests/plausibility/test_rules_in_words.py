"""Single rules of plausibility on a few rows: what breaks them, and what just does not."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.plausibility.days import Day, gate

AT = datetime(2025, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def asked():
    with gate() as opened:
        yield opened


@pytest.fixture
def broken(asked, tmp_path):
    """The rules that a delivery breaks, after what was there before: a full list, or what changed."""

    def look(before, now, changes=False):
        day = Day(AT, now, before, {}, {})
        return set(asked.deliver(tmp_path, day, now, changes).broken)

    return look


def ended(reasons):
    """Subscriptions that have ended, with the reason of each."""
    return {
        "subscriptions": {
            (f"s{number}",): {"subscription_id": f"s{number}", "status": "ended", "end_reason": reason}
            for number, reason in enumerate(reasons)
        }
    }


@pytest.mark.parametrize(
    ("before", "now", "is_lost"),
    [
        (["price", "price", "gone"], [None, None, "gone"], True),
        (["price", "price"], [None, None], True),
        (["price", "price", "gone"], [None, "price", "gone"], False),
        (["price"] * 10, [None, None, *["price"] * 8], False),
        ([None, None, None], [None, None, None], False),
    ],
    ids=["two of three", "two of two", "only one", "two of ten", "none was there"],
)
def test_reasons_that_two_had_and_have_no_longer_are_lost(broken, before, now, is_lost):
    assert ("reasons_are_as_full_as_before" in broken(ended(before), ended(now))) == is_lost


def customers(first, count, created_at, country="FR"):
    return {
        (f"c{number}",): {"customer_id": f"c{number}", "created_at": created_at, "country": country}
        for number in range(first, first + count)
    }


JUNE, YESTERDAY = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 6, 30, tzinfo=UTC)
KNOWN = {**customers(0, 6, JUNE), **customers(6, 6, YESTERDAY)}


@pytest.mark.parametrize(
    ("changes", "is_old"),
    [
        (customers(100, 5, JUNE), True),
        (customers(0, 5, JUNE), True),
        (customers(0, 5, JUNE, country="DE"), False),
        (customers(100, 5, YESTERDAY), False),
        ({**customers(0, 5, JUNE), **customers(100, 1, YESTERDAY)}, False),
        (customers(100, 4, JUNE), False),
        (customers(100, 5, YESTERDAY - timedelta(days=3)), False),
        (customers(100, 5, None), False),
    ],
    ids=[
        "customers of a month ago whom nobody knew",
        "what was known already",
        "a correction of customers of a month ago",
        "new customers",
        "what was known already, and a new customer",
        "four customers of a month ago",
        "customers of three days before",
        "customers without an instant",
    ],
)
def test_a_file_of_changes_that_ends_before_what_is_known_is_old(broken, changes, is_old):
    found = broken({"customers": KNOWN}, {"customers": changes}, changes=True)
    assert ("changes_are_no_older_than_what_is_known" in found) == is_old


def test_a_full_list_is_no_file_of_changes(broken):
    found = broken({"customers": KNOWN}, {"customers": customers(0, 6, JUNE)})
    assert "changes_are_no_older_than_what_is_known" not in found
    assert "the_newest_record_is_no_older_than_before" in found


def spend(channel, days, last_days_ago, step=1):
    """The spend of a channel on some days, the last so many days before the release."""
    last = YESTERDAY.date() - timedelta(days=last_days_ago)
    return {
        ("a", channel, on): {
            "account_id": "a", "campaign_id": channel, "spend_on": on, "channel": channel,
            "currency": "EUR", "amount": 5,
        }
        for on in (last - timedelta(days=step * number) for number in range(days))
    }  # fmt: skip


@pytest.mark.parametrize(
    ("channel", "is_missed"),
    [
        (spend("social", 40, 3), False),
        (spend("social", 40, 4), True),
        (spend("social", 40, 31), True),
        (spend("social", 40, 40), False),
        (spend("social", 30, 10), False),
        (spend("social", 40, 7, step=7), False),
        (spend("social", 40, 8, step=7), True),
    ],
    ids=[
        "three days", "four days", "a month", "longer than a month", "too few pauses to say so",
        "a week of a weekly one", "more than a week of a weekly one",
    ],
)  # fmt: skip
def test_a_channel_that_came_regularly_stays_away(broken, channel, is_missed):
    tables = {"ad_spend": {**spend("search", 100, 0), **channel}}
    assert ("nothing_that_came_regularly_stays_away" in broken(tables, tables)) == is_missed


def test_what_stays_away_is_missed_where_nothing_of_its_table_came(broken):
    before = {"ad_spend": {**spend("search", 100, 0), **spend("social", 40, 10)}}
    found = broken(before, {"customers": customers(0, 1, YESTERDAY)}, changes=True)
    assert "nothing_that_came_regularly_stays_away" in found
    assert broken(before, {}, changes=True) == set()


def leads(count, channel, first=0):
    return {
        (f"l{number}",): {"lead_id": f"l{number}", "channel": channel, "created_at": JUNE}
        for number in range(first, first + count)
    }


@pytest.mark.parametrize(
    ("now", "is_gone"),
    [
        ({}, True),
        (leads(1, "event"), False),
        (leads(5, "events"), False),
    ],
    ids=["all of them", "all but one", "under another name"],
)
def test_a_label_vanishes_with_all_of_its_records(broken, now, is_gone):
    others = leads(20, "search", first=100)
    found = broken({"crm_leads": {**leads(5, "event"), **others}}, {"crm_leads": {**now, **others}})
    assert ("labels_do_not_vanish" in found) == is_gone


def test_four_records_prove_no_vanishing(broken):
    others = leads(20, "search", first=100)
    assert broken({"crm_leads": {**leads(4, "event"), **others}}, {"crm_leads": others}) == set()
