"""Months that are closed stay as they were; what is learnt later is adjusted, restated and explained."""

import copy
import random
import shutil
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest
from closes.company import AS_OF, close_four_months, closes, deliver, item, run, tables
from pipeline import write_company

from orchestration.build.manifest import read_manifest
from orchestration.closes.reported import load_reported
from orchestration.closes.verify import demand_closed, whole_chain
from orchestration.errors import DamagedFile
from orchestration.machine.duckdb_files import open_build
from orchestration.settings import SETTINGS, Policies, dbt_vars, load_company


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """The company with January to April closed, and a run after that."""
    folder = tmp_path_factory.mktemp("closed")
    said = close_four_months(folder, tables())
    assert said.startswith("Closed: 2025-01 to 2025-04, from release ")
    return folder


@pytest.fixture
def company(closed, tmp_path):
    return shutil.copytree(closed, tmp_path / "company", symlinks=True)


def rows(folder, query):
    with duckdb.connect(str(folder / "warehouse" / "warehouse.duckdb"), read_only=True) as reader:
        return reader.execute(query).fetchall()


def files(folder):
    return {
        path: path.read_bytes() for path in (folder / "warehouse" / "closes").rglob("*") if path.is_file()
    }


def restatements(folder, who):
    """Month, column, difference, cause, file and line of what was restated of a customer."""
    found = rows(
        folder,
        "select strftime(period_month, '%m') || ' ' || column_name, difference, cause, source_file, "
        f"source_line from marts.fct_mrr_restatements where customer_id = 'source:{who}' order by all",
    )
    return {what: (difference, *cause) for what, difference, *cause in found}


def assert_it_adds_up(folder):
    """In each month and customer, reported and restated MRR differ by the restatements, all explained."""
    assert rows(
        folder,
        "select count(*) from marts.fct_mrr_reported where opening_mrr + new_mrr + expansion_mrr + "
        "contraction_mrr + churned_mrr + reactivation_mrr + fx_mrr + prior_period_adjustment <> closing_mrr",
    ) == [(0,)]
    assert rows(folder, "select coalesce(sum(abs(unexplained)), 0) from marts.fct_mrr_restatements") == [(0,)]
    told = "where source_file is null or source_line is null"
    assert rows(folder, f"from marts.fct_mrr_restatements {told}") == []
    assert rows(folder, f"from marts.fct_revenue_restatements {told} and cause <> 'adjusted'") == []
    assert (
        rows(
            folder,
            "with differences as (select period_month, customer_id, closing_mrr as amount "
            "from marts.fct_customer_mrr_monthly where period_month <= (select max(period_month) "
            "from marts.fct_mrr_reported where is_closed) union all "
            "select period_month, customer_id, -closing_mrr from marts.fct_mrr_reported where is_closed "
            "union all select period_month, customer_id, -difference from marts.fct_mrr_restatements "
            "where column_name = 'closing_mrr') "
            "select period_month, customer_id from differences group by all having sum(amount) <> 0",
        )
        == []
    )


def test_where_nothing_was_learnt_nothing_changed(closed):
    assert rows(closed, "from marts.fct_mrr_restatements") == []
    assert rows(closed, "from marts.fct_revenue_restatements") == []
    assert rows(closed, "from marts.fct_changes_since_release") == []
    assert rows(closed, "select count(*) from marts.fct_mrr_reported where is_closed") == [(20,)]
    assert (
        rows(
            closed,
            "select * exclude (prior_period_adjustment, is_closed, closed_as) from marts.fct_mrr_reported "
            "except select period_month, customer_id, opening_mrr, new_mrr, expansion_mrr, contraction_mrr, "
            "churned_mrr, reactivation_mrr, fx_mrr, closing_mrr, is_partial "
            "from marts.fct_customer_mrr_monthly",
        )
        == []
    )


