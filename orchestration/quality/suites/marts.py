"""What must be true of the built marts: the invariants of the metric definitions, on the rows themselves."""

from datetime import datetime

from orchestration.quality.rule import Rule
from orchestration.settings import Company

_REPORT = "The models disagree: keep the build file and report it; yesterday's warehouse stays in force."


def rules(company: Company, as_of: datetime) -> list[Rule]:
    """Every rule of the marts suite."""
    return [
        Rule(
            name="monthly_roll_forward_closes",
            table="fct_mrr_monthly",
            severity="critical",
            says="opening + movements + fx = closing, for every month and segment",
            mend=_REPORT,
            query="""
                select period_month, segment_type, segment_value, opening_mrr, closing_mrr
                from {batch}
                where opening_mrr + new_mrr + expansion_mrr + contraction_mrr + churned_mrr
                    + reactivation_mrr + fx_mrr <> closing_mrr
            """,
        ),
        Rule(
            name="mrr_is_never_negative",
            table="fct_mrr_monthly",
            severity="critical",
            says="no month closes with a negative MRR",
            mend=_REPORT,
            query="""
                select period_month, segment_type, segment_value, closing_mrr
                from {batch}
                where closing_mrr < 0
            """,
        ),
    ]
