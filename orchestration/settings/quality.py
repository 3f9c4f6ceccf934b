"""Thresholds of the gates."""

from dataclasses import field
from decimal import Decimal
from typing import Annotated

from pydantic.dataclasses import dataclass

from orchestration.settings.rules import RuleSetting, default_threshold
from orchestration.settings.values import FROZEN, Share, setting


@dataclass(frozen=True, config=FROZEN)
class QualitySettings:
    """Thresholds of the gates' expectations."""

    freshness_hours: Annotated[int, setting(30, "hours", ge=1)] = 48
    """A source whose last extract is older is reported (warning)."""
    min_volume_ratio: Annotated[Share, setting(0.5, "share from 0 to 1")] = Decimal("0.7")
    """A table's rows of the last delivery against the delivery before it (warning)."""
    max_null_share_rise: Annotated[Share, setting(0.1, "share from 0 to 1")] = Decimal("0.2")
    """How far the share of empty values of a column may rise between deliveries (warning)."""
    max_unmatched_share: Annotated[Share, setting(0.1, "share from 0 to 1")] = Decimal("0.05")
    """Share of the references from one table to another (a deal's account) that match nothing (warning)."""
    reported_mrr_tolerance: Annotated[Share, setting(0.02, "share from 0 to 1")] = Decimal("0.01")
    """MRR against the billing system's own figure, as a share of it (warning)."""
    mrr_reconciliation_tolerance: Annotated[Share, setting(0.05, "share from 0 to 1")] = Decimal("0.1")
    """A month's MRR of a source against that of its other histories (changes, invoices), as a share of it
    (warning)."""
    customer_mrr_tolerance: Annotated[Share, setting(0.02, "share from 0 to 1")] = Decimal("0.01")
    """A customer's MRR against its last full invoices, its changes and the billing system's own figure, as a
    share of theirs (warning)."""
    max_mrr_jump: Annotated[Share, setting(0.2, "share from 0 to 1")] = Decimal("0.5")
    """Change of the total MRR since the last release (warning)."""
    max_restated_share: Annotated[Share, setting(0.01, "share from 0 to 1")] = Decimal("0.02")
    """Change of a closed month's MRR since the last release, as a share of it (warning)."""
    max_mrr_factor: Annotated[Decimal, setting(5, "times", gt=1)] = Decimal(3)
    """A source's MRR against that of the last release: so many times it, or that part of it (critical)."""
    max_day_factor: Annotated[Decimal, setting(10, "times", ge=1)] = Decimal(5)
    """A day's movements of one type against the second largest day of the year before (warning)."""
    rules: Annotated[
        dict[str, RuleSetting], setting({"mrr_moved_within_reason": {"severity": "critical"}})
    ] = field(default_factory=dict)
    """Severity and threshold of single rules, by their names in docs/quality.md."""
    max_unfolded_mb: Annotated[int, setting(50000, "millions of bytes", ge=1)] = 10_000
    """What one compressed file may unfold to, in millions of bytes; more refuses it."""
    keep_pages: Annotated[int, setting(90, "pages", ge=1, le=1000)] = 30
    """Quality pages kept, one for each run, and as many morning and board pages."""

    def threshold(self, rule: str) -> Decimal:
        """The threshold in force of a rule of plausibility."""
        said = self.rules.get(rule)
        return default_threshold(rule) if said is None or said.threshold is None else said.threshold