def test_what_is_learnt_late_is_adjusted_in_the_first_open_month_and_has_its_cause(company):
    kept = files(company)
    later = tables()
    for name in ("subscriptions", "subscription_items"):
        later[name] = [row for row in later[name] if row["customer_id"] != "ada"]
    later["subscription_items"].append(item("dan", "2025-03-10", 1))
    for quote in later["fx_rates"]:
        quote["rate"] = 0.8 if quote["rate_on"] == date(2025, 4, 30) else quote["rate"]
    later["credit_notes"] = [
        {"credit_note_id": "c", "invoice_id": "in-cid-3", "customer_id": "cid", "amount_ex_tax": 10, "tax": 0,
         "currency": "EUR", "issued_at": "2025-04-10", "status": "issued"}
    ]  # fmt: skip
    deliver(company, date(2025, 6, 4), later)
    said = run(company, AS_OF + timedelta(days=3), "--accept-drop", "source")

    assert files(company) == kept
    assert closes(company, "closes", "verify").returncode == 0
    assert_it_adds_up(company)
    first_open = rows(
        company,
        "select customer_id[8:], prior_period_adjustment, closing_mrr from marts.fct_mrr_reported "
        "where period_month = date '2025-05-01' order by all",
    )
    assert first_open == [("ada", -60, 0), ("bob", -6, 54), ("cid", 0, 60), ("dan", -30, 30), ("eve", 0, 260)]
    late = ("late_row", "2025-06-04/subscription_items.csv", 6)
    assert restatements(company, "dan") == {
        "03 contraction_mrr": (-30, *late), "03 closing_mrr": (-30, *late),
        "04 opening_mrr": (-30, *late), "04 closing_mrr": (-30, *late),
    }  # fmt: skip
    gone = ("late_row", "2025-06-01/subscriptions.csv", 2)
    assert restatements(company, "ada")["01 new_mrr"] == (-60, *gone)
    rate = ("rate", "2025-06-04/fx_rates.csv", 121)
    assert restatements(company, "bob") == {"04 fx_mrr": (-6, *rate), "04 closing_mrr": (-6, *rate)}
    assert restatements(company, "cid") == restatements(company, "eve") == {}
    assert rows(
        company,
        "select customer_id, revenue_class, difference, cause, source_file, source_line "
        "from marts.fct_revenue_restatements",
    ) == [("source:cid", "credit_note", -10, "late_row", "2025-06-04/credit_notes.csv", 2)]
    assert rows(
        company,
        "select strftime(period_month, '%m'), prior_period_adjustment, net_revenue "
        "from marts.fct_revenue_reported where customer_id = 'source:cid' "
        "and period_month >= date '2025-04-01' order by all",
    ) == [("04", 0, 60), ("05", -10, 50)]
    assert rows(
        company,
        "select column_name, was, now, cause from marts.fct_changes_since_release "
        "where customer_id = 'source:bob' and period_month = date '2025-05-01' order by all",
    ) == [("fx_mrr", 0, 6, "rate"), ("opening_mrr", 54, 48, "rate")]
    assert "4 closed months are restated" in said, said


@pytest.mark.slow
def test_a_price_list_that_comes_late_is_named_by_its_line(tmp_path):
    """Until it comes, nothing tells what bob pays; it says 40 a seat."""
    write_company(tmp_path, reporting_currency="EUR")
    known = tables()
    known["subscription_items"] = [
        row if row["customer_id"] != "bob" else {**row, "unit_amount": None, "price_id": "list"}
        for row in known["subscription_items"]
    ]
    deliver(tmp_path, date(2025, 6, 1), known)
    run(tmp_path, AS_OF)
    assert closes(tmp_path, "close", "2025-04").returncode == 0
    price = {"price_id": "list", "currency": "USD", "unit_amount": 40, "billing_scheme": "per_unit"}
    term = {"interval_unit": "month", "interval_count": 1, "usage_type": "licensed"}
    deliver(tmp_path, date(2025, 6, 3), {"prices": [{**price, **term}]})
    run(tmp_path, AS_OF + timedelta(days=2))
    assert_it_adds_up(tmp_path)
    told = restatements(tmp_path, "bob")
    assert told["04 closing_mrr"] == (Decimal("72.0000"), "late_row", "2025-06-03/prices.csv", 2)


