"""Which marts are compared with the oracle, and why the others are not.

`make test` compares three small companies, `make test-slow` the medium one; bases, presets and hostile
timelines compare the marts of MRR under other inputs.
"""

import re
from pathlib import Path

from orchestration.build.manifest import parse

WITHOUT_ORACLE = {
    "dim_dates": "a calendar: its unit tests list every day in another way",
    "dim_prices": "a list as delivered: nothing is computed",
    "dim_products": "a list as delivered: nothing is computed",
    "dim_resellers": "a list as delivered: who sold is compared with every segment of resellers",
    "fct_changes_since_release": "what another release said: tests/closes knows what was learnt between two",
    "fct_csat_monthly": "counts of delivered answers: the specification names no figure of them",
    "fct_customer_health": "a score of this project's own: unit tests hold its formula, a test its worth",
    "fct_customer_health_lift": "measures the score, see above",
    "fct_deferred_revenue_monthly": "sums of the lines that are compared: rules of the gate hold them",
    "fct_identity_exceptions": "tests/identity knows the right links of hand-made companies",
    "fct_identity_links": "tests/identity knows the right links of hand-made companies",
    "fct_identity_match_rate": "shares of the links, see above",
    "fct_invoices": "rows as delivered, with their attempts counted",
    "fct_journal_monthly": "sums of the lines that are compared: a rule of the gate balances it",
    "fct_mrr_findings": "what was delivered wrong: a simulated company delivers nothing wrong",
    "fct_mrr_reported": "what was closed: rules of the gate hold it, tests/closes what is learnt later",
    "fct_mrr_restatements": "held by rules against what is reported and known, see above",
    "fct_payments_monthly": "counts of delivered payments, refunds and disputes",
    "fct_receivables_monthly": "balances of the journal: a rule of the gate holds them together",
    "fct_reference_match": "counts of delivered references: tests/growth knows those of hand-made companies",
    "fct_renewals_monthly": "counts of the renewals that are compared: a rule of the gate holds them",
    "fct_revenue_monthly": "sums of the lines that are compared: a rule of the gate holds them together",
    "fct_revenue_reported": "what was closed, see fct_mrr_reported",
    "fct_revenue_restatements": "what was closed, see fct_mrr_reported",
    "fct_revenue_waterfall": "sums of the lines that are compared, see above",
    "fct_tickets_monthly": "counts of delivered tickets: the specification names no figure of them",
}


def test_every_mart_is_compared_or_says_why_not() -> None:
    marts = {
        node.name for node in parse().nodes.values()
        if node.resource_type == "model" and node.schema == "marts"
    }  # fmt: skip
    tests = [path for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__)]
    named = {
        name for path in tests for name in re.findall(r"\b(?:fct|dim)_\w+", path.read_text(encoding="utf-8"))
    }
    assert marts - named == WITHOUT_ORACLE.keys()
