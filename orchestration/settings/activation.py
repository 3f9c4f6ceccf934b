"""The first key action of a new customer."""

from typing import Annotated

from pydantic.dataclasses import dataclass

from orchestration.settings.values import FROZEN, setting


@dataclass(frozen=True, config=FROZEN)
class Activation:
    """The first key action of a new customer, whose delay and effect `fct_onboarding` measures."""

    feature: Annotated[str, setting("import", min_length=1)]
    """The feature whose first event it is, as product_usage names it."""
    within_days: Annotated[int, setting(14, "days", ge=1, le=90)] = 14
    """Whoever does it within so many days of the first trial or MRR is activated."""