@pytest.mark.slow
def test_a_setting_that_is_another_is_one_cause_and_stops_no_run(company):
    write_company(company, reporting_currency="EUR", policies={"weeks_per_year": 53})
    run(company, AS_OF + timedelta(days=1, hours=1))
    assert_it_adds_up(company)
    found = rows(
        company,
        "select distinct customer_id, cause, detail, source_file, source_line "
        "from marts.fct_mrr_restatements",
    )
    assert found == [("source:eve", "policy", "weeks_per_year: 52 > 53", "company.yml", 1)]
    assert rows(company, "select distinct cause from marts.fct_changes_since_release") == [("policy",)]


@pytest.mark.slow
def test_another_reporting_currency_is_a_setting_and_no_rate(company):
    write_company(company, reporting_currency="USD")
    run(company, AS_OF + timedelta(days=1, hours=1))
    assert_it_adds_up(company)
    for mart in ("fct_mrr_restatements", "fct_revenue_restatements"):
        found = rows(company, f"select distinct cause, detail, source_line from marts.{mart}")
        assert found == [("policy", "reporting_currency: EUR > USD", 1)], mart


@pytest.mark.slow
def test_two_customers_that_become_one_are_restated_as_one_cause(company):
    deliver(
        company,
        date(2025, 6, 4),
        {"crm_merges": [
            {"object": "customer", "merged_id": "cid", "survivor_id": "dan", "merged_at": "2025-06-03"}
        ]},
    )  # fmt: skip
    run(company, AS_OF + timedelta(days=3))
    assert_it_adds_up(company)
    found = rows(
        company,
        "select customer_id, sum(difference), cause, source_file, source_line "
        "from marts.fct_mrr_restatements where period_month = date '2025-04-01' "
        "and column_name = 'closing_mrr' group by all order by all",
    )
    merge = ("identity", "2025-06-04/crm_merges.csv", 2)
    assert found == [("source:cid", -60, *merge), ("source:dan", 60, *merge)]
    found = rows(
        company,
        "select sum(difference), cause from marts.fct_revenue_restatements group by all",
    )
    assert found == [(0, "identity")]


@pytest.mark.slow
def test_the_last_month_is_opened_again_and_closed_anew(company):
    told = closes(company, "reopen", "2025-04", "--reason", "a credit was forgotten")
    assert told.returncode == 0, told.stderr
    early = closes(company, "close", "2025-04")
    assert (
        early.returncode == 2 and "does not know what was closed or opened last (2025-04.2)" in early.stderr
    )
    deliver(company, date(2025, 6, 4), {"subscription_items": [item("dan", "2025-03-10", 1)]})
    run(company, AS_OF + timedelta(days=3), "--accept-drop", "source")
    april = (
        "from marts.fct_mrr_reported where customer_id = 'source:dan' and period_month = date '2025-04-01'"
    )
    adjusted = rows(company, f"select prior_period_adjustment, closing_mrr, closed_as {april}")
    assert adjusted == [(Decimal(-30), Decimal(30), None)]
    assert closes(company, "close", "2025-05").returncode == 0
    listed = closes(company, "closes").stdout
    assert [line.split("\t")[:2] for line in listed.splitlines()[-4:]] == [
        ["2025-04.1", "close"], ["2025-04.2", "reopen"], ["2025-04.3", "close"], ["2025-05.1", "close"]
    ]  # fmt: skip
    assert "a credit was forgotten" in listed
    run(company, AS_OF + timedelta(days=3, hours=1))
    assert rows(company, f"select prior_period_adjustment, closing_mrr, closed_as {april}") == [
        (Decimal(-30), Decimal(30), "2025-04.3")
    ]
    assert_it_adds_up(company)


def test_a_byte_that_differs_is_found_wherever_it_lies(closed, tmp_path):
    assert flipped_unseen(closed, tmp_path / "flipped", 60, seed=1) == []


@pytest.mark.slow
def test_a_thousand_bytes_that_differ_are_all_found(closed, tmp_path):
    assert flipped_unseen(closed, tmp_path / "flipped", 1000, seed=2) == []


