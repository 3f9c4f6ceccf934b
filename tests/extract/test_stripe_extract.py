import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from replay_server import Fault
from stripe_account import DAY, NOW

from orchestration.errors import ConfigurationError
from orchestration.extract.client import ExtractFailed
from orchestration.extract.stripe_objects import OBJECTS


def test_every_object_is_read_whole_with_the_version_pinned(stripe):
    entries = stripe.extract()

    assert set(entries) == set(OBJECTS)
    for name, records in stripe.account.lists.items():
        if records:
            assert stripe.ids(f"{name}.jsonl") == [each["id"] for each in records]
    assert {request.headers["Stripe-Version"] for request in stripe.server.seen} == {"2026-08-26.dahlia"}
    assert stripe.records("customers.jsonl")[0]["name"] == "Société Générée"


def test_cancelled_subscriptions_are_read_too(stripe):
    stripe.extract("subscriptions")
    assert {r["id"] for r in stripe.records("subscriptions.jsonl") if r["status"] == "canceled"} == {
        "sub_1",
        "sub_5",
    }


def test_nested_lists_are_followed_to_their_ends(stripe):
    stripe.extract("subscriptions", "invoices")

    subscription = next(r for r in stripe.records("subscriptions.jsonl") if r["id"] == "sub_2")
    assert [item["id"] for item in subscription["items"]["data"]] == [f"si_2_{i}" for i in range(5)]
    assert subscription["items"]["has_more"] is False
    invoice = next(r for r in stripe.records("invoices.jsonl") if r["id"] == "in_0")
    assert [line["id"] for line in invoice["lines"]["data"]] == [f"il_0_{i}" for i in range(7)]


def test_discounts_carry_their_coupon_on_customer_subscription_and_item(stripe):
    subscription = stripe.account.lists["subscriptions"][4]
    stripe.account.lists["customers"][6]["discount"] = subscription["discounts"][0]
    stripe.extract("customers", "subscriptions")
    customer = next(record for record in stripe.records("customers.jsonl") if record["id"] == "cus_6")
    assert customer["discount"]["source"]["coupon"]["percent_off"] == 50.0
    by_id = {record["id"]: record for record in stripe.records("subscriptions.jsonl")}
    assert by_id["sub_4"]["discounts"][0]["source"]["coupon"]["percent_off"] == 50.0
    item = by_id["sub_3"]["items"]["data"][0]
    assert item["discounts"][0]["source"]["coupon"]["percent_off"] == 50.0
    last = by_id["sub_2"]["items"]["data"][-1]
    assert last["discounts"][0]["source"]["coupon"]["percent_off"] == 50.0


def test_a_payment_of_an_invoice_names_its_charge_and_keeps_no_client_secret(stripe):
    expected = {"id": "pi_4", "object": "payment_intent", "latest_charge": "ch_4"}
    stripe.extract("invoice_payments")
    whole = {
        record["id"]: record["payment"]["payment_intent"]
        for record in stripe.records("invoice_payments.jsonl")
    }
    assert whole["inpay_4"] == expected
    stripe.account.tell("invoice.paid", NOW + 60, stripe.account.lists["invoices"][4])
    stripe.next_day()
    stripe.extract("invoice_payments")
    (changed,) = stripe.records("invoice_payments.delta.jsonl")
    assert changed["payment"]["payment_intent"] == expected


