"""Without a row that tells MRR, or without the table that was chosen for it, nothing is published."""

import pytest

from orchestration.landing.mrr_terms import missing_terms

ITEMS = (
    "subscription_id,item_id,valid_from,customer_id,status,currency,unit_amount,quantity,interval_unit,interval_count\n"
    "s1,1,2025-01-01T00:00:00Z,c1,active,EUR,{amount},1,month,1\n"
)
CHANGES = (
    "change_id,subscription_id,customer_id,occurred_at,mrr_delta,currency\n"
    "1,s1,c1,2025-01-01T00:00:00Z,10,EUR\n"
)


def missing(landing):
    bases = {source.name: source.options.get("mrr_basis") for source in landing.sources}
    return missing_terms(landing.connection, bases)


def test_subscriptions_without_any_price_tell_no_mrr(landing):
    landing.source("bill")
    landing.put("bill", "subscription_items.csv", ITEMS.format(amount=""))
    landing.run()
    said = missing(landing)
    assert said is not None and "subscription_items (1 row)" in said


def test_an_empty_first_extract_tells_no_mrr(landing):
    landing.source("bill")
    landing.put("bill", "subscription_items.csv", ITEMS.splitlines()[0] + "\n")
    landing.run()
    said = missing(landing)
    assert said is not None and "no row of any table" in said


@pytest.mark.parametrize("chosen", ["changes", "invoice_lines"])
def test_no_other_table_stands_in_for_the_one_that_company_yml_chose(landing, chosen):
    landing.source("bill", mrr_basis=chosen)
    landing.put("bill", "subscription_items.csv", ITEMS.format(amount="10"))
    landing.run()
    said = missing(landing)
    assert said is not None and f"mrr_basis: {chosen} of source bill" in said


def test_the_chosen_table_is_enough(landing):
    landing.source("bill", mrr_basis="changes")
    landing.put("bill", "subscription_changes.csv", CHANGES)
    landing.put("bill", "subscription_items.csv", ITEMS.format(amount="10"))
    landing.run()
    assert missing(landing) is None


def test_a_source_that_tells_no_history_yet_waits(landing):
    landing.source("bill")
    landing.source("next", mrr_basis="changes")
    landing.put("bill", "subscription_items.csv", ITEMS.format(amount="10"))
    landing.run()
    assert missing(landing) is None