def flipped_unseen(closed, folder, times, seed):
    """Flip one byte of the closes, so many times; the places at which it was not found."""
    shutil.copytree(closed, folder, symlinks=True)
    company, draw = load_company(folder / "company.yml"), random.Random(seed)
    every = sorted(path for path in (folder / "warehouse" / "closes").rglob("*") if path.is_file())
    unseen = []
    for _ in range(times):
        path = draw.choice(every)
        held = path.read_bytes()
        place = draw.randrange(len(held))
        path.chmod(0o600)
        path.write_bytes(held[:place] + bytes([held[place] ^ (1 << draw.randrange(8))]) + held[place + 1 :])
        try:
            whole_chain(company)
            unseen.append(f"{path}, byte {place}")
        except DamagedFile as error:
            if str(path) not in str(error) and path.name not in ("close.json", "head.json"):
                unseen.append(f"{path} is not named: {error}")
        path.write_bytes(held)
    whole_chain(company)
    return unseen


@pytest.mark.parametrize(
    "lost", ["2025-02.1", "2025-04.1", "2025-03.1/fct_mrr_reported.parquet", "head.json"]
)
def test_what_is_lost_of_a_close_is_named(company, lost):
    path = company / "warehouse" / "closes" / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    told = closes(company, "closes", "verify")
    assert told.returncode == 1 and "is not as it was closed" in told.stderr
    assert closes(company, "close", "2025-05").returncode == 1


@pytest.mark.slow
def test_who_is_forgotten_is_in_no_close_and_the_amounts_stay(company):
    before = rows(company, "select sum(closing_mrr) from marts.fct_mrr_reported where is_closed")
    forgotten = closes(company, "forget", "source:ada")
    assert forgotten.returncode == 0, forgotten.stderr
    told = closes(company, "closes", "verify")
    assert told.returncode == 0, told.stderr
    assert not [path for path, content in files(company).items() if b"source:ada" in content]
    kept = company / "warehouse" / "closes"
    assert [path.name for path in sorted(kept.glob("forgotten*"))] == ["forgotten.1"]
    assert not (kept / "2025-04.1" / "fct_mrr_reported.parquet").exists()
    run(company, AS_OF + timedelta(days=2))
    assert rows(company, "from marts.fct_mrr_restatements") == []
    assert rows(company, "select sum(closing_mrr) from marts.fct_mrr_reported where is_closed") == before
    assert_it_adds_up(company)


def test_a_backup_brings_the_closes_back_without_whom_was_forgotten_since(company, tmp_path):
    kept = company / "warehouse" / "closes"
    assert closes(company, "backup", str(tmp_path / "backups")).returncode == 0
    assert closes(company, "forget", "source:ada").returncode == 0
    shutil.rmtree(kept)
    told = closes(company, "restore", str(tmp_path / "backups"))
    assert told.returncode == 0, told.stderr
    assert closes(company, "closes", "verify").returncode == 0
    assert not [path for path, content in files(company).items() if b"source:ada" in content]


def test_a_close_that_was_killed_before_its_last_step_counts(company):
    head = company / "warehouse" / "closes" / "head.json"
    before = head.read_bytes()
    assert closes(company, "close", "2025-05").returncode == 0
    head.chmod(0o600)
    head.write_bytes(before)
    assert closes(company, "closes", "verify").returncode == 0
    told = closes(company, "close", "2025-05")
    assert told.returncode == 2 and "is closed already" in told.stderr
    assert head.read_bytes() != before


