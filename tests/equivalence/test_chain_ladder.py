"""The oracle's ladder against a chain-ladder of matrices: cohorts down, months across, volume-weighted."""

from decimal import Decimal

import numpy as np
import pytest

from oracle.forecast import ALL, Forecasts, Telling, band

MONTHS, FIRST, LAST = 30, 24000, 24029


@pytest.fixture(scope="module")
def mrr() -> np.ndarray:
    """Customers down, months across: some come each month, grow, shrink, leave and come back."""
    draws = np.random.default_rng(11)
    arrived = np.repeat(np.arange(MONTHS), draws.integers(3, 9, MONTHS))
    paid = draws.integers(10, 200, len(arrived)).astype(float)
    found = np.zeros((len(arrived), MONTHS))
    for month in range(MONTHS):
        there = (arrived <= month) & (draws.random(len(arrived)) > 0.1)
        paid = np.where(draws.random(len(arrived)) < 0.1, np.round(paid * 1.25, 2), paid)
        found[:, month] = np.where(there | (arrived == month), paid, 0)
    return found


def test_existing_customers_develop_as_in_a_chain_ladder_of_matrices(mrr: np.ndarray) -> None:
    arrived = (mrr > 0).argmax(axis=1)
    triangle, payers = np.zeros((MONTHS, MONTHS)), np.zeros((MONTHS, MONTHS))
    np.add.at(triangle, arrived, mrr)
    np.add.at(payers, arrived, mrr > 0)
    ages = np.arange(MONTHS) - np.arange(MONTHS)[:, None]
    bands = np.vectorize(lambda age: band(int(age)) if age >= 0 else -1)(ages)
    # The openings of the last twelve diagonals.
    seen = (np.arange(MONTHS) >= MONTHS - 13) & (np.arange(MONTHS) < MONTHS - 1) & (bands >= 0)
    later = np.roll(triangle, -1, axis=1)

    def factor(mask: np.ndarray, other: float) -> float:
        volume, count = triangle[mask].sum(), payers[mask].sum()
        weight = count / (count + 100) if count >= 5 else 0
        return weight * later[mask].sum() / volume + (1 - weight) * other if volume else other

    every_age = factor(seen & (bands > 0), 1.0)
    factors = [factor(seen & (bands == at), every_age) for at in range(8)]
    theirs, at = triangle[:, -1].copy(), ages[:, -1].copy()
    ours = _forecasts(mrr, arrived)
    for horizon in range(1, 13):
        theirs *= [factors[band(int(age))] for age in at]
        at += 1
        row = ours.rows[LAST, ALL, horizon]
        assert row.kept is not None and row.expansion is not None
        assert float(row.kept + row.expansion) == pytest.approx(theirs.sum(), abs=0.001)


def _forecasts(mrr: np.ndarray, arrived: np.ndarray) -> Forecasts:
    steps = np.diff(mrr, axis=1, prepend=0)
    tellings = [
        Telling(
            f"c{customer}", "Team", "EUR", FIRST + month, FIRST + month,
            *(Decimal(str(round(steps[customer, month], 2))),) * 2,
        )
        for customer, month in np.argwhere(steps)
    ]  # fmt: skip
    names = {f"c{number}": FIRST + int(month) for number, month in enumerate(arrived)}
    return Forecasts(tellings, names, dict.fromkeys(names, "self"), lambda *_: 1.0, FIRST, LAST, 5)