def test_the_manifest_states_what_was_read(stripe):
    entry = stripe.extract("customers")["customers"]
    data = (stripe.day / "customers.jsonl").read_bytes()

    assert (entry.pages, entry.records, entry.repeated) == (3, 8, 0)
    assert (entry.endpoint, entry.api_version) == ("/v1/customers", "2026-08-26.dahlia")
    assert (entry.bytes, entry.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert (entry.started_at, entry.finished_at) == ("2026-03-10T12:00:00Z", "2026-03-10T12:00:00Z")
    assert entry.delivery == "full_snapshot" and entry.since is None


def test_an_object_without_records_gets_no_file_and_is_in_the_manifest(stripe):
    entries = stripe.extract("disputes")
    assert entries["disputes"].file is None
    assert sorted(path.name for path in stripe.day.iterdir()) == ["manifest.json"]


def test_a_delivery_of_today_is_not_read_again_but_its_missing_objects_are(stripe):
    stripe.extract("customers")
    stripe.server.seen.clear()
    assert set(stripe.extract("customers", "invoices")) == {"customers", "invoices"}
    assert stripe.server.count("/v1/customers") == 0
    assert (stripe.day / "customers.jsonl").exists() and (stripe.day / "invoices.jsonl").exists()


def test_a_repeated_page_gives_each_id_once(stripe):
    stripe.server.faults.append(Fault("/v1/customers", skip=1, repeats_previous=True))
    entry = stripe.extract("customers")["customers"]
    assert sorted(stripe.ids("customers.jsonl")) == sorted(r["id"] for r in stripe.account.lists["customers"])
    assert entry.repeated == 3


def test_a_page_repeated_without_end_is_an_error_not_a_loop(stripe):
    stripe.server.faults.append(Fault("/v1/customers", skip=1, times=50, repeats_previous=True))
    with pytest.raises(ExtractFailed, match="/v1/customers gives the same page after cus_2 again and again"):
        stripe.extract("customers")


def test_a_record_that_changes_between_two_pages_is_kept_as_seen_last(stripe):
    def rename_and_show_again() -> None:
        first = stripe.account.lists["customers"].pop(0)
        stripe.account.lists["customers"].insert(4, {**first, "name": "Renamed"})

    stripe.server.faults.append(Fault("/v1/customers", skip=1, first_do=rename_and_show_again))
    stripe.extract("customers")
    names = {record["id"]: record["name"] for record in stripe.records("customers.jsonl")}
    assert names["cus_0"] == "Renamed"
    assert len(names) == len(stripe.records("customers.jsonl")) == 8


def test_the_pause_a_rate_limit_asks_for_is_kept(stripe):
    stripe.server.faults.append(Fault("/v1/customers", status=429, headers={"Retry-After": "7"}, times=2))
    stripe.extract("customers")
    assert stripe.watch.waited == [7.0, 7.0]
    assert len(stripe.ids("customers.jsonl")) == 8


def test_a_pause_given_as_a_date_is_kept(stripe):
    until = {"Retry-After": "Tue, 10 Mar 2026 12:00:30 GMT"}
    stripe.server.faults.append(Fault("/v1/customers", status=503, headers=until))
    stripe.extract("customers")
    assert stripe.watch.waited == [30.0]


def test_a_pause_of_hours_ends_the_run_with_a_sentence(stripe):
    stripe.server.faults.append(Fault("/v1/customers", status=429, headers={"Retry-After": "7200"}))
    with pytest.raises(ExtractFailed, match="asks to wait 7200 seconds"):
        stripe.extract("customers")
    assert stripe.watch.waited == []


def test_server_errors_and_cut_answers_are_tried_again_with_longer_pauses(stripe):
    stripe.server.faults += [
        Fault("/v1/customers", status=500),
        Fault("/v1/customers", is_a_web_page=True),
        Fault("/v1/customers", is_cut=True),
    ]
    stripe.extract("customers")
    assert stripe.watch.waited == [1.0, 2.0, 4.0]
    assert len(stripe.ids("customers.jsonl")) == 8


def test_a_server_that_never_answers_is_tried_again(stripe):
    stripe.patience = replace(stripe.patience, read_timeout=0.2)
    stripe.server.faults.append(Fault("/v1/customers", hangs=True))
    stripe.extract("customers")
    assert stripe.watch.waited[0] == 1.0
    assert len(stripe.ids("customers.jsonl")) == 8


def test_a_server_that_stays_down_ends_the_run_and_nothing_is_delivered(stripe):
    stripe.server.faults.append(Fault("/v1/invoices", status=500, times=99))
    with pytest.raises(ExtractFailed, match=r"GET /v1/invoices failed 4 times, last with HTTP 500"):
        stripe.extract("customers", "invoices")
    assert [path.name for path in stripe.day.iterdir()] == [".partial"]
    assert not list(stripe.folder.rglob("*.jsonl"))


def test_an_error_of_ours_is_not_tried_again(stripe):
    stripe.server.faults.append(Fault("/v1/customers", status=400, body={"error": {"message": "bad limit"}}))
    with pytest.raises(ExtractFailed, match="/v1/customers was refused with HTTP 400: bad limit"):
        stripe.extract("customers")
    assert stripe.server.count("/v1/customers") == 1


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (
            "Having the 'rak_subscription_read' permission would allow this request to continue.",
            "rak_subscription_read",
        ),
        ("The provided key does not have the required permissions.", "Subscriptions: Read"),
    ],
)
def test_a_key_without_permission_names_the_missing_one(stripe, said, named):
    stripe.account.denied["subscriptions"] = said
    with pytest.raises(ExtractFailed, match=f"/v1/subscriptions: the permission '{named}' is missing"):
        stripe.extract("subscriptions")