def test_closed_through_is_held_against_the_chain(company):
    write_company(company, reporting_currency="EUR", closed_through="2025-05")
    told = closes(company, "run", "--as-of", "2025-06-04T00:00:00Z")
    assert told.returncode == 2
    assert "closed_through says 2025-05, but closed are the months up to 2025-04" in told.stderr
    write_company(company, reporting_currency="EUR", closed_through="2025-04")
    demand_closed(load_company(company / "company.yml"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("close", "2025-06"), "2025-06 is not over at the published release"),
        (("close", "2025-03"), "2025-03 is closed already (so are all up to 2025-04)"),
        (("close", "2025-13"), "'2025-13' is not a month; write it as 2025-06."),
        (("close", "May"), "'May' is not a month"),
        (("reopen", "2025-03", "--reason", "x"), "the last closed month is 2025-04, and only it can be"),
        (("reopen", "2025-04", "--reason", " "), "Say why a closed month is opened again"),
        (("reopen", "2025-04"), "Missing option '--reason'"),
        (("diff", "no-such-release"), "no release no-such-release is kept"),
    ],
)  # fmt: skip
def test_a_wrong_call_says_what_to_do_and_changes_nothing(closed, arguments, said):
    kept = files(closed)
    told = closes(closed, *arguments)
    assert (told.returncode, files(closed)) == (2, kept)
    assert said in told.stderr


def test_nothing_is_closed_where_nothing_is_published(tmp_path):
    write_company(tmp_path)
    told = closes(tmp_path, "close", "2025-01")
    assert told.returncode == 2 and "warehouse does not exist yet. Run saas-metrics run first" in told.stderr
    assert closes(tmp_path, "closes").stdout == "No month is closed. Close one: saas-metrics close 2025-06.\n"
    assert closes(tmp_path, "closes", "verify").returncode == 0


def test_a_model_or_macro_that_is_another_is_a_decision_since_the_close(company):
    read = load_company(company / "company.yml")
    manifest = copy.deepcopy(read_manifest())
    node = next(one for one in manifest["nodes"].values() if one["name"] == "int_movements__customer_days")
    node["checksum"]["checksum"] = "another"
    macro = next(one for one in manifest["macros"].values() if one["name"] == "recognition_position")
    macro["macro_sql"] += "-- another"
    with open_build(read) as connection:
        load_reported(connection, read, dbt_vars(read, AS_OF), manifest)
        found = connection.execute(
            "from reported.decisions where base_id = '2025-04.1' order by all"
        ).fetchall()
    assert found == [
        ("2025-04.1", "mrr", "model", "int_movements__customer_days",
         "models/intermediate/movements/int_movements__customer_days.sql", 1),
        ("2025-04.1", "revenue", "model", "recognition_position()", "macros/finance/recognition.sql", 1),
    ]  # fmt: skip


def test_a_mapping_that_read_again_is_a_decision_since_the_close(company):
    read = load_company(company / "company.yml")
    with open_build(read) as connection:
        connection.execute("update audit.deliveries set mapping = 'another'")
        load_reported(connection, read, dbt_vars(read, AS_OF), read_manifest())
        found = connection.execute(
            "select * exclude (base_id) from reported.decisions where base_id = '2025-04.1' order by all"
        ).fetchall()
    assert found == [
        ("mrr", "policy", "mapping of source", "company.yml", 1),
        ("revenue", "policy", "mapping of source", "company.yml", 1),
    ]


def test_every_policy_bears_on_mrr_or_revenue_or_on_neither():
    neither = {
        *("constant_currency_date", "min_n", "gross_margin", "cac_lag_months", "trial_window_days"),
        *("nps_window_days", "fiscal_year_start"),
    }
    bearing = {name for names in SETTINGS.values() for name in names}
    assert {one.name for one in fields(Policies)} - bearing == neither


@pytest.mark.slow
def test_a_customer_of_a_source_that_was_renamed_is_the_same_in_the_closes(company):
    (company / "extracts" / "source").rename(company / "extracts" / "billing")
    renamed = [{"name": "billing", "mapping": "canonical"}]
    write_company(company, reporting_currency="EUR", sources=renamed)
    assert closes(company, "sources", "rename", "source", "billing").returncode == 0
    run(company, AS_OF + timedelta(days=3))
    assert rows(company, "from marts.fct_mrr_restatements") == []
    assert rows(
        company,
        "select distinct customer_id from marts.fct_mrr_reported where is_closed order by all limit 1",
    ) == [("billing:ada",)]
