"""How customers were found: leads, accounts, deals with their stages, merges, and prospects who never
bought.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from orchestration.synthetic import dials
from orchestration.synthetic.draws import Draws
from orchestration.synthetic.events import Event, Kind, Log
from orchestration.synthetic.profile import Profile, draw_profile

DAY = timedelta(days=1)
PIPELINE = "sales"
# stage, label, outcome, the funnel stage that the specification knows, probability
STAGES = (
    ("discovery", "Discovery", "open", "opportunity", "0.2"),
    ("proposal", "Proposal sent", "open", "opportunity", "0.4"),
    ("negotiation", "Negotiation", "open", "opportunity", "0.7"),
    ("closed_won", "Closed won", "won", "won", "1"),
    ("closed_lost", "Closed lost", "lost", None, "0"),
)
LOST_REASONS = ("price", "no_budget", "competitor", "timing", "no_answer")


def tell_acquisition(log: Log, profile: Profile, draws: Draws) -> None:
    """The lead and account of a customer; for high touch also the deal that was won on the day of its
    sign-up.
    """
    account = f"acc_{profile.number + 1:06d}"
    lead_days = draws.integer(20, 90) if profile.sales_model == "high_touch" else draws.integer(0, 10)
    created = profile.signed_up_at - lead_days * DAY - timedelta(hours=2)
    deal = f"deal_{profile.number + 1:06d}" if profile.sales_model == "high_touch" else None
    _lead(log, profile, draws, created, profile.signed_up_at, account, deal)
    tell_account(log, profile, created, account, "customer")
    log.put(
        profile.signed_up_at, Kind.SIGNED_UP, "crm_accounts", crm_account_id=account, lifecycle="customer",
        billing_customer_id=profile.customer_id, updated_at=profile.signed_up_at,
    )  # fmt: skip
    if deal is not None:
        start = created + (profile.signed_up_at - created) / 3
        _deal(log, profile, draws, (deal, account, "new"), (start, profile.signed_up_at), won=True)


def tell_resellers(log: Log, at: datetime) -> None:
    """The resellers are accounts of the CRM too, by the ids that billing and deals name them by."""
    for reseller_id, name in dials.RESELLER_NAMES.items():
        domain = f"{name.split()[0].lower()}-partners.com"
        log.put(
            at, Kind.ACCOUNT_CREATED, "crm_accounts", crm_account_id=reseller_id, name=name,
            lifecycle="other", domain=domain, website=f"www.{domain}", email=f"sales@{domain}",
            legal_id=None, vat_id=None, accounting_code=None, billing_customer_id=None, parent_id=None,
            owner=None, is_reseller=True, reseller_id=None, created_at=at, updated_at=at,
        )  # fmt: skip


def tell_merge(log: Log, at: datetime, merged: str, survivor: str, subscription_id: str) -> None:
    """Support merges a duplicate billing customer: its subscription moves, its record goes, the merge is
    noted.
    """
    log.put(at, Kind.CUSTOMER_MERGED, "subscriptions", subscription_id=subscription_id, customer_id=survivor)
    log.put(
        at, Kind.CUSTOMER_MERGED, "crm_merges", object="customer", merged_id=merged, survivor_id=survivor,
        merged_at=at,
    )  # fmt: skip
    log.remove(at, Kind.CUSTOMER_MERGED, "customers", customer_id=merged)


def live_prospect(seed: int, size: dials.Size, number: int) -> list[Event]:
    """All events of a prospect who never becomes a customer: a lead, sometimes an account and a lost or
    open deal.
    """
    draws = Draws(seed, size.name, "prospect", number)
    profile = draw_profile(number % size.customers, size, draws)
    log = Log()
    created = profile.signed_up_at - draws.integer(0, 60) * DAY
    suffix = f"p{number + 1:06d}"
    lead = f"lead_{suffix}"
    log.put(
        created, Kind.LEAD_CREATED, "crm_leads", lead_id=lead, email=f"{suffix}@{profile.domain}",
        crm_account_id=None, created_at=created, channel=profile.channel, campaign=profile.campaign,
        marketing_qualified_at=None, sales_qualified_at=None, converted_at=None, converted_deal_id=None,
        disqualified_reason=None,
    )  # fmt: skip
    log.put(
        created, Kind.LEAD_CREATED, "crm_contacts", contact_id=f"con_{suffix}", crm_account_id=None,
        email=f"{suffix}@{profile.domain}", lifecycle="lead", created_at=created,
        original_source=profile.channel, campaign=profile.campaign,
    )  # fmt: skip
    qualified = created + draws.integer(1, 15) * DAY
    if draws.chance(0.35):
        log.put(qualified, Kind.LEAD_ADVANCED, "crm_leads", lead_id=lead, marketing_qualified_at=qualified)
    else:
        log.put(qualified, Kind.LEAD_ADVANCED, "crm_leads", lead_id=lead, disqualified_reason="no_fit")
        return log.known(dials.END)
    if profile.sales_model == "high_touch" and draws.chance(0.6):
        account, deal, at = f"acc_{suffix}", f"deal_{suffix}", qualified + draws.integer(2, 10) * DAY
        tell_account(log, profile, at, account, "lead")
        log.put(
            at, Kind.LEAD_ADVANCED, "crm_leads", lead_id=lead, sales_qualified_at=at, converted_at=at,
            converted_deal_id=deal, crm_account_id=account,
        )  # fmt: skip
        end = at + draws.integer(20, 120) * DAY
        _deal(log, profile, draws, (deal, account, "new"), (at, end), won=False)
        if draws.chance(0.05):
            _merge_account(log, profile, draws, account, end + 3 * DAY)
    return log.known(dials.END)


def _merge_account(log: Log, profile: Profile, draws: Draws, account: str, at: datetime) -> None:
    survivor = f"{account}_dup"
    tell_account(log, profile, at - 2 * DAY, survivor, "lead")
    log.put(
        at, Kind.ACCOUNT_MERGED, "crm_merges", object="account", merged_id=survivor, survivor_id=account,
        merged_at=at,
    )  # fmt: skip
    log.remove(at, Kind.ACCOUNT_MERGED, "crm_accounts", crm_account_id=survivor)


def _lead(
    log: Log, profile: Profile, draws: Draws, created: datetime, won: datetime, account: str, deal: str | None
) -> None:
    lead = f"lead_{profile.number + 1:06d}"
    log.put(
        created, Kind.LEAD_CREATED, "crm_leads", lead_id=lead, email=profile.email, crm_account_id=account,
        created_at=created, channel=profile.channel, campaign=profile.campaign, marketing_qualified_at=None,
        sales_qualified_at=None, converted_at=None, converted_deal_id=None, disqualified_reason=None,
    )  # fmt: skip
    log.put(
        created, Kind.LEAD_CREATED, "crm_contacts", contact_id=f"con_{profile.number + 1:06d}",
        crm_account_id=account, email=profile.email, lifecycle="lead", created_at=created,
        original_source=profile.channel, campaign=profile.campaign,
    )  # fmt: skip
    quarter = (won - created) / 12
    if draws.chance(0.9):
        # A tenth of the buyers skip the marketing stage: they ask for an offer at once.
        at = (created + quarter).replace(microsecond=0)
        log.put(at, Kind.LEAD_ADVANCED, "crm_leads", lead_id=lead, marketing_qualified_at=at)
    if deal is not None:
        at = (created + 3 * quarter).replace(microsecond=0)
        log.put(at, Kind.LEAD_ADVANCED, "crm_leads", lead_id=lead, sales_qualified_at=at)
        at = (created + 4 * quarter).replace(microsecond=0)
        log.put(at, Kind.LEAD_ADVANCED, "crm_leads", lead_id=lead, converted_at=at, converted_deal_id=deal)
    else:
        log.put(won, Kind.LEAD_ADVANCED, "crm_leads", lead_id=lead, converted_at=won)
    log.put(
        won, Kind.SIGNED_UP, "crm_contacts", contact_id=f"con_{profile.number + 1:06d}", lifecycle="customer"
    )


def tell_account(log: Log, profile: Profile, at: datetime, account: str, lifecycle: str) -> None:
    """The CRM's account of a customer or prospect."""
    log.put(
        at, Kind.ACCOUNT_CREATED, "crm_accounts", crm_account_id=account, name=profile.name, lifecycle="lead",
        domain=profile.domain, website=f"www.{profile.domain}", email=profile.email,
        legal_id=profile.legal_id, vat_id=None,
        accounting_code=None, billing_customer_id=None, parent_id=None, owner=profile.team, is_reseller=False,
        reseller_id=profile.reseller_id, created_at=at, updated_at=at,
    )  # fmt: skip


