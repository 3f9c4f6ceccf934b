"""The comparison with what people use today, without any of it: rows by hand, and what is refused."""

import os
import subprocess
import sys
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from benchmarks import peers
from benchmarks.against import dbt_stripe, fight_churn, frames, playbook, states
from benchmarks.against.checkouts import CHECKOUTS, needed
from benchmarks.against.stripe_tables import TABLES, write_stripe_company
from orchestration.machine.project import PROJECT

# customer, first day, end day, MRR
INTERVALS = """
    ('bulk:cus_1', date '2024-12-10', date '2025-01-20', 10), ('bulk:cus_1', date '2025-01-20', null, 25.5),
    ('bulk:cus_1', date '2025-01-31', date '2025-03-01', 4.5),
    ('bulk:cus_2', date '2025-01-05', date '2025-02-28', 7),
    ('bulk:cus_2', date '2025-04-30', date '2025-05-31', 7),
    ('bulk:cus_3', date '2025-02-02', date '2025-02-20', 9),
    ('bulk:cus_4', date '2025-06-30', null, 3), ('bulk:cus_5', date '2025-03-01', date '2025-07-02', 8)
"""


def month(customer, year, number, opening, closing, movement):
    return (f"bulk:cus_{customer}", date(year, number, 1), Decimal(opening), Decimal(closing), movement)


FIRST = [
    month(1, 2024, 12, 0, 10, "new"),
    # What it changed to, and an item that lasts a month: 25.5 and 4.5 at the end of January and February.
    month(1, 2025, 1, 10, 30, "expansion"),
    month(1, 2025, 2, 30, 30, "none"),
    month(1, 2025, 3, 30, "25.5", "contraction"),
    *(month(1, 2025, number, "25.5", "25.5", "none") for number in (4, 5, 6)),
]
EXPECTED = [
    *FIRST,
    month(2, 2025, 1, 0, 7, "new"),
    month(2, 2025, 2, 7, 0, "churn"),
    month(2, 2025, 4, 0, 7, "reactivation"),
    month(2, 2025, 5, 7, 0, "churn"),
    # cus_3 came and went within a month: it has no MRR at the end of any.
    month(4, 2025, 6, 0, 3, "new"),
    month(5, 2025, 3, 0, 8, "new"),
    *(month(5, 2025, number, 8, 8, "none") for number in (4, 5, 6)),
]


@pytest.fixture
def intervals(tmp_path):
    file = tmp_path / "states.parquet"
    duckdb.execute(
        "copy (select customer_id, first_day, end_day, cast(mrr as decimal(18, 6)) as mrr "
        f"from (values {INTERVALS}) as given (customer_id, first_day, end_day, mrr)) to '{file}'"
    )
    return file


def rows(file):
    return duckdb.execute(
        "select customer_id, period_month, opening, closing, movement "
        f"from read_parquet('{file}') order by customer_id, period_month"
    ).fetchall()


def test_our_customer_months_are_those_counted_by_hand(intervals, tmp_path):
    states.our_months(intervals, tmp_path, tmp_path / "rows.parquet")
    assert rows(tmp_path / "rows.parquet") == EXPECTED


def test_pandas_finds_the_same_rows(intervals, tmp_path):
    frames.pandas_months(intervals, tmp_path / "rows.parquet")
    assert rows(tmp_path / "rows.parquet") == EXPECTED


def test_polars_finds_the_same_rows(intervals, tmp_path):
    pytest.importorskip("polars", reason="the reader installs polars; no part of this project needs it")
    frames.polars_months(intervals, tmp_path / "rows.parquet")
    assert rows(tmp_path / "rows.parquet") == EXPECTED


def test_the_playbook_gets_one_amount_a_customer_at_a_time_from_firsts_of_months(intervals, tmp_path):
    with states.open_states(intervals, tmp_path / "periods.duckdb") as connection:
        given = connection.execute(
            f"select customer_id, start_date, end_date, monthly_amount from ({playbook.INPUT}) order by 1, 2"
        ).fetchall()
    assert [(customer[-1], start, end, float(amount)) for customer, start, end, amount in given] == [
        ("1", date(2024, 12, 1), date(2025, 1, 1), 10),
        ("1", date(2025, 1, 1), date(2025, 3, 1), 30),
        ("1", date(2025, 3, 1), date(2025, 7, 1), 25.5),
        ("2", date(2025, 1, 1), date(2025, 2, 1), 7),
        ("2", date(2025, 4, 1), date(2025, 5, 1), 7),
        ("4", date(2025, 6, 1), date(2025, 7, 1), 3),
        ("5", date(2025, 3, 1), date(2025, 7, 1), 8),
    ]


