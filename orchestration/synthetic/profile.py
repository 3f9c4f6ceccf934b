"""Who a customer is: drawn once, before its life is lived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orchestration.synthetic import dials
from orchestration.synthetic.catalogue import COUNTRIES, VAT
from orchestration.synthetic.clock import add_months
from orchestration.synthetic.draws import Draws

_HEADS = (
    "Nord",
    "Blue",
    "Atlas",
    "Clair",
    "Iron",
    "Lumen",
    "Verde",
    "Sol",
    "Ember",
    "Quartz",
    "Delta",
    "Fjord",
)
_MIDDLES = (
    "bridge",
    "works",
    "labs",
    "mont",
    "field",
    "soft",
    "market",
    "care",
    "cargo",
    "press",
    "forge",
    "stack",
)
_FORMS = {"FR": "SARL", "DE": "GmbH", "ES": "SL", "GB": "Ltd", "US": "Inc", "JP": "KK"}
_DOMAINS = {"FR": "fr", "DE": "de", "ES": "es", "GB": "co.uk", "US": "com", "JP": "co.jp"}


@dataclass(frozen=True, slots=True)
class Profile:
    """One customer before its first day. `signed_up_at` is in UTC."""

    number: int
    customer_id: str
    name: str
    domain: str
    email: str
    country: str
    currency: str
    sales_model: str
    channel: str
    campaign: str | None
    reseller_id: str | None
    team: str | None
    segment: str
    health: str
    method: str
    vat: Decimal
    legal_id: str | None
    signed_up_at: datetime


def arrival_month(number: int, size: dials.Size) -> int:
    """The month (0 is the first) in which customer `number` of the size signs up: a growing, seasonal
    inflow.
    """
    weights = month_weights(size)
    target = (2 * number + 1) * sum(weights) // (2 * size.customers)
    for month, weight in enumerate(weights):
        target -= weight
        if target < 0:
            return month
    return size.months - 1


def month_weights(size: dials.Size) -> list[int]:
    """How the sign-ups spread over the months, in whole numbers so that every machine agrees."""
    weights, level = [], 100_000
    for month in range(size.months):
        start = add_months(size.start, month)
        weights.append(level * round(dials.SEASON[start.month - 1] * 100) // 100)
        level += level * dials.MONTHLY_GROWTH_PERCENT // 100
    weights[0] += sum(weights) * round(dials.FOUNDING_SHARE * 100) // 100
    return weights


def draw_profile(number: int, size: dials.Size, draws: Draws) -> Profile:
    """Draw customer `number` (0-based) of a company of this size."""
    month = arrival_month(number, size)
    start = add_months(size.start, month)
    signed_up_at = draws.instant(start, add_months(start, 1))
    high_touch = draws.chance(dials.HIGH_TOUCH_SHARE)
    country = draws.weighted(dials.COUNTRY_WEIGHTS)
    channel = draws.weighted(dials.HIGH_TOUCH_CHANNELS if high_touch else dials.LOW_TOUCH_CHANNELS)
    if number == 0:
        # The first reseller deal of the company: even the smallest company has one.
        high_touch, channel = True, "reseller"
    stem = f"{draws.pick(_HEADS)}{draws.pick(_MIDDLES)}"
    domain = f"{stem.lower()}{number + 1}.{_DOMAINS[country]}"
    segment = draws.weighted(
        (("mid", 0.6), ("enterprise", 0.4)) if high_touch else (("small", 0.8), ("mid", 0.2))
    )
    health = draws.weighted(dials.HEALTH_WEIGHTS)
    method = _method(high_touch, country, draws)
    customer_id = f"cus_{number + 1:06d}"
    return Profile(
        number=number, customer_id=customer_id, name=f"{stem} {number + 1} {_FORMS[country]}", domain=domain,
        email=f"billing@{domain}", country=country, currency=COUNTRIES[country],
        sales_model="high_touch" if high_touch else "low_touch", channel=channel,
        campaign=_campaign(channel, draws),
        reseller_id=draws.pick(dials.RESELLERS) if channel == "reseller" else None,
        team=dials.TEAMS.get(country, dials.OTHER_TEAM) if high_touch else None, segment=segment,
        health=health,
        method=method, vat=VAT.get(country, Decimal(0)),
        legal_id=_siren(draws) if country == "FR" else None, signed_up_at=signed_up_at,
    )  # fmt: skip


def _method(high_touch: bool, country: str, draws: Draws) -> str:
    if high_touch and draws.chance(0.5):
        return "transfer"
    if COUNTRIES[country] == "EUR" and draws.chance(0.45):
        return "sepa_debit"
    return "card"


def _siren(draws: Draws) -> str:
    """Nine digits with the check digit of a French company number (Luhn)."""
    digits = "".join(str(draws.integer(0, 9)) for _ in range(8))
    return f"{digits}{check_digit(digits)}"


def check_digit(digits: str) -> int:
    """The digit that follows by Luhn's rule."""
    backwards = [int(digit) for digit in reversed(digits)]
    doubled = (2 * digit - 9 if digit > 4 else 2 * digit for digit in backwards[::2])
    return -(sum(doubled) + sum(backwards[1::2])) % 10


def _campaign(channel: str, draws: Draws) -> str | None:
    if channel == "paid_search":
        return draws.pick(("g_brand", "g_generic", "g_competitor"))
    if channel == "paid_social":
        return draws.pick(("m_lookalike", "m_retargeting"))
    return None
