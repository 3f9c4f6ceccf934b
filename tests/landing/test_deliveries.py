"""Deliveries: whole or not at all, once, and in their place in time."""

import os
from pathlib import Path

import pytest

from orchestration.errors import ConfigurationError
from orchestration.landing import inspection
from orchestration.landing.builtin import date_in_path

HEADER = "customer_id,name,created_at\n"


def customers(*ids):
    return HEADER + "".join(f"{one},Name {one},2025-01-01\n" for one in ids)


def in_force(landing, table="customers", key="customer_id", upto="2030-01-01"):
    return [
        row[0]
        for row in landing.rows(
            f"select {key} from (select *, row_number() over (partition by _source, {key} order by "
            f"_extracted_at desc, "
            f"_delivery_id desc, _file desc, _line desc) as place from raw.{table} where "
            f"_extracted_at <= '{upto}') "
            f"where place = 1 and not _is_deleted order by 1"
        )
    ]


def test_the_same_bytes_again_are_a_no_op(landing):
    landing.source("crm")
    landing.put("crm", "customers.csv", customers("a", "b"))
    assert [delivery.rows_accepted for delivery in landing.run("2025-07-01")] == [2]
    assert landing.run("2025-07-02") == []
    assert landing.rows("select count(*) from raw.customers") == [(2,)]


def test_raw_rows_carry_file_line_and_instants(landing):
    landing.source("crm")
    landing.put("crm", "2025-06-30/customers.csv", customers("a"))
    (delivery,) = landing.run("2025-07-01T03:00:00+02:00")
    assert landing.rows(
        "select _source, _file, _line, _extracted_at::varchar, _loaded_at::varchar, _is_deleted, "
        "_is_state, created_at "
        "from raw.customers"
    ) == [
        (
            "crm",
            "2025-06-30/customers.csv",
            2,
            "2025-06-30 00:00:00",
            "2025-07-01 01:00:00",
            False,
            True,
            "2025-01-01 00:00:00",
        )
    ]
    assert landing.rows("select distinct _delivery_id from raw.customers") == [(delivery.delivery_id,)]


def test_what_a_full_snapshot_lacks_becomes_a_tombstone(landing):
    landing.source("crm")
    landing.put("crm", "customers.csv", customers("a", "b", "c", "d"))
    landing.run("2025-07-01")
    landing.put("crm", "customers.csv", customers("a", "b", "c"))
    landing.run("2025-07-02")
    assert in_force(landing) == ["a", "b", "c"]
    assert landing.rows(
        "select customer_id, name, _extracted_at::varchar from raw.customers where _is_deleted"
    ) == [("d", "Name d", "2025-07-02 00:00:00")]


def test_a_record_that_returns_is_in_force_again_even_with_bytes_seen_before(landing):
    landing.source("crm")
    for day, ids in (("01", "abcd"), ("02", "abc"), ("03", "abcd")):
        landing.put("crm", "customers.csv", customers(*ids))
        landing.run(f"2025-07-{day}")
    assert in_force(landing) == ["a", "b", "c", "d"]
    assert in_force(landing, upto="2025-07-02") == ["a", "b", "c"]


def test_a_delta_never_buries_what_it_does_not_name(landing):
    landing.source("crm", delivery="delta")
    landing.put("crm", "customers_2025-07-01.csv", customers("a", "b", "c"))
    landing.put("crm", "customers_2025-07-02.csv", customers("d"))
    landing.run("2025-07-03")
    assert in_force(landing) == ["a", "b", "c", "d"]
    assert landing.rows("select count(*) from raw.customers where _is_deleted") == [(0,)]


def test_a_missing_day_between_deltas_is_named(landing):
    landing.source("crm", delivery="delta")
    for day in (1, 2, 3, 6):
        landing.put("crm", f"customers_2025-07-0{day}.csv", customers(f"c{day}"))
    assert not any(delivery.refused for delivery in landing.run("2025-07-10"))
    ((file, code, message),) = landing.rows("select file, code, message from audit.rejects")
    assert (file, code) == ("customers_2025-07-06.csv", "D02")
    assert "between 2025-07-03 and 2025-07-06" in message


def test_a_sudden_drop_is_held_back_until_it_is_accepted_by_name(landing):
    landing.source("crm")
    landing.put("crm", "customers.csv", customers(*"abcdefghij"))
    landing.run("2025-07-01")
    landing.put("crm", "customers.csv", customers(*"abcdef"))
    (held,) = landing.run("2025-07-02")
    assert (held.verdict, len(in_force(landing))) == ("quarantine", 10)
    assert landing.rows("select count(*) from raw.customers") == [(10,)]
    ((code, message),) = landing.rows("select code, message from audit.rejects")
    assert code == "D01" and "--accept-drop crm" in message
    landing.accepted_drops = frozenset({"crm"})
    (taken,) = landing.run("2025-07-03")
    assert (taken.verdict, in_force(landing)) == ("accept", list("abcdef"))


