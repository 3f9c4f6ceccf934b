"""The marts against what is known from elsewhere: the last release, and the billing system's own figure."""

from datetime import datetime

from orchestration.landing.canonical import literal
from orchestration.quality.rule import Rule, rows
from orchestration.settings import Company


def rules(company: Company, as_of: datetime) -> list[Rule]:
    """Warnings: each of them can be right, and wants a look."""
    return [
        *_against_the_last_release(company),
        _against_the_billing_system(company, as_of),
        _against_other_histories(company),
        _against_other_histories_by_customer(company),
    ]


def _against_the_last_release(company: Company) -> list[Rule]:
    jump, restated = company.quality.max_mrr_jump, company.quality.max_restated_share
    closed = (
        f"published.period_month <= date {literal(company.closed_through.isoformat())}"
        if company.closed_through
        else "not published.is_partial"
    )
    return [
        rows(
            "fct_mrr_monthly",
            "mrr_moved_within_reason",
            f"the total MRR moved by at most {jump} of itself since the last release",
            f"""
            with newest as (
                select closing_mrr from {{batch}}
                where segment_type = 'all'
                order by period_month desc
                limit 1
            ),

            published as (
                select closing_mrr from audit.published_months order by period_month desc limit 1
            )

            select published.closing_mrr as published_mrr, newest.closing_mrr
            from newest
            cross join published
            where abs(newest.closing_mrr - published.closing_mrr) > {jump} * published.closing_mrr
            """,
            severity="warning",
            mend="Compare the movements of the last days with the extracts; saas-metrics rollback undoes it.",
        ),
        rows(
            "fct_mrr_monthly",
            "closed_months_are_as_published",
            f"no month that was over at the last release moved by more than {restated} of itself",
            f"""
            select published.period_month, published.closing_mrr as published_mrr, restated.closing_mrr
            from audit.published_months as published
            left join (select * from {{batch}} where segment_type = 'all') as restated
                on published.period_month = restated.period_month
            where {closed} and abs(coalesce(restated.closing_mrr, 0) - published.closing_mrr)
                > {restated} * published.closing_mrr
            """,
            severity="warning",
            mend="Look for back-dated changes in the newest deliveries before reporting these months again.",
        ),
    ]


def _against_the_billing_system(company: Company, as_of: datetime) -> Rule:
    tolerance = company.quality.reported_mrr_tolerance
    now = literal(as_of.replace(tzinfo=None).isoformat(sep=" "))
    return rows(
        "fct_mrr_ledger",
        "mrr_is_what_the_billing_system_reports",
        f"a subscription's MRR is what its system reports, within {tolerance} of it",
        f"""
        with ours as (
            select subscription_id, sum(mrr_delta_native) as mrr
            from {{batch}}
            where effective_at <= timestamp {now}
            group by subscription_id
        )

        select reported.subscription_id, reported.mrr_reported, coalesce(ours.mrr, 0) as mrr
        from staging.stg_subscriptions as reported
        left join ours on reported.subscription_id = ours.subscription_id
        where abs(reported.mrr_reported - coalesce(ours.mrr, 0)) > {tolerance} * abs(reported.mrr_reported)
        """,
        severity="warning",
        mend="Compare the items and discounts of these subscriptions with their system.",
    )


def _against_other_histories(company: Company) -> Rule:
    return rows(
        "fct_mrr_reconciliation",
        "mrr_is_what_the_other_histories_of_the_source_say",
        "a source's MRR of a month is what its changes, invoices and own figures come to, within"
        f" {company.quality.mrr_reconciliation_tolerance} of it",
        """
        select period_month, source_name, mrr_basis, mrr, compared_with, compared_mrr, difference
        from {batch}
        where is_total and not is_within_tolerance
        """,
        severity="warning",
        mend="Look for customers of one history only; changes within a year are invoiced with the next"
        " renewal, so widen quality.mrr_reconciliation_tolerance where that explains it.",
    )


def _against_other_histories_by_customer(company: Company) -> Rule:
    return rows(
        "fct_mrr_reconciliation",
        "each_customers_mrr_is_what_its_invoices_and_its_source_say",
        "each customer's MRR is what its last full invoices, its changes and the source's own figure come to,"
        f" within {company.quality.customer_mrr_tolerance} of it",
        """
        select customer_id, mrr, compared_mrr, difference, compared_with, source_name, currency, period_month
        from {batch}
        where not is_total and not is_within_tolerance
        order by abs(difference) desc, customer_id, compared_with
        """,
        severity="warning",
        mend="The worst come first: compare the price, quantity and discounts of these customers with their"
        " last invoice; a term that the mapping of their source does not read is the usual reason."
        " quality.customer_mrr_tolerance sets the limit.",
    )
