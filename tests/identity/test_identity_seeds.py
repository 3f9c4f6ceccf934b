"""The lists that identity decides by: well formed, without overlap, the rules in their order."""

import csv
from pathlib import Path

import pytest

from tests.identity.suffixes import SEED, added, rewritten, snapshot

SEEDS = Path(__file__).parents[2] / "seeds" / "identity"
DOMAIN_LISTS = {"public_suffixes": "suffix", "free_mail_domains": "domain", "agency_domains": "domain"}


def rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("name", DOMAIN_LISTS)
def test_domains_are_sorted_lower_case_hosts(name: str):
    domains = [row[DOMAIN_LISTS[name]] for row in rows(name)]
    assert domains == sorted(set(domains))
    for domain in domains:
        assert domain == domain.lower().strip(".")
        # Suffixes are there in both forms, in letters of their own script and in ASCII.
        labels = domain.encode("ascii", "ignore").decode().split(".")
        assert all(label.replace("-", "").isalnum() for label in labels if label), domain


def test_suffixes_have_the_two_or_three_labels_that_the_model_looks_at():
    assert {row["suffix"].count(".") + 1 for row in rows("public_suffixes")} == {2, 3}


def test_suffixes_are_those_of_the_pinned_list_and_what_was_added():
    """`make suffixes` mends it, after a newer tldextract was locked."""
    text = SEED.read_text(encoding="utf-8")
    assert rewritten(text) == text


def test_what_was_added_the_list_still_lacks():
    ours = added(SEED.read_text(encoding="utf-8"))
    assert {"substack.com", "com.bd"} <= ours.keys() and ours.keys() & snapshot().keys() == set()


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        ("co.uk", "registry"),
        ("github.io", "shared"),
        ("公司.cn", "registry"),
        ("xn--55qx5d.cn", "registry"),
        ("toyota.aichi.jp", "registry"),
    ],
)
def test_the_list_has_registries_and_shared_hosts_in_both_scripts(suffix: str, kind: str):
    assert snapshot()[suffix] == kind


@pytest.mark.parametrize("not_there", ["com", "*.bd", "city.kobe.jp", "se.com"])
def test_top_level_domains_wildcards_exceptions_and_names_that_are_a_companys_are_not_in_it(not_there: str):
    assert not_there not in snapshot()


def test_a_listed_domain_can_be_reached_with_the_suffixes():
    """A free-mail or agency domain that the suffixes cut otherwise would never be recognised."""
    suffixes = {row["suffix"] for row in rows("public_suffixes")}
    unreachable = [
        row["domain"]
        for name in ("free_mail_domains", "agency_domains")
        for row in rows(name)
        if registrable(row["domain"], suffixes) != row["domain"]
    ]
    assert unreachable == []


def registrable(host: str, suffixes: set[str]) -> str | None:
    """What the model makes of a host, written again: one label more than the longest suffix."""
    labels = host.split(".")
    known = max((size for size in (2, 3) if ".".join(labels[-size:]) in suffixes), default=1)
    return ".".join(labels[-known - 1 :]) if len(labels) > known else None


def test_nobody_is_both_free_mail_and_agency():
    assert not {row["domain"] for row in rows("free_mail_domains")} & {
        row["domain"] for row in rows("agency_domains")
    }


def test_rules_stand_in_the_order_of_the_specification():
    ids = ["manual_link", "crm_billing_id", "billing_crm_id"]
    order = [*ids, "legal_id", "accounting_code", "email", "domain"]
    assert [(int(row["rule_rank"]), row["rule"]) for row in rows("identity_rules")] == [
        (rank, rule) for rank, rule in enumerate(order, start=1)
    ]


def test_every_exception_code_says_what_to_do():
    for row in rows("identity_exception_codes"):
        assert row["meaning"] and row["action"], row["code"]
