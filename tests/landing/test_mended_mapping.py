"""A mapping that was mended: raw becomes what it would be had the mapping always been the one of now."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.landing import kept_sources, mapping_fingerprints, notices, reread
from orchestration.landing.canonical import SNAPSHOTS, canonical_tables
from orchestration.landing.forgotten import Forgotten
from tests.landing.conftest import Landing

MAPPING = """
source: {{name: bill, kind: billing}}
files:
  - table: subscription_items
    match: "subs*.csv"
    delivery: {delivery}
    key: [subscription_id, item_id]
    {more}
    columns:
      subscription_id: {{from: ref}}
      item_id: {{const: "1"}}
      customer_id: {{from: client}}
      valid_from: {{from: since, type: date}}
      status: {{const: active}}
      currency: {{const: EUR}}
      unit_amount: {{from: price}}
      quantity: {{const: "1"}}
      interval_unit: {{const: {interval}}}
      interval_count: {{const: "1"}}
"""
Step = Callable[[Landing], object]


def mapping(interval: str = "year", delivery: str = "full_snapshot", more: str = "") -> str:
    return MAPPING.format(interval=interval, delivery=delivery, more=more)


def subs(*refs: str, price: int = 1200) -> str:
    return "ref,client,since,price\n" + "".join(f"{ref},c_{ref},2025-01-01,{price}\n" for ref in refs)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Landing]]:
    opened = []

    def made(name: str, text: str, source: str = "bill") -> Landing:
        folder = tmp_path / name
        folder.mkdir()
        connection = duckdb.connect(str(folder / "build.duckdb"), config={"threads": 2})
        opened.append(connection)
        landing = Landing(folder / "company.yml", connection)
        (folder / "mapping.yml").write_text(text, encoding="utf-8")
        landing.source(source, str(folder / "mapping.yml"))
        return landing

    yield made
    for connection in opened:
        connection.close()


def mend(landing: Landing, text: str) -> None:
    (landing.path.parent / "mapping.yml").write_text(text, encoding="utf-8")


def raw(landing: Landing) -> dict[str, list[tuple]]:
    names = (*canonical_tables(), SNAPSHOTS)
    tables = {table: landing.rows(f"select * from raw.{table} order by all") for table in names}
    tables["deliveries"] = landing.rows(
        "select * exclude (reread_at) from audit.deliveries where verdict in ('accept', 'warn') order by all"
    )
    return {table: rows for table, rows in tables.items() if rows}


def put_and_run(file: str, content: str, as_of: str) -> Step:
    def step(landing: Landing) -> None:
        landing.put("bill", file, content)
        assert not any(one.refused for one in landing.run(as_of))

    return step


def accepting(step: Step) -> Step:
    def accepted(landing: Landing) -> None:
        landing.accepted_drops = frozenset({"bill"})
        step(landing)
        landing.accepted_drops = frozenset()

    return accepted


DATED = [put_and_run(f"subs_2025070{day}.csv", subs(*refs), f"2025-07-0{day}T06:00:00")
         for day, refs in enumerate(("abcd", "abce", "abcde", "abcd"), 1)]  # fmt: skip
LATE = [DATED[0], DATED[3], DATED[1], DATED[2]]
FALLEN = [
    put_and_run("subs_20250701.csv", subs(*"abcdefghijkl"), "2025-07-01"),
    accepting(put_and_run("subs_20250702.csv", subs("a"), "2025-07-02")),
]
PARTS = [
    put_and_run("subs_east.csv", subs("a", "b"), "2025-07-01"),
    put_and_run("subs_west.csv", subs("c", "d"), "2025-07-02"),
    put_and_run("subs_20250709.csv", subs(*"abcd"), "2025-07-09"),
]


def put_parts_of_two_days(landing: Landing) -> None:
    for day, ref in ((1, "c"), (2, "d")):
        landing.put("bill", f"2025-07-0{day}/subs_east.csv", subs("a", "b"))
        landing.put("bill", f"2025-07-0{day}/subs_west.csv", subs(ref))
    assert not any(one.refused for one in landing.run("2025-07-03"))


DATED_PARTS = [
    put_parts_of_two_days,
    put_and_run("2025-07-04/subs_east.csv", subs("a", "b"), "2025-07-03"),
    put_and_run("2025-07-04/subs_west.csv", subs("e"), "2025-07-04"),
]


@pytest.mark.parametrize("delivery", ["full_snapshot", "delta"])
@pytest.mark.parametrize(
    "steps",
    [DATED, LATE, FALLEN, PARTS, [put_parts_of_two_days], DATED_PARTS],
    ids=["in order", "late arrivals", "a fall accepted", "undated parts", "parts of days", "dated parts"],
)
def test_a_mended_mapping_gives_what_it_would_have_given_from_the_start(make, steps, delivery):
    mended, right = make("mended", mapping("month", delivery)), make("right", mapping("year", delivery))
    for step in steps:
        step(mended)
        step(right)
    before = raw(mended)
    mend(mended, mapping("year", delivery))
    again = mended.run("2025-07-10")
    right.run("2025-07-10")
    assert raw(mended) == raw(right) != before
    assert datetime(2025, 7, 10) in {one.reread_at for one in again}
    assert mended.run("2025-07-11") == []


def test_a_delta_of_many_deliveries_is_read_again_delivery_by_delivery(make):
    mended, right = make("mended", mapping("month", "delta")), make("right", mapping("year", "delta"))
    for day in range(1, 29):
        for one in (mended, right):
            one.put("bill", f"subs_202506{day:02d}.csv", subs("a", f"s{day}", price=100 + day))
            one.run(f"2025-06-{day:02d}T06:00:00")
    mend(mended, mapping("year", "delta"))
    assert len(mended.run("2025-07-01")) == 28
    assert raw(mended) == raw(right)


def test_a_table_that_the_mapping_named_wrongly_is_emptied(make):
    wrong = (
        mapping().replace("subscription_items", "prices").replace("[subscription_id, item_id]", "[price_id]")
    )
    for name in (
        "subscription_id: {from: ref}",
        "item_id",
        "customer_id",
        "valid_from",
        "status",
        "quantity",
    ):
        line = next(line for line in wrong.splitlines() if line.strip().startswith(name))
        wrong = wrong.replace(line + "\n", "")
    wrong += "      price_id: {from: ref}\n      billing_scheme: {const: per_unit}\n"
    wrong += "      usage_type: {const: licensed}\n"
    landing = make("one", wrong)
    landing.put("bill", "subs_20250701.csv", subs("a", "b"))
    landing.run("2025-07-01")
    assert landing.rows("select count(*) from raw.prices") == [(2,)]
    mend(landing, mapping())
    landing.run("2025-07-02")
    assert landing.rows("select count(*) from raw.prices") == [(0,)]
    assert landing.rows("select count(*) from raw.subscription_items") == [(2,)]
    assert landing.rows("select distinct canonical_table from audit.deliveries") == [("subscription_items",)]


def test_a_file_that_the_mapping_ignores_now_counts_no_longer(make):
    landing = make("one", mapping())
    DATED[0](landing)
    mend(landing, mapping().replace("files:", "ignore_files: ['*']\nfiles:", 1))
    landing.run("2025-07-02")
    assert raw(landing) == {}


def test_a_file_that_no_entry_fits_any_more_counts_no_longer_and_is_named(make):
    landing = make("one", mapping())
    DATED[0](landing)
    mend(landing, mapping().replace("subs*.csv", "other*.csv"))
    landing.run("2025-07-02")
    assert landing.rows("select count(*) from raw.subscription_items") == [(0,)]
    assert landing.rows("select file, code from audit.rejects") == [("subs_20250701.csv", "W09")]
    assert landing.run("2025-07-03") == []


def test_a_file_that_an_entry_fits_only_now_is_read_under_its_own_date(make):
    landing = make("one", mapping().replace("subs*.csv", "other*.csv"))
    landing.put("bill", "subs.csv", subs("a"))
    landing.run("2025-07-01")
    mend(landing, mapping())
    landing.run("2025-07-05")
    assert landing.rows("select _extracted_at, _loaded_at from raw.subscription_items") == [
        (datetime(2025, 7, 1), datetime(2025, 7, 1))
    ]


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: "# a comment\n" + text,
        lambda text: text.replace("      quantity: {const: \"1\"}\n", "") + "      quantity: {const: '1'}\n",
        lambda text: text.replace("    key:", "    format: {type: csv, delimiter: ','}\n    key:"),
        lambda text: text.replace("[subscription_id, item_id]", "[item_id, subscription_id]"),
    ],
    ids=["a comment", "another order of keys", "a default written out", "another order of the key"],
)  # fmt: skip
def test_an_edit_that_changes_no_meaning_is_no_change(make, edit):
    landing = make("one", mapping())
    DATED[0](landing)
    mend(landing, edit(mapping()))
    assert landing.run("2025-07-02") == []


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("{from: price}", "{from: [amount, price]}"),
        lambda text: text.replace("{const: active}", "{const: paused}"),
        lambda text: text.replace("source:", "locale: {decimal: ','}\nsource:"),
    ],
    ids=["an alias", "a constant", "a locale"],
)
def test_an_edit_that_changes_what_is_read_is_a_change(make, edit):
    landing = make("one", mapping())
    DATED[0](landing)
    mend(landing, edit(mapping()))
    assert [one.file for one in landing.run("2025-07-02")] == ["subs_20250701.csv"]


def test_an_option_of_company_yml_is_part_of_the_mapping(landing):
    landing.source("crm")
    for day, names in ((1, "abcd"), (2, "abc")):
        rows = "".join(f"{name},2025-01-01\n" for name in names)
        landing.put("crm", f"customers_2025070{day}.csv", "customer_id,created_at\n" + rows)
    landing.run("2025-07-02")
    assert landing.rows("select count(*) from raw.customers where _is_deleted") == [(1,)]
    landing.sources[0].options["delivery"] = "delta"
    assert len(landing.run("2025-07-03")) == 2
    assert landing.rows("select count(*) from raw.customers where _is_deleted") == [(0,)]


def test_the_reporting_time_zone_is_part_of_a_mapping_without_one(make):
    own, other = make("own", mapping()), make("other", "locale: {tz: UTC}\n" + mapping())
    for landing in (own, other):
        DATED[0](landing)
        landing.reporting_timezone = "Europe/Paris"
    assert len(own.run("2025-07-02")) == 1
    assert own.rows("select valid_from from raw.subscription_items where subscription_id = 'a'") == [
        ("2024-12-31 23:00:00",)
    ]


def said(landing: Landing, deliveries: Sequence = ()) -> list[str]:
    kept = kept_sources(landing.connection, mapping_fingerprints(landing))
    return [one.text for one in notices(kept, deliveries)]


def test_a_file_that_is_gone_keeps_its_reading_and_is_named(make):
    landing = make("one", mapping("month"))
    for step in DATED[:2]:
        step(landing)
    (landing.extracts / "bill" / "subs_20250701.csv").unlink()
    mend(landing, mapping("year"))
    again = landing.run("2025-07-03")
    assert [one.file for one in again] == ["subs_20250702.csv"]
    assert landing.rows(
        "select _file, any_value(interval_unit) from raw.subscription_items where not _is_deleted "
        "group by 1 order by 1"
    ) == [("subs_20250701.csv", "month"), ("subs_20250702.csv", "year")]
    read, gone = said(landing, again)
    assert "1 file was read again" in read
    assert "1 file read by a former mapping can't be read again" in gone and "subs_20250701.csv" in gone
    # It is said as long as it is so, and mended once the file lies there again.
    assert "can't be read again" in said(landing, landing.run("2025-07-04"))[0]
    landing.put("bill", "subs_20250701.csv", subs(*"abcd"))
    assert len(landing.run("2025-07-05")) == 2
    assert said(landing) == []


def test_of_many_days_in_one_delivery_only_the_one_that_is_gone_keeps_its_reading(make):
    landing = make("one", mapping("month"))
    for day, refs in enumerate(("abcd", "abce", "abcf", "abcg"), 1):
        landing.put("bill", f"subs_2025070{day}.csv", subs(*refs))
    landing.run("2025-07-05")
    before = landing.rows("select * exclude (interval_unit) from raw.subscription_items order by all")
    listed = landing.rows(f"from raw.{SNAPSHOTS} order by all")
    (landing.extracts / "bill" / "subs_20250702.csv").unlink()
    mend(landing, mapping("year"))
    assert len(landing.run("2025-07-05")) == 3
    assert before == landing.rows("select * exclude (interval_unit) from raw.subscription_items order by all")
    assert listed == landing.rows(f"from raw.{SNAPSHOTS} order by all")
    assert landing.rows(
        "select distinct _file from raw.subscription_items where interval_unit = 'month' and not _is_deleted"
    ) == [("subs_20250702.csv",)]


def test_a_file_that_was_overwritten_is_gone(make):
    landing = make("one", mapping("month"))
    for day, refs in enumerate(("abcd", "abce"), 1):
        landing.put("bill", "subs.csv", subs(*refs))
        landing.run(f"2025-07-0{day}")
    mend(landing, mapping("year"))
    assert len(landing.run("2025-07-03")) == 1
    assert "subs.csv (2025-07-01)" in said(landing)[0]
    # What the file of the second day lacks has still ended there.
    assert landing.rows(
        "select subscription_id, _extracted_at from raw.subscription_items where _is_deleted"
    ) == [("d", datetime(2025, 7, 2))]


def test_a_file_that_was_moved_into_a_folder_below_is_read_there(make):
    landing = make("one", mapping("month"))
    DATED[0](landing)
    landing.put("bill", "2024/old/subs_a.csv", subs(*"abcd"))
    (landing.extracts / "bill" / "subs_20250701.csv").unlink()
    mend(landing, mapping("year"))
    landing.run("2025-07-03")
    assert landing.rows(
        "select distinct _file, _extracted_at, interval_unit from raw.subscription_items"
    ) == [("2024/old/subs_a.csv", datetime(2025, 7, 1), "year")]


def test_where_the_mended_mapping_refuses_a_file_the_former_reading_stays(make):
    landing = make("one", mapping("month"))
    for step in DATED[:2]:
        step(landing)
    before = raw(landing)
    mend(landing, mapping("year").replace("{from: price}", "{from: price, max: 10}"))
    landing.put("bill", "subs_20250703.csv", subs("a", price=5))
    refused = landing.run("2025-07-03")
    assert refused and all(one.refused for one in refused)
    assert raw(landing) == before
    assert "the former reading stays in force" in said(landing, refused)[0]
    mend(landing, mapping("year"))
    landing.accepted_drops = frozenset({"bill"})
    assert not any(one.refused for one in landing.run("2025-07-04"))
    assert landing.rows("select distinct interval_unit from raw.subscription_items") == [("year",)]
    assert landing.rows("select count(*) from audit.deliveries where verdict = 'quarantine'") == [(2,)]


def test_a_mapping_that_is_put_back_needs_no_reading(make):
    landing = make("one", mapping("month"))
    DATED[0](landing)
    mend(landing, mapping("year").replace("{from: price}", "{from: price, max: 10}"))
    landing.run("2025-07-02")
    mend(landing, mapping("month"))
    assert landing.run("2025-07-03") == []


def test_a_file_dated_after_the_run_is_read_again_too(make):
    landing = make("one", mapping("month"))
    for step in DATED:
        step(landing)
    mend(landing, mapping("year"))
    assert len(landing.run("2025-07-02")) == 4


def test_what_an_earlier_version_read_is_read_once_more(make):
    landing = make("one", mapping())
    DATED[0](landing)
    landing.connection.execute("alter table audit.deliveries drop column mapping")
    landing.connection.execute("alter table audit.deliveries drop column reread_at")
    assert len(landing.run("2025-07-02")) == 1
    assert landing.run("2025-07-03") == []


def test_read_again_by_hand_without_a_change(make):
    landing = make("one", mapping())
    DATED[0](landing)
    before = raw(landing)
    landing.connection.execute("update raw.subscription_items set unit_amount = '7'")
    assert len(reread(landing.connection, landing, "bill", datetime(2025, 7, 9))) == 1
    assert raw(landing) == before


def test_who_was_forgotten_stays_so_when_a_file_is_read_again(make):
    landing = make("one", mapping("month"))
    DATED[0](landing)
    forgotten = Forgotten("salt")
    forgotten = Forgotten("salt", frozenset({forgotten.hash_of("bill:c_a")}), frozenset(), ("bill",))
    mend(landing, mapping("year"))
    reread(landing.connection, landing, "bill", datetime(2025, 7, 9), forgotten)
    assert landing.rows("select customer_id from raw.subscription_items where subscription_id = 'a'") == [
        (forgotten.anonymous_id("bill:c_a").partition(":")[2],)
    ]


def test_a_build_upon_the_former_reading_is_not_continued(make):
    landing = make("one", mapping("month"))
    DATED[0](landing)
    landing.connection.execute("create schema runs; create table runs.built (as_of timestamp)")
    landing.run("2025-07-02")
    assert landing.rows("select count(*) from duckdb_tables() where table_name = 'built'") == [(1,)]
    mend(landing, mapping("year"))
    landing.run("2025-07-02")
    assert landing.rows("select count(*) from duckdb_tables() where table_name = 'built'") == [(0,)]


def test_a_crash_while_reading_again_leaves_the_former_reading(make, monkeypatch):
    landing = make("one", mapping("month"))
    for step in DATED[:2]:
        step(landing)
    before = raw(landing)
    mend(landing, mapping("year"))

    def crash(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("orchestration.landing.rereading.changed_files", crash)
    with pytest.raises(KeyboardInterrupt):
        landing.run("2025-07-03")
    monkeypatch.undo()
    assert raw(landing) == before
    assert len(landing.run("2025-07-03")) == 2


_KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
import duckdb
from orchestration.landing import rereading
from tests.landing.conftest import Landing
folder = Path(sys.argv[1])
landing = Landing(folder / "company.yml", duckdb.connect(str(folder / "build.duckdb")))
landing.source("bill", str(folder / "mapping.yml"))
rereading.changed_files = lambda pieces: os.kill(os.getpid(), signal.SIGKILL)
landing.run("2025-07-03")
"""