def test_an_invalid_key_says_so(stripe, monkeypatch):
    monkeypatch.setenv("STRIPE_API_KEY", "rk_test_expired")
    with pytest.raises(ExtractFailed, match="STRIPE_API_KEY is not valid"):
        stripe.extract("customers")


@pytest.mark.parametrize("page", range(8))
def test_a_run_cut_at_any_page_goes_on_and_gives_the_same_bytes(stripe, page):
    stripe.extract("customers", "invoices")
    whole = {path.name: path.read_bytes() for path in stripe.day.glob("*.jsonl")}
    stripe.folder = stripe.folder.with_name("cut")
    stripe.server.seen.clear()
    path = "/v1/customers" if page < 3 else "/v1/invoices" if page < 6 else "/v1/invoices/in_0/lines"
    stripe.server.faults.append(Fault(path, status=400, skip=page % 3))

    with pytest.raises(ExtractFailed):
        stripe.extract("customers", "invoices")
    stripe.extract("customers", "invoices")

    assert {path.name: path.read_bytes() for path in stripe.day.glob("*.jsonl")} == whole
    # Three pages each, and the one that was refused once more: no page before it is asked for again.
    expected = {"/v1/customers": 3, "/v1/invoices": 3}
    counted = {p: stripe.server.count(p) for p in expected}
    assert counted == {p: n + (p == path or (p == "/v1/invoices" and page >= 6)) for p, n in expected.items()}


def test_pages_of_an_earlier_day_are_dropped_and_said(stripe):
    stripe.server.faults.append(Fault("/v1/customers", status=400, skip=1))
    with pytest.raises(ExtractFailed):
        stripe.extract("customers")
    stripe.next_day()
    stripe.extract("customers")
    assert stripe.server.count("/v1/customers") == 3
    assert "2026-03-10: that day's extraction never ended and is dropped" in stripe.said
    assert not (stripe.folder / "2026-03-10").exists()


def test_a_second_run_reads_new_and_changed_records_only(stripe):
    stripe.extract("refunds", "charges", "customers")
    new = {"id": "re_new", "object": "refund", "created": NOW + 3600, "charge": "ch_0"}
    stripe.account.lists["refunds"].insert(0, new)
    stripe.account.tell("refund.created", NOW + 3600, new)
    stripe.account.change("charges", "ch_6", "charge.failed", NOW + 7200, status="failed")
    stripe.next_day()
    entries = stripe.extract("refunds", "charges", "customers")

    assert stripe.ids("refunds.delta.jsonl") == ["re_new"]
    by_id = {record["id"]: record["status"] for record in stripe.records("charges.delta.jsonl")}
    assert by_id == {"ch_0": "succeeded", "ch_6": "failed"}
    assert len(stripe.ids("customers.jsonl")) == 8
    assert [entries[n].delivery for n in ("refunds", "customers")] == ["delta", "full_snapshot"]
    assert entries["refunds"].since == "2026-03-07T12:00:00Z"
    # What the list gave is not asked for one by one as well.
    assert stripe.server.count("/v1/refunds/re_new") == 0


def test_an_item_taken_off_a_subscription_is_missing_from_the_next_snapshot(stripe):
    stripe.extract("subscriptions")
    stripe.account.lists["subscriptions"][2]["items"]["data"].pop()
    stripe.next_day()
    entries = stripe.extract("subscriptions")
    subscription = next(r for r in stripe.records("subscriptions.jsonl") if r["id"] == "sub_2")
    assert [item["id"] for item in subscription["items"]["data"]] == [f"si_2_{i}" for i in range(4)]
    assert (entries["subscriptions"].delivery, entries["subscriptions"].records) == ("full_snapshot", 8)


def test_a_change_that_was_told_late_is_caught_by_the_reread_window(stripe):
    stripe.extract("charges")
    stripe.account.change("charges", "ch_7", "charge.updated", NOW - 2 * DAY, status="told late")
    stripe.next_day()
    stripe.extract("charges")
    assert [record["status"] for record in stripe.records("charges.delta.jsonl")] == ["told late"]


