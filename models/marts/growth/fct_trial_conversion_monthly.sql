-- Grain: one row per month of trial start, card on file (`all` for the total) and segment.
with trials as (
    select * from {{ ref('fct_trials') }}
),

-- Types that come with the first MRR would tell only the trials that converted.
segments as (
    select * from {{ ref('int_retention__fixed_segments') }}
    where segment_type not in ('cohort_year', 'size_band')
),

bands as (
    select * from {{ ref('int_retention__benchmark_bands') }}
    where metric = 'trial_conversion_rate'
),

trials_by_card as (
    select
        trials.*,
        'all' as card_group
    from trials
    union all
    select
        trials.*,
        card_on_file as card_group
    from trials
),

totals as (
    select
        trials_by_card.trial_month,
        trials_by_card.card_group,
        segments.segment_type,
        segments.segment_value,
        cast(count(*) as bigint) as trials,
        {{ count_where('trials_by_card.is_converted') }} as converted,
        cast(count(distinct trials_by_card.customer_id) as bigint) as customers,
        cast(
            count(
                distinct case when trials_by_card.is_converted then trials_by_card.customer_id end
            )
            as bigint
        ) as converted_customers,
        count(case when not trials_by_card.is_mature then 1 end) = 0 as is_mature
    from trials_by_card
    inner join segments
        on trials_by_card.customer_id = segments.customer_id
    group by
        trials_by_card.trial_month,
        trials_by_card.card_group,
        segments.segment_type,
        segments.segment_value
),

rates as (
    select
        *,
        {{ count_rate_with_bounds('converted', 'trials', 'conversion_rate') }}
    from totals
)

select
    rates.trial_month as period_month,
    rates.card_group as card_on_file,
    rates.segment_type,
    rates.segment_value,
    {{ is_total_row(['rates.segment_type', 'rates.card_group']) }} as is_total,
    rates.trials,
    rates.converted,
    rates.customers,
    rates.converted_customers,
    rates.conversion_rate,
    rates.conversion_rate_low,
    rates.conversion_rate_high,
    rates.is_mature,
    case when rates.is_mature then bands.band end as benchmark_band,
    case when rates.is_mature then bands.source end as benchmark_source
from rates
left join bands
    on
        rates.card_group = bands.population
        and rates.conversion_rate >= bands.from_rate
        and (bands.below_rate is null or rates.conversion_rate < bands.below_rate)
