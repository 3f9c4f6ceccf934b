-- Grain: one row per month and type of segment that breaks the rule: its segments have other terms
-- or another MRR due than the month's terms, or more or fewer outcomes than terms.
with renewals as (
    select
        period_month,
        count(*) as due_subscriptions,
        {{ money_sum('due_mrr') }} as due_mrr
    from {{ ref('fct_renewals') }}
    group by period_month
),

months as (
    select
        period_month,
        segment_type,
        sum(due_subscriptions) as due_subscriptions,
        sum(
            renewed_subscriptions + expanded_subscriptions + contracted_subscriptions
            + churned_subscriptions + open_subscriptions
        ) as outcomes,
        {{ money_sum('due_mrr') }} as due_mrr
    from {{ ref('fct_renewals_monthly') }}
    group by
        period_month,
        segment_type
),

types as (
    select distinct segment_type from months
)

select
    {{ told('renewals.period_month') }}
    || ', by ' || {{ told('types.segment_type') }}
    || ': ' || {{ told('months.due_subscriptions') }}
    || ' terms with ' || {{ told('months.outcomes') }}
    || ' outcomes and ' || {{ told('months.due_mrr') }}
    || ' due, the terms are ' || {{ told('renewals.due_subscriptions') }}
    || ' with ' || {{ told('renewals.due_mrr') }} as message,
    renewals.period_month,
    types.segment_type
from renewals
cross join types
left join months
    on
        renewals.period_month = months.period_month
        and types.segment_type = months.segment_type
where
    months.due_subscriptions is distinct from renewals.due_subscriptions
    or months.outcomes is distinct from months.due_subscriptions
    or months.due_mrr is distinct from renewals.due_mrr