@pytest.mark.parametrize(
    ("retained", "said"),
    [(30, "3 of 3 equal, 3 only in the first"), (29, "2 of 3 equal, 3 only in the first")],
    ids=["as we count it", "one figure another"],
)
def test_months_of_the_listings_are_held_against_ours(intervals, tmp_path, retained, said):
    states.our_months(intervals, tmp_path, tmp_path / "rows.parquet")
    # February opens with 30 and 7 and keeps 30. In March 4.5 of 30 go, and 8 are new. In May 7 of 40.5 go.
    listings = {
        "customers": "start_date,n_start,n_churn\n2025-02-01,2,1\n2025-03-01,1,0\n2025-05-01,3,1\n",
        "mrr": "start_date,start_mrr,churn_mrr,downsell_mrr\n"
        "2025-02-01,37,7,0\n2025-03-01,30,0,4.5\n2025-05-01,40.5,7,0\n",
        "retention": f"start_date,retained_mrr\n2025-02-01,{retained}\n2025-03-01,25.5\n2025-05-01,33.5\n",
    }
    for name, content in listings.items():
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute(f"create view months as from read_parquet('{tmp_path / 'rows.parquet'}')")
        _, found = fight_churn.months_compared(connection, tmp_path)
    assert str(found) == said


def test_a_listing_gets_its_dates_and_its_tables():
    listing = "select '%from_yyyy-mm-dd'::date, '%to_yyyy-mm-dd'::date from subscription"
    assert fight_churn.bound(listing) == (
        "set search_path = 'x';\nselect '2020-08-01'::date, '2025-06-01'::date from subscription"
    )


def test_rows_are_counted_as_equal_different_or_of_one_side():
    with duckdb.connect() as connection:
        connection.execute("create table one as from (values (1, 'a'), (2, 'b'), (3, null)) as t (id, name)")
        connection.execute(
            "create table two as from (values (2, 'b'), (3, 'c'), (4, 'd'), (5, null)) as t (id, name)"
        )
        found = states.compared(connection, "one", "two", ("id",), ("name",))
    assert found == states.Compared(both=2, equal=1, only_first=1, only_second=2)
    assert str(found) == "1 of 2 equal, 1 only in the first, 2 only in the second"


def test_two_absent_values_are_the_same():
    with duckdb.connect() as connection:
        connection.execute("create table one as select 1 as id, null as name")
        assert states.compared(connection, "one", "one", ("id",), ("name",)).equal == 1


def test_a_key_with_two_rows_is_refused():
    with duckdb.connect() as connection:
        connection.execute("create table one as from (values (1, 'a'), (1, 'b')) as t (id, name)")
        with pytest.raises(SystemExit, match=r"one: 1 keys \(id\) have more than one row"):
            states.compared(connection, "one", "one", ("id",), ("name",))


def test_only_models_between_the_states_and_the_facts_count():
    read = {
        "int_terms__item_versions": "raw",
        "int_states__item_states": "int_terms__item_versions",
        "int_ledger__native_ledger": "int_states__item_states",
        "fct_mrr_ledger": "int_ledger__native_ledger",
        "fct_customer_mrr_monthly": "int_ledger__native_ledger",
        "fct_mrr_findings": "int_states__item_states",
    }
    models = [
        {"name": name, "sql": f'select * from "build"."room"."{source}"'} for name, source in read.items()
    ]
    found = states.cost_of_the_facts(models, dict.fromkeys(read, 1.0))
    assert set(found) == {"int_ledger__native_ledger", "fct_mrr_ledger", "fct_customer_mrr_monthly"}


@pytest.mark.parametrize("name", CHECKOUTS)
def test_a_missing_checkout_is_refused_with_the_command_that_makes_it(tmp_path, name):
    repository, version = CHECKOUTS[name]
    with pytest.raises(SystemExit) as refused:
        needed(tmp_path, name)
    assert f"{repository} {tmp_path / name} " in str(refused.value)
    assert str(refused.value).endswith(f"checkout {version}")
    (tmp_path / name).mkdir()
    assert needed(tmp_path, name) == tmp_path / name


