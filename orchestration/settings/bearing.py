"""Which settings MRR and revenue depend on: a figure that changed with one of them changed by a decision."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_OF_BOTH = ("reporting_currency", "reporting_timezone", "sources", "same_customer", "fx_max_age_days")
SETTINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "mrr": (
            *_OF_BOTH,
            "mrr_basis",
            "weeks_per_year",
            "days_per_year",
            "past_due_max_days",
            "discounts",
            "mrr_start",
            "counted_statuses",
            "churn_date",
            "reactivation_window_days",
            "pause_max_days",
            "gap_tolerance_days",
        ),
        "revenue": (*_OF_BOTH, "recognition_granularity", "recognise_on_end"),
    }
)
"""The vars of the dbt project on which each depends."""


def bearing_settings(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Of the vars of a run, those that MRR or revenue depend on."""
    names = dict.fromkeys(name for names in SETTINGS.values() for name in names)
    return {name: variables[name] for name in names}
