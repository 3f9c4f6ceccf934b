"""MRR: movements and months say the same, in every grain and segment."""

from datetime import datetime
from zoneinfo import ZoneInfo

from orchestration.landing.canonical import literal
from orchestration.quality.rule import Rule, accepted_values, rows, unique
from orchestration.settings import Company

_PARTS = "opening_mrr + new_mrr + expansion_mrr + contraction_mrr + churned_mrr + reactivation_mrr + fx_mrr"
_MOVEMENT_COLUMNS = {
    "new": "new_mrr",
    "expansion": "expansion_mrr",
    "contraction": "contraction_mrr",
    "churn": "churned_mrr",
    "reactivation": "reactivation_mrr",
}


def rules(company: Company, as_of: datetime) -> list[Rule]:
    """The rules of movements, customer months and months, and of the bridges and findings."""
    return [
        *_movements(company, as_of),
        *_customer_months(),
        *_months(),
        *_bridges(),
        accepted_values("fct_mrr_findings", "severity", ["critical", "warning"]),
    ]


def _movements(company: Company, as_of: datetime) -> list[Rule]:
    table = "fct_mrr_movements"
    today = literal(as_of.astimezone(ZoneInfo(company.reporting_timezone)).date().isoformat())
    found = [
        unique(table, ["movement_id"]),
        accepted_values(table, "movement_type", list(_MOVEMENT_COLUMNS)),
        rows(
            table,
            "movements_have_the_sign_of_their_type",
            "before plus delta is after, and the type says where the customer came from and went",
            """
            select movement_id, customer_id, movement_type, mrr_before, mrr_delta, mrr_after
            from {batch}
            where mrr_before + mrr_delta is distinct from mrr_after
                or case movement_type
                    when 'new' then mrr_before <> 0 or mrr_after <= 0
                    when 'reactivation' then mrr_before <> 0 or mrr_after <= 0
                    when 'expansion' then mrr_before <= 0 or mrr_delta <= 0
                    when 'contraction' then mrr_after <= 0 or mrr_delta >= 0
                    when 'churn' then mrr_before <= 0 or mrr_after <> 0
                    else true
                end
            """,
        ),
        rows(
            table,
            "churn_and_return_alternate",
            "a customer starts once, and between two churns comes a return",
            """
            with ends as (
                select
                    customer_id, movement_date, movement_type,
                    lag(movement_type) over (partition by customer_id order by movement_date) as previous_type
                from {batch}
                where movement_type in ('new', 'churn', 'reactivation')
            )

            select customer_id, movement_date, previous_type, movement_type
            from ends
            where case
                when previous_type is null then movement_type <> 'new'
                when previous_type = 'churn' then movement_type = 'churn'
                else movement_type <> 'churn'
            end
            """,
        ),
        rows(
            table,
            "no_movement_lies_in_the_future",
            "no movement is dated after the run's own day",
            f"select movement_id, movement_date from {{batch}} where movement_date > date {today}",
        ),
        rows(
            table,
            "movements_are_of_known_customers",
            "every movement is of a customer of dim_customers",
            """
            select distinct movements.customer_id
            from (select * from {batch}) as movements
            left join marts.dim_customers as customers on movements.customer_id = customers.customer_id
            where customers.customer_id is null
            """,
            needs=("dim_customers",),
        ),
    ]
    if company.policies.reactivation_window_days is None:
        found.append(
            rows(
                table,
                "one_start_per_customer",
                "a customer is new once",
                """
                select customer_id, count(*) as starts
                from {batch}
                where movement_type = 'new'
                group by customer_id
                having count(*) > 1
                """,
            )
        )
    return found


def _customer_months() -> list[Rule]:
    table = "fct_customer_mrr_monthly"
    return [
        unique(table, ["period_month", "customer_id"]),
        rows(
            table,
            "customer_roll_forward_closes",
            "opening + movements + fx = closing, for every customer and month",
            f"""
            select period_month, customer_id, opening_mrr, closing_mrr
            from {{batch}}
            where {_PARTS} is distinct from closing_mrr or closing_mrr < 0 or opening_mrr < 0
            """,
        ),
        rows(
            table,
            "customer_months_follow_each_other",
            "a customer's month opens with what the month before closed with",
            """
            with chained as (
                select
                    customer_id, period_month, opening_mrr, closing_mrr,
                    lag(period_month) over months as previous_month,
                    lag(closing_mrr) over months as previous_closing_mrr
                from {batch}
                window months as (partition by customer_id order by period_month)
            )

            select customer_id, period_month, previous_closing_mrr, opening_mrr
            from chained
            where case
                when previous_month = period_month - interval 1 month then previous_closing_mrr
                else 0
            end is distinct from opening_mrr
            """,
        ),
        rows(
            table,
            "customers_add_up_to_the_total",
            "the customers' months add up to the month of the company",
            """
            with customers as (
                select
                    period_month, sum(opening_mrr) as opening_mrr, sum(new_mrr) as new_mrr,
                    sum(expansion_mrr) as expansion_mrr, sum(contraction_mrr) as contraction_mrr,
                    sum(churned_mrr) as churned_mrr, sum(reactivation_mrr) as reactivation_mrr,
                    sum(fx_mrr) as fx_mrr, sum(closing_mrr) as closing_mrr
                from {batch}
                group by period_month
            )

            select total.period_month, customers.closing_mrr as customers, total.closing_mrr as total
            from marts.fct_mrr_monthly as total
            left join customers on total.period_month = customers.period_month
            where total.segment_type = 'all' and (
                coalesce(customers.opening_mrr, 0), coalesce(customers.new_mrr, 0),
                coalesce(customers.expansion_mrr, 0), coalesce(customers.contraction_mrr, 0),
                coalesce(customers.churned_mrr, 0), coalesce(customers.reactivation_mrr, 0),
                coalesce(customers.fx_mrr, 0), coalesce(customers.closing_mrr, 0)
            ) is distinct from (
                total.opening_mrr, total.new_mrr, total.expansion_mrr, total.contraction_mrr,
                total.churned_mrr, total.reactivation_mrr, total.fx_mrr, total.closing_mrr
            )
            """,
            needs=("fct_mrr_monthly",),
        ),
    ]