def test_nothing_is_built_before_every_checkout_is_there(tmp_path):
    with pytest.raises(SystemExit, match="fight-churn is not there"):
        peers.chosen(tmp_path, "pandas,fight-churn")
    with pytest.raises(SystemExit, match="pandsa is no peer; choose from pandas, polars, playbook"):
        peers.chosen(tmp_path, "pandsa")
    assert peers.chosen(tmp_path, "pandas") == ["pandas"]


def test_every_peer_names_checkouts_that_are_described():
    assert set(peers.CHECKOUTS_OF) <= set(peers.PEERS)
    assert {name for names in peers.CHECKOUTS_OF.values() for name in names} == set(CHECKOUTS)


def test_the_stripe_account_is_the_same_in_the_database_and_in_the_files(tmp_path):
    database = write_stripe_company("small", 1, tmp_path)
    with duckdb.connect(str(database), read_only=True) as connection:
        for name in TABLES:
            file = tmp_path / "extracts" / "stripe" / f"{name}.csv"
            ((rows, kept),) = connection.execute(
                f"select (select count(*) from stripe.{name}), (select count(*) from read_csv('{file}'))"
            ).fetchall()
            assert rows == kept, name
        told = tmp_path / "told" / "extracts" / "told"
        ((unknown, items),) = connection.execute(
            "select count(*) filter (told.item_id is null), count(*) from stripe.subscription_item as items "
            f"left join (select distinct item_id from read_csv('{told / 'subscription_items.csv'}')) as told "
            "on items.id = told.item_id"
        ).fetchall()
        connection.execute(f"create temp table kinds as {dbt_stripe.KIND.replace('theirs.stripe', 'stripe')}")
        kinds = connection.execute("select distinct kind from kinds order by kind").fetchall()
    assert unknown == 0 and items > 200
    assert [kind for (kind,) in kinds] == sorted(dbt_stripe.KINDS)


MADE_UP = {
    "acme/dbt_project.yml": "name: acme\nversion: '1.0'\nprofile: theirs\n",
    "acme/models/later.sql": "select customer_id, dateadd(month, 1, start_date)::date as next_month,\n"
    "{{ dbt_utils.datediff('start_date', 'end_date', 'month') }} as months\n"
    "from {{ ref('subscription_periods') }}\n",
    "dbt_utils/dbt_project.yml": "name: dbt_utils\nversion: '1.0'\n",
    "dbt_utils/macros/datediff.sql": "{% macro datediff(first, second, part) %}"
    "{{ return(adapter.dispatch('datediff', 'dbt_utils')(first, second, part)) }}{% endmacro %}\n",
}
RUN = """
from pathlib import Path
from benchmarks.against import playbook, projects
folder = Path({folder!r})
packages = {{name: folder / "checkouts" / name for name in ("acme", "dbt_utils")}}
projects.run_dbt(projects.lay_out(playbook.PROJECT, packages, folder))
"""


@pytest.mark.parametrize("broken", [False, True], ids=["that runs", "that fails"])
def test_a_package_runs_from_its_checkout_by_our_small_project(intervals, tmp_path, broken):
    for path, content in MADE_UP.items():
        file = tmp_path / "checkouts" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content.replace("customer_id", "customer") if broken else content, encoding="utf-8")
    periods = tmp_path / "periods.parquet"
    with states.open_states(intervals, tmp_path / "periods.duckdb") as connection:
        connection.execute(f"copy ({playbook.INPUT}) to '{periods}'")
    given = {"PEER_FILE": str(tmp_path / "theirs.duckdb"), "PEER_INPUT": str(periods)}
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(folder=str(tmp_path))], cwd=PROJECT, capture_output=True, text=True,
        env=os.environ | given | {"SAAS_METRICS_MEMORY_LIMIT": "1GB"}, check=False,
    )  # fmt: skip
    if broken:
        assert done.returncode == 1
        assert "later" in done.stderr and 'Referenced column "customer" not found' in done.stderr
        return
    assert done.returncode == 0, done.stderr
    with duckdb.connect(given["PEER_FILE"], read_only=True) as connection:
        rows_of_one = connection.execute(
            "from main.later where customer_id = 'bulk:cus_1' order by 2"
        ).fetchall()
    assert rows_of_one == [
        ("bulk:cus_1", date(2025, 1, 1), 1),
        ("bulk:cus_1", date(2025, 2, 1), 2),
        ("bulk:cus_1", date(2025, 4, 1), 4),
    ]
