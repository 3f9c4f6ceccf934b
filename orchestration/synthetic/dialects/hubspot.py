"""HubSpot: records of the CRM API as JSON lines, and the CSV exports of its user interface."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from orchestration.synthetic.dialects.writing import Record, csv_bytes, json_lines
from orchestration.synthetic.dials import RESELLERS
from orchestration.synthetic.events import Row, Value
from orchestration.synthetic.growth import STAGES
from orchestration.synthetic.nights import Key, Night

SOURCE = {
    "organic_search": "ORGANIC_SEARCH", "paid_search": "PAID_SEARCH", "paid_social": "PAID_SOCIAL",
    "referral": "REFERRALS", "content": "ORGANIC_SEARCH", "outbound": "OFFLINE", "reseller": "OFFLINE",
    "event": "OFFLINE",
}  # fmt: skip
SOURCE_LABEL = {
    "ORGANIC_SEARCH": "Organic Search", "PAID_SEARCH": "Paid Search", "PAID_SOCIAL": "Paid Social",
    "REFERRALS": "Referrals", "OFFLINE": "Offline Sources",
}  # fmt: skip
STAGE_ID = {
    "discovery": "appointmentscheduled", "proposal": "presentationscheduled", "negotiation": "contractsent",
    "closed_won": "closedwon", "closed_lost": "closedlost",
}  # fmt: skip
PIPELINE_ID = "default"
EXPORTS = {
    "deals": ("Record ID", "Deal Name", "Deal Stage", "Pipeline", "Amount", "Currency", "Create Date",
    "Close Date",
              "Last Modified Date", "Deal owner", "HubSpot Team", "Deal Type", "Original Traffic Source",
              "Closed Lost Reason", "Associated Company IDs (Primary)"),
    "companies": ("Record ID", "Company name", "Company Domain Name", "Website URL", "Lifecycle Stage",
                  "Company owner", "Billing Customer ID", "SIREN", "Create Date", "Last Modified Date"),
    "contacts": ("Record ID", "Email", "Lifecycle Stage", "Create Date", "Original Traffic Source",
                 "Original Traffic Source Drill-Down 1", "Associated Company IDs (Primary)"),
}  # fmt: skip
EXPORT_LABEL = {
    "discovery": "Appointment Scheduled", "proposal": "Presentation Scheduled",
    "negotiation": "Contract Sent",
    "closed_won": "Closed Won", "closed_lost": "Closed Lost",
}  # fmt: skip


def record_id(native: Value) -> str:
    """HubSpot's ids are digits only: the kind, the prospects' mark and the number. Resellers are too."""
    if native in RESELLERS:
        return f"18{RESELLERS.index(str(native)) + 1:08d}"
    kind, _, rest = str(native).partition("_")
    digits = {"acc": "1", "con": "2", "deal": "3", "lead": "4"}[kind]
    suffix = rest.replace("p", "9").replace("_dup", "7")
    return f"{digits}{suffix:0>9}"


def iso(value: Value) -> str | None:
    """An instant with milliseconds, as the API writes it."""
    return f"{value:%Y-%m-%dT%H:%M:%S}.000Z" if isinstance(value, datetime) else None


def _record(
    native: Value, properties: dict[str, Value], created: Value, updated: datetime
) -> dict[str, object]:
    return {
        "id": record_id(native), "properties": properties, "createdAt": iso(created),
        "updatedAt": iso(updated), "archived": False,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class HubSpot:
    """Companies, contacts, deals with their stage history, pipelines and owners."""

    def snapshot(self, night: Night) -> dict[str, bytes]:
        """Every live record."""
        merged, leads = merged_into(night), leads_by_email(night)
        return {
            "companies.jsonl": json_lines(
                self._company(r, merged, night) for r in night.rows("crm_accounts")
            ),
            "contacts.jsonl": json_lines(self._contact(r, leads) for r in night.rows("crm_contacts")),
            "deals.jsonl": json_lines(self._deal(r, night) for r in night.rows("crm_deals")),
            "pipelines.jsonl": json_lines([self._pipeline()]),
            "owners.jsonl": json_lines(self._owners(night)),
        }

    def delta(self, night: Night) -> dict[str, bytes]:
        """The records modified since the night before; an archived one with its mark."""
        merged, files = merged_into(night), {}
        changed_deals = dict.fromkeys(night.changed("crm_deals"))
        changed_contacts = dict.fromkeys(night.changed("crm_contacts"))
        for name, keys, table in (
            ("companies", night.changed("crm_accounts"), "crm_accounts"),
            ("contacts", list(changed_contacts), "crm_contacts"),
            ("deals", list(changed_deals), "crm_deals"),
        ):
            if keys:
                files[f"{name}.delta.jsonl"] = json_lines(self._changed(name, table, keys, merged, night))
        return files

    def _changed(
        self, name: str, table: str, keys: Iterable[Key], merged: dict[Value, list[str]], night: Night
    ) -> Iterable[Record]:
        leads = leads_by_email(night)
        for key in keys:
            row = night.tables[table].get(key)
            if row is None:
                yield {
                    "id": record_id(key[0]),
                    "properties": {},
                    "archived": True,
                    "archivedAt": iso(night.at),
                }
            elif name == "companies":
                yield self._company(row, merged, night)
            else:
                yield self._contact(row, leads) if name == "contacts" else self._deal(row, night)

    def _company(self, row: Row, merged: dict[Value, list[str]], night: Night) -> Record:
        properties: dict[str, Value] = {
            "name": row["name"], "domain": row["domain"], "website": row["website"], "country": None,
            "lifecyclestage": row["lifecycle"], "hubspot_owner_id": owner_id(row["owner"]),
            "hs_parent_company_id": None,
            "hs_merged_object_ids": ";".join(merged.get(row["crm_account_id"], [])) or None,
            "billing_customer_id": row["billing_customer_id"], "siren": row["legal_id"],
            "reseller": reseller(row), "createdate": iso(row["created_at"]),
            "hs_lastmodifieddate": iso(row["updated_at"]),
        }  # fmt: skip
        return _record(row["crm_account_id"], properties, row["created_at"], night.at)

    def _contact(self, row: Row, leads: Mapping[Value, Row]) -> Record:
        lead = leads.get(row["email"], {})
        converted = iso(lead.get("converted_at"))
        properties: dict[str, Value] = {
            "email": row["email"], "lifecyclestage": row["lifecycle"],
            "associatedcompanyid": record_id(row["crm_account_id"]) if row["crm_account_id"] else None,
            "hs_analytics_source": SOURCE[str(row["original_source"])],
            "hs_analytics_source_data_1": row["campaign"], "hs_analytics_source_data_2": None,
            "hs_merged_object_ids": None, "createdate": iso(row["created_at"]),
            "lastmodifieddate": iso(row["created_at"]), "hs_v2_date_entered_lead": iso(row["created_at"]),
            "hs_v2_date_entered_marketingqualifiedlead": iso(lead.get("marketing_qualified_at")),
            "hs_v2_date_entered_salesqualifiedlead": iso(lead.get("sales_qualified_at")),
            "hs_v2_date_entered_opportunity": converted if lead.get("converted_deal_id") else None,
            "hs_v2_date_entered_customer": converted if row["lifecycle"] == "customer" else None,
        }  # fmt: skip
        entered = [m for m in lead.values() if isinstance(m, datetime)]
        record = _record(row["contact_id"], properties, row["created_at"], max(entered))
        return record | {"associations": {"companies": linked(row["crm_account_id"], 1)}}

    def _deal(self, row: Row, night: Night) -> Record:
        stages = night.of("crm_deal_stages", row["deal_id"])
        history = [
            {"value": STAGE_ID[str(s["stage"])], "timestamp": iso(s["entered_at"]), "sourceType": "CRM_UI"}
            for s in reversed(stages)
        ]
        closed = row.get("won_at") or row.get("lost_at")
        properties: dict[str, Value] = {
            "dealname": row["name"], "pipeline": PIPELINE_ID, "dealstage": STAGE_ID[str(row["stage"])],
            "hs_is_closed": str(bool(closed)).lower(),
            "hs_is_closed_won": str(bool(row.get("won_at"))).lower(),
            "amount": f"{row['amount']:f}", "deal_currency_code": row["currency"], "dealtype": "newbusiness",
            "createdate": iso(row["created_at"]),
            "closedate": iso(closed) or f"{row['expected_close_on']}T00:00:00.000Z",
            "closed_lost_reason": row.get("lost_reason"), "hubspot_owner_id": owner_id(row["owner"]),
            "hubspot_team_id": row["team"], "hs_analytics_source": SOURCE[str(row["channel"])],
            "hs_analytics_source_data_1": row["campaign"], "hs_analytics_source_data_2": None,
            "reseller": reseller(row), "hs_merged_object_ids": None,
            "hs_lastmodifieddate": iso(last_change(row, stages)),
        }  # fmt: skip
        record = _record(row["deal_id"], properties, row["created_at"], night.at)
        return record | {
            "propertiesWithHistory": {"dealstage": history},
            "associations": {"companies": linked(row["crm_account_id"], 5), "contacts": {"results": []}},
        }

    def _pipeline(self) -> Record:
        stages = [
            {"id": STAGE_ID[stage], "label": label, "displayOrder": position,
             "metadata": {"isClosed": str(outcome != "open").lower(), "probability": probability},
             "archived": False}
            for position, (stage, label, outcome, _, probability) in enumerate(STAGES)
        ]  # fmt: skip
        return {"id": PIPELINE_ID, "label": "Sales", "displayOrder": 0, "stages": stages, "archived": False}

    def _owners(self, night: Night) -> Iterable[Record]:
        owners = {str(row["owner"]) for row in night.rows("crm_deals")}
        for owner in sorted(owners):
            yield {"id": owner_id(owner), "email": f"{owner}@example.com", "firstName": owner, "lastName": "",
                   "archived": False}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HubSpotExport:
    """What a person exports: labels instead of ids, times of the account's zone to the minute."""

    zone: str = "UTC"

    def snapshot(self, night: Night) -> dict[str, bytes]:
        """All deals, companies and contacts."""
        rows = {
            "deals": [self._deal(r, night) for r in night.rows("crm_deals")],
            "companies": [self._company(r) for r in night.rows("crm_accounts")],
            "contacts": [self._contact(r) for r in night.rows("crm_contacts")],
        }
        return {
            f"hubspot-crm-exports-all-{name}-{night.on}.csv": csv_bytes(header, rows[name])
            for name, header in EXPORTS.items()
        }

    def delta(self, night: Night) -> dict[str, bytes]:
        """Exports are always whole: all of them again on a night on which the CRM changed."""
        tables = ("crm_accounts", "crm_contacts", "crm_deals")
        return self.snapshot(night) if any(night.changed(table) for table in tables) else {}

    def _time(self, value: Value) -> str | None:
        if not isinstance(value, datetime):
            return None
        return f"{value.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M}"

    def _deal(self, row: Row, night: Night) -> list[Value]:
        closed = row.get("won_at") or row.get("lost_at")
        modified = last_change(row, night.of("crm_deal_stages", row["deal_id"]))
        return [
            record_id(row["deal_id"]), row["name"], EXPORT_LABEL[str(row["stage"])], "Sales Pipeline",
            f"{row['amount']:.2f}", row["currency"], self._time(row["created_at"]),
            self._time(closed) or f"{row['expected_close_on']} 00:00", self._time(modified), row["owner"],
            row["team"], "New Business", SOURCE_LABEL[SOURCE[str(row["channel"])]], row.get("lost_reason"),
            record_id(row["crm_account_id"]),
        ]  # fmt: skip

    def _company(self, row: Row) -> list[Value]:
        return [
            record_id(row["crm_account_id"]), row["name"], row["domain"], row["website"], row["lifecycle"],
            row["owner"], row["billing_customer_id"], row["legal_id"], self._time(row["created_at"]),
            self._time(row["updated_at"]),
        ]  # fmt: skip

    def _contact(self, row: Row) -> list[Value]:
        account = record_id(row["crm_account_id"]) if row["crm_account_id"] else None
        return [
            record_id(row["contact_id"]), row["email"], row["lifecycle"], self._time(row["created_at"]),
            SOURCE_LABEL[SOURCE[str(row["original_source"])]], row["campaign"], account,
        ]  # fmt: skip


