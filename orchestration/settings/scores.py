"""Weights of the health score, and benchmark bands of the company's own."""

from dataclasses import fields
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from orchestration.settings.values import FROZEN, Share

Weight = Annotated[Decimal, Field(ge=0, le=100)]


@dataclass(frozen=True, config=FROZEN)
class HealthWeights:
    """What each component weighs in the health score; the score is the mean of those that are known.

    They need not add up to 100: only their proportions count, and a component of weight 0 has no part in it.
    """

    usage: Weight = Decimal(35)
    payment: Weight = Decimal(20)
    nps: Weight = Decimal(20)
    tickets: Weight = Decimal(15)
    tenure: Weight = Decimal(10)

    def __post_init__(self) -> None:
        """Weights of nothing at all would give no score to anybody."""
        if not any(getattr(self, f.name) for f in fields(self)):
            raise ValueError("every weight is 0; give at least one component a weight above 0")


@dataclass(frozen=True, config=FROZEN)
class Benchmark:
    """One benchmark band of the company's own; its metric and population have no published bands then."""

    metric: Literal["trial_conversion_rate", "annual_customer_churn_rate"]
    population: Literal["card", "no_card", "high_touch", "low_touch"]
    band: Annotated[str, Field(min_length=1)]
    from_rate: Share
    below_rate: Share | None = None
    """None for the band that has no upper end."""
    source: Annotated[str, Field(min_length=1)] = "company.yml"


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
