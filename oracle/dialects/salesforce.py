"""Salesforce: CSV extracts of the standard objects, with the history of opportunities and merged accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orchestration.synthetic.dialects.writing import csv_bytes
from orchestration.synthetic.events import Row, Value
from orchestration.synthetic.nights import Night

STAGE_NAME = {
    "discovery": "Qualification", "proposal": "Proposal/Price Quote", "negotiation": "Negotiation/Review",
    "closed_won": "Closed Won", "closed_lost": "Closed Lost",
}  # fmt: skip
PREFIX = {"acc": "001", "con": "003", "deal": "006", "lead": "00Q", "res": "001"}
OBJECTS = {
    "Account": ("Id", "Name", "Type", "Website", "ParentId", "OwnerId", "Billing_Customer_Id__c",
    "Reseller__c",
                "SIREN__c", "IsDeleted", "MasterRecordId", "CreatedDate", "SystemModstamp"),
    "Contact": ("Id", "AccountId", "Email", "LeadSource", "Campaign__c", "IsDeleted", "CreatedDate",
    "SystemModstamp"),
    "Lead": ("Id", "Email", "Status", "LeadSource", "Campaign__c", "IsConverted", "ConvertedDate",
             "ConvertedAccountId", "ConvertedOpportunityId", "MQL_Date__c", "SQL_Date__c",
             "Disqualified_Reason__c", "IsDeleted", "CreatedDate", "SystemModstamp"),
    "Opportunity": ("Id", "AccountId", "Name", "StageName", "IsClosed", "IsWon", "Amount",
    "CurrencyIsoCode", "Type",
                    "LeadSource", "Campaign__c", "CloseDate", "Loss_Reason__c", "OwnerId", "Team__c",
                    "Reseller__c",
                    "IsDeleted", "CreatedDate", "SystemModstamp"),
    "OpportunityHistory": ("Id", "OpportunityId", "StageName", "Amount", "CloseDate", "CreatedDate"),
    "AccountMerges": ("Id", "MasterRecordId", "IsDeleted", "SystemModstamp"),
}  # fmt: skip


def sf_id(native: Value) -> str | None:
    """Eighteen characters: the object's prefix and the number, case-sensitive as Salesforce's are."""
    if native is None:
        return None
    kind, _, rest = str(native).partition("_")
    return f"{PREFIX[kind]}{rest.replace('_', 'd'):0>12}AAA"


def sf_time(value: Value) -> str | None:
    """An instant as the API writes it."""
    return f"{value:%Y-%m-%dT%H:%M:%S}.000+0000" if isinstance(value, datetime) else None


def sf_bool(value: object) -> str:
    """true or false."""
    return "true" if value else "false"


@dataclass(frozen=True, slots=True)
class Salesforce:
    """Full extracts of the objects; a merged account stays as a deleted row that names its master."""

    def snapshot(self, night: Night) -> dict[str, bytes]:
        """One CSV per object."""
        rows = {
            "Account": [self._account(r) for r in night.rows("crm_accounts")] + self._merged(night),
            "Contact": [self._contact(r) for r in night.rows("crm_contacts")],
            "Lead": [self._lead(r) for r in night.rows("crm_leads")],
            "Opportunity": [self._opportunity(r, night) for r in night.rows("crm_deals")],
            "OpportunityHistory": [self._history(r, night) for r in night.rows("crm_deal_stages")],
            "AccountMerges": [[row[0], row[10], row[9], row[12]] for row in self._merged(night)],
        }
        return {f"{name}.csv": csv_bytes(header, rows[name]) for name, header in OBJECTS.items()}

    def delta(self, night: Night) -> dict[str, bytes]:
        """The objects are small: a night on which the CRM changed gets all of them again."""
        tables = ("crm_accounts", "crm_contacts", "crm_leads", "crm_deals")
        return self.snapshot(night) if any(night.changed(table) for table in tables) else {}

    def _account(self, row: Row) -> list[Value]:
        kind = "Customer - Direct" if row["lifecycle"] == "customer" else "Prospect"
        return [
            sf_id(row["crm_account_id"]), row["name"], kind, row["website"], None, row["owner"],
            row["billing_customer_id"], sf_id(row["reseller_id"]), row["legal_id"], "false", None,
            sf_time(row["created_at"]), sf_time(row["updated_at"]),
        ]  # fmt: skip

    def _merged(self, night: Night) -> list[list[Value]]:
        merged = [row for row in night.rows("crm_merges") if row["object"] == "account"]
        return [
            [sf_id(row["merged_id"]), "merged", "Prospect", None, None, None, None, None, None, "true",
             sf_id(row["survivor_id"]), sf_time(row["merged_at"]), sf_time(row["merged_at"])]
            for row in merged
        ]  # fmt: skip

    def _contact(self, row: Row) -> list[Value]:
        created = sf_time(row["created_at"])
        return [
            sf_id(row["contact_id"]), sf_id(row["crm_account_id"]), row["email"], row["original_source"],
            row["campaign"], "false", created, created,
        ]  # fmt: skip

    def _lead(self, row: Row) -> list[Value]:
        status = "Open - Not Contacted"
        if row["converted_at"]:
            status = "Closed - Converted"
        elif row["disqualified_reason"]:
            status = "Closed - Not Converted"
        elif row["marketing_qualified_at"]:
            status = "Working - Contacted"
        moments = [v for v in row.values() if isinstance(v, datetime)]
        return [
            sf_id(row["lead_id"]), row["email"], status, row["channel"], row["campaign"],
            sf_bool(row["converted_at"]), day(row["converted_at"]),
            sf_id(row["crm_account_id"]) if row["converted_at"] else None, sf_id(row["converted_deal_id"]),
            sf_time(row["marketing_qualified_at"]), sf_time(row["sales_qualified_at"]),
            row["disqualified_reason"], "false", sf_time(row["created_at"]), sf_time(max(moments)),
        ]  # fmt: skip

    def _opportunity(self, row: Row, night: Night) -> list[Value]:
        closed = row.get("won_at") or row.get("lost_at")
        stages = night.of("crm_deal_stages", row["deal_id"])
        changed = max(s["entered_at"] for s in stages if isinstance(s["entered_at"], datetime))
        return [
            sf_id(row["deal_id"]), sf_id(row["crm_account_id"]), row["name"], STAGE_NAME[str(row["stage"])],
            sf_bool(closed), sf_bool(row.get("won_at")), f"{row['amount']:.2f}", row["currency"],
            "New Business",
            row["channel"], row["campaign"], day(closed) or row["expected_close_on"], row.get("lost_reason"),
            row["owner"], row["team"], sf_id(row["reseller_id"]), "false", sf_time(row["created_at"]),
            sf_time(changed),
        ]  # fmt: skip

    def _history(self, row: Row, night: Night) -> list[Value]:
        deal, entered = night.tables["crm_deals"][(row["deal_id"],)], row["entered_at"]
        assert isinstance(entered, datetime)
        return [
            f"008{str(row['deal_id'])[5:]:0>6}{int(entered.timestamp()) % 10**9:09d}", sf_id(row["deal_id"]),
            STAGE_NAME[str(row["stage"])], f"{deal['amount']:.2f}", deal["expected_close_on"],
            sf_time(entered),
        ]  # fmt: skip


def day(value: Value) -> str | None:
    """The date of an instant."""
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else None
