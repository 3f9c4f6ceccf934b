"""`saas-metrics forget`: nothing of the customer is left anywhere, the amounts are, and it stays so."""

import json
import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from click.testing import CliRunner
from pipeline import check_by_hand, once_for_all_workers, write_canonical, write_company

from orchestration.build import models
from orchestration.cli.forget import forget as command
from orchestration.cli.sources import sources
from orchestration.errors import ConfigurationError
from orchestration.forget import run as forgetting
from orchestration.forget.run import Outcome, finish_forgetting, forget
from orchestration.forget.searching import Search
from orchestration.landing.forgotten import Forgotten, read_forgotten
from orchestration.machine.duckdb_files import open_build, open_build_read_only, open_published
from orchestration.publish.keep import roll_back
from orchestration.publish.live import live_release
from orchestration.publish.manifest import OPEN, PARQUET, read_manifests, release_folder
from orchestration.run.finish import finish
from orchestration.run.steps import Run
from orchestration.settings import Company, load_company

ADA = "source:cus_ada"
TOLD = ("Ada Lovelace Engines", "ada@engines.example", "Ada was not amused", "FR40303265045")
DAY = datetime(2025, 6, 1, tzinfo=UTC)


def tables() -> dict[str, list[dict[str, object]]]:
    """Two customers with their accounts, answers and one subscription each."""
    return {
        "customers": [
            {"customer_id": "cus_ada", "name": TOLD[0], "email": TOLD[1], "vat_id": TOLD[3], "country": "FR",
             "crm_account_id": "acc_ada"},
            {"customer_id": "cus_ada2", "name": "Bob & Sons", "email": "bob@sons.example", "country": "DE"},
        ],
        "subscriptions": [
            {"subscription_id": one, "customer_id": who, "started_at": "2025-01-01", "status": "active"}
            for one, who in (("s1", "cus_ada"), ("s2", "cus_ada2"))
        ],
        "subscription_items": [
            {"subscription_id": one, "item_id": one, "valid_from": "2025-01-01", "customer_id": customer,
             "status": "active", "currency": "USD", "unit_amount": amount, "quantity": 1,
             "interval_unit": "month", "interval_count": 1}
            for one, customer, amount in (("s1", "cus_ada", 100), ("s2", "cus_ada2", 30))
        ],
        "crm_accounts": [{"crm_account_id": "acc_ada", "name": TOLD[0], "owner": TOLD[1]}],
        "survey_responses": [
            {"response_id": "r1", "survey": "nps", "survey_type": "nps", "score": 2, "comment": TOLD[2],
             "respondent": TOLD[1], "customer_id": "cus_ada", "responded_at": "2025-05-01"},
            {"response_id": "r2", "survey": "nps", "survey_type": "nps", "score": 9,
             "comment": "Thank ada@engines.example for it", "respondent": "bob@sons.example",
             "customer_id": "cus_ada2", "responded_at": "2025-05-01"},
        ],
    }  # fmt: skip


def run(company: Company, as_of: datetime, select: Sequence[str] = ()) -> Run:
    """A run without its gates, which have tests of their own, of all models or of some."""
    one = Run(company, as_of)
    one.land()
    with open_build(company) as connection:
        connection.execute(
            "insert into audit.rejects select '000001-a', 'source', 'customers.csv', 9, 'country', 'bad', "
            "?, ? || ' is no country', ? "
            "where not exists (from audit.rejects)",
            [TOLD[0], TOLD[0], as_of.replace(tzinfo=None)],
        )
    models.build(company, as_of, select=select)
    check_by_hand(company, as_of)
    one.publish()
    finish(one)
    return one


def _two_runs(folder: Path) -> None:
    company = write_company(folder, quality={"keep_pages": 5}, publish={"parquet": True})
    write_canonical(company.extracts / "source" / "2025-06-01", tables())
    run(company, DAY)
    run(company, DAY + timedelta(days=1))


def copied(tmp_path_factory, worker_id, folder: Path) -> Company:
    """The company of two runs, in a folder of its own."""
    base = tmp_path_factory.getbasetemp()
    made = once_for_all_workers((base if worker_id == "master" else base.parent) / "to-forget", _two_runs)
    shutil.copytree(made, folder / "company", symlinks=True)
    return load_company(folder / "company" / "company.yml")


@pytest.fixture
def company(tmp_path_factory, tmp_path, worker_id) -> Company:
    return copied(tmp_path_factory, worker_id, tmp_path)


