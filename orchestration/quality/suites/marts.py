"""What must be true of the built marts: the invariants of the metric definitions, on the rows themselves."""

from datetime import datetime

from orchestration.quality.rule import Rule
from orchestration.quality.suites import (
    customers,
    declared,
    dimensions,
    growth,
    history,
    identity,
    ledger,
    mrr,
    payments,
    references,
    retention,
    survival,
    voice,
)
from orchestration.settings import Company
from orchestration.transform import read_manifest


def rules(company: Company, as_of: datetime) -> list[Rule]:
    """Every rule of the marts suite, domain by domain."""
    return [
        *ledger.rules(company, as_of),
        *mrr.rules(company, as_of),
        *retention.rules(),
        *survival.rules(),
        *voice.rules(),
        *growth.rules(),
        *payments.rules(),
        *customers.rules(company),
        *dimensions.rules(),
        *identity.rules(),
        *references.rules(company),
        *history.rules(company, as_of),
        *declared.rules(read_manifest()),
    ]