def test_killed_while_reading_again_the_next_run_does_it(make, tmp_path):
    landing = make("one", mapping("month"))
    for step in DATED[:2]:
        step(landing)
    before = raw(landing)
    landing.connection.close()
    mend(landing, mapping("year"))
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path / "one")],
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    assert killed.returncode == -9
    landing.connection = duckdb.connect(str(tmp_path / "one" / "build.duckdb"))
    assert raw(landing) == before
    assert len(landing.run("2025-07-03")) == 2
    assert landing.rows("select distinct interval_unit from raw.subscription_items") == [("year",)]
    landing.connection.close()


def test_a_file_that_changes_while_it_is_read_again_stops_it(make, monkeypatch):
    landing = make("one", mapping("month"))
    DATED[0](landing)
    before = raw(landing)
    mend(landing, mapping("year"))
    monkeypatch.setattr("orchestration.landing.source_run.unchanged", lambda inspected: False)
    refused = landing.run("2025-07-03")
    assert [one.verdict for one in refused] == ["reject_file"]
    assert raw(landing) == before


def test_nested_rows_of_a_delta_end_where_a_later_record_lacks_them(make):
    def text(interval: str) -> str:
        nested = "format: {type: jsonl}\n    explode: items\n    parent: subscription_id"
        whole = mapping(interval, "delta", nested).replace('{const: "1"}', "{from: id}", 1)
        for field in ("ref", "client", "since", "price"):
            whole = whole.replace(f"from: {field}", f"from: $.{field}")
        return whole

    mended, right = make("mended", text("month")), make("right", text("year"))
    for day, items in ((1, ["x", "y"]), (2, ["x"])):
        record = '{"ref": "s", "client": "c", "since": "2025-01-01", "price": "9", "items": [%s]}\n'
        content = record % ", ".join(f'{{"id": "{one}"}}' for one in items)
        for one in (mended, right):
            one.put("bill", f"subs_2025070{day}.csv", content)
            assert not any(delivery.refused for delivery in one.run(f"2025-07-0{day}"))
    mend(mended, text("year"))
    mended.run("2025-07-03")
    assert raw(mended) == raw(right)
    assert right.rows("select item_id from raw.subscription_items where _is_deleted") == [("y",)]


def test_a_run_without_a_change_reads_no_file(make, monkeypatch):
    landing = make("one", mapping())
    for step in DATED:
        step(landing)
    monkeypatch.setattr("orchestration.landing.source_run.open_file", None)
    began = time.perf_counter()
    assert landing.run("2025-07-05") == []
    assert time.perf_counter() - began < 5


def test_the_folder_copied_elsewhere_is_the_same_source(make, tmp_path):
    landing = make("one", mapping())
    DATED[0](landing)
    shutil.move(tmp_path / "one" / "extracts", tmp_path / "kept")
    shutil.copytree(tmp_path / "kept", tmp_path / "one" / "extracts")
    assert landing.run("2025-07-02") == []
