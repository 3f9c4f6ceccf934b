"""A webinar of the demo company: its guests tried the product for two weeks, without a card, and left."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from orchestration.synthetic import dials
from orchestration.synthetic.book import Book
from orchestration.synthetic.clock import utc
from orchestration.synthetic.draws import Draws
from orchestration.synthetic.events import Event, Kind, Log
from orchestration.synthetic.growth import tell_account
from orchestration.synthetic.life import Life
from orchestration.synthetic.profile import Profile, draw_profile
from orchestration.synthetic.subscription import plan_for

DAY = timedelta(days=1)
HELD_AT = utc(2025, 3, 11)
GUESTS = 8


def tell_webinar(seed: int, size: dials.Size) -> tuple[list[Event], list[Event]]:
    """What the CRM, and what the billing system knows of the first guests."""
    crm, billing = Log(), Log()
    for place, (number, profile) in enumerate(_guests(seed, size)):
        suffix = f"p{number + 1:06d}"
        draws = Draws(seed, size.name, "webinar", number)
        at = HELD_AT + timedelta(hours=15, minutes=7 * place)
        guest = replace(profile, customer_id=f"cus_{suffix}", email=f"{suffix}@{profile.domain}")
        account = f"acc_{suffix}"
        tell_account(crm, guest, at, account, "lead")
        crm.put(at, Kind.LEAD_ADVANCED, "crm_contacts", contact_id=f"con_{suffix}", crm_account_id=account)
        crm.put(at, Kind.LEAD_ADVANCED, "crm_leads", lead_id=f"lead_{suffix}", crm_account_id=account)
        _try_out(billing, guest, account, at, draws)
    return crm.known(dials.END), billing.known(dials.END)


def _guests(seed: int, size: dials.Size) -> list[tuple[int, Profile]]:
    """Prospects of the months before, none of whom the sales team talks to."""
    found = []
    for number in range(size.customers * dials.PROSPECTS_PER_CUSTOMER):
        profile = draw_profile(number % size.customers, size, Draws(seed, size.name, "prospect", number))
        if profile.sales_model == "low_touch" and HELD_AT - 150 * DAY < profile.signed_up_at < HELD_AT:
            found.append((number, profile))
        if len(found) == GUESTS:
            break
    return found


def _try_out(log: Log, guest: Profile, account: str, at: datetime, draws: Draws) -> None:
    Life(guest, dials.END, draws, log).sign_up(guest.customer_id, at)
    log.put(at, Kind.SIGNED_UP, "customers", customer_id=guest.customer_id, crm_account_id=account)
    book = Book(log, guest.customer_id, f"sub_{guest.customer_id.removeprefix('cus_')}_1", guest.currency)
    ends = at + dials.TRIAL_DAYS * DAY
    book.open(
        at, Kind.TRIAL_WITHOUT_CARD, "trialing", plan_for(guest, draws), trial_started_at=at,
        trial_ended_at=ends, card_on_file_at_start=False, collection_method="charge_automatically",
    )  # fmt: skip
    book.end(ends, Kind.TRIAL_LOST, None)
