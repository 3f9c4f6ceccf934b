"""Companies of many shapes as customers' months: what the forecast is measured on.

Each shape is a few dials of one generator. Customers arrive (Poisson), pay a lognormal price, expand,
contract, leave and come back; some pay by the year and can leave at a renewal only. A full simulated company
takes minutes to build, so only the medium company comes from there (`medium_company`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from oracle.inputs import Policies, read_inputs
from oracle.ledger import Oracle, month_range
from orchestration.synthetic.canonical import rows_known
from orchestration.synthetic.company import simulate
from orchestration.synthetic.events import Row

Months = NDArray[np.float64]
"""Customers down, months across: MRR, or what of it is on its way out, at the end of each month."""


@dataclass(frozen=True)
class Shape:
    """The dials of a company; rates are by month, money in EUR a month."""

    months: int = 84
    first_customers: int = 60
    arrivals: float = 12
    growth: float = 0.01
    """By what share the arrivals grow each month."""
    season: float = 0.0
    """How far the arrivals of the best month lie above those of the mean one, as a share."""
    turn: int | None = None
    """The month from which arrivals are `turned` times as many."""
    turned: float = 1.0
    price: float = 120
    spread: float = 0.9
    """Standard deviation of the logarithm of the price."""
    churn: float = 0.02
    early_churn: float = 2.0
    """How many times as likely a customer leaves in its first three months."""
    worse_churn: float = 0.0
    """By what share churn grows each month."""
    shock: int | None = None
    """The month in which 15 % more than usual leave."""
    expansion: float = 0.03
    contraction: float = 0.008
    returns: float = 0.1
    yearly: float = 0.2
    """The share of customers that pay by the year."""
    big: float = 0.0
    """The MRR of one customer, as a share of that of the first customers together."""
    big_leaves: int | None = None
    rise: int | None = None
    """The month in which every price goes up by an eighth."""
    use: float = 0.0
    """Standard deviation of the logarithm by which quantities follow the month's use."""
    late: float = 0.0
    """The share of changes that are told one to three months late."""


STEADY = Shape()
SHAPES: dict[str, Shape] = {
    "steady growth": STEADY,
    "steep growth": replace(STEADY, first_customers=20, arrivals=5, growth=0.06),
    "very steep growth": replace(STEADY, months=72, first_customers=5, arrivals=2, growth=0.09),
    "flat": replace(STEADY, first_customers=300, arrivals=6, growth=0),
    "shrinking": replace(STEADY, first_customers=500, arrivals=10, growth=-0.03, churn=0.03),
    "seasonal": replace(STEADY, season=0.5),
    "very seasonal": replace(STEADY, season=0.9, arrivals=20),
    "one big customer": replace(STEADY, big=0.6),
    "one big customer leaves": replace(STEADY, big=0.6, big_leaves=45),
    "yearly plans": replace(STEADY, yearly=0.9),
    "yearly plans only, growing": replace(STEADY, yearly=1, growth=0.03, arrivals=6),
    "a price rise": replace(STEADY, rise=42),
    "few customers": replace(STEADY, first_customers=12, arrivals=1, growth=0),
    "few, large customers": replace(STEADY, first_customers=12, arrivals=1.5, spread=1.5),
    "enterprise": replace(
        STEADY, first_customers=25, arrivals=2, price=3000, spread=1.3, yearly=0.8, churn=0.01
    ),
    "quantities that follow use": replace(STEADY, use=0.25),
    "high churn": replace(STEADY, churn=0.08, arrivals=30, early_churn=1.5),
    "early churn": replace(STEADY, churn=0.015, early_churn=8),
    "strong expansion": replace(STEADY, expansion=0.1, churn=0.01),
    "strong contraction": replace(STEADY, contraction=0.05),
    "growth that stops": replace(STEADY, growth=0.03, turn=45, turned=0.4),
    "growth that sets in": replace(STEADY, turn=45, turned=2.5),
    "a month of losses": replace(STEADY, shock=42),
    "churn that grows": replace(STEADY, worse_churn=0.01),
    "customers who return": replace(STEADY, returns=0.6, churn=0.05),
    "restated": replace(STEADY, late=0.2),
}


@dataclass(frozen=True)
class History:
    """What became of a company's customers: MRR and what of it is cancelled already, and when it was told."""

    mrr: Months
    pending: Months
    told_late: NDArray[np.int64]
    """By how many months each change came after its month."""