def test_a_new_record_that_changes_during_the_run_is_read_again(stripe):
    stripe.extract("charges")
    stripe.next_day()
    new = {"id": "ch_new", "object": "charge", "created": NOW + DAY - 60, "status": "new"}
    stripe.account.lists["charges"].insert(0, new)

    def change() -> None:
        stripe.account.change("charges", "ch_new", "charge.updated", NOW + DAY + 1, status="changed")

    stripe.server.faults.append(Fault("/v1/events", first_do=change))
    stripe.extract("charges")
    assert [record["status"] for record in stripe.records("charges.delta.jsonl")] == ["changed"]


def test_a_deleted_draft_comes_with_its_last_state_and_a_mark(stripe):
    stripe.extract("invoices")
    draft = stripe.account.lists["invoices"].pop(6)
    stripe.account.tell("invoice.deleted", NOW + 60, draft)
    stripe.next_day()
    stripe.extract("invoices")
    (gone,) = stripe.records("invoices.delta.jsonl")
    assert (gone["id"], gone["status"], gone["deleted"]) == ("in_6", "open", True)


def test_a_deleted_customer_is_missing_from_the_next_snapshot(stripe):
    stripe.extract("customers")
    stripe.account.lists["customers"][7]["deleted"] = True
    stripe.next_day()
    stripe.extract("customers")
    assert stripe.ids("customers.jsonl") == [f"cus_{n}" for n in range(7)]


def test_an_event_about_a_part_has_the_whole_read_again(stripe):
    stripe.extract("charges", "invoice_payments")
    dispute = {"id": "dp_1", "object": "dispute", "created": NOW + 60, "charge": "ch_7"}
    stripe.account.tell("charge.dispute.created", NOW + 60, dispute)
    stripe.account.tell("invoice.paid", NOW + 60, stripe.account.lists["invoices"][4])
    stripe.next_day()
    stripe.extract("charges", "invoice_payments")

    assert stripe.ids("charges.delta.jsonl") == ["ch_7"]
    assert stripe.ids("invoice_payments.delta.jsonl") == ["inpay_4"]


@pytest.mark.parametrize("event_page", range(3))
def test_a_run_cut_among_the_events_goes_on_there(stripe, event_page):
    stripe.extract("charges")
    for n in range(8):
        stripe.account.change("charges", f"ch_{n}", "charge.updated", NOW + 60 + n, status=f"changed {n}")
    stripe.next_day()
    stripe.server.faults.append(Fault("/v1/events", status=400, skip=event_page))
    with pytest.raises(ExtractFailed):
        stripe.extract("charges")
    stripe.extract("charges")

    assert sorted(stripe.ids("charges.delta.jsonl")) == [f"ch_{n}" for n in range(8)]
    assert stripe.server.count("/v1/events") == 4
    assert [stripe.server.count(f"/v1/charges/ch_{n}") for n in range(8)] == [1] * 8


def test_a_delivery_dated_in_the_future_is_no_start_for_changes(stripe):
    stripe.extract("charges")
    stripe.day.rename(stripe.folder / "2026-04-01")
    stripe.next_day()
    assert stripe.extract("charges")["charges"].delivery == "full_snapshot"


def test_full_reads_everything_again_and_since_names_the_start(stripe):
    stripe.extract("charges")
    stripe.next_day()
    stripe.extract("charges", is_full=True)
    assert len(stripe.ids("charges.jsonl")) == 8
    stripe.next_day()
    entry = stripe.extract("charges", since=datetime(2026, 2, 15, tzinfo=UTC))["charges"]
    assert entry.since == "2026-02-15T00:00:00Z"
    assert stripe.ids("charges.delta.jsonl") == ["ch_0"]


def test_changes_that_stripe_has_forgotten_are_refused_by_name_and_otherwise_read_whole(stripe):
    with pytest.raises(ConfigurationError, match="changes of the last 29 days only"):
        stripe.extract("charges", since=datetime(2026, 2, 1, tzinfo=UTC))
    stripe.extract("charges")
    stripe.next_day(days=40)
    assert stripe.extract("charges")["charges"].delivery == "full_snapshot"


def test_a_wish_that_cannot_be_met_touches_nothing(stripe):
    with pytest.raises(ConfigurationError, match="stripe has no coupons"):
        stripe.extract("coupons")
    with pytest.raises(ConfigurationError, match="exclude each other"):
        stripe.extract(since=datetime(2026, 3, 1, tzinfo=UTC), is_full=True)
    with pytest.raises(ConfigurationError, match="in the future"):
        stripe.extract(since=stripe.watch.moment + timedelta(days=2))
    assert not stripe.folder.exists() and not stripe.server.seen