def _deal(
    log: Log, profile: Profile, draws: Draws, ids: tuple[str, str, str], span: tuple[datetime, datetime],
    won: bool,
) -> None:  # fmt: skip
    """A deal that walks through the stages between the two instants; now and then it steps back once."""
    deal, account, deal_type = ids
    start, end = (instant.replace(microsecond=0) for instant in span)
    path = ["discovery", "proposal", "negotiation"]
    if draws.chance(0.1):
        path = ["discovery", "proposal", "discovery", "negotiation"]
    elif draws.chance(0.15):
        path.remove("proposal")
    if not won:
        path = path[: draws.integer(1, len(path))]
    step = (end - start) / len(path)
    entries = [((start + step * n).replace(microsecond=0), stage) for n, stage in enumerate(path)]
    entries.append((end, "closed_won" if won else "closed_lost"))
    amount = Decimal(draws.integer(12, 240) * 100)
    log.put(
        start, Kind.DEAL_CREATED, "crm_deals", deal_id=deal, crm_account_id=account,
        name=f"{profile.name} - new",
        pipeline=PIPELINE, stage="discovery", outcome="open", amount=amount, currency=profile.currency,
        deal_type=deal_type, created_at=start, expected_close_on=end.date(), won_at=None, lost_at=None,
        lost_reason=None, owner=f"{profile.team or dials.OTHER_TEAM}_{draws.integer(1, 4)}",
        team=profile.team or dials.OTHER_TEAM, channel=profile.channel, campaign=profile.campaign,
        reseller_id=profile.reseller_id,
    )  # fmt: skip
    previous: tuple[datetime, str] | None = None
    for at, stage in entries:
        if previous is not None:
            log.put(
                at, Kind.DEAL_ADVANCED, "crm_deal_stages", deal_id=deal, entered_at=previous[0],
                stage=previous[1], left_at=at,
            )  # fmt: skip
        log.put(
            at, Kind.DEAL_ADVANCED, "crm_deal_stages", deal_id=deal, entered_at=at, stage=stage, left_at=None,
            pipeline=PIPELINE,
        )  # fmt: skip
        log.put(at, Kind.DEAL_ADVANCED, "crm_deals", deal_id=deal, stage=stage)
        previous = (at, stage)
    if won:
        log.put(end, Kind.DEAL_WON, "crm_deals", deal_id=deal, outcome="won", won_at=end)
    else:
        reason = draws.pick(LOST_REASONS)
        log.put(
            end, Kind.DEAL_LOST, "crm_deals", deal_id=deal, outcome="lost", lost_at=end, lost_reason=reason
        )
