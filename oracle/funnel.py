"""The funnel from lead to won (specification, section 7), one lead or deal at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from oracle.inputs import RawRow, instant, word
from oracle.ledger import Oracle

STAGES = ("lead", "marketing_qualified", "sales_qualified", "opportunity", "won")
Instants = dict[str, datetime]


@dataclass(frozen=True, slots=True)
class Passage:
    """One stage that a lead or deal passed; skipped ones at the latest when the next was entered."""

    journey_id: str
    stage: str
    entered_at: datetime
    advanced_at: datetime | None
    is_skipped: bool
    is_reentered: bool
    is_won: bool
    labels: Mapping[str, str]

    @property
    def days(self) -> float | None:
        """Days in the stage, where both its ends are known."""
        if self.is_skipped or self.advanced_at is None:
            return None
        return (self.advanced_at - self.entered_at).total_seconds() / 86_400


def first_mrr_of_accounts(oracle: Oracle) -> dict[str, datetime]:
    """The instant at which the customers of each account first had MRR."""
    found: dict[str, datetime] = {}
    for customer, changes in oracle.changes.items():
        account = word(oracle.inputs.customers[customer].get("crm_account_id"))
        paid = [change.at for change in changes if any(state.mrr for state in change.items)]
        if account and paid:
            found[account] = min(min(paid), found.get(account, min(paid)))
    return {account: at for account, at in found.items() if at <= oracle.as_of}


def passages(tables: Mapping[str, list[RawRow]], oracle: Oracle) -> list[Passage]:
    """What every lead passed, with the deal it became, and every deal for new business without a lead."""
    as_of, first_mrr = oracle.as_of, first_mrr_of_accounts(oracle)
    deals = {
        row["deal_id"]: row for row in tables["crm_deals"]
        if row["deal_type"] in (None, "new") and _by(row["created_at"], as_of)
    }  # fmt: skip
    leads = sorted(
        (row for row in tables["crm_leads"] if _by(row["created_at"], as_of)),
        key=lambda row: (instant(row["created_at"]), row["lead_id"]),
    )
    names = {row["stage"]: row["funnel_stage"] for row in tables["crm_stages"]}
    walked: dict[str, list[RawRow]] = {}
    for row in tables["crm_deal_stages"]:
        walked.setdefault(row["deal_id"], []).append(row)
    resellers = {row["crm_account_id"]: row for row in tables["crm_accounts"] if row.get("reseller_id")}
    found: list[Passage] = []
    taken: set[str] = set()
    for lead in leads:
        entries = {
            "lead": lead["created_at"], "marketing_qualified": lead.get("marketing_qualified_at"),
            "sales_qualified": lead.get("sales_qualified_at") or lead.get("converted_at"),
        }  # fmt: skip
        deal_id = word(lead.get("converted_deal_id"))
        deal = deals.get(deal_id) if deal_id and deal_id not in taken else None
        began, paid = instant(lead["created_at"]), first_mrr.get(word(lead.get("crm_account_id")) or "")
        is_won = deal is not None and deal["outcome"] == "won"
        if began and paid and not is_won and oracle.local_day(began) <= oracle.local_day(paid):
            entries["won"] = max(began, paid)
        taken |= {deal_id} if deal_id else set()
        told = (lead, deal or {}, resellers.get(word(lead.get("crm_account_id")) or "", {}))
        found += _journey(lead["lead_id"], entries, deal, walked, names, told, as_of)
    for deal_id, deal in deals.items():
        if deal_id not in taken:
            account = resellers.get(word(deal.get("crm_account_id")) or "", {})
            found += _journey(deal_id, {}, deal, walked, names, (deal, account), as_of)
    return found


def _by(value: object, as_of: datetime) -> bool:
    at = instant(value)
    return at is not None and at <= as_of


def _journey(
    journey_id: str,
    lead_entries: Mapping[str, object],
    deal: RawRow | None,
    walked: Mapping[str, list[RawRow]],
    names: Mapping[str, str | None],
    told_by: Iterable[RawRow],
    as_of: datetime,
) -> list[Passage]:
    entered: dict[str, list[datetime]] = {}
    reentered: set[str] = set()

    def enter(stage: str | None, value: object) -> None:
        at = instant(value)
        if stage is not None and at is not None and at <= as_of:
            entered.setdefault(stage, []).append(at)

    for stage, value in lead_entries.items():
        enter(stage, value)
    if deal is not None:
        steps = [
            step for step in walked.get(deal["deal_id"], ()) if names[step["stage"]] not in (None, "won")
        ]
        enter("opportunity", deal["created_at"])
        enter("won", deal["won_at"] if deal["outcome"] == "won" else None)
        for step in steps:
            enter(names[step["stage"]], step["entered_at"])
        walk = [
            names[step["stage"]]
            for step in sorted(walked.get(deal["deal_id"], ()), key=lambda step: str(step["entered_at"]))
            if _by(step["entered_at"], as_of)
        ]
        turns = [stage for place, stage in enumerate(walk) if stage and stage not in walk[place - 1 : place]]
        reentered = {stage for stage in turns if turns.count(stage) > 1 and stage != "won"}
    return list(_passed(journey_id, entered, reentered, _labels(told_by, deal)))


def _labels(told_by: Iterable[RawRow], deal: RawRow | None) -> dict[str, str]:
    told, deal = list(told_by), deal or {}
    return {
        "all": "all",
        "channel": next((str(row["channel"]) for row in told if row.get("channel")), "unknown"),
        "campaign": next((str(row["campaign"]) for row in told if row.get("campaign")), "none"),
        "team": str(deal.get("team") or "none"),
        "sales_route": "reseller" if any(row.get("reseller_id") for row in told) else "direct",
    }


def _passed(
    journey_id: str,
    entered: Mapping[str, list[datetime]],
    reentered: set[str],
    labels: Mapping[str, str],
) -> Iterable[Passage]:
    known = [number for number, stage in enumerate(STAGES) if stage in entered]
    if not known:
        return
    span = STAGES[known[0] : known[-1] + 1]
    # Who is seen further on has passed everything before, at the latest then.
    firsts = [
        min(at for later in span[number:] for at in entered.get(later, ())) for number in range(len(span))
    ]
    for number, stage in enumerate(span):
        yield Passage(
            journey_id, stage, firsts[number], firsts[number + 1] if number + 1 < len(span) else None,
            stage not in entered, stage in reentered, span[-1] == "won", labels,
        )  # fmt: skip
