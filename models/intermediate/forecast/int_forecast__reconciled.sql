-- Grain: one row per origin month, segment and horizon: the forecast of each segment, scaled so
-- that plans, and sales models, add up to the company to the last digit. What a segment gains or
-- gives by that is a part of its own. DECISIONS.md#segments-of-a-forecast
with projections as (
    select * from {{ ref('int_forecast__projections') }}
),

segments as (
    select distinct
        segment_number,
        segment_type
    from {{ ref('int_forecast__changes') }}
),

companies as (
    select
        origin_index,
        horizon_months,
        expected_mrr
    from projections
    where segment_number = 0
),

typed as (
    select
        projections.*,
        segments.segment_type,
        companies.expected_mrr as company_mrr,
        sum(projections.expected_mrr) over (
            partition by
                projections.origin_index, segments.segment_type, projections.horizon_months
        ) as segments_mrr
    from projections
    inner join segments on projections.segment_number = segments.segment_number
    inner join companies
        on
            projections.origin_index = companies.origin_index
            and projections.horizon_months = companies.horizon_months
),

-- Where no segment expects anything, what the company expects is shared equally.
weighed as (
    select
        *,
        cast(
            case
                when expected_mrr is null then 0
                when segments_mrr > 0 then expected_mrr
                else 1
            end as {{ type_money() }}
        ) as weight
    from typed
),

accumulated as (
    select
        *,
        sum(weight) over (
            partition by origin_index, segment_type, horizon_months
            order by segment_number
            rows between unbounded preceding and current row
        ) as weight_so_far,
        sum(weight) over (partition by origin_index, segment_type, horizon_months)
            as whole_weight
    from weighed
),

-- Shares are rounded as a running sum, so that no digit is lost or won. A double of very large
-- amounts may lie a digit above the whole, of which the last share would be below 0.
shared as (
    select
        *,
        case
            when weight_so_far = whole_weight then company_mrr
            else
                least(
                    {{ double_as_money(
                        double('company_mrr') ~ ' * ' ~ double('weight_so_far') ~ ' / '
                        ~ double('whole_weight')
                    ) }},
                    company_mrr
                )
        end as company_mrr_so_far
    from accumulated
),

reconciled as (
    select
        *,
        company_mrr_so_far - lag(company_mrr_so_far, 1, cast(0 as {{ type_money() }})) over (
            partition by origin_index, segment_type, horizon_months
            order by segment_number
        ) as reconciled_mrr
    from shared
)

select
    origin_index,
    segment_number,
    horizon_months,
    origin_mrr,
    origin_customers,
    is_recorded_then,
    reason,
    kept_mrr,
    expansion_mrr,
    new_mrr,
    known_mrr,
    case
        when expected_mrr is not null then cast(reconciled_mrr - expected_mrr as {{ type_money() }})
    end as adjustment_mrr,
    case when expected_mrr is not null then cast(reconciled_mrr as {{ type_money() }}) end
        as expected_mrr,
    three_month_rule_mrr
from reconciled
