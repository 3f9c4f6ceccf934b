"""Where a leak may be planted: nothing that a delivery shows late may change around its invoice."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestration.synthetic.bills import Life
from orchestration.synthetic.events import Event, Kind, fold

DAY = timedelta(days=1)
BEGIN, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)


def life(ends_at: datetime | None) -> Life:
    """A subscription with one discount."""
    values = {"discount_id": "d", "subscription_id": "s", "starts_at": BEGIN, "ends_at": ends_at}
    events = [Event(BEGIN, Kind.DISCOUNT_REPEATING, "discounts", ("d",), values)]
    return Life(events, fold(events), END + 365 * DAY)


@pytest.mark.parametrize("at", [BEGIN, END])
def test_terms_change_where_a_discount_begins_and_where_it_ends(at):
    assert not life(END).is_quiet("s", at - DAY, at + DAY)
    assert life(END).is_quiet("other", at - DAY, at + DAY)


def test_a_discount_without_an_end_changes_terms_once():
    assert life(None).is_quiet("s", BEGIN + DAY, END + DAY)
