"""Customers: one row each, known states, and no personal data in the open file."""

from orchestration.quality.rule import Rule, accepted_values, not_null, rows, unique
from orchestration.settings import Company

_STATUSES = ["trial", "active", "paused", "churned", "never_paid", "never_subscribed"]


def rules(company: Company) -> list[Rule]:
    """The rules of dim_customers."""
    table = "dim_customers"
    found = [
        not_null(table, "customer_id"),
        unique(table, ["customer_id"]),
        accepted_values(table, "status", _STATUSES),
        rows(
            table,
            "no_email_addresses",
            "the open file holds domains, never addresses",
            "select customer_id from {batch} where contains(email_domain, '@')",
        ),
        rows(
            table,
            "paying_customers_are_active",
            "a customer has MRR when it is active, and no negative one",
            "select customer_id, status, mrr from {batch} where mrr < 0 or (mrr > 0 and status <> 'active')",
        ),
        rows(
            table,
            "customers_pay_what_their_last_month_closed_with",
            "the customers' MRR adds up to the newest month of the company",
            """
            with customers as (select coalesce(sum(mrr), 0) as mrr from {batch}),

            newest as (
                select closing_mrr from marts.fct_mrr_monthly
                where segment_type = 'all'
                order by period_month desc
                limit 1
            )

            select customers.mrr, newest.closing_mrr
            from customers
            cross join newest
            where customers.mrr <> newest.closing_mrr
            """,
            needs=("fct_mrr_monthly",),
        ),
    ]
    if not company.publish_customer_names:
        found.append(
            rows(
                table,
                "no_names_in_the_open_file",
                "names are published only with publish_customer_names",
                "select customer_id from {batch} where name is not null",
            )
        )
    return found
