"""What the files of CRMs, surveys and ad networks must become."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal

from landing.truth import Truth
from landing.truth_of_billing import paris_day

from oracle.dialects import koban, salesforce
from orchestration.synthetic.dialects import hubspot, surveys
from orchestration.synthetic.events import Row
from orchestration.synthetic.nights import Night


def hubspot_export() -> dict[str, Truth]:
    def minute(value):
        return value and value.replace(second=0)

    def source(row: Row, name: str) -> str:
        return hubspot.SOURCE_LABEL[hubspot.SOURCE[row[name]]]

    return {
        "crm_accounts": Truth(
            "name lifecycle domain website legal_id owner billing_customer_id",
            {
                "crm_account_id": lambda r, _: hubspot.record_id(r["crm_account_id"]),
                "created_at": lambda r, _: minute(r["created_at"]),
                "updated_at": lambda r, _: minute(r["updated_at"]),
            },
        ),
        "crm_contacts": Truth(
            "email lifecycle campaign",
            {
                "contact_id": lambda r, _: hubspot.record_id(r["contact_id"]),
                "crm_account_id": lambda r, _: r["crm_account_id"] and hubspot.record_id(r["crm_account_id"]),
                "created_at": lambda r, _: minute(r["created_at"]),
                "original_source": lambda r, _: source(r, "original_source"),
            },
        ),
        "crm_deals": Truth(
            "name outcome amount currency deal_type lost_reason owner team",
            {
                "deal_id": lambda r, _: hubspot.record_id(r["deal_id"]),
                "crm_account_id": lambda r, _: hubspot.record_id(r["crm_account_id"]),
                "pipeline": lambda r, _: "Sales Pipeline",
                "stage": lambda r, _: hubspot.EXPORT_LABEL[r["stage"]],
                "created_at": lambda r, _: minute(r["created_at"]),
                "won_at": lambda r, _: minute(r.get("won_at")),
                "lost_at": lambda r, _: minute(r.get("lost_at")),
                "expected_close_on": lambda r, _: (
                    r.get("won_at") or r.get("lost_at") or r["expected_close_on"]
                ).strftime("%Y-%m-%d"),
                "channel": lambda r, _: source(r, "channel"),
            },
        ),
    }


def hubspot_records() -> dict[str, Truth]:
    """HubSpot keeps no lead of its own: a contact is one, as long as it lives."""

    def rid(column: str):
        return lambda r, _: r[column] and hubspot.record_id(r[column])

    def source(column: str):
        return lambda r, _: hubspot.SOURCE[r[column]]

    def lead(column: str):
        return lambda r, n: hubspot.leads_by_email(n)[r["email"]][column]

    def stage(row: Row, _: Night) -> str:
        return hubspot.STAGE_ID[row["stage"]]

    def pipeline(row: Row, _: Night) -> str:
        return hubspot.PIPELINE_ID

    export = hubspot_export()
    return {
        "crm_accounts": Truth(
            export["crm_accounts"].columns + " created_at updated_at",
            {
                "crm_account_id": rid("crm_account_id"),
                "reseller_id": rid("reseller_id"),
                "owner": lambda r, _: hubspot.owner_id(r["owner"]),
            },
        ),
        "crm_contacts": Truth(
            "email lifecycle campaign created_at",
            {
                "contact_id": rid("contact_id"),
                "crm_account_id": rid("crm_account_id"),
                "original_source": source("original_source"),
            },
        ),
        "crm_leads": Truth(
            "email campaign created_at",
            {
                "lead_id": rid("contact_id"),
                "crm_account_id": rid("crm_account_id"),
                "channel": source("original_source"),
                "marketing_qualified_at": lead("marketing_qualified_at"),
                "sales_qualified_at": lead("sales_qualified_at"),
                # A lifecycle stage named opportunity is that stage: nobody has bought.
                "opportunity_at": lambda r, n: lead("converted_deal_id")(r, n) and lead("converted_at")(r, n),
            },
            lambda night: night.rows("crm_contacts"),
        ),
        "crm_deals": Truth(
            "name outcome amount currency deal_type created_at won_at lost_at lost_reason team campaign",
            {
                "deal_id": rid("deal_id"),
                "crm_account_id": rid("crm_account_id"),
                "reseller_id": rid("reseller_id"),
                "pipeline": pipeline,
                "stage": stage,
                "expected_close_on": export["crm_deals"].derived["expected_close_on"],
                "owner": lambda r, _: hubspot.owner_id(r["owner"]),
                "channel": source("channel"),
            },
        ),
        "crm_deal_stages": Truth(
            "entered_at", {"deal_id": rid("deal_id"), "stage": stage, "pipeline": pipeline}
        ),
        "crm_stages": Truth(
            "label outcome funnel_stage",
            {
                "pipeline": pipeline,
                "stage": stage,
                "position": lambda r, _: r["position"] - 1,
                "probability": lambda r, _: r["probability"],
            },
        ),
        "crm_merges": Truth(
            "",
            {
                "object": lambda r, _: "account",
                "merged_id": rid("merged_id"),
                "survivor_id": rid("survivor_id"),
            },
            lambda night: [r for r in night.rows("crm_merges") if r["object"] == "account"],
        ),
    }


def salesforce_objects() -> dict[str, Truth]:
    def sf(column: str):
        return lambda r, _: salesforce.sf_id(r[column])

    def closed_day(column: str):
        return lambda r, _: r.get(column) and datetime.combine(r[column].date(), time())

    return {
        "crm_accounts": Truth(
            "name website legal_id owner billing_customer_id created_at updated_at",
            {
                "crm_account_id": sf("crm_account_id"),
                "reseller_id": sf("reseller_id"),
                "lifecycle": lambda r, _: "Customer - Direct" if r["lifecycle"] == "customer" else "Prospect",
            },
        ),
        "crm_contacts": Truth(
            "email created_at original_source campaign",
            {"contact_id": sf("contact_id"), "crm_account_id": sf("crm_account_id")},
        ),
        "crm_leads": Truth(
            "email created_at channel campaign marketing_qualified_at sales_qualified_at disqualified_reason",
            {
                "lead_id": sf("lead_id"),
                "crm_account_id": lambda r, _: (
                    salesforce.sf_id(r["crm_account_id"]) if r["converted_at"] else None
                ),
                "converted_at": closed_day("converted_at"),
                "converted_deal_id": sf("converted_deal_id"),
            },
        ),
        "crm_deals": Truth(
            "name outcome amount currency deal_type created_at lost_reason owner team channel campaign",
            {
                "deal_id": sf("deal_id"),
                "reseller_id": sf("reseller_id"),
                "crm_account_id": sf("crm_account_id"),
                "stage": lambda r, _: salesforce.STAGE_NAME[r["stage"]],
                "won_at": closed_day("won_at"),
                "lost_at": closed_day("lost_at"),
                "expected_close_on": lambda r, _: (
                    r.get("won_at") or r.get("lost_at") or r["expected_close_on"]
                ).strftime("%Y-%m-%d"),
            },
        ),
        "crm_deal_stages": Truth(
            "entered_at",
            {
                "deal_id": sf("deal_id"),
                "stage": lambda r, _: salesforce.STAGE_NAME[r["stage"]],
            },
        ),
        "crm_merges": Truth(
            "merged_at",
            {
                "object": lambda r, _: "account",
                "merged_id": sf("merged_id"),
                "survivor_id": sf("survivor_id"),
            },
            lambda night: [r for r in night.rows("crm_merges") if r["object"] == "account"],
        ),
    }


def koban_export() -> dict[str, Truth]:
    def code(column: str):
        return lambda r, _: f"K{r[column][4:]}"

    def local_day(column: str):
        return lambda r, _: paris_day(r.get(column))

    return {
        "crm_accounts": Truth(
            "email website billing_customer_id",
            {
                "crm_account_id": code("crm_account_id"),
                "name": lambda r, _: r["name"].upper(),
                "lifecycle": lambda r, _: "customer" if r["lifecycle"] == "customer" else "prospect",
                "legal_id": lambda r, _: r["legal_id"] and f"{r['legal_id']}00012",
                "vat_id": lambda r, _: koban.vat_number(r["legal_id"]),
                "accounting_code": lambda r, _: (
                    r["billing_customer_id"] and f"411{r['name'][:5].upper()}".strip()
                ),
                "updated_at": lambda r, _: r["updated_at"].replace(second=0),
            },
        ),
        "crm_deals": Truth(
            "name outcome amount expected_close_on owner",
            {
                "deal_id": lambda r, _: f"OPP-{r['deal_id'][5:]}",
                "crm_account_id": code("crm_account_id"),
                "stage": lambda r, _: koban.STAGE[r["stage"]][0],
                "currency": lambda r, _: "EUR",
                "created_at": local_day("created_at"),
                "won_at": local_day("won_at"),
                "lost_at": local_day("lost_at"),
                "lost_reason": lambda r, _: koban.REASON.get(r.get("lost_reason")),
            },
        ),
    }


def send_id(row: Row) -> str:
    return f"{surveys.person_id(row['respondent'])}:{int(row['sent_at'].timestamp())}"


def delighted() -> dict[str, Truth]:
    return {
        "survey_responses": Truth(
            "response_id survey_type score comment respondent responded_at customer_id",
            {"survey": lambda r, _: r["survey_type"]},
        ),
        "survey_sends": Truth(
            "respondent sent_at",
            {"survey": lambda r, _: "nps", "send_id": lambda r, _: send_id(r)},
            surveys.last_sends,
        ),
    }


def ad_spend(channel: str, told: str) -> dict[str, Truth]:
    """What the company calls `channel`, and the mapping by the name that was `told`."""

    def amount(row: Row, night: Night) -> Decimal:
        """What is younger than a day is still too low, and restated later."""
        if row["spend_on"] < night.on - timedelta(days=1):
            return row["amount"]
        return (row["amount"] * Decimal("0.96")).quantize(Decimal("0.01"))

    return {
        "ad_spend": Truth(
            "account_id campaign_id spend_on currency clicks impressions campaign_name",
            {"amount": amount, "channel": lambda r, _: told},
            lambda night: [row for row in night.rows("ad_spend") if row["channel"] == channel],
        )
    }