def test_seven_of_ten_are_no_sudden_drop(landing):
    landing.source("crm")
    landing.put("crm", "customers.csv", customers(*"abcdefghij"))
    landing.run("2025-07-01")
    landing.put("crm", "customers.csv", customers(*"abcdefg"))
    assert [delivery.verdict for delivery in landing.run("2025-07-02")] == ["accept"]


DAYS = {"2025-07-01": "abcd", "2025-07-02": "abce", "2025-07-03": "abce", "2025-07-04": "abcdef"}


def dated(landing, days):
    landing.source("crm")
    for day in days:
        landing.put("crm", f"{day}/customers.csv", customers(*DAYS[day]))


@pytest.mark.parametrize(
    "order",
    [
        [[day] for day in DAYS],
        [list(DAYS)],
        [["2025-07-01"], ["2025-07-03", "2025-07-04"], ["2025-07-02"]],
        [["2025-07-04"], ["2025-07-02"], ["2025-07-01", "2025-07-03"]],
    ],
    ids=["day by day", "all at once", "one late", "backwards"],
)
def test_every_order_of_arrival_gives_each_day_its_own_records(landing, order):
    landing.source("crm")
    for run in order:
        for day in run:
            landing.put("crm", f"{day}/customers.csv", customers(*DAYS[day]))
        assert not any(delivery.refused for delivery in landing.run("2025-07-10"))
    assert {day: "".join(in_force(landing, upto=day)) for day in DAYS} == DAYS


def test_a_file_dated_after_the_run_is_not_known_yet(landing):
    dated(landing, ["2025-07-01", "2025-07-04"])
    landing.run("2025-07-02")
    assert in_force(landing) == ["a", "b", "c", "d"]
    landing.run("2025-07-05")
    assert in_force(landing) == ["a", "b", "c", "d", "e", "f"]


def test_an_unchanged_part_of_a_snapshot_is_not_buried(landing):
    mapping = landing.mapping(
        "files:\n  - {table: customers, match: 'part*.csv', delivery: full_snapshot, columns: "
        "{customer_id: {from: "
        "customer_id}, name: {from: name}, created_at: {from: created_at, type: date}}}\n"
    )
    landing.source("crm", mapping)
    landing.put("crm", "part1.csv", customers("a", "b"))
    landing.put("crm", "part2.csv", customers("c", "d"))
    landing.run("2025-07-01")
    landing.put("crm", "part2.csv", customers("c", "d", "e"))
    landing.run("2025-07-02")
    assert in_force(landing) == ["a", "b", "c", "d", "e"]


PARTS = (
    "files:\n  - {table: customers, match: 'part*.csv', delivery: full_snapshot, columns: "
    "{customer_id: {from: customer_id}, name: {from: name}, created_at: {from: created_at, type: date}}}\n"
)


def several_days(landing, days_of_runs):
    """Three dated snapshots of two parts, of which the first never changes; each run knows some of them."""
    landing.source("crm", landing.mapping(PARTS))
    parts = {"2025-07-01": "c", "2025-07-02": "d", "2025-07-03": "e"}
    for days in days_of_runs:
        for day in days:
            landing.put("crm", f"{day}/part1.csv", customers("a", "b"))
            landing.put("crm", f"{day}/part2.csv", customers(parts[day]))
        landing.run("2025-07-04")


OF_PARTS = ["2025-07-01", "2025-07-02", "2025-07-03"]


@pytest.mark.parametrize(
    "runs", [[OF_PARTS], [[day] for day in OF_PARTS], [OF_PARTS[:1], OF_PARTS[1:]]], ids=str
)
def test_an_unchanged_part_of_dated_snapshots_is_not_buried_whatever_the_runs(landing, runs):
    several_days(landing, runs)
    assert in_force(landing) == ["a", "b", "e"]
    assert in_force(landing, upto="2025-07-02") == ["a", "b", "d"]


def test_a_part_that_a_dated_snapshot_lacks_is_buried_in_a_first_run_over_several_days(landing):
    several_days(landing, [])
    for day, parts in {"2025-07-01": [1, 2], "2025-07-02": [2]}.items():
        for part in parts:
            landing.put("crm", f"{day}/part{part}.csv", customers("a", "b") if part == 1 else customers(day))
    landing.run("2025-07-04")
    assert in_force(landing) == ["2025-07-02"]


