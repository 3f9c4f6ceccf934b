-- Grain: one row per month and dimension that breaks the rule: its values do not add up to the
-- company.
-- Movements of products add up together only: an item that moves shrinks one and grows another.
with contributions as (
    select
        period_month,
        dimension,
        sum(opening_mrr) as opening_mrr,
        sum(
            new_mrr + expansion_mrr + contraction_mrr + churned_mrr + reactivation_mrr + fx_mrr
        ) as moved_mrr,
        sum(closing_mrr) as closing_mrr
    from {{ ref('fct_mrr_contribution_monthly') }}
    group by
        period_month,
        dimension
),

dimensions as (
    select 'product' as dimension
    union all
    select 'team' as dimension
    union all
    select 'campaign' as dimension
),

expected as (
    select
        months.period_month,
        dimensions.dimension,
        months.opening_mrr,
        months.closing_mrr - months.opening_mrr as moved_mrr,
        months.closing_mrr
    from {{ ref('fct_mrr_monthly') }} as months
    cross join dimensions
    where months.segment_type = 'all'
),

-- A month without any MRR has no product, team or campaign.
compared as (
    select
        coalesce(expected.period_month, contributions.period_month) as period_month,
        coalesce(expected.dimension, contributions.dimension) as dimension,
        expected.opening_mrr as expected_opening_mrr,
        expected.moved_mrr as expected_moved_mrr,
        expected.closing_mrr as expected_closing_mrr,
        case when contributions.period_month is null then 0 else contributions.opening_mrr end
            as opening_mrr,
        case when contributions.period_month is null then 0 else contributions.moved_mrr end
            as moved_mrr,
        case when contributions.period_month is null then 0 else contributions.closing_mrr end
            as closing_mrr
    from expected
    full outer join contributions
        on
            expected.period_month = contributions.period_month
            and expected.dimension = contributions.dimension
)

select
    {{ told('period_month') }}
    || ', by ' || {{ told('dimension') }} || ': opening '
    || {{ told('opening_mrr') }}
    || ' plus movements '
    || {{ told('moved_mrr') }}
    || ' gives closing '
    || {{ told('closing_mrr') }}
    || '; the company has '
    || {{ told('expected_opening_mrr') }}
    || ', '
    || {{ told('expected_moved_mrr') }}
    || ' and '
    || {{ told('expected_closing_mrr') }} as message,
    period_month,
    dimension
from compared
where
    opening_mrr is distinct from expected_opening_mrr
    or moved_mrr is distinct from expected_moved_mrr
    or closing_mrr is distinct from expected_closing_mrr
