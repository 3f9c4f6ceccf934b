"""Invoices, payments, dunning and leakage: counts and amounts add up."""

from orchestration.quality.rule import Rule, rows


def rules() -> list[Rule]:
    """The rules of the marts of invoices, recovery by invoice and month, payments, cards and leakage."""
    return [
        rows(
            "fct_invoices",
            "attempts_hold_the_failed_ones",
            "no more attempts failed than were made",
            """
            select invoice_id, attempts, failed_attempts
            from {batch}
            where failed_attempts > attempts or failed_attempts < 0
            """,
        ),
        rows(
            "fct_payment_recovery",
            "recovered_is_when_the_money_came",
            "an invoice in dunning has failed, and is recovered exactly when the money came",
            """
            select invoice_id, state, first_failed_at, recovered_at
            from {batch}
            where first_failed_at is null
                or (state = 'recovered') is distinct from (recovered_at is not null)
            """,
        ),
        rows(
            "fct_payment_recovery_monthly",
            "recovered_lost_and_open_add_up",
            "recovered + lost + open = failed, in invoices and in money",
            """
            select period_month, method, failure_code, failed_invoices, failed_amount
            from {batch}
            where recovered_invoices + lost_invoices + open_invoices is distinct from failed_invoices
                or recovered_amount + lost_amount + open_amount is distinct from failed_amount
                or recovery_rate not between 0 and 1
            """,
        ),
        rows(
            "fct_payments_monthly",
            "outcomes_of_payments_add_up",
            "succeeded + failed + charged back + pending = attempts, and the methods make up the total",
            """
            select period_month, sum(case when method = 'all' then attempts else -attempts end) as missing
            from {batch}
            group by period_month
            having sum(case when method = 'all' then attempts else -attempts end) <> 0
                or sum(attempts) <> sum(succeeded + failed + charged_back + pending)
            """,
        ),
        rows(
            "fct_card_expiries",
            "a_card_carries_all_of_the_mrr_or_none",
            "every card has MRR behind it, all of it at risk or none, and a month in which it expires",
            """
            select customer_id, card_expires_month, mrr, mrr_at_risk
            from {batch}
            where card_expires_month is null or has_other_method is null or not mrr > 0
                or mrr_at_risk is distinct from case when has_other_method then 0 else mrr end
            """,
        ),
        rows(
            "fct_revenue_leakage",
            "money_at_risk_is_never_negative",
            "every finding says what is at risk, and that is never below 0",
            """
            select finding_id, finding_type, customer_id, amount_at_risk
            from {batch}
            where amount_at_risk is null or amount_at_risk < 0
            """,
        ),
    ]
