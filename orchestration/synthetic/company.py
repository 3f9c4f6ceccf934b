"""The whole company: its customers' lives one after the other, and what no single customer owns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from orchestration.synthetic import dials
from orchestration.synthetic.amendments import amended
from orchestration.synthetic.catalogue import CURRENCIES, PRICES
from orchestration.synthetic.clock import add_months, month_starts
from orchestration.synthetic.draws import Draws
from orchestration.synthetic.events import Event, Kind, Log
from orchestration.synthetic.growth import PIPELINE, STAGES, live_prospect, tell_resellers
from orchestration.synthetic.habits import HABITS, live_with_habits
from orchestration.synthetic.leaks import Planted, planted
from orchestration.synthetic.life import live_customer
from orchestration.synthetic.prepaid import with_prepaid
from orchestration.synthetic.profile import month_weights
from orchestration.synthetic.rises import PriceRise, raised_prices

DAY = timedelta(days=1)
DAYS_OF_OPEN_DEALS = 200
"""No deal that is won in the simulated time was opened earlier before it."""
# What one unit of each currency is worth in EUR when the simulation begins.
FIRST_RATE = {"EUR": 1.0, "USD": 0.92, "GBP": 1.16, "JPY": 0.0063}
CAMPAIGNS = (
    ("paid_search", "111-222-3333", "g_brand", "Brand", 0.2), ("paid_search", "111-222-3333", "g_generic",
    "Generic", 0.5),
    ("paid_search", "111-222-3333", "g_competitor", "Competitors", 0.3),
    ("paid_social", "act_4455", "m_lookalike", "Lookalike", 0.6), ("paid_social", "act_4455", "m_retargeting",
    "Retargeting", 0.4),
)  # fmt: skip
AD_COST_PER_SIGN_UP = {"paid_search": 260, "paid_social": 210}
# Fairs are paid in dollars, everything else in euros.
MONTHLY_COSTS = (
    ("salaries", "outbound", 700), ("salaries", "organic_search", 60), ("events", "event", 400),
    ("commissions", "reseller", 320), ("agency", "content", 90), ("rewards", "referral", 50),
)  # fmt: skip

# What the rest costs a month: so much, and so much more for each sign-up planned until then.
BOOKED_COSTS = (
    ("cost_of_revenue", 400, 25), ("research_development", 6000, 25), ("general_administrative", 3000, 8),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Company:
    """A simulated company; everything about it follows from its size and seed. With `leaks` some of its
    invoices are wrong, missing or unpaid on purpose; without, every one is right. With `habits` so many
    customers of each of the `habits.py` live beside the others. Prices rise as `rises` say.
    """

    size: dials.Size
    seed: int
    leaks: bool = False
    habits: int = 0
    rises: tuple[PriceRise, ...] = ()

    @property
    def start(self) -> datetime:
        """The first instant of the simulation (UTC)."""
        return self.size.start

    @property
    def end(self) -> datetime:
        """The instant at which the simulation stops (UTC)."""
        return dials.END

    def world(self) -> list[Event]:
        """What no single customer owns: catalogue, rates, pipeline, resellers, spend and costs."""
        log = Log()
        _catalogue(log, self.start, self.rises)
        tell_resellers(log, self.start)
        _rates(log, self.start, self.end, Draws(self.seed, "rates"))
        _spend(log, self.size, Draws(self.seed, self.size.name, "spend"))
        return log.known(self.end)

    def customers(self) -> Iterator[list[Event]]:
        """The events of each customer in turn."""
        for number in range(self.size.customers):
            events = self._live(number)
            found = self._leak(number, events)
            yield found.events if found else self._prepaid(number, events)
        for number in range(self.habits * len(HABITS)):
            yield live_with_habits(self.seed, number, self.end)

    def planted(self) -> Iterator[tuple[Planted, list[Event]]]:
        """Each leak, with the life as it would be without it."""
        for number in range(self.size.customers):
            events = self._live(number)
            found = self._leak(number, events)
            if found is not None:
                yield found, events

    def _live(self, number: int) -> list[Event]:
        events = live_customer(self.seed, self.size, number, self.rises)
        return amended(events, Draws(self.seed, self.size.name, "amendment", number), self.end)

    def _prepaid(self, number: int, events: list[Event]) -> list[Event]:
        return with_prepaid(events, Draws(self.seed, self.size.name, "prepaid", number), self.end)

    def _leak(self, number: int, events: list[Event]) -> Planted | None:
        draws = Draws(self.seed, self.size.name, "leak", number)
        return planted(events, draws, self.end) if self.leaks else None

    def prospects(self) -> Iterator[list[Event]]:
        """The events of each prospect who never bought."""
        for number in range(self.size.customers * dials.PROSPECTS_PER_CUSTOMER):
            yield live_prospect(self.seed, self.size, number)

    def lives(self) -> Iterator[list[Event]]:
        """World, customers and prospects, in that order: the whole log in independent parts."""
        yield self.world()
        yield from self.customers()
        yield from self.prospects()


def simulate(
    size: str, seed: int, leaks: bool = False, habits: int = 0, rises: tuple[PriceRise, ...] = ()
) -> Company:
    """The company of that size (small, medium, large) and seed; ConfigurationError for another size."""
    return Company(dials.size_named(size), seed, leaks, habits, rises)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _catalogue(log: Log, at: datetime, rises: tuple[PriceRise, ...]) -> None:
    listed = [(at, price) for price in PRICES.values()]
    for since, price in [*listed, *raised_prices(rises)]:
        log.put(
            since, Kind.LISTED, "prices", price_id=price.price_id, product_id=price.product.product_id,
            product_name=price.product.name, plan_name=price.product.name, currency=price.currency,
            unit_amount=price.unit_amount, billing_scheme=price.product.scheme, tiers=price.tiers_json(),
            usage_type=price.product.usage_type, interval_unit=price.interval_unit,
            interval_count=price.interval_count, is_addon=price.product.is_addon,
        )  # fmt: skip
    for position, (stage, label, outcome, funnel, probability) in enumerate(STAGES, start=1):
        log.put(
            at, Kind.LISTED, "crm_stages", pipeline=PIPELINE, stage=stage, label=label, position=position,
            outcome=outcome, funnel_stage=funnel, probability=Decimal(probability),
        )  # fmt: skip


def _rates(log: Log, start: datetime, end: datetime, draws: Draws) -> None:
    """One rate per working day and pair: a small random walk from 10 days before the start, no weekend
    fixing. Before it rates stand still, for the deals that were open when the time began.
    """
    level = dict(FIRST_RATE)
    moving = start.date() - 10 * DAY
    day = start.date() - DAYS_OF_OPEN_DEALS * DAY
    while day < end.date():
        if day.weekday() < 5:
            for currency in CURRENCIES:
                if currency != "EUR" and day >= moving:
                    level[currency] *= 1 + (draws.unit() + draws.unit() - 1) * 0.007
            for base in CURRENCIES:
                for quote in CURRENCIES:
                    if base != quote:
                        rate = Decimal(round(level[base] / level[quote] * 1_000_000)) / 1_000_000
                        log.put(
                            _midnight(day) + timedelta(hours=15), Kind.LISTED, "fx_rates", rate_on=day,
                            base=base, quote=quote, rate=rate,
                        )  # fmt: skip
        day += DAY


def _spend(log: Log, size: dials.Size, draws: Draws) -> None:
    """Ads by campaign and day, other costs by month; all follow the planned inflow, not what came of it."""
    weights = month_weights(size)
    planned = [size.customers * weight / sum(weights) for weight in weights]
    planned[0] = planned[1]
    share = dict(dials.LOW_TOUCH_CHANNELS)
    signed_up = 0.0
    for first, sign_ups in zip(month_starts(size.start.date(), size.months), planned, strict=True):
        following = add_months(_midnight(first), 1).date()
        for channel, account, campaign, name, part in CAMPAIGNS:
            monthly = AD_COST_PER_SIGN_UP[channel] * sign_ups * share[channel] * (1 - dials.HIGH_TOUCH_SHARE)
            for offset in range((following - first).days):
                day = first + offset * DAY
                cents = round(monthly * part * 100 / 30 * (0.7 + 0.6 * draws.unit()))
                clicks = cents // draws.integer(90, 240)
                log.put(
                    _midnight(day) + 26 * timedelta(hours=1), Kind.MONEY_SPENT, "ad_spend",
                    account_id=account,
                    campaign_id=campaign, spend_on=day, channel=channel, amount=Decimal(cents) / 100,
                    currency="EUR", clicks=clicks, impressions=clicks * draws.integer(20, 45),
                    campaign_name=name,
                )  # fmt: skip
        for category, channel, per_sign_up in MONTHLY_COSTS:
            amount = round(per_sign_up * sign_ups * (0.85 + 0.3 * draws.unit()))
            log.put(
                _midnight(following), Kind.MONEY_SPENT, "acquisition_costs", cost_month=first,
                category=category, channel=channel, amount=Decimal(amount),
                currency="USD" if category == "events" else "EUR",
            )  # fmt: skip
        signed_up += sign_ups
        for category, base, per_sign_up in BOOKED_COSTS:
            log.put(
                _midnight(following), Kind.MONEY_SPENT, "company_costs", cost_month=first, category=category,
                amount=Decimal(round(base + per_sign_up * signed_up)), currency="EUR",
            )  # fmt: skip
