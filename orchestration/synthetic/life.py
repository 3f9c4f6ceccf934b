"""The life of one customer, from the sign-up to its last event."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orchestration.synthetic import dials
from orchestration.synthetic.billing import DAY, HOUR, Biller
from orchestration.synthetic.book import Book
from orchestration.synthetic.cards import Wallet
from orchestration.synthetic.draws import Draws
from orchestration.synthetic.events import Event, Kind, Log
from orchestration.synthetic.growth import tell_acquisition, tell_merge
from orchestration.synthetic.profile import Profile, draw_profile
from orchestration.synthetic.rises import PriceRise, price_at
from orchestration.synthetic.subscription import Subscription, plan_for
from orchestration.synthetic.use import tell_use
from orchestration.synthetic.voice import tell_voice


@dataclass(slots=True)
class Life:
    """Everything that happens to one customer; `spans` are the paid times, (start, end or None)."""

    profile: Profile
    until: datetime
    draws: Draws
    log: Log = field(default_factory=Log)
    spans: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    opened: int = 0
    rises: tuple[PriceRise, ...] = ()

    def sign_up(self, customer_id: str, at: datetime) -> None:
        """Write the customer's record."""
        profile = self.profile
        self.log.put(
            at, Kind.SIGNED_UP, "customers", customer_id=customer_id, name=profile.name, email=profile.email,
            domain=profile.domain, legal_id=profile.legal_id, vat_id=None, country=profile.country,
            currency=profile.currency, created_at=at, crm_account_id=f"acc_{profile.number + 1:06d}",
            parent_customer_id=None, reseller_id=profile.reseller_id, sales_model=profile.sales_model,
            acquisition_channel=profile.channel, acquisition_campaign=profile.campaign,
            segment=profile.segment, is_test=False, is_internal=False,
        )  # fmt: skip

    def subscribe(self, customer_id: str, at: datetime, kind: Kind) -> Subscription:
        """Open a subscription and live it to its end."""
        self.opened += 1
        subscription_id = f"sub_{customer_id.removeprefix('cus_')}_{self.opened}"
        number = self.draws.integer(0, 10**9)
        draws = Draws(number, subscription_id)
        book = Book(self.log, customer_id, subscription_id, self.profile.currency)
        wallet = Wallet.draw(subscription_id, Draws(number, subscription_id, "cards"))
        biller = Biller(book, draws, self.profile.method, self.profile.vat, wallet)
        reactions = Draws(number, subscription_id, "price rises") if self.rises else None
        offers = Draws(number, subscription_id, "offers")
        subscription = Subscription(
            self.profile, book, biller, draws, offers, self.until, self.rises, reactions
        )
        active_from = self._start(subscription, at, kind)
        if active_from is not None:
            subscription.live(active_from)
            self.spans.append((active_from, subscription.ended_at))
        return subscription

    def _start(self, subscription: Subscription, at: datetime, kind: Kind) -> datetime | None:
        """Trial, incomplete or straight in; the instant of activation, None where a trial came to nothing."""
        draws, book = subscription.draws, subscription.book
        basket = [
            (price_at(listed, at, self.rises), quantity) for listed, quantity in plan_for(self.profile, draws)
        ]
        collection = "send_invoice" if self.profile.method == "transfer" else "charge_automatically"
        first = kind is Kind.ACTIVATED
        if first and self.profile.sales_model == "low_touch" and draws.chance(dials.TRIAL_SHARE):
            card = draws.chance(dials.TRIAL_CARD_SHARE)
            ends = at + dials.TRIAL_DAYS * DAY
            started = Kind.TRIAL_WITH_CARD if card else Kind.TRIAL_WITHOUT_CARD
            book.open(
                at, started, "trialing", basket, trial_started_at=at, trial_ended_at=ends,
                card_on_file_at_start=card, collection_method=collection,
            )  # fmt: skip
            if not draws.chance(dials.TRIAL_CONVERSION[card]):
                book.end(ends, Kind.TRIAL_LOST, None)
                return None
            book.set_status(ends, Kind.TRIAL_CONVERTED, "active")
            return ends
        if first and draws.chance(dials.INCOMPLETE_SHARE):
            book.open(at, Kind.INCOMPLETE, "incomplete", basket, collection_method=collection)
            at += draws.integer(1, 20) * HOUR
            book.set_status(at, kind, "active")
        else:
            book.open(at, kind, "active", basket, collection_method=collection)
        self._start_discount(subscription, at)
        return at

    def _start_discount(self, subscription: Subscription, at: datetime) -> None:
        name = subscription.draws.weighted(dials.START_DISCOUNTS)
        if name != "none":
            months = 6 if name == "repeating" else 0
            subscription.biller.discount(at, Kind[f"DISCOUNT_{name.upper()}"], months)


def live_customer(seed: int, size: dials.Size, number: int, rises: tuple[PriceRise, ...] = ()) -> list[Event]:
    """All events of customer `number` (0-based) that are known at the end of the simulation, in order."""
    draws = Draws(seed, size.name, "customer", number)
    profile = draw_profile(number, size, draws)
    life = Life(profile, dials.END, draws, rises=rises)
    customer_id, at = profile.customer_id, profile.signed_up_at
    tell_acquisition(life.log, profile, draws)
    life.sign_up(customer_id, at)
    subscription = life.subscribe(customer_id, at, Kind.ACTIVATED)
    ended = subscription.ended_at
    if life.spans and draws.chance(dials.SECOND_SUBSCRIPTION_SHARE):
        start = at + draws.integer(30, 400) * DAY
        if start < (ended or dials.END):
            life.subscribe(customer_id, start, Kind.ADDON_ADDED)
    if ended is not None and draws.chance(dials.RETURN_SHARE):
        _come_back(life, ended + draws.integer(25, 300) * DAY)
    tell_voice(life.log, profile, life.spans, draws, dials.END, size.usage_every_days)
    tell_use(life.log, profile, life.spans, Draws(seed, size.name, "use", number), dials.END)
    return life.log.known(dials.END)


def _come_back(life: Life, at: datetime) -> None:
    """Return under the old record, or under a new one that support later merges into the old."""
    if at >= dials.END - timedelta(days=1):
        return
    customer_id = life.profile.customer_id
    if not life.draws.chance(dials.RETURN_AS_NEW_CUSTOMER_SHARE):
        life.subscribe(customer_id, at, Kind.RETURNED)
        return
    duplicate = f"{customer_id}_b"
    life.sign_up(duplicate, at)
    subscription = life.subscribe(duplicate, at, Kind.RETURNED)
    merged_at = at + life.draws.integer(2, 60) * DAY
    tell_merge(life.log, merged_at, duplicate, customer_id, subscription.book.subscription_id)