STRAY = "copied.parquet"
"""A copy that a user made in the warehouse: it is told, and left to them."""


class Done(NamedTuple):
    """A company that forgot somebody, and what was before."""

    company: Company
    outcome: Outcome
    mrr: list[tuple[object, ...]]
    held: list[str]
    live: str | None


@pytest.fixture(scope="module")
def forgotten(tmp_path_factory, worker_id) -> Done:
    """For tests that only look: what they write, they write into a copy."""
    company = copied(tmp_path_factory, worker_id, tmp_path_factory.mktemp("forgotten"))
    shutil.copy(company.parquet_link / "dim_customers.parquet", company.warehouse / STRAY)
    before, held, live = mrr(company), holding(company), live_release(company)
    return Done(company, forget(company, ADA), before, held, live)


def holding(company: Company) -> list[str]:
    """The files of the warehouse with a byte of her."""
    needles = [text.encode() for text in (*TOLD, "Lovelace")]
    return [
        path.relative_to(company.warehouse).as_posix()
        for path in company.warehouse.rglob("*")
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    ]


def mrr(company: Company) -> list[tuple[object, ...]]:
    with open_published(company.published_file) as connection:
        return connection.execute(
            "select period_month, segment_type, segment_value, closing_mrr, closing_customers, new_mrr "
            "from marts.fct_mrr_monthly order by all"
        ).fetchall()


def customers(company: Company) -> dict[str, float]:
    with open_published(company.published_file) as connection:
        return dict(connection.execute("select customer_id, mrr from marts.dim_customers").fetchall())


def nps(company: Company) -> list[tuple[object, ...]]:
    with open_published(company.published_file) as connection:
        return connection.execute(
            "from marts.fct_nps_monthly where segment_type = 'all' order by all"
        ).fetchall()


def test_no_byte_is_left_and_the_amounts_are(forgotten):
    company, outcome = forgotten.company, forgotten.outcome
    assert {"warehouse_restricted.duckdb", ".work/build.duckdb"} <= set(forgotten.held)
    assert outcome.left == (STRAY,) and holding(company) == []
    assert outcome.extracts == tuple(
        f"source/2025-06-01/{name}.csv"
        for name in ("crm_accounts", "customers", "subscription_items", "subscriptions", "survey_responses")
    )
    assert mrr(company) == forgotten.mrr
    assert customers(company) == {outcome.anonymous[ADA]: 100, "source:cus_ada2": 30}
    with open_published(company.restricted_file) as connection:
        names = connection.execute("select name from restricted.customers order by 1 nulls last").fetchall()
        assert names == [("Bob & Sons",), (None,)]
        comments = connection.execute("select comment from restricted.survey_responses order by 1").fetchall()
        assert comments == [("Thank forgotten for it",), (None,)]


def test_every_kept_release_is_whole_and_can_be_published_again(forgotten):
    company = forgotten.company
    assert live_release(company) == forgotten.live
    assert len(read_manifests(company)) == 2
    try:
        for release in read_manifests(company):
            roll_back(company, release.release_id)
            assert live_release(company) == release.release_id and holding(company) == []
            assert len(customers(company)) == 2
    finally:
        roll_back(company, forgotten.live)


def test_the_parquet_files_are_those_of_the_rewritten_marts(forgotten):
    company = forgotten.company
    compared = set()
    for release in read_manifests(company):
        folder = release_folder(company, release)
        assert f"releases/{release.release_id}/{PARQUET}/dim_customers.parquet" in forgotten.outcome.changed
        with duckdb.connect(str(folder / OPEN), read_only=True) as connection:
            for file in (folder / PARQUET).iterdir():
                mart, copy = f"marts.{file.stem}", f"'{file}'"
                assert connection.sql(f"from {mart}").types == connection.sql(f"from {copy}").types, mart
                for one, other in ((mart, copy), (copy, mart)):
                    assert connection.sql(f"from {one} except all from {other}").fetchall() == [], mart
                compared.add(file.stem)
        assert compared == set(release.row_counts)
    assert (company.parquet_link / "dim_customers.parquet").is_file()


def test_the_next_runs_keep_it_forgotten(company):
    before, answers = mrr(company), nps(company)
    who = forget(company, ADA).anonymous[ADA]
    again = tables()
    again["customers"][0]["country"] = "BE"
    again["customers"][1]["country"] = "AT"
    write_canonical(company.extracts / "source" / "2025-06-03", again)
    run(company, DAY + timedelta(days=2))
    assert holding(company) == []
    assert customers(company) == {who: 100, "source:cus_ada2": 30}
    assert [row for row in mrr(company) if row[1] == "all"] == [row for row in before if row[1] == "all"]
    assert nps(company) == answers
    with open_build_read_only(company) as connection:
        assert connection.execute(
            "select count(*) from raw.customers where _is_deleted or customer_id = 'cus_ada'"
        ).fetchone() == (0,)


