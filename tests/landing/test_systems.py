"""Every shipped mapping on the files of the synthetic company's systems: canonical rows equal the truth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from landing.truth import Truth, compare
from landing.truth_of_billing import chargebee, french_export, gocardless, sigma_tables, stripe
from landing.truth_of_growth import (
    ad_spend,
    delighted,
    hubspot_export,
    hubspot_records,
    koban_export,
    salesforce_objects,
)

from oracle.changes import item_changes
from oracle.dialects import koban, salesforce, sigma
from oracle.dialects.chargebee import Chargebee
from oracle.dialects.gocardless import GoCardless
from oracle.inputs import Policies, read_inputs
from orchestration.synthetic.canonical import rows_known
from orchestration.synthetic.company import simulate
from orchestration.synthetic.demo import is_french_billing
from orchestration.synthetic.dialects import hubspot
from orchestration.synthetic.dialects.ads import AdSpend
from orchestration.synthetic.dialects.french import FrenchBilling
from orchestration.synthetic.dialects.stripe import Stripe
from orchestration.synthetic.dialects.surveys import Delighted
from orchestration.synthetic.nights import Archive, Dialect


@dataclass(frozen=True)
class Case:
    """A system: how it writes, the mapping that reads it, and what must come of it."""

    dialect: Dialect
    mapping: str
    tables: dict[str, Truth]
    zone: str = "UTC"


@pytest.fixture(scope="module")
def company():
    return simulate("small", 1)


@pytest.fixture(scope="module")
def events(company):
    return [event for life in company.lives() for event in life]


@pytest.fixture(scope="module")
def run(company, events):
    """The company's last run. No system of the demo disputes a payment in it, so one is added."""
    (found,) = Archive(events).nights([company.end])
    paid = next(row for row in found.rows("payments") if row["outcome"] == "succeeded")
    key = (f"di_{str(paid['payment_id'])[3:]}",)
    found.tables["reversals"][key] = {
        "reversal_id": key[0], "payment_id": paid["payment_id"], "kind": "dispute",
        "status": "needs_response",
        "amount": paid["amount"], "currency": paid["currency"],
        "occurred_at": paid["attempted_at"] + timedelta(days=9),
    }  # fmt: skip
    return found


CASES = {
    "Stripe": Case(Stripe(), "stripe", stripe(legacy=False)),
    "Stripe 2022": Case(Stripe(legacy=True), "stripe", stripe(legacy=True)),
    "Chargebee": Case(Chargebee(), "chargebee", chargebee()),
    "GoCardless": Case(GoCardless(), "gocardless", gocardless()),
    "HubSpot's exports": Case(hubspot.HubSpotExport("UTC"), "hubspot", hubspot_export()),
    "HubSpot's records": Case(hubspot.HubSpot(), "hubspot", hubspot_records()),
    "Salesforce": Case(salesforce.Salesforce(), "salesforce", salesforce_objects()),
    "Koban": Case(koban.Koban(), "koban_fr", koban_export(), "Europe/Paris"),
    "Delighted": Case(Delighted(), "delighted", delighted()),
    "Google Ads": Case(AdSpend(), "google_ads", ad_spend("paid_search", "google_ads")),
    "Meta": Case(AdSpend(meta=True), "meta_ads", ad_spend("paid_social", "meta_ads")),
}


def put_all(landing, source: str, files: dict[str, bytes], folder: str = "") -> None:
    for name, content in files.items():
        landing.put(source, folder + name, content)


@pytest.mark.parametrize("name", CASES)
def test_a_systems_files_become_the_companys_canonical_rows(landing, run, name):
    case = CASES[name]
    landing.reporting_timezone = case.zone
    landing.source("system", case.mapping)
    put_all(landing, "system", case.dialect.snapshot(run))
    landing.run("2025-07-02")
    compare(landing.connection, case.tables, run)


def test_sigmas_changes_become_the_companys_changes(landing, company, events, run):
    inputs = read_inputs(rows_known(events, company.end))
    changes = item_changes(inputs, Policies(), company.end)
    landing.source("sigma", "stripe_sigma")
    put_all(landing, "sigma", sigma.Sigma(changes).snapshot(run))
    landing.run("2025-07-02")
    compare(landing.connection, sigma_tables(changes), run)


def test_the_french_export_becomes_the_companys_canonical_rows(landing, company):
    lives = [life for life in company.customers() if is_french_billing(life)]
    (run,) = Archive([event for life in lives for event in life]).nights([company.end])
    landing.reporting_timezone = "Europe/Paris"
    landing.source("facturation", "dotsha_fr")
    put_all(landing, "facturation", FrenchBilling().snapshot(run))
    landing.run("2025-07-02")
    compare(landing.connection, french_export(), run)
