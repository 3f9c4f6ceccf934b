"""Settings as vars of the dbt project and as its environment."""

from dataclasses import asdict, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from orchestration.settings.company import Company
from orchestration.settings.policies import Policies
from orchestration.settings.scores import Benchmark, HealthWeights
from orchestration.settings.sources import mrr_basis

_LIMITS_OF_MODELS = (
    "mrr_reconciliation_tolerance",
    "customer_mrr_tolerance",
    "reported_mrr_tolerance",
    "max_mrr_jump",
    "max_restated_share",
    "max_mrr_factor",
    "max_day_factor",
    "max_unmatched_share",
)
"""The settings under `quality` that models and rules read; the rest is about landing and pages."""


def dbt_vars(company: Company, as_of: datetime) -> dict[str, Any]:
    """Every var of the dbt project: the one place where settings become vars (docs/architecture.md)."""
    local_day = as_of.astimezone(ZoneInfo(company.reporting_timezone)).date()
    policies = {f.name: _plain(getattr(company.policies, f.name)) for f in fields(Policies)}
    policies["constant_currency_date"] = _plain(
        company.policies.constant_currency_date or date(local_day.year, 1, 1)
    )
    return {
        "as_of": as_of.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" "),
        "reporting_currency": company.reporting_currency,
        "reporting_timezone": company.reporting_timezone,
        "publish_customer_names": company.publish_customer_names,
        "sources": list(company.source_names),
        "mrr_basis": {source.name: mrr_basis(source) for source in company.sources},
        "health_weights": {
            f.name: _plain(getattr(company.health_weights, f.name)) for f in fields(HealthWeights)
        },
        "benchmarks": [
            {f.name: _plain(getattr(band, f.name)) for f in fields(Benchmark)} for band in company.benchmarks
        ],
        "commission": {reseller: _plain(share) for reseller, share in company.commission.items()},
        "activation": company.activation and asdict(company.activation),
        "themes": {theme: list(words) for theme, words in company.themes.items()},
        **policies,
        **{name: _plain(getattr(company.quality, name)) for name in _LIMITS_OF_MODELS},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value


def dbt_environment(company: Company) -> dict[str, str]:
    """The variables profiles.yml reads to find this company's build file."""
    return {
        "SAAS_METRICS_BUILD_FILE": str(company.build_file),
        "SAAS_METRICS_TEMP_DIRECTORY": str(company.work / "tmp"),
        "SAAS_METRICS_MEMORY_LIMIT": company.limits.memory_limit,
        "SAAS_METRICS_THREADS": str(company.limits.threads),
    }
