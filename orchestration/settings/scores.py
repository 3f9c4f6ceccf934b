"""Weights of the health score, and benchmark bands of the company's own."""

from dataclasses import fields
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from orchestration.settings.values import FROZEN, Share, setting

Weight = Annotated[Decimal, Field(ge=0, le=100)]


@dataclass(frozen=True, config=FROZEN)
class HealthWeights:
    """What each component weighs in the health score; the score is the mean of those that are known.

    They need not add up to 100: only their proportions count, and a component of weight 0 has no part in it.
    """

    usage: Annotated[Weight, setting(50, "points")] = Decimal(35)
    """What the use of the product weighs."""
    payment: Annotated[Weight, setting(30, "points")] = Decimal(20)
    """What paying in time weighs."""
    nps: Annotated[Weight, setting(0, "points")] = Decimal(20)
    """What the answers to surveys weigh."""
    tickets: Annotated[Weight, setting(10, "points")] = Decimal(15)
    """What the requests for support weigh."""
    tenure: Annotated[Weight, setting(5, "points")] = Decimal(10)
    """What the time as a customer weighs."""

    def __post_init__(self) -> None:
        """Weights of nothing at all would give no score to anybody."""
        if not any(getattr(self, f.name) for f in fields(self)):
            raise ValueError("every weight is 0; give at least one component a weight above 0")


@dataclass(frozen=True, config=FROZEN)
class Benchmark:
    """One benchmark band of the company's own; its metric and population have no published bands then."""

    metric: Annotated[
        Literal["trial_conversion_rate", "annual_customer_churn_rate"], setting("trial_conversion_rate")
    ]
    """The metric that the band judges."""
    population: Annotated[Literal["card", "no_card", "high_touch", "low_touch"], setting("no_card")]
    """Whose: trials with or without a card, customers of a high-touch or low-touch sale."""
    band: Annotated[str, setting("typical", min_length=1)]
    """What a rate in the band is called."""
    from_rate: Annotated[Share, setting(0, "share from 0 to 1")]
    """The least rate of the band; the first one begins at 0."""
    below_rate: Annotated[Share | None, setting(0.25, "share from 0 to 1", "no upper end")] = None
    """Where the next band begins; the last band has none."""
    source: Annotated[str, setting("our board", min_length=1)] = "company.yml"
    """Who says so; it stands beside the band."""


def without_gaps(bands: tuple[Benchmark, ...]) -> tuple[Benchmark, ...]:
    """The bands of each metric and population begin at 0 and follow each other."""
    for key in {(band.metric, band.population) for band in bands}:
        own = sorted(
            (band for band in bands if (band.metric, band.population) == key), key=lambda band: band.from_rate
        )
        ends = [Decimal(0), *(band.below_rate for band in own)]
        if ends.pop() is not None or ends != [band.from_rate for band in own]:
            raise ValueError(
                f"the bands of {key[0]}, {key[1]}, must begin at 0, each where the one before ends, and the "
                "last without below_rate"
            )
    return bands
