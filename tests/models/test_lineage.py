"""A mart about single customers names the file and line that tell a row, or says why it can't."""

from orchestration.build.manifest import parse

# A row of these is made of many lines; how to find them.
WITHOUT_LINE = {
    "fct_billing_bridge_monthly": "a month's invoices and revenue: fct_revenue_recognition names their lines",
    "fct_customer_health": "a score of many sources",
    "fct_customer_mrr_monthly": "a month's movements: fct_mrr_ledger names their lines",
    "fct_customer_plan_mrr_monthly": "a month's movements: fct_mrr_ledger names their lines",
    "fct_definition_bridge": "the difference of two definitions over a customer's ledger",
    "fct_expansion_monthly": "a month's movements: fct_mrr_ledger names their lines",
    "fct_mrr_movements": "a day's ledger rows, which name their lines: movement_id leads to them",
    "fct_mrr_reconciliation": "two histories of a customer, each of many lines",
    "fct_mrr_reported": "a month's movements as closed: fct_mrr_restatements names what came later",
    "fct_onboarding": "days of trial, MRR and use: fct_trials and fct_mrr_ledger name lines",
    "fct_prepaid_credits_monthly": "a month's transactions of credits, and balances of invoice lines",
    "fct_remaining_obligations": "balances of many invoice lines: fct_revenue_recognition names them",
    "fct_renewals": "a term and the MRR about its end: invoice_id names the bill, fct_mrr_ledger the lines",
    "fct_retention_customers": "a period's movements: fct_mrr_ledger names their lines",
    "fct_usage_retention_customers": "as fct_retention_customers, and lines of fct_revenue_recognition",
    "fct_revenue_reported": "a month's revenue as closed: fct_revenue_restatements names what came later",
}


def test_every_mart_about_customers_names_its_line_or_says_why_not() -> None:
    marts = [
        node for node in parse().nodes.values()
        if node.resource_type == "model" and node.schema == "marts" and "customer_id" in node.columns
    ]  # fmt: skip
    assert len(marts) > 20
    without = {node.name for node in marts if not {"source_file", "source_line"} <= node.columns.keys()}
    assert without == WITHOUT_LINE.keys()
