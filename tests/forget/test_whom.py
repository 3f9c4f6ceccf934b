"""Whom `forget` takes for meant: ids, addresses, and those who share one."""

from datetime import UTC, datetime

import pytest
from pipeline import write_canonical, write_company

from orchestration.errors import ConfigurationError
from orchestration.forget.subject import Subject, find_subject
from orchestration.landing.forgotten import Forgotten
from orchestration.run.steps import Run
from orchestration.settings import Company, respondent_id

NOBODY = Forgotten("salt")


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Company:
    """Four customers, landed: two have an address in common, one a VAT number with another."""
    company = write_company(tmp_path_factory.mktemp("whom"))
    write_canonical(
        company.extracts / "source" / "2025-06-01",
        {
            "customers": [
                {"customer_id": "ann", "name": "Ann Ltd", "email": "Ann@Example.org "},
                {"customer_id": "twin", "name": "Ann Ltd Two", "email": "ann@example.org"},
                {"customer_id": "tax", "name": "Tax One", "email": "one@tax.example", "vat_id": "FR1"},
                {"customer_id": "lone", "name": "Lone Wolf", "email": "wolf@lone.example"},
            ],
            "crm_contacts": [{"contact_id": "c1", "email": "Carl@contact.example"}],
            "subscriptions": [
                {"subscription_id": "s", "customer_id": "ann", "started_at": "2025-01-01", "status": "active"}
            ],
            "subscription_items": [
                {"subscription_id": "s", "item_id": "i", "valid_from": "2025-01-01", "customer_id": "ann",
                 "status": "active", "currency": "USD", "unit_amount": 10, "quantity": 1,
                 "interval_unit": "month", "interval_count": 1}
            ],
        },
    )  # fmt: skip
    Run(company, datetime(2025, 6, 1, tzinfo=UTC)).land()
    return company


def subject(company: Company, *who: str) -> Subject:
    return find_subject(company, who, NOBODY)


def test_a_shared_address_is_asked_about_and_not_taken_from_both(company):
    with pytest.raises(ConfigurationError, match=r"source:twin has an .*--also source:twin"):
        subject(company, "source:ann")


def test_whoever_shares_an_address_is_forgotten_together_once_both_are_named(company):
    both = subject(company, "source:ann", "source:twin")
    assert {"source:ann", "source:twin"} <= set(both.ids)
    assert {"Ann Ltd", "Ann Ltd Two", "ann@example.org"} <= set(both.texts)


def test_an_address_means_its_customer_in_any_case(company):
    assert subject(company, "WOLF@lone.example").named == ("source:lone",)


def test_an_address_of_two_customers_asks_for_the_other_one(company):
    with pytest.raises(ConfigurationError, match="--also source:twin"):
        subject(company, "ann@example.org")


def test_a_person_who_is_no_customer_is_forgotten_by_the_address(company):
    one = subject(company, "carl@contact.example")
    assert (one.named, one.ids) == (("carl@contact.example",), ())
    assert "carl@contact.example" in one.texts
    assert NOBODY.hash_of("carl@contact.example") in one.listed(NOBODY).values


def test_the_published_id_of_an_address_is_looked_for_too(company):
    assert respondent_id(company, "wolf@lone.example") in subject(company, "source:lone").texts


@pytest.mark.parametrize("who", ["nobody@nowhere.example", "source:nobody", "ann"])
def test_nobody_is_named_as_such(company, who):
    with pytest.raises(ConfigurationError, match="nothing was touched"):
        subject(company, who)
