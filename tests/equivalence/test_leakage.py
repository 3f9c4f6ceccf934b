"""Leakage is a list to act on: on the synthetic company every finding is planted, every planted one found."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import duckdb
import pytest

from oracle.inputs import Policies, read_inputs
from oracle.leaks import Finding, findings
from oracle.ledger import Oracle
from orchestration.run.steps import Run
from orchestration.settings import load_company
from orchestration.synthetic.canonical import write_canonical
from orchestration.synthetic.company import Company, simulate
from orchestration.synthetic.dials import PRICE_RISES
from orchestration.synthetic.leaks import Leak
from tests.equivalence.warehouses import (
    SOURCE,
    Built,
    assert_same,
    build_marts,
    native,
    shared_folder,
    tables_of,
)
from tests.pipeline import demo_run, once_for_all_workers, write_company

MARTS = ("fct_revenue_leakage", "fct_mrr_reconciliation")
SEEDS = (1, 3)
POLICIES = Policies(reporting_currency="EUR", reporting_timezone="Europe/Paris")
LEAKAGE = (
    "select finding_type, subscription_id, coalesce(invoice_id, ':'), expected, actual, amount_at_risk, since"
    " from marts.fct_revenue_leakage"
)


@dataclass(frozen=True)
class Leaking:
    """The build file of a company with leaks, and what was planted in it."""

    connection: duckdb.DuckDBPyConnection
    planted: list[Finding]

    def found(self) -> dict[tuple[str, ...], list[object]]:
        """The findings of the warehouse, by type, subscription and invoice."""
        rows = self.connection.execute(LEAKAGE).fetchall()
        return {
            (kind, native(subscription), native(invoice)): rest for kind, subscription, invoice, *rest in rows
        }


def by_key(planted: list[Finding]) -> dict[tuple[str, ...], list[object]]:
    """The planted findings in the shape of what is found."""
    return {
        (one.leak.value, one.subscription_id, one.invoice_id or ""): list(astuple(one)[3:]) for one in planted
    }


def truth(company: Company) -> list[Finding]:
    """What was planted, with its figures."""
    return findings(company, Oracle(read_inputs(tables_of(company)), POLICIES, company.end))


def canonical(folder: Path, company: Company) -> None:
    """The company as dated versions, in one delivery."""
    write_canonical(company, folder / "extracts" / SOURCE)
    written = write_company(
        folder, reporting_currency="EUR", reporting_timezone="Europe/Paris",
        sources=[{"name": SOURCE, "mapping": "canonical"}],
    )  # fmt: skip
    Run(written, company.end).land()
    build_marts(written, company.end, MARTS)


# The first is the demo's, whose leaks the deliveries below find.
@pytest.fixture(scope="module", params=[pytest.param(seed, marks=pytest.mark.slow) for seed in SEEDS])
def dated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Leaking]:
    company = simulate("small", request.param, leaks=True)
    folder = once_for_all_workers(
        shared_folder(tmp_path_factory, worker_id) / f"leaks-{request.param}",
        lambda path: canonical(path, company),
    )
    with duckdb.connect(str(load_company(folder / "company.yml").build_file), read_only=True) as connection:
        yield Leaking(connection, truth(company))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Leaking]:
    """The demo: the company as Stripe shows it, at month ends and on the last runs."""
    company = load_company(demo_run(tmp_path_factory, worker_id) / "demo" / "company.yml")
    with duckdb.connect(str(company.build_file), read_only=True) as connection:
        # The French system delivers no invoices.
        rows = connection.execute(
            "select subscription_id from staging.stg_subscriptions where source_name = 'stripe'"
        )
        billed = {native(subscription) for (subscription,) in rows.fetchall()}
        planted = [
            one for one in truth(simulate("small", SEEDS[0], leaks=True, rises=PRICE_RISES))
            if one.subscription_id in billed
        ]  # fmt: skip
        yield Leaking(connection, planted)


def test_a_company_that_bills_rightly_has_no_finding(built: Built) -> None:
    assert built.rows("select * from marts.fct_revenue_leakage") == []


def test_every_type_of_leak_is_planted() -> None:
    planted = {one.leak for seed in SEEDS for one, _ in simulate("small", seed, leaks=True).planted()}
    assert planted == set(Leak)


def test_every_finding_is_planted_and_every_planted_one_is_found(dated: Leaking) -> None:
    assert_same(dated.found(), by_key(dated.planted))


def test_deliveries_far_apart_find_the_same_as_dated_versions(shown: Leaking) -> None:
    assert_same(shown.found(), by_key(shown.planted))


def test_the_customers_that_invoices_contradict_are_those_with_a_leak(shown: Leaking) -> None:
    customers = shown.connection.execute(
        "select customer_id from marts.fct_mrr_reconciliation where not is_total and not is_within_tolerance"
    ).fetchall()
    leaking = shown.connection.execute(
        "select distinct customer_id from marts.fct_revenue_leakage"
    ).fetchall()
    assert set(customers) <= set(leaking)
