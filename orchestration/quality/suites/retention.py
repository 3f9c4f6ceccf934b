"""Churn, retention and cohorts: rates are rates, parts add up, and a cohort's base never changes."""

from orchestration.quality.rule import Rule, accepted_values, between, rows, unique

_SEGMENT = ["segment_type", "segment_value"]


def rules() -> list[Rule]:
    """The rules of fct_churn_monthly, fct_churn_annual, fct_churn_events and fct_cohort_retention."""
    return [*_churn_months(), *_churn_years(), *_churn_events(), *_cohorts()]


def _churn_months() -> list[Rule]:
    table = "fct_churn_monthly"
    return [
        unique(table, ["period_month", *_SEGMENT]),
        between(table, "customer_churn_rate", 0, 1),
        between(table, "annualised_customer_churn_rate", 0, 1),
        between(table, "gross_mrr_churn_rate", 0, 1),
        between(table, "grr", 0, 1),
        rows(
            table,
            "kinds_of_churn_add_up",
            "voluntary + involuntary + unknown + paused = churned, and no more churn than there were",
            """
            select
                period_month, segment_type, segment_value, starting_customers, churned_customers,
                voluntary_customers, involuntary_customers, unknown_customers, paused_customers
            from {batch}
            where churned_customers is distinct from
                voluntary_customers + involuntary_customers + unknown_customers + paused_customers
                or churned_customers > starting_customers or churned_customers < 0
            """,
        ),
        rows(
            table,
            "gross_retention_is_at_most_net",
            "GRR is at most NRR, and net churn is what NRR leaves",
            """
            select period_month, segment_type, segment_value, grr, nrr, net_mrr_churn_rate
            from {batch}
            where grr > nrr + 1e-9 or abs(1 - nrr - net_mrr_churn_rate) > 1e-9
            """,
        ),
        rows(
            table,
            "churn_rate_lies_within_its_bounds",
            "the churn rate lies between its lower and upper bound, and is churned / starting customers",
            """
            select
                period_month, segment_type, segment_value, customer_churn_rate_low, customer_churn_rate,
                customer_churn_rate_high
            from {batch}
            where customer_churn_rate < customer_churn_rate_low - 1e-9
                or customer_churn_rate > customer_churn_rate_high + 1e-9
                or abs(customer_churn_rate * starting_customers - churned_customers) > 1e-6
            """,
        ),
        rows(
            table,
            "churn_starts_from_the_customers_of_the_month",
            "the population of churn is the customers the month opened with",
            """
            select churn.period_month, churn.starting_customers, mrr.opening_customers
            from (select * from {batch}) as churn
            inner join marts.fct_mrr_monthly as mrr
                on churn.period_month = mrr.period_month and mrr.segment_type = 'all'
            where churn.segment_type = 'all' and churn.starting_customers <> mrr.opening_customers
            """,
            needs=("fct_mrr_monthly",),
        ),
    ]


def _churn_years() -> list[Rule]:
    table = "fct_churn_annual"
    return [
        unique(table, ["period_month", *_SEGMENT]),
        rows(
            table,
            "yearly_retention_is_what_churn_leaves",
            "over twelve months too, retention = 1 - churn, and GRR is at most 1 and at most NRR",
            """
            select period_month, segment_type, segment_value, customer_churn_rate, retention_rate, grr, nrr
            from {batch}
            where abs(1 - customer_churn_rate - retention_rate) > 1e-9
                or customer_churn_rate not between 0 and 1 or grr > least(1, nrr) + 1e-9 or grr < 0
            """,
        ),
    ]


def _churn_events() -> list[Rule]:
    table = "fct_churn_events"
    return [
        accepted_values(table, "churn_class", ["voluntary", "involuntary", "unknown", "paused"]),
        rows(
            table,
            "every_churn_has_its_event",
            "the churn events are the movements of type churn, one by one",
            """
            with events as (
                select customer_id, churned_on, count(*) as events
                from {batch}
                group by customer_id, churned_on
            ),

            movements as (
                select customer_id, movement_date from marts.fct_mrr_movements where movement_type = 'churn'
            )

            select
                coalesce(events.customer_id, movements.customer_id) as customer_id,
                events.churned_on, movements.movement_date, events.events
            from events
            full outer join movements
                on events.customer_id = movements.customer_id and events.churned_on = movements.movement_date
            where events.customer_id is null or movements.customer_id is null or events.events > 1
            """,
            needs=("fct_mrr_movements",),
        ),
    ]


def _cohorts() -> list[Rule]:
    table = "fct_cohort_retention"
    return [
        unique(table, ["cohort_month", *_SEGMENT, "months_since"]),
        rows(
            table,
            "cohort_base_never_changes",
            "a cohort has the same customers and MRR to start from in every column",
            """
            select cohort_month, segment_type, segment_value, min(cohort_customers), max(cohort_customers)
            from {batch}
            group by cohort_month, segment_type, segment_value
            having min(cohort_customers) <> max(cohort_customers) or min(cohort_mrr) <> max(cohort_mrr)
                or count(*) <> count(cohort_customers) or count(*) <> count(cohort_mrr)
            """,
        ),
        rows(
            table,
            "no_cohort_keeps_more_than_it_had",
            "unbroken customers are among the active, and these among the cohort",
            """
            select
                cohort_month, segment_type, segment_value, months_since, cohort_customers, active_customers,
                retained_unbroken_customers, logo_retention
            from {batch}
            where active_customers > cohort_customers or retained_unbroken_customers > active_customers
                or retained_unbroken_customers < 0 or mrr < 0 or logo_retention not between 0 and 1
                or abs(logo_retention * cohort_customers - active_customers) > 1e-6
            """,
        ),
        rows(
            table,
            "every_start_is_in_its_cohort",
            "a cohort's customers are the customers whose first MRR lies in its month",
            """
            with cohorts as (
                select cohort_month, max(cohort_customers) as customers
                from {batch}
                where segment_type = 'all'
                group by cohort_month
            ),

            starts as (
                select cohort_month, count(*) as customers
                from marts.dim_customers
                where cohort_month is not null
                group by cohort_month
            )

            select coalesce(cohorts.cohort_month, starts.cohort_month) as cohort_month,
                cohorts.customers, starts.customers as customers_of_dim_customers
            from cohorts
            full outer join starts on cohorts.cohort_month = starts.cohort_month
            where cohorts.customers is distinct from starts.customers
            """,
            needs=("dim_customers",),
        ),
    ]
