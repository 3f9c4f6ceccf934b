-- Grain: one row per origin month, segment and band of ages: what a month makes of the MRR that a
-- cohort of that age had when it began, all in all and by losses alone.
-- What few customers did is weighed: a segment against the company, a band against all ages, all
-- ages against standing still. DECISIONS.md#development-factors
with cells as (
    select
        *,
        {{ age_band('(month_index - 1 - cohort_index)') }} as age_band
    from {{ ref('int_forecast__cells') }}
    where
        is_diagonal
        and month_index > cohort_index
),

bands as (
    select {{ expand_integers('0', '7') }} as age_band
),

segments as (
    select distinct
        origin_index,
        segment_number
    from {{ ref('int_forecast__cells') }}
),

sums as (
    select
        origin_index,
        segment_number,
        age_band,
        sum(opening_mrr) as opening_mrr,
        sum(gained_mrr + lost_mrr) as change_mrr,
        sum(lost_mrr) as lost_mrr,
        sum(opening_customers) as customer_months
    from cells
    group by
        origin_index,
        segment_number,
        age_band
),

-- The first month is like no other: it tells nothing of later ages.
all_ages as (
    select
        origin_index,
        {{ credibility('sum(customer_months)') }} as weight,
        {{ rate_of_change('sum(change_mrr)', 'sum(opening_mrr)') }} as change_rate,
        {{ rate_of_change('sum(lost_mrr)', 'sum(opening_mrr)') }} as loss_rate
    from sums
    where
        segment_number = 0
        and age_band > 0
    group by origin_index
),

measured as (
    select
        segments.origin_index,
        segments.segment_number,
        bands.age_band,
        coalesce(sums.customer_months, 0) as customer_months,
        coalesce(sums.opening_mrr, 0) as opening_mrr,
        coalesce(sums.change_mrr, 0) as change_mrr,
        coalesce(sums.lost_mrr, 0) as lost_mrr,
        coalesce({{ credibility('sums.customer_months') }}, 0) as weight,
        {{ rate_of_change('sums.change_mrr', 'sums.opening_mrr') }} as change_rate,
        {{ rate_of_change('sums.lost_mrr', 'sums.opening_mrr') }} as loss_rate
    from segments
    cross join bands
    left join sums
        on
            segments.origin_index = sums.origin_index
            and segments.segment_number = sums.segment_number
            and bands.age_band = sums.age_band
),

company as (
    select
        measured.*,
        coalesce(all_ages.weight * all_ages.change_rate, 0) as other_change_rate,
        coalesce(all_ages.weight * all_ages.loss_rate, 0) as other_loss_rate
    from measured
    left join all_ages on measured.origin_index = all_ages.origin_index
    where measured.segment_number = 0
),

-- What each rate is weighed against: all ages of the company, the company at that age of a segment.
weighed as (
    select
        measured.*,
        case
            when measured.segment_number = 0 then company.other_change_rate
            else
                company.weight * company.change_rate
                + (1 - company.weight) * company.other_change_rate
        end as other_change_rate,
        case
            when measured.segment_number = 0 then company.other_loss_rate
            else
                company.weight * company.loss_rate + (1 - company.weight) * company.other_loss_rate
        end as other_loss_rate
    from measured
    inner join company
        on
            measured.origin_index = company.origin_index
            and measured.age_band = company.age_band
)

select
    origin_index,
    segment_number,
    cast(age_band as integer) as age_band,
    customer_months,
    opening_mrr,
    change_mrr,
    lost_mrr,
    weight,
    1 + other_change_rate as other_development_factor,
    1 + other_loss_rate as other_kept_factor,
    1 + (weight * change_rate + (1 - weight) * other_change_rate) as development_factor,
    1 + (weight * loss_rate + (1 - weight) * other_loss_rate) as kept_factor
from weighed