def _months() -> list[Rule]:
    table = "fct_mrr_monthly"
    by_type = ",\n".join(
        f"sum(mrr_delta) filter (where movement_type = '{kind}') as {column}"
        for kind, column in _MOVEMENT_COLUMNS.items()
    )
    differs = " or ".join(
        f"coalesce(moved.{column}, 0) is distinct from total.{column}"
        for column in _MOVEMENT_COLUMNS.values()
    )
    return [
        unique(table, ["period_month", "segment_type", "segment_value"]),
        rows(
            table,
            "monthly_roll_forward_closes",
            "opening + movements + fx = closing, for every month and segment",
            f"""
            select period_month, segment_type, segment_value, opening_mrr, closing_mrr
            from {{batch}}
            where {_PARTS} is distinct from closing_mrr
            """,
        ),
        rows(
            table,
            "months_are_plausible",
            "no month has negative MRR or customers, and ARR is twelve times MRR",
            """
            select period_month, segment_type, segment_value, opening_mrr, closing_mrr, arr, closing_customers
            from {batch}
            where closing_mrr < 0 or opening_mrr < 0 or closing_customers < 0 or opening_customers < 0
                or arr is distinct from 12 * closing_mrr
                or (closing_customers = 0 and closing_mrr <> 0)
            """,
        ),
        rows(
            table,
            "months_follow_each_other",
            "the company's month opens with what the month before closed with, and no month is missing",
            """
            with chained as (
                select
                    period_month, opening_mrr, opening_customers,
                    lag(period_month) over months as previous_month,
                    lag(closing_mrr) over months as previous_closing_mrr,
                    lag(closing_customers) over months as previous_closing_customers
                from {batch}
                where segment_type = 'all'
                window months as (order by period_month)
            )

            select period_month, previous_month, previous_closing_mrr, opening_mrr
            from chained
            where (previous_month is not null and (
                previous_month + interval 1 month <> period_month
                or previous_closing_mrr is distinct from opening_mrr
                or previous_closing_customers is distinct from opening_customers
            )) or (previous_month is null and opening_mrr <> 0)
            """,
        ),
        rows(
            table,
            "segments_add_up_to_the_total",
            "the segments of a type add up to the month of the company",
            """
            with segments as (
                select
                    period_month, segment_type,
                    sum(opening_mrr) as opening_mrr, sum(closing_mrr) as closing_mrr
                from {batch}
                group by period_month, segment_type
            )

            select
                segments.period_month, segments.segment_type, segments.closing_mrr, total.closing_mrr as total
            from segments
            inner join segments as total
                on segments.period_month = total.period_month and total.segment_type = 'all'
            where segments.closing_mrr is distinct from total.closing_mrr
                or segments.opening_mrr is distinct from total.opening_mrr
            """,
        ),
        rows(
            table,
            "movements_add_up_to_the_months",
            "the movements of a month add up to its new, expansion, contraction, churned and returned MRR",
            f"""
            with moved as (
                select period_month, {by_type}
                from marts.fct_mrr_movements
                group by period_month
            )

            select total.period_month, total.new_mrr, moved.new_mrr as new_of_movements,
                total.churned_mrr, moved.churned_mrr as churned_of_movements
            from (select * from {{batch}}) as total
            left join moved on total.period_month = moved.period_month
            where total.segment_type = 'all' and ({differs})
            """,
            needs=("fct_mrr_movements",),
        ),
    ]


def _bridges() -> list[Rule]:
    types = " ".join(f"when '{name}' then months.{column}" for name, column in _MOVEMENT_COLUMNS.items())
    return [
        rows(
            "fct_mrr_netting_bridge",
            "the_day_grain_is_that_of_the_months",
            "a type's day amount is the month's own, and the differences of a month add up to 0",
            f"""
            select
                bridge.period_month, sum(bridge.day_grain_mrr) as of_days, sum(bridge.difference) as left_over
            from (select * from {{batch}}) as bridge
            left join marts.fct_mrr_monthly as months
                on bridge.period_month = months.period_month and months.segment_type = 'all'
            group by bridge.period_month
            having sum(bridge.difference) <> 0
                or bool_or(bridge.day_grain_mrr is distinct from case bridge.movement_type {types} end)
            """,
            needs=("fct_mrr_monthly",),
        ),
        rows(
            "fct_definition_bridge",
            "steps_change_something_for_a_reason",
            "every step from our MRR to a preset's has a reason and changes something",
            """
            select period_month, customer_id, to_preset, reason, mrr_difference
            from {batch}
            where reason is null or coalesce(mrr_difference, 0) = 0
            """,
        ),
    ]