def test_forgetting_twice_changes_nothing(forgotten):
    company = forgotten.company
    files = {path: path.read_bytes() for path in company.warehouse.rglob("*") if path.is_file()}
    second = forget(company, ADA)
    assert second.anonymous[ADA] == forgotten.outcome.anonymous[ADA]
    assert second.changed == {} and second.left == (STRAY,)
    assert {path: path.read_bytes() for path in company.warehouse.rglob("*") if path.is_file()} == files


def cut_short(company, monkeypatch, step):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, step, killed)
        with pytest.raises(KeyboardInterrupt):
            forget(company, ADA)


# At a commit a run finishes what was cut short in the last step, and another call what was in `go_live`.
@pytest.mark.slow
@pytest.mark.parametrize("step", ["keep", "_rewrite_pages", "go_live", "_rewrite_build"])
def test_cut_short_and_begun_again(company, monkeypatch, step):
    live = live_release(company)
    cut_short(company, monkeypatch, step)
    outcome = forget(company, ADA)
    assert outcome.left == () and holding(company) == []
    for release in read_manifests(company):
        roll_back(company, release.release_id)
    roll_back(company, live)
    assert customers(company) == {outcome.anonymous[ADA]: 100, "source:cus_ada2": 30}


def test_a_run_finishes_what_was_cut_short(company, monkeypatch):
    """Killed before the build file, the last, was written: nobody has to remember to ask again."""
    cut_short(company, monkeypatch, "_rewrite_build")
    assert holding(company) != []
    Run(company, DAY + timedelta(days=2)).land()
    assert holding(company) == []


@pytest.mark.slow
def test_a_cut_under_an_earlier_version_which_did_not_say_whose_it_was_stops_nobody(company):
    (company.work / "forget.json").write_text(json.dumps({"live": live_release(company)}))
    finish_forgetting(company)
    outcome = forget(company, ADA)
    assert outcome.left == () and holding(company) == [] and not (company.work / "forget.json").exists()


@pytest.mark.slow
def test_what_was_published_after_the_cut_stays_in_force(company, monkeypatch):
    cut_short(company, monkeypatch, "go_live")
    chosen = read_manifests(company)[1].release_id
    assert live_release(company) != chosen
    roll_back(company, chosen)
    outcome = forget(company, ADA)
    assert live_release(company) == chosen and outcome.left == () and holding(company) == []


def test_a_build_begun_anew_still_knows_whom_to_forget(forgotten, tmp_path):
    shutil.copytree(forgotten.company.path.parent, tmp_path / "anew", symlinks=True)
    company = load_company(tmp_path / "anew" / "company.yml")
    shutil.rmtree(company.work)
    company.work.mkdir()
    one = Run(company, DAY + timedelta(days=2))
    one.land()
    with open_build_read_only(company) as connection:
        ids = connection.execute(
            "select _source || ':' || customer_id, name from raw.customers order by 2"
        ).fetchall()
    assert ids == [("source:cus_ada2", "Bob & Sons"), (forgotten.outcome.anonymous[ADA], None)]


def test_the_list_says_nothing_by_itself(forgotten):
    path = forgotten.company.warehouse / "forgotten.json"
    text = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert "cus_ada" not in text and "engines" not in text
    assert read_forgotten(forgotten.company.warehouse).knows(ADA)


@pytest.mark.slow
def test_a_name_that_is_a_word_of_the_data_stays_that_word_where_it_names_nobody(tmp_path):
    """Called like a status and like the source itself: neither may change, or every file is loaded again."""
    named = tables()
    named["customers"][0]["name"] = "Active"
    named["crm_accounts"][0]["name"] = "Source"
    other = write_company(tmp_path)
    write_canonical(other.extracts / "source" / "2025-06-01", named)
    # What is published of persons is in staging; whom a customer is linked with is forgotten too.
    customers_only = ("+dim_customers", "+fct_identity_links", "path:models/staging")
    run(other, DAY, customers_only)
    words = "select distinct source_name from audit.deliveries union all select distinct status from staging."
    with open_build_read_only(other) as connection:
        before = connection.execute(f"{words}stg_subscription_items order by 1").fetchall()
    outcome = forget(other, ADA)
    assert outcome.words == 2 and outcome.left == ()
    run(other, DAY + timedelta(days=1), customers_only)
    with open_build_read_only(other) as connection:
        assert connection.execute(f"{words}stg_subscription_items order by 1").fetchall() == before
        assert connection.execute("select count(distinct delivery_id) from audit.deliveries").fetchone() == (
            1,
        )
        names = connection.execute("select name from raw.customers order by 1 nulls last").fetchall()
    assert names == [("Bob & Sons",), (None,)]
    assert customers(other) == {outcome.anonymous[ADA]: 100, "source:cus_ada2": 30}


