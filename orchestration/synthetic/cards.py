"""The cards that a subscription is paid with: each is good for three years, then a new one follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from orchestration.synthetic.draws import Draws

MONTHS_OF_A_CARD = 36


@dataclass(frozen=True, slots=True)
class Card:
    """A card as a payment shows it; `expires_on` is the first day of the last month in which it is good."""

    payment_method_id: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class Wallet:
    """The cards of one subscription, one after the other.

    `phase` says in which month (of 36) cards expire; `is_careful` customers replace a card in the month
    before its last one, the others use it to the end.
    """

    owner: str
    phase: int
    is_careful: bool

    @classmethod
    def draw(cls, owner: str, draws: Draws) -> Wallet:
        """The wallet of a subscription."""
        return cls(owner, draws.integer(0, MONTHS_OF_A_CARD - 1), draws.chance(0.5))

    def card(self, at: datetime, earlier: int = 0) -> Card:
        """The card in use at an instant, or the one that was in use so many cards earlier."""
        month = at.year * 12 + at.month - 1
        wait = (self.phase - month - self.is_careful) % MONTHS_OF_A_CARD + self.is_careful
        year, index = divmod(month + wait - earlier * MONTHS_OF_A_CARD, 12)
        expires_on = date(year, index + 1, 1)
        return Card(f"pm_{self.owner.removeprefix('sub_')}_{expires_on:%y%m}", expires_on)
