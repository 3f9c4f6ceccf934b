"""Deltas: what changed and nothing else, by their name; and the order in which deliveries arrived."""

import json

import pytest

KEYS = {
    "customers": "customer_id",
    "crm_deals": "deal_id",
    "subscription_items": "subscription_id, item_id",
    "crm_deal_stages": "deal_id, stage",
}


def in_force(landing, table, *columns):
    """The rows in force, as staging takes them."""
    keys = {"customers": "customer_id", "crm_deals": "deal_id"}.get(table)
    keys = (
        keys or {"subscription_items": "subscription_id, item_id", "crm_deal_stages": "deal_id, stage"}[table]
    )
    return landing.rows(
        f"select {', '.join(columns)} from (select *, row_number() over ("
        f"partition by _source, {keys} order by "
        f"_extracted_at desc, _delivery_id desc, _file desc, _line desc) as place from raw.{table}) "
        f"where place = 1 and not _is_deleted order by all"
    )


def item(name):
    price = {
        "id": "p",
        "currency": "eur",
        "unit_amount": 4900,
        "recurring": {"interval": "month", "interval_count": 1},
    }
    return {"id": name, "created": 1736899200, "quantity": 2, "price": price}


def subscription(name, *items, **more):
    return {
        "id": name, "customer": "c", "status": "active", "currency": "eur", "created": 1736899200,
        "start_date": 1736899200, "livemode": True,
        "items": {"data": [item(each) for each in items], "has_more": False},
    } | more  # fmt: skip


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records)


def test_a_file_named_delta_adds_whatever_the_mapping_says(landing):
    landing.source("stripe", "stripe")
    landing.put(
        "stripe", "2025-06-01/subscriptions.jsonl", lines(subscription("a", "a1"), subscription("b", "b1"))
    )
    landing.put("stripe", "2025-06-02/subscriptions.delta.jsonl", lines(subscription("a", "a1")))
    landing.run()
    assert in_force(landing, "subscription_items", "item_id") == [("a1",), ("b1",)]


def test_a_canonical_file_named_delta_adds(landing):
    landing.source("crm")
    landing.put("crm", "2025-06-01/customers.csv", "customer_id\na\nb\n")
    landing.put("crm", "2025-06-02/customers.delta.csv", "customer_id\nc\n")
    landing.run()
    assert in_force(landing, "customers", "customer_id") == [("a",), ("b",), ("c",)]


def test_nested_rows_that_a_deltas_record_has_lost_are_gone(landing):
    landing.source("stripe", "stripe")
    first = lines(subscription("a", "a1", "a2"), subscription("b", "b1"), subscription("c", "c1"))
    landing.put("stripe", "2025-06-01/subscriptions.jsonl", first)
    second = lines(subscription("a", "a2", "a3"), subscription("c"))
    landing.put("stripe", "2025-06-02/subscriptions.delta.jsonl", second)
    landing.run()
    assert in_force(landing, "subscription_items", "item_id") == [("a2",), ("a3",), ("b1",)]
    gone = landing.rows(
        "select item_id, _extracted_at::date::varchar from raw.subscription_items "
        "where _is_deleted order by 1"
    )
    assert gone == [("a1", "2025-06-02"), ("c1", "2025-06-02")]


def test_a_nested_row_that_a_delta_refuses_keeps_its_version(landing):
    text = """
        source: {minor_units: stripe}
        locale: {tz: UTC}
        files:
          - table: crm_deal_stages
            match: "deals*.jsonl"
            delivery: delta
            format: {type: jsonl}
            explode: stages
            parent: deal_id
            max_reject_ratio: 0.9
            columns:
              deal_id: {from: $.id}
              stage: {from: name}
              entered_at: {from: at}
              left_at: {from: until}
    """
    landing.source("crm", landing.mapping(text))
    stages = [{"name": "won", "at": "2025-01-02T00:00:00Z"}, {"name": "new", "at": "2025-01-01T00:00:00Z"}]
    landing.put("crm", "2025-06-01/deals.jsonl", lines({"id": "d", "stages": stages}))
    stages[0] = stages[0] | {"until": "tomorrow"}
    landing.put("crm", "2025-06-02/deals.jsonl", lines({"id": "d", "stages": stages}))
    landing.run()
    assert in_force(landing, "crm_deal_stages", "stage") == [("new",), ("won",)]


def test_an_archived_deal_goes_with_its_stages(landing):
    landing.source("hubspot", "hubspot")
    deal = {
        "id": "1", "archived": False, "createdAt": "2025-01-01T00:00:00Z",
        "properties": {
            "dealstage": "s", "hs_is_closed": "false", "pipeline": "p",
            "createdate": "2025-01-01T00:00:00.000Z",
        },
        "propertiesWithHistory": {"dealstage": [{"value": "s", "timestamp": "2025-01-01T00:00:00.000Z"}]},
    }  # fmt: skip
    landing.put("hubspot", "2025-06-01/deals.jsonl", lines(deal, deal | {"id": "2"}))
    archived = {"id": "1", "properties": {}, "archived": True, "archivedAt": "2025-06-02T00:00:00Z"}
    landing.put("hubspot", "2025-06-02/deals.delta.jsonl", lines(archived))
    landing.run()
    assert landing.rows("select message from audit.rejects") == []
    assert in_force(landing, "crm_deals", "deal_id") == [("2",)]
    assert in_force(landing, "crm_deal_stages", "deal_id") == [("2",)]


def test_a_snapshot_that_comes_late_is_not_ended_by_a_delta(landing):
    landing.source("crm")
    landing.put("crm", "2025-06-03/customers.delta.csv", "customer_id\nc\n")
    landing.run()
    landing.put("crm", "2025-06-01/customers.csv", "customer_id\na\nb\n")
    landing.run("2025-07-02")
    assert in_force(landing, "customers", "customer_id") == [("a",), ("b",), ("c",)]


@pytest.mark.parametrize("names", [("Ann", "Bob"), ("Bob", "Ann")])
def test_of_two_deliveries_of_one_instant_the_later_is_in_force(landing, names):
    """Undated files of runs with the same as-of: mended and delivered again, whatever their hashes."""
    landing.source("crm")
    for name in (*names, "Cid", "Dan"):
        landing.put("crm", "customers.csv", f"customer_id,name\na,{name}\n")
        landing.run("2025-07-01")
        assert in_force(landing, "customers", "name") == [(name,)]


def test_a_row_taken_out_and_delivered_again_at_the_same_instant_is_gone(landing):
    landing.source("crm")
    landing.put("crm", "customers.csv", "customer_id\na\nb\nc\nd\n")
    landing.run("2025-07-01")
    landing.put("crm", "customers.csv", "customer_id\na\nb\nc\n")
    landing.run("2025-07-01")
    assert in_force(landing, "customers", "customer_id") == [("a",), ("b",), ("c",)]


def test_an_arrivals_number_grows_past_refused_attempts(landing):
    landing.source("crm")
    landing.put("crm", "customers.csv", "customer_id\na\n")
    landing.run()
    landing.put("crm", "customers.csv", "customer_id,created_at\na,soon\n")
    landing.run()
    landing.run("2025-07-02")
    landing.put("crm", "customers.csv", "customer_id,created_at\na,2025-01-01\n")
    landing.run("2025-07-03")
    assert landing.rows("select left(delivery_id, 6), verdict from audit.deliveries order by 1") == [
        ("000001", "accept"),
        ("000003", "quarantine"),
        ("000004", "accept"),
    ]
