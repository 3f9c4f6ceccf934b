"""One customer in two billing systems: what becomes known of it on one run bears on its whole past."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pipeline import write_canonical, write_company

from orchestration.build.scope import find_scope
from orchestration.run.steps import Run
from orchestration.settings import Company
from tests.equivalence.warehouses import build_marts
from tests.runs.comparing import build, differing_rows, rebuild

pytestmark = pytest.mark.slow

NIGHTS = [datetime(2024, 6, day, 3, tzinfo=UTC) for day in (10, 11, 12)]
BYSTANDERS = 30
SOURCES = ("old", "new", "said", "crm")
OPTIONS = {"delivery": "delta"}


def item(customer: str, first: str, last: str = "", amount: int = 100) -> dict[str, Any]:
    """A subscription of one item, named after its customer."""
    return {
        "subscription_id": f"s_{customer}", "item_id": "i", "customer_id": customer, "valid_from": first,
        "valid_to": last, "status": "active", "currency": "USD", "unit_amount": amount, "quantity": 1,
        "interval_unit": "month", "interval_count": 1,
    }  # fmt: skip


def link(customer: str, other: str, since: str) -> dict[str, str]:
    """What a person said."""
    return {
        "customer_id": customer, "crm_account_id": other, "valid_from": since,
        "reason": "moved to the new system", "made_by": "ada",
    }  # fmt: skip


def deliver(company: Company, run: int, source: str, tables: Mapping[str, Iterable[Any]]) -> None:
    """What a source brings before a run."""
    write_canonical(company.extracts / source / NIGHTS[run].date().isoformat(), tables)


def make(folder: Path, **policies: str) -> Company:
    """Pairs `a` to `d`: a life in `old` ends on the day one in `new` begins. The others stay in `old`."""
    names = [*"abcd", *(f"stays_{number}" for number in range(BYSTANDERS))]
    company = write_company(
        folder, policies=policies,
        sources=[{"name": name, "mapping": "canonical", "options": OPTIONS} for name in SOURCES],
    )  # fmt: skip
    for name in SOURCES:
        (folder / "extracts" / name).mkdir(parents=True)
    deliver(company, 0, "old", {
        "customers": [{"customer_id": name, "created_at": "2024-01-01", "country": "FR"} for name in names],
        "subscription_items": [
            item(name, "2024-01-05", "2024-03-10" if len(name) == 1 else "") for name in names
        ],
    })  # fmt: skip
    deliver(company, 0, "new", {
        "customers": [
            {"customer_id": name * 2, "created_at": "2024-03-10", "crm_account_id": f"acc_{name}"}
            for name in "abcd"
        ],
        "subscription_items": [item(name * 2, "2024-03-10", amount=120) for name in "abcd"],
    })  # fmt: skip
    return company


def moves(company: Company) -> dict[str, list[str]]:
    """The movements of each customer that is one of the pairs, by type."""
    with duckdb.connect(str(company.build_file), read_only=True) as connection:
        rows = connection.execute(
            "select customer_id, list(movement_type order by movement_date) from marts.fct_mrr_movements "
            "where customer_id not like '%stays%' group by customer_id"
        ).fetchall()
    return dict(rows)


def run(company: Company, number: int, folder: Path) -> dict[str, list[str]]:
    """Build a run of the affected only, see that it equals a rebuild, and tell the movements."""
    Run(company, NIGHTS[number]).land()
    assert find_scope(company, NIGHTS[number], full_refresh=False).recomputed_from is not None
    build(company, NIGHTS[number])
    rebuild(company, NIGHTS[number], folder / f"run_{number}")
    assert differing_rows(folder / f"run_{number}") == {}
    return moves(company)


def two(name: str) -> dict[str, list[str]]:
    """A pair as two customers: one lost, one new."""
    return {f"old:{name}": ["new", "churn"], f"new:{name * 2}": ["new"]}


def one(customer: str) -> dict[str, list[str]]:
    """A pair as one customer, that pays 20 more since it moved."""
    return {customer: ["new", "expansion"]}


def test_a_link_makes_two_customers_one_on_the_run_it_comes_or_begins_to_hold(tmp_path: Path) -> None:
    company = make(tmp_path)
    build(company, NIGHTS[0])
    assert moves(company) == two("a") | two("b") | two("c") | two("d")
    deliver(company, 1, "said", {"identity_links": [
        link("old:a", "new:aa", "2024-06-01"),
        link("b", "bb", "2024-06-11T12:00:00Z"),
        link("old:c", "acme", "2024-06-01"), link("cc", "acme", "2024-06-01"),
    ]})  # fmt: skip
    found = run(company, 1, tmp_path)
    assert found == one("new:aa") | two("b") | one("old:c") | two("d")
    deliver(company, 2, "said", {"identity_links": [link("a", "dd", "2024-06-12")]})
    found = run(company, 2, tmp_path)
    # The link of `a` to `dd` replaces that to `aa`.
    assert found.pop("new:aa") == ["new"] and found.pop("old:d") == ["new", "churn"]
    assert found == one("new:dd") | one("new:bb") | one("old:c")


def test_an_account_makes_its_customers_one_on_the_run_that_tells_it(tmp_path: Path) -> None:
    company = make(tmp_path, same_customer="crm_account")
    build(company, NIGHTS[0])
    assert moves(company) == two("a") | two("b") | two("c") | two("d")
    deliver(company, 1, "old", {
        "customers": [{"customer_id": "a", "created_at": "2024-01-01", "crm_account_id": "crm:acc_a"}],
    })  # fmt: skip
    deliver(company, 1, "crm", {"crm_accounts": [
        {"crm_account_id": "acc_a", "name": "A"}, {"crm_account_id": "acc_b", "name": "B"},
        {"crm_account_id": "elsewhere", "name": "C", "billing_customer_id": "c"},
    ]})  # fmt: skip
    found = run(company, 1, tmp_path)
    assert found == one("old:a") | two("b") | two("c") | two("d")
    deliver(company, 2, "crm", {
        "crm_accounts": [
            {"crm_account_id": "acc_b", "name": "B", "billing_customer_id": "old:b"},
            {"crm_account_id": "acc_c", "name": "C", "billing_customer_id": ""},
        ],
        "crm_merges": [{"object": "account", "merged_id": "elsewhere", "survivor_id": "acc_c"}],
    })  # fmt: skip
    found = run(company, 2, tmp_path)
    assert found == one("old:a") | one("old:b") | one("old:c") | two("d")


@pytest.mark.parametrize("policy", ["none", "crm_account"])
def test_a_life_that_goes_on_elsewhere_is_a_finding_until_it_is_said(tmp_path: Path, policy: str) -> None:
    company = make(tmp_path, same_customer=policy)
    deliver(company, 0, "crm", {"crm_accounts": [
        {"crm_account_id": f"acc_{name}", "name": name, "billing_customer_id": f"old:{name}"} for name in "ab"
    ]})  # fmt: skip
    deliver(company, 0, "said", {"identity_links": [link("old:b", "new:bb", "2024-06-01")]})
    Run(company, NIGHTS[0]).land()
    build_marts(company, NIGHTS[0], ["fct_mrr_findings", "fct_churn_events", "dim_customers"])
    with duckdb.connect(str(company.build_file), read_only=True) as connection:
        findings = connection.execute(
            "select customer_id, severity, source_name, source_line from marts.fct_mrr_findings "
            "where finding_type = 'possible_migration'"
        ).fetchall()
        churned = connection.execute("select customer_id from marts.fct_churn_events order by all").fetchall()
        customers = connection.execute(
            "select customer_id, mrr from marts.dim_customers where mrr = 120 order by all"
        ).fetchall()
    if policy == "none":
        assert findings == [("new:aa", "warning", "new", 2)]
        assert churned == [("old:a",), ("old:c",), ("old:d",)]
        assert [customer for customer, _ in customers] == ["new:aa", "new:bb", "new:cc", "new:dd"]
    else:
        assert findings == []
        assert churned == [("old:c",), ("old:d",)]
        assert [customer for customer, _ in customers] == ["new:bb", "new:cc", "new:dd", "old:a"]