def test_a_bad_file_keeps_its_source_out_and_leaves_others_in(landing):
    landing.source("bad")
    landing.put("bad", "customers.csv", customers("a"))
    landing.put(
        "bad", "subscriptions.csv", "subscription_id,customer_id,status,started_at\ns,a,frozen,2025-01-01\n"
    )
    landing.source("good")
    landing.put("good", "customers.csv", customers("z"))
    verdicts = {(d.source_name, d.file): d.verdict for d in landing.run("2025-07-01")}
    assert verdicts == {
        ("bad", "customers.csv"): "quarantine",
        ("bad", "subscriptions.csv"): "quarantine",
        ("good", "customers.csv"): "accept",
    }
    assert in_force(landing) == ["z"]
    assert landing.rows("select source_name, file, line, column_name, code from audit.rejects") == [
        ("bad", "subscriptions.csv", 2, "status", "V06")
    ]


def test_a_refused_delivery_is_taken_once_its_mapping_is_mended(landing):
    text = (
        "files:\n  - {table: customers, match: 'c*', delivery: full_snapshot, columns: {customer_id: {from: "
        "customer_id}, sales_model: {from: kind, required: true, map: {low: low_touch}}}}\n"
    )
    mapping = landing.mapping(text)
    landing.source("crm", mapping)
    landing.put("crm", "c.csv", "customer_id,kind\na,high\n")
    assert [d.verdict for d in landing.run("2025-07-01")] == ["quarantine"]
    assert [d.verdict for d in landing.run("2025-07-02")] == ["quarantine"]
    assert landing.rows("select count(*) from audit.rejects") == [(1,)]
    Path(mapping).write_text(text.replace("low: low_touch", "low: low_touch, high: high_touch"))
    assert [d.verdict for d in landing.run("2025-07-03")] == ["accept"]
    assert landing.rows("select customer_id, sales_model from raw.customers") == [("a", "high_touch")]


