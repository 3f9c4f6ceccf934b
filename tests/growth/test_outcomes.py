"""What a CRM and two survey tools really deliver: nothing is won, open or anybody's that nobody said is."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.machine.duckdb_files import open_build_read_only
from orchestration.quality.gate import check
from orchestration.settings import Company
from tests.pipeline import land_and_build, mart_rules, write_canonical, write_company

PAIR = "deal > account"
AS_OF = datetime(2025, 7, 1, tzinfo=UTC)
ITEM = {
    "status": "active", "currency": "EUR", "unit_amount": 100, "quantity": 1, "interval_unit": "month",
    "interval_count": 1, "item_id": "1",
}  # fmt: skip


def paying(customer: str, since: str) -> dict[str, Any]:
    """An item of a customer."""
    return {**ITEM, "subscription_id": f"s_{customer}", "customer_id": customer, "valid_from": since}


BILLING = {
    "customers": [
        {"customer_id": "c1", "email": "pay@one.example", "crm_account_id": "1"},
        {"customer_id": "c2", "email": "pay@two.example", "crm_account_id": "2"},
        {"customer_id": "c3", "email": "shared@agency.example"},
        {"customer_id": "c4", "email": "shared@agency.example"},
    ],
    "subscription_items": [
        paying("c1", "2025-03-10T00:00:00Z"), paying("c2", "2024-01-01T00:00:00Z"),
        paying("c3", "2025-01-01T00:00:00Z"), paying("c4", "2025-01-01T00:00:00Z"),
    ],
    "fx_rates": [
        {"rate_on": on, "base": "USD", "quote": "EUR", "rate": "0.9"} for on in ("2025-03-01", "2025-07-01")
    ],
}  # fmt: skip


def deal(number: int, company: str, stage: str, closed: str, **said: str) -> dict[str, Any]:
    """A deal as the API gives it."""
    return {
        "id": str(number), "archived": False,
        "properties": {
            "dealname": f"deal {number}", "pipeline": "default", "dealstage": stage, "closedate": closed,
            "createdate": "2025-03-01T10:00:00Z", "amount": "100", "deal_currency_code": "USD", **said,
        },
        "associations": {"companies": {"results": [
            {"id": "9", "type": "deal_to_company_unlabeled"}, {"id": company, "type": "deal_to_company"},
        ]}},
    }  # fmt: skip


def contact(number: int, company: str, **said: str) -> dict[str, Any]:
    """A contact as the API gives it."""
    return {
        "id": str(number),
        "archived": False,
        "properties": {"email": f"person{number}@mail.example", "createdate": "2025-02-01T10:00:00Z", **said},
        "associations": {"companies": {"results": [{"id": company, "type": "contact_to_company"}]}},
    }


def stage(name: str, label: str, closed: str, probability: str) -> dict[str, Any]:
    """A stage of the pipeline, with the words of the account's language."""
    return {
        "id": name, "label": label, "displayOrder": 1, "archived": False,
        "metadata": {"isClosed": closed, "probability": probability},
    }  # fmt: skip


