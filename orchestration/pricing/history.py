"""What past price changes did, as far as that can be told."""

from dataclasses import dataclass
from typing import Literal

import duckdb

Direction = Literal["rise", "cut"]

_PAST = """
    select
        plan, scope, customers, compared_customers, churn_rate_90d, comparison_churn_rate_90d,
        churn_difference_90d, churn_difference_90d_low, churn_difference_90d_high,
        contraction_difference_90d, contraction_difference_90d_low, contraction_difference_90d_high,
        comparison_customers, untold_reason
    from fct_price_changes
    where direction = $direction and (scope = 'all' or (scope = 'plan' and plan = $plan))
    order by scope desc
"""


@dataclass(frozen=True)
class Reaction:
    """What those did in 90 days whom past changes of a plan, or of all plans, reached; shares from 0 to 1."""

    plan: str
    is_of_all_plans: bool
    reached: int
    compared: int | None
    churn_rate: float | None
    comparison_churn_rate: float | None
    churn_difference: float | None
    churn_low: float | None
    churn_high: float | None
    contraction_difference: float | None
    contraction_low: float | None
    contraction_high: float | None
    comparison_customers: int | None
    untold_reason: str | None


@dataclass(frozen=True)
class History:
    """Past changes in one direction: those of the plan first, then those of all plans."""

    direction: Direction
    reactions: tuple[Reaction, ...]

    @property
    def told(self) -> Reaction | None:
        """The nearest that can be told: of the plan, else of all plans; None where history says nothing."""
        return next((one for one in self.reactions if one.untold_reason is None), None)


def past_changes(connection: duckdb.DuckDBPyConnection, plan: str, direction: Direction) -> History:
    """The reactions to past rises, or cuts, of a plan and of all plans, of an open published file."""
    rows = connection.execute(_PAST, {"plan": plan, "direction": direction}).fetchall()
    return History(
        direction, tuple(Reaction(of, scope == "all", *rest) for of, scope, *rest in rows)
    )  # fmt: skip