def test_a_crash_before_the_commit_leaves_nothing(landing, monkeypatch):
    landing.source("crm")
    landing.put("crm", "customers.csv", customers("a", "b"))

    def crash(*arguments, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr("orchestration.landing.source_run.record", crash)
    with pytest.raises(KeyboardInterrupt):
        landing.run("2025-07-01")
    monkeypatch.undo()
    assert landing.rows("select count(*) from raw.customers") == [(0,)]
    assert landing.rows("select count(*) from audit.deliveries") == [(0,)]
    assert [delivery.rows_accepted for delivery in landing.run("2025-07-01")] == [2]


def test_refused_rows_within_the_ratio_do_not_bury_their_earlier_versions(landing):
    mapping = landing.mapping(
        "files:\n  - {table: customers, match: 'c*', delivery: full_snapshot, max_reject_ratio: "
        "'0.3', columns: "
        "{customer_id: {from: customer_id}, name: {from: name}, created_at: {from: created_at, type: "
        "date}}}\n"
    )
    landing.source("crm", mapping)
    landing.put("crm", "c.csv", customers("a", "b", "c", "d"))
    landing.run("2025-07-01")
    landing.put(
        "crm", "c.csv", customers("a", "b", "c", "d").replace("Name d,2025-01-01", "Name d,01/01/2025")
    )
    (delivery,) = landing.run("2025-07-02")
    assert (delivery.verdict, delivery.rows_accepted, delivery.rows_rejected) == ("warn", 3, 1)
    assert in_force(landing) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_of_two_contents_under_one_key_the_same_one_is_kept_in_any_order(landing, order):
    lines = ["a,Zoe,2025-01-01", "a,Anne,2025-01-01", "b,Bob,2025-01-01"]
    mapping = landing.mapping(
        "files:\n  - {table: customers, match: 'c*', delivery: full_snapshot, max_reject_ratio: "
        "'0.5', columns: "
        "{customer_id: {from: customer_id}, name: {from: name}}}\n"
    )
    landing.source("crm", mapping)
    landing.put("crm", "c.csv", HEADER + "\n".join(lines[place] for place in order) + "\n")
    landing.run("2025-07-01")
    assert landing.rows("select customer_id, name from raw.customers order by 1") == [
        ("a", "Anne"),
        ("b", "Bob"),
    ]
    ((line, code),) = landing.rows("select line, code from audit.rejects where code <> 'S02'")
    assert (line, code) == (order.index(0) + 2, "R02")


def test_an_unfinished_file_is_waited_for(landing, monkeypatch):
    landing.source("crm")
    target = landing.put("crm", "customers.csv", customers("a"))
    target.write_text(HEADER)

    def finish(_seconds: float) -> None:
        target.write_text(customers("a", "b", "c"))
        os.utime(target, (0, 0))

    monkeypatch.setattr(inspection, "_SETTLE_SECONDS", 60.0)
    monkeypatch.setattr(inspection.time, "sleep", finish)
    deliveries = landing.run("2025-07-01")
    assert [delivery.rows_accepted for delivery in deliveries] == [3]


def test_a_file_that_never_settles_is_refused(landing, monkeypatch):
    monkeypatch.setattr(inspection, "_WAIT_SECONDS", 0.0)
    monkeypatch.setattr(inspection, "_SETTLE_SECONDS", 60.0)
    landing.source("crm")
    landing.put("crm", "customers.csv", customers("a")).touch()
    (delivery,) = landing.run("2025-07-01")
    assert delivery.verdict == "reject_file"
    assert landing.rows("select code from audit.rejects") == [("F10",)]


def test_a_file_that_fits_no_entry_is_named_once(landing):
    landing.source("crm")
    landing.put("crm", "notes.csv", "x\n1\n")
    landing.put("crm", "customers.csv", customers("a"))
    landing.run("2025-07-01")
    assert landing.rows("select file, code from audit.rejects") == [("notes.csv", "W09")]
    assert landing.run("2025-07-02") == []


def test_dates_in_another_zone_than_the_reporting_one_are_a_configuration_error(landing):
    mapping = landing.mapping(
        "locale: {tz: Europe/Paris}\nfiles:\n  - {table: customers, match: 'c*', delivery: "
        "full_snapshot, columns: "
        "{customer_id: {from: customer_id}, created_at: {from: created_at, type: date}}}\n"
    )
    landing.source("crm", mapping)
    with pytest.raises(ConfigurationError, match="months would shift"):
        landing.run("2025-07-01")


def test_a_missing_folder_is_a_configuration_error(landing):
    landing.source("crm")
    (landing.extracts / "crm").rmdir()
    with pytest.raises(ConfigurationError, match="does not exist"):
        landing.run("2025-07-01")


def test_what_a_source_marks_deleted_is_a_tombstone(landing):
    landing.source("stripe", "stripe")
    landing.put(
        "stripe",
        "customers.jsonl",
        '{"id": "cus_1", "created": 1736899200, "livemode": true}\n{"id": "cus_2", "deleted": true}\n',
    )
    landing.run("2025-07-01")
    assert landing.rows("select customer_id, _is_deleted from raw.customers order by 1") == [
        ("cus_1", False),
        ("cus_2", True),
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("2025-06-30/customers.csv", "2025-06-30 00:00:00"),
        ("abonnements_20250630.csv", "2025-06-30 00:00:00"),
        ("customers_2025-06-30T0315.csv", "2025-06-30 03:15:00"),
        ("customers_20250630T031500Z.jsonl", "2025-06-30 03:15:00"),
        ("2025-06-29/customers_2025-06-30.csv", "2025-06-30 00:00:00"),
        ("customers_2025-13-30.csv", "None"),
        ("customers_120250630.csv", "None"),
        ("customers.csv", "None"),
    ],
)
def test_the_date_in_a_path(path, expected):
    assert str(date_in_path(path)) == expected


PAYMENT = "payment_id,customer_id,amount,currency,outcome,attempted_at"


def test_a_build_file_of_an_earlier_contract_gets_the_columns_that_came_since(landing):
    """They stand last in it, and nothing lands in the wrong column."""
    landing.source("bank")
    landing.put("bank", "2025-06-01/payments.csv", f"{PAYMENT}\np1,c,10,EUR,succeeded,2025-06-01\n")
    landing.run("2025-06-02")
    for column in ("payment_intent_id", "card_expires_on", "payment_method_id"):
        landing.connection.execute(f"alter table raw.payments drop column {column}")
    later = f"{PAYMENT},card_expires_on\np2,c,10,EUR,succeeded,2025-06-02,2027-03-31\n"
    landing.put("bank", "2025-06-02/payments.csv", later)
    landing.run("2025-06-03")
    assert landing.rows(
        "select payment_id, card_expires_on, payment_method_id, _source, _line, _is_deleted "
        "from raw.payments order by _extracted_at, payment_id"
    ) == [
        ("p1", None, None, "bank", 2, False),
        ("p1", None, None, "bank", None, True),
        ("p2", "2027-03-31", None, "bank", 2, False),
    ]


def test_a_contract_without_the_optional_columns_of_cards_still_lands(landing):
    landing.source("bank")
    landing.put("bank", "payments.csv", f"{PAYMENT}\np1,c,10,EUR,succeeded,2025-06-01\n")
    (delivery,) = landing.run()
    assert (delivery.verdict, delivery.rows_accepted) == ("accept", 1)