def test_a_history_of_runs_goes_where_it_tells_of_the_subject_and_stays_where_it_does_not(tmp_path):
    company = write_company(tmp_path)
    event = company.own_dagster_home / "history" / "runs" / "a-run.db"
    for told, stays in (("cus_ada2 moved", True), ("cus_ada moved", False)):
        event.parent.mkdir(parents=True, exist_ok=True)
        event.write_bytes(b"SQLite format 3\0" + told.encode())
        forgetting._drop_history(company, Search((), ("cus_ada",)))
        assert company.own_dagster_home.exists() == stays


def test_an_unknown_customer_is_refused_and_nothing_touched(company):
    files = {path: path.stat().st_mtime_ns for path in company.warehouse.rglob("*") if path.is_file()}
    for name in ("source:cus_eve", "cus_ada", "other:cus_ada"):
        with pytest.raises(ConfigurationError, match="is no customer of tested; nothing was touched"):
            forget(company, name)
    assert {path: path.stat().st_mtime_ns for path in company.warehouse.rglob("*") if path.is_file()} == files


def test_the_command_says_what_it_did(company):
    answer = CliRunner().invoke(command, ["--company", str(company.path), ADA])
    assert answer.exit_code == 0, answer.output
    assert "source:cus_ada is source:forgotten-" in answer.output
    assert ".work/build.duckdb: " in answer.output and "0 hold the customer." in answer.output
    assert "  source/2025-06-01/customers.csv" in answer.output
    assert os.linesep.join(answer.output.splitlines()[-6:]).count("source/2025-06-01") == 5


def renamed(company: Company, old: str, new: str) -> Company:
    """The company after the user gave its source another name, in company.yml, the folder and raw."""
    (company.extracts / old).rename(company.extracts / new)
    company.path.write_text(company.path.read_text().replace(f'"name": "{old}"', f'"name": "{new}"'))
    answer = CliRunner().invoke(sources, ["--company", str(company.path), "rename", old, new])
    assert answer.exit_code == 0, answer.output
    return load_company(company.path)


@pytest.mark.slow
def test_who_was_forgotten_stays_so_after_the_source_is_renamed_twice(company):
    (anonymous,) = {forget(company, ADA).anonymous[ADA].partition(":")[2]}
    company = renamed(renamed(company, "source", "billing"), "billing", "stripe")
    write_canonical(company.extracts / "stripe" / "2025-06-03", tables())
    run(company, DAY + timedelta(days=2))
    assert customers(company) == {f"stripe:{anonymous}": 100, "stripe:cus_ada2": 30}
    assert [path for path in holding(company) if "quality" not in path] == []
    assert forget(company, "stripe:cus_ada").changed == {}


@pytest.mark.slow
def test_the_releases_from_before_a_renaming_forget_too(company):
    company = renamed(company, "source", "billing")
    outcome = forget(company, "billing:cus_ada")
    assert outcome.left == () and holding(company) == []
    assert {one for one in outcome.changed if one.startswith("releases/")}
    with open_published(company.published_file) as connection:
        ids = connection.execute("select customer_id from marts.dim_customers").fetchall()
    assert ("source:cus_ada",) not in ids and ("source:cus_ada2",) in ids


def test_the_list_of_the_forgotten_names_a_source_by_all_its_names():
    """a becomes x, b becomes a, x becomes b: the two have swapped their names."""
    swapped = Forgotten("salt")
    for old, new in (("a", "x"), ("b", "a"), ("x", "b"), ("x", "b")):
        swapped = swapped.with_renamed(old, new)
    assert swapped.renamed == (("a", "x"), ("b", "a"), ("x", "b"))
    assert (swapped.former_names("b"), swapped.former_names("a")) == (("x", "a"), ("b",))
    assert swapped.former_ids("b:1") == ("x:1", "a:1") and swapped.former_names("c") == ()