HUBSPOT = {
    "companies": [
        {"id": number, "archived": False, "properties": {
            "name": f"Company {number}", "createdate": "2025-01-01T10:00:00Z"}}
        for number in ("1", "2", "5", "6", "7", "9")
    ],
    "contacts": [
        contact(1, "1"),
        contact(2, "2", hs_v2_date_entered_opportunity="2025-02-02T10:00:00Z"),
        contact(5, "5", hs_v2_date_entered_customer="2025-02-03T10:00:00Z", lifecyclestage="customer"),
    ],
    "pipelines": [
        {"id": "default", "label": "Ventas", "archived": False, "stages": [
            stage("ganado", "Cierre ganado", "true", "1.0"), stage("cita", "Cita", "false", "0.2"),
        ]}
    ],
    "deals": [
        deal(6, "6", "ganado", "2025-09-30T10:00:00Z", hs_is_closed_won="true", hs_is_closed="true"),
        deal(7, "7", "ganado", "2025-03-20T10:00:00Z"),
        deal(8, "404", "etapa rara", "2025-03-20T10:00:00Z"),
    ],
}  # fmt: skip
DELIGHTED = """Response ID,Survey Type,Score,Comment,Email,Created At
1,nps,9,,pay@one.example,2025-06-01 10:00:00 UTC
2,nps,3,,person2@mail.example,2025-06-01 10:00:00 UTC
3,nps,7,,shared@agency.example,2025-06-01 10:00:00 UTC
"""
ANSWERS = [
    {
        "response_id": "1",
        "survey": "nps",
        "survey_type": "nps",
        "score": 0,
        "responded_at": "2025-06-01T10:00:00Z",
    },
    {
        "response_id": "2",
        "survey": "nps",
        "survey_type": "nps",
        "score": 10,
        "responded_at": "2025-06-02T10:00:00Z",
    },
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Billing, HubSpot in Spanish, and two survey tools of which one knows no persons."""
    folder = tmp_path_factory.mktemp("outcomes")
    names = {"bill": "canonical", "hubspot": "hubspot", "delighted": "delighted", "booth": "canonical"}
    company = write_company(
        folder, reporting_currency="EUR", policies={"fx_max_age_days": 60},
        sources=[{"name": name, "mapping": mapping} for name, mapping in names.items()],
    )  # fmt: skip
    write_canonical(folder / "extracts" / "bill", BILLING)
    write_canonical(folder / "extracts" / "booth", {"survey_responses": ANSWERS})
    _write_lines(folder / "extracts" / "hubspot")
    (folder / "extracts" / "delighted").mkdir()
    (folder / "extracts" / "delighted" / "delighted.csv").write_text(DELIGHTED, encoding="utf-8")
    return land_and_build(company, AS_OF)


def _write_lines(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, records in HUBSPOT.items():
        lines = "".join(json.dumps(record) + "\n" for record in records)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")


def rows(company: Company, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query on the built warehouse."""
    with open_build_read_only(company) as connection:
        found: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
    return found


def test_who_is_won_and_when(built: Company) -> None:
    won = rows(
        built,
        "select journey_id, cast(entered_at as date) from marts.fct_funnel_entries where stage = 'won'",
    )
    dates = {journey: str(on) for journey, on in won}
    # The lead whose company first paid after it; the deal told as won with a close date to come, on the day
    # of the delivery; the deal that only its stage tells. Neither a stage named opportunity, nor one named
    # customer, nor a customer of last year, nor a label that no pipeline has.
    assert dates == {"hubspot:1": "2025-03-10", "hubspot:6": "2025-07-01", "hubspot:7": "2025-03-20"}


def test_a_label_that_nobody_knows_is_told_and_is_not_open(built: Company) -> None:
    assert rows(built, "select outcome from intermediate.int_growth__deals where deal_id = 'hubspot:8'") == [
        (None,)
    ]
    rule = next(rule for rule in mart_rules() if rule.name == "deals_have_an_outcome")
    result = check(built.build_file, "marts", [rule])[0]
    assert not result.success and not result.blocks
    (row,) = result.sample
    assert row["deal_id"] == "hubspot:8"
    assert "stage etapa rara of pipeline default" in row["message"]


def test_a_deal_belongs_to_its_primary_company_and_one_that_is_not_there_is_told(built: Company) -> None:
    assert rows(
        built,
        "select reference_rows, matched_rows, unmatched_sample from marts.fct_reference_match"
        f" where pair = '{PAIR}'",
    ) == [(3, 2, "hubspot:404")]
    rule = next(rule for rule in mart_rules() if rule.name == "references_match_what_was_delivered")
    (told,) = [row for row in check(built.build_file, "marts", [rule])[0].sample if row["pair"] == PAIR]
    assert ": hubspot:404 " in told["message"]


def test_a_pair_that_is_not_delivered_has_no_row(built: Company) -> None:
    pairs = {pair for (pair,) in rows(built, "select distinct pair from marts.fct_reference_match")}
    assert pairs == {"deal > account", "lead > account", "answer > customer"}


def test_two_tools_are_two_surveys_and_nobody_is_somebody(built: Company) -> None:
    answers = rows(
        built,
        "select survey, customer_id, customer_evidence from marts.fct_nps_responses order by response_id",
    )
    assert answers == [
        ("booth:nps", None, "none"),
        ("booth:nps", None, "none"),
        ("delighted:nps", "bill:c1", "billing_email"),
        ("delighted:nps", "bill:c2", "crm_contact"),
        ("delighted:nps", None, "ambiguous"),
    ]
    respondents = rows(built, "select count(distinct respondent_id) from marts.fct_nps_responses")
    assert respondents == [(5,)]


def test_the_amount_of_a_deal_is_in_the_reporting_currency(built: Company) -> None:
    assert rows(
        built, "select distinct deal_amount from marts.fct_funnel_entries where journey_id = 'hubspot:7'"
    ) == [(90,)]


def test_the_rules_of_growth_and_references_hold(built: Company) -> None:
    tables = {"fct_funnel_entries", "fct_funnel_monthly", "fct_reference_match", "fct_nps_responses"}
    rules = [rule for rule in mart_rules() if rule.table in tables and rule.severity == "critical"]
    assert [result.message for result in check(built.build_file, "marts", rules) if not result.success] == []
