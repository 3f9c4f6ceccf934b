-- Grain: one row per price change and month in which it reached customers, per plan and direction,
-- and per direction.
-- Who met one is compared with who met none, each band of tenure and of billing interval with
-- itself: what those do counts as often as the ones who met it are of the bands.
-- DECISIONS.md#who-met-a-price-change-and-who-did-not
with met as (
    select * from {{ ref('fct_price_change_customers') }}
),

others as (
    select * from {{ ref('int_retention__unreached_customers') }}
),

scoped as (
    select
        met.*,
        met.price_change_id as row_id,
        'change' as scope
    from met

    union all

    select
        met.*,
        met.direction || '/' || met.plan as row_id,
        'plan' as scope
    from met

    union all

    select
        met.*,
        met.direction as row_id,
        'all' as scope
    from met
),

-- What a row is called: of a total, only what all of it has in common.
named as (
    select
        row_id,
        scope,
        direction,
        min(case when scope = 'change' then period_month end) as change_month,
        min(case when scope <> 'all' then plan else 'all' end) as plan_met,
        min(case when scope = 'change' then currency end) as price_currency,
        min(case when scope = 'change' then billing_interval end) as price_interval,
        min(case when scope = 'change' then unit_price_before end) as old_price,
        min(case when scope = 'change' then unit_price_after end) as new_price,
        cast(count(*) as bigint) as customers,
        cast(sum(items) as bigint) as items,
        max(case when churned_90d is null then 0 else 1 end) = 1 as is_over,
        {{ money_sum('mrr_before') }} as mrr_met,
        {{ money_sum('mrr_effect') }} as mrr_gained
    from scoped
    group by
        row_id,
        scope,
        direction
),

cells as (
    select
        row_id,
        period_month,
        tenure_band,
        interval_band,
        cast(count(*) as bigint) as customers,
        cast(sum(churned_90d) as bigint) as churned,
        cast(sum(contracted_90d) as bigint) as contracted,
        {{ money_sum('mrr_lost_90d') }} as mrr_lost
    from scoped
    where churned_90d is not null
    group by
        row_id,
        period_month,
        tenure_band,
        interval_band
),

-- A share of each pair of bands of the others, times how many met it, and how much chance that
-- leaves.
weighted as (
    select
        cells.*,
        others.customers as others,
        {{ exact_ratio('cells.customers * others.churned', 'others.customers') }}
            as others_churned,
        {{ exact_ratio('cells.customers * others.contracted', 'others.customers') }}
            as others_contracted,
        {{ exact_ratio('cells.customers * cells.customers', 'others.customers') }} as chance
    from cells
    inner join others
        on
            cells.period_month = others.period_month
            and cells.tenure_band = others.tenure_band
            and cells.interval_band = others.interval_band
),

compared as (
    select
        row_id,
        cast(sum(customers) as bigint) as compared_customers,
        cast(sum(churned) as bigint) as churned_customers,
        cast(sum(contracted) as bigint) as contracted_customers,
        {{ money_sum('mrr_lost') }} as lost_mrr,
        cast(sum(others) as bigint) as comparison_customers,
        cast(sum(others_churned) as {{ type_double() }}) / sum(customers) as others_churn,
        cast(sum(others_contracted) as {{ type_double() }}) / sum(customers) as others_contraction,
        cast(sum(customers) * sum(customers) as {{ type_double() }})
        / cast(sum(chance) as {{ type_double() }}) as comparison_n
    from weighted
    group by row_id
),

rates as (
    select
        named.*,
        compared.compared_customers,
        compared.churned_customers,
        compared.contracted_customers,
        compared.lost_mrr,
        compared.comparison_customers,
        compared.comparison_n,
        {{ count_rate_with_bounds(
            'compared.churned_customers', 'compared.compared_customers', 'churn_rate_90d'
        ) }},
        {{ count_rate_with_bounds(
            'compared.contracted_customers', 'compared.compared_customers', 'contraction_rate_90d'
        ) }},
        {{ count_rate_with_bounds(
            'compared.others_churn * compared.comparison_n',
            'compared.comparison_n',
            'comparison_churn_rate_90d'
        ) }},
        {{ count_rate_with_bounds(
            'compared.others_contraction * compared.comparison_n',
            'compared.comparison_n',
            'comparison_contraction_rate_90d'
        ) }}
    from named
    left join compared on named.row_id = compared.row_id
)

select
    ---------- ids
    row_id as price_change_id,
    scope,
    {{ is_total_row(['scope', 'plan_met']) }} as is_total,
    ---------- what changed
    change_month as period_month,
    plan_met as plan,
    direction,
    price_currency as currency,
    price_interval as billing_interval,
    old_price as unit_price_before,
    new_price as unit_price_after,
    ---------- whom it met
    customers,
    items,
    mrr_met as mrr_before,
    mrr_gained as mrr_effect,
    ---------- what they did in the 90 days after
    compared_customers,
    churned_customers as churned_90d,
    contracted_customers as contracted_90d,
    lost_mrr as mrr_lost_90d,
    churn_rate_90d,
    churn_rate_90d_low,
    churn_rate_90d_high,
    contraction_rate_90d,
    contraction_rate_90d_low,
    contraction_rate_90d_high,
    ---------- beside what those of the same bands did whom it did not meet
    comparison_customers,
    comparison_n,
    comparison_churn_rate_90d,
    comparison_contraction_rate_90d,
    churn_rate_90d - comparison_churn_rate_90d as churn_difference_90d,
    {{ newcombe_bound('churn_rate_90d', 'comparison_churn_rate_90d', 'low') }}
        as churn_difference_90d_low,
    {{ newcombe_bound('churn_rate_90d', 'comparison_churn_rate_90d', 'high') }}
        as churn_difference_90d_high,
    contraction_rate_90d - comparison_contraction_rate_90d as contraction_difference_90d,
    {{ newcombe_bound('contraction_rate_90d', 'comparison_contraction_rate_90d', 'low') }}
        as contraction_difference_90d_low,
    {{ newcombe_bound('contraction_rate_90d', 'comparison_contraction_rate_90d', 'high') }}
        as contraction_difference_90d_high,
    case
        when not is_over then 'not_over'
        when compared_customers is null then 'nobody_to_compare'
        when churn_rate_90d is null or comparison_churn_rate_90d is null then 'too_few'
    end as untold_reason
from rates
