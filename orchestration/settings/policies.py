"""Every policy of the metric definitions, and the vendors' definitions as policies."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.dataclasses import dataclass

from orchestration.settings.values import FROZEN, Days, OptionalDays, Share, none_word


def _constant_currency_date(value: object) -> object:
    """A date, or none for the first day of the run's year."""
    word = none_word(value)
    if isinstance(word, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", word):
        raise ValueError(f"{word!r} is not a date; write it as 2025-01-01")
    return date.fromisoformat(word) if isinstance(word, str) else word


_ALWAYS_COUNTED = {"active", "past_due"}
_OPTIONALLY_COUNTED = {"retention_trial", "paused", "unpaid"}


def _counted_statuses(value: str) -> str:
    """Statuses joined by `+`: active and past_due, and any of those that a definition may add."""
    given = value.split("+")
    if not _ALWAYS_COUNTED <= set(given) <= _ALWAYS_COUNTED | _OPTIONALLY_COUNTED or len(set(given)) < len(
        given
    ):
        raise ValueError(
            f"{value!r} is not a list of statuses; write active+past_due, and as you wish"
            " +retention_trial, +paused, +unpaid"
        )
    return value


@dataclass(frozen=True, config=FROZEN)
class Policies:
    """Every `policy:` of the metric definitions, with the default stated there."""

    weeks_per_year: Annotated[Decimal, Field(ge=52, le=53)] = Decimal(52)
    days_per_year: Annotated[Decimal, Field(ge=360, le=366)] = Decimal(365)
    past_due_max_days: OptionalDays = None
    discounts: Literal["forever+repeating", "all", "forever", "none"] = "forever+repeating"
    reactivation_window_days: OptionalDays = None
    mrr_start: Literal["activation", "first_paid_invoice"] = "activation"
    counted_statuses: Annotated[str, AfterValidator(_counted_statuses)] = "active+past_due+retention_trial"
    churn_date: Literal["effective_end", "cancel_request"] = "effective_end"
    pause_max_days: Days = 90
    gap_tolerance_days: Days = 0
    fx_max_age_days: Days = 7
    constant_currency_date: Annotated[date | None, BeforeValidator(_constant_currency_date)] = None
    min_n: Annotated[int, Field(ge=1)] = 5
    same_customer: Literal["none", "crm_account"] = "none"
    gross_margin: Share = Decimal("0.8")
    cac_lag_months: Annotated[int, Field(ge=0, le=60)] = 0
    trial_window_days: Days = 30
    nps_window_days: Annotated[int, Field(ge=1, le=3660)] = 90
    recognition_granularity: Literal["day", "second", "month_even", "month_even_prorated"] = "day"
    recognise_on_end: Literal["continue", "accelerate"] = "continue"


# A vendor's own definition of MRR, as policies.
PRESETS: dict[str, dict[str, str]] = {
    "default": {},
    "stripe_dashboard": {
        "discounts": "forever",
        "counted_statuses": "active+past_due",
        "churn_date": "cancel_request",
    },
    "chartmogul": {
        "discounts": "all",
        "counted_statuses": "active+past_due+retention_trial+paused+unpaid",
        "mrr_start": "first_paid_invoice",
    },
}
