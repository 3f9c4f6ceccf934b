"""How long customers stay and how well they are: quarters, rolling days, survival and health."""

from orchestration.quality.rule import Rule, rows


def rules() -> list[Rule]:
    """The rules of quarterly cohorts, fct_churn_rolling, fct_survival and both marts of health."""
    return [*_stays(), *_health()]


def _stays() -> list[Rule]:
    return [
        rows(
            "fct_cohort_retention_quarterly",
            "quarters_hold_their_months_of_cohorts",
            "a quarter's cohort has the customers of its three months, and never more than that",
            """
            with quarters as (
                select cohort_quarter, segment_type, segment_value,
                    min(cohort_customers) as fewest, max(cohort_customers) as customers,
                    max(active_customers) as active
                from {batch}
                group by cohort_quarter, segment_type, segment_value
            ),

            months as (
                select cast(date_trunc('quarter', cohort_month) as date) as cohort_quarter,
                    segment_type, segment_value, sum(cohort_customers) as customers
                from marts.fct_cohort_retention
                where months_since = 0
                group by all
            )

            select months.cohort_quarter, months.segment_type, months.segment_value,
                months.customers, quarters.customers as customers_of_the_quarter
            from months
            full outer join quarters using (cohort_quarter, segment_type, segment_value)
            where months.customers is distinct from quarters.customers
                or quarters.fewest <> quarters.customers or quarters.active > quarters.customers
            """,
            needs=("fct_cohort_retention",),
        ),
        rows(
            "fct_churn_rolling",
            "rolling_churn_is_of_those_who_were_there",
            "nobody is lost who was neither there nor came, and the days follow each other",
            """
            select churn_day, active_customers_30d_ago, new_customers_30d, churned_customers_30d
            from (select *, lag(churn_day) over (order by churn_day) as previous_day from {batch}) as days
            where churned_customers_30d > active_customers_30d_ago + new_customers_30d
                or churned_active_customers_30d > least(active_customers_30d_ago, churned_customers_30d)
                or least(active_customers_30d_ago, new_customers_30d, churned_active_customers_30d) < 0
                or churn_day - previous_day <> 1
            """,
        ),
        rows(
            "fct_survival",
            "survival_only_falls",
            "survival lies between its bounds, and never rises with tenure",
            """
            select segment_type, segment_value, tenure_months, survival_rate, earlier_rate
            from (
                select *, lag(survival_rate) over (
                    partition by segment_type, segment_value order by tenure_months
                ) as earlier_rate
                from {batch}
            ) as months
            where survival_rate > earlier_rate + 1e-12 or churned_customers > customers_at_risk
                or survival_rate < survival_rate_low - 1e-12 or survival_rate > survival_rate_high + 1e-12
            """,
        ),
    ]


def _health() -> list[Rule]:
    return [
        rows(
            "fct_customer_health",
            "missing_components_are_named",
            "a score lies between 0 and 100, and a component without a figure is named, and no other one",
            """
            select customer_id, period_month, score, missing_components
            from {batch}
            where (usage_score is null) <> contains(missing_components, 'usage')
                or (payment_score is null) <> contains(missing_components, 'payment')
                or (nps_score is null) <> contains(missing_components, 'nps')
                or (tickets_score is null) <> contains(missing_components, 'tickets')
                or (tenure_score is null) <> contains(missing_components, 'tenure')
                or score < -1e-9 or score > 100 + 1e-9
            """,
        ),
        rows(
            "fct_customer_health_lift",
            "the_worst_tenth_is_part_of_the_whole",
            "what the worst tenth lost is part of what was lost",
            """
            select period_month, churned_mrr_in_worst_decile, churned_mrr_90d
            from {batch}
            where churned_mrr_in_worst_decile > least(churned_mrr_90d, worst_decile_mrr)
                or worst_decile_mrr > mrr or churned_customers_90d > customers
            """,
        ),
    ]