def merged_into(night: Night) -> dict[Value, list[str]]:
    """The ids that each surviving account has swallowed."""
    found: dict[Value, list[str]] = {}
    for row in night.rows("crm_merges"):
        if row["object"] == "account":
            found.setdefault(row["survivor_id"], []).append(record_id(row["merged_id"]))
    return found


def leads_by_email(night: Night) -> dict[Value, Row]:
    """The lead behind each contact: HubSpot has no object of its own for it."""
    return {row["email"]: row for row in night.rows("crm_leads")}


def owner_id(owner: Value) -> str | None:
    """A number for a person of a team."""
    if owner is None:
        return None
    teams = ("team_atlantic", "team_berlin", "team_london", "team_paris")
    team = next(n for n, name in enumerate(teams) if str(owner).startswith(name))
    return f"{70 + team}{str(owner)[-1] if str(owner)[-1].isdigit() else 0}"


def reseller(row: Row) -> str | None:
    """The company that sold, as a property names it."""
    return record_id(row["reseller_id"]) if row["reseller_id"] else None


def linked(account: Value, kind: int) -> dict[str, object]:
    """The primary company of a record."""
    if account is None:
        return {"results": []}
    types = [{"category": "HUBSPOT_DEFINED", "typeId": kind, "label": "Primary"}]
    return {"results": [{"id": record_id(account), "associationTypes": types}]}


def last_change(row: Row, stages: list[Row]) -> datetime:
    """When a deal was last touched."""
    found = [s["entered_at"] for s in stages] + [row["created_at"]]
    return max(moment for moment in found if isinstance(moment, datetime))