def drawn(shape: Shape, seed: int) -> History:
    """A company of that shape; the same seed gives the same one."""
    draws = np.random.default_rng([seed, 7])
    mrr = _mrr(shape, draws)
    late = np.where(draws.random(mrr.shape) < shape.late, draws.integers(1, 4, mrr.shape), 0)
    return History(mrr, _pending(mrr, draws), late)


def _arrivals(shape: Shape, draws: np.random.Generator) -> NDArray[np.int64]:
    """The month in which each customer comes."""
    months = np.arange(shape.months)
    expected = shape.arrivals * (1 + shape.growth) ** months
    expected = expected * (1 + shape.season * np.sin(2 * np.pi * months / 12))
    if shape.turn is not None:
        expected = np.where(months >= shape.turn, expected * shape.turned, expected)
    counts = draws.poisson(expected)
    counts[0] += shape.first_customers
    return np.repeat(months, counts)


def _mrr(shape: Shape, draws: np.random.Generator) -> Months:
    arrived = _arrivals(shape, draws)
    count = len(arrived)
    prices = shape.price * np.exp(draws.normal(0, shape.spread, count) - shape.spread**2 / 2)
    if shape.rise is not None:
        prices = np.where(arrived >= shape.rise, prices * 1.125, prices)
    if shape.big:
        prices[0] = shape.big * shape.price * shape.first_customers
    frailty, yearly = draws.gamma(2, 0.5, count), draws.random(count) < shape.yearly
    paying, price, returning = np.zeros(count, bool), np.zeros(count), np.full(count, -1)
    found = np.zeros((count, shape.months))
    for month in range(shape.months):
        age = month - arrived
        leaving = shape.churn * (1 + shape.worse_churn) ** month * frailty
        leaving = leaving * np.where(age <= 3, shape.early_churn, 1) + 0.15 * (month == shape.shock)
        renewing = (age > 0) & (age % 12 == 0)
        over_a_year = 1 - (1 - np.clip(leaving, 0, 0.9)) ** 12
        leaving = np.where(yearly, np.where(renewing, over_a_year, 0), leaving)
        if shape.big:
            leaving[0] = float(month == shape.big_leaves)
        left = paying & (draws.random(count) < leaving)
        paying &= ~left
        growing = paying & (draws.random(count) < shape.expansion)
        price[growing] *= 1 + draws.exponential(0.25, growing.sum())
        falling = paying & ~growing & (draws.random(count) < shape.contraction)
        price[falling] *= 1 - draws.uniform(0.1, 0.5, falling.sum())
        if month == shape.rise:
            price *= 1.125
        paying |= returning == month
        coming_back = left & (draws.random(count) < shape.returns)
        returning[coming_back] = month + draws.integers(1, 7, coming_back.sum())
        paying |= arrived == month
        price = np.where(arrived == month, prices, price)
        use = np.exp(draws.normal(0, shape.use, count) - shape.use**2 / 2) if shape.use else 1
        found[:, month] = np.where(paying, price * use, 0)
    found = found.round(2)
    return found[found.any(axis=1)]


def _pending(mrr: Months, draws: np.random.Generator) -> Months:
    """Half of those who leave asked a month before; as many as a sixth of them asked and took it back."""
    asked = np.zeros(mrr.shape, bool)
    leaves = (mrr[:, 1:] == 0) & (mrr[:, :-1] > 0)
    asked[:, :-1] = leaves & (draws.random(leaves.shape) < 0.5)
    stays = (mrr > 0) & (draws.random(mrr.shape) < leaves.sum() / max((mrr > 0).sum(), 1) / 6)
    return np.where(asked | stays, mrr, 0.0)


def medium_company(seed: int) -> History:
    """The medium company of the simulation at month's ends, in EUR at the rates of then; minutes of work."""
    company = simulate("medium", seed)
    tables: dict[str, list[Row]] = {}
    for events in company.lives():
        for table, rows in rows_known(events, company.end).items():
            tables.setdefault(table, []).extend(rows)
    oracle = Oracle(read_inputs(tables), Policies("EUR", "UTC"), company.end)
    months = [
        month for month in month_range(company.start.date(), oracle.today) if not oracle.is_partial(month)
    ]
    last_days = [oracle.closing_day(month) for month in months]
    mrr, committed = (np.zeros((len(oracle.days), len(months))) for _ in range(2))
    for number, customer in enumerate(oracle.days):
        for month, day in enumerate(last_days):
            mrr[number, month] = oracle.mrr_on(customer, day)
            committed[number, month] = oracle.committed_on(customer, day)
    paid = mrr.any(axis=1)
    pending = np.maximum(mrr - committed, 0)[paid]
    return History(mrr[paid], pending, np.zeros(mrr[paid].shape, np.int64))
