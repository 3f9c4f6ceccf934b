"""Every policy of the metric definitions, and the vendors' definitions as policies."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic.dataclasses import dataclass

from orchestration.settings.margins import GrossMargin
from orchestration.settings.values import FROZEN, Days, OptionalDays, a_day, none_word, setting


def _constant_currency_date(value: object) -> object:
    """A date, or none for the first day of the run's year."""
    word = none_word(value)
    return a_day(word) if isinstance(word, str) else word


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

    weeks_per_year: Annotated[Decimal, setting(52, "weeks", ge=52, le=53)] = Decimal(52)
    """How many weeks a year has: a weekly price counts this many twelfths a month."""
    days_per_year: Annotated[Decimal, setting(365.25, "days", ge=360, le=366)] = Decimal(365)
    """How many days a year has: a daily price counts this many twelfths a month."""
    past_due_max_days: Annotated[OptionalDays, setting(60, "days", "never")] = None
    """After so many days past due a subscription counts as ended, involuntarily."""
    discounts: Annotated[Literal["forever+repeating", "all", "forever", "none"], setting("forever")] = (
        "forever+repeating"
    )
    """Which discounts lower MRR, by their duration; `all` are those used once too."""
    reactivation_window_days: Annotated[OptionalDays, setting(365, "days", "always")] = None
    """Who comes back within so many days is a reactivation; later returns are new."""
    mrr_start: Annotated[Literal["activation", "first_paid_invoice"], setting("first_paid_invoice")] = (
        "activation"
    )
    """When MRR begins."""
    counted_statuses: Annotated[str, AfterValidator(_counted_statuses), setting("active+past_due")] = (
        "active+past_due+retention_trial"
    )
    """The statuses that have MRR, joined by `+`: active and past_due, and at will
    retention_trial, paused, unpaid."""
    churn_date: Annotated[Literal["effective_end", "cancel_request"], setting("cancel_request")] = (
        "effective_end"
    )
    """Whether churn counts when the service ends or when it was cancelled."""
    pause_max_days: Annotated[Days, setting(60, "days")] = 90
    """Pauses that return within so many days are left out of the rates of customer churn."""
    gap_tolerance_days: Annotated[Days, setting(3, "days")] = 0
    """A gap between two subscriptions of a customer of so many days at most is no churn."""
    fx_max_age_days: Annotated[Days, setting(14, "days")] = 7
    """Where a day has no exchange rate the last known one serves for so many days; then the run stops."""
    constant_currency_date: Annotated[
        date | None,
        BeforeValidator(_constant_currency_date),
        WithJsonSchema({"type": "string", "pattern": r"^(\d{4}-\d{2}-\d{2}|none)$"}),
        setting("2025-01-01", "day", "the first day of the run's year"),
    ] = None
    """The day of the exchange rates of the constant-currency columns."""
    min_n: Annotated[int, setting(10, "customers", ge=1)] = 5
    """A rate of fewer customers (or answers) than this is left empty."""
    same_customer: Annotated[Literal["none", "crm_account"], setting("crm_account")] = "none"
    """Whether customers of several sources that share an account of the CRM are one customer."""
    gross_margin: GrossMargin = Decimal("0.8")
    """The gross margin that lifetime value and CAC payback are taken with: one, or one by plan
    (docs/use-and-saves.md)."""
    cac_lag_months: Annotated[int, setting(2, "months", ge=0, le=60)] = 0
    """Costs count against the new customers of so many months later."""
    fiscal_year_start: Annotated[int, setting(4, "month", ge=1, le=12)] = 1
    """The month (1 to 12) with which the fiscal year begins; it is called after the year in which it ends."""
    trial_window_days: Annotated[Days, setting(14, "days")] = 30
    """A trial has converted where it is paid within so many days of its end."""
    nps_window_days: Annotated[int, setting(180, "days", ge=1, le=3660)] = 90
    """The answers of so many days count for a month's NPS, each respondent's last one."""
    recognition_granularity: Annotated[
        Literal["day", "second", "month_even", "month_even_prorated"], setting("month_even")
    ] = "day"
    """How an invoice line is earned over its service."""
    recognise_on_end: Annotated[Literal["continue", "accelerate"], setting("accelerate")] = "continue"
    """What is not earned yet when a subscription ends early: goes on, or is earned on the day of the end."""


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
