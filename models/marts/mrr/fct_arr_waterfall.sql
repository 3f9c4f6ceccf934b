-- Grain: one row per fiscal quarter, and one per fiscal year.
-- Every amount is 12 times what the months say, so a period adds up exactly.
-- DECISIONS.md#committed-arr
-- DECISIONS.md#the-fiscal-year
with mrr_months as (
    select
        *,
        {{ month_index('period_month') }} as month_index
    from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
),

ahead as (
    select
        *,
        {{ month_index('period_start') }} as quarter_index
    from {{ ref('int_waterfall__told_ahead') }}
),

in_periods as (
    select
        *,
        'quarter' as period_type,
        {{ fiscal_quarter_start_index('month_index') }} as start_index,
        3 as period_months
    from mrr_months

    union all

    select
        *,
        'fiscal_year' as period_type,
        {{ fiscal_year_start_index('month_index') }} as start_index,
        12 as period_months
    from mrr_months
),

ranked as (
    select
        *,
        row_number() over (partition by period_type, start_index order by month_index) as place,
        row_number() over (partition by period_type, start_index order by month_index desc)
            as place_from_end
    from in_periods
),

sums as (
    select
        period_type,
        start_index,
        period_months,
        max(month_index) as last_index,
        {{ fiscal_quarter_start_index('max(month_index)') }} as last_quarter_index,
        {{ money_sum('case when place = 1 then opening_mrr else 0 end') }} as opening_mrr,
        {%- for column in movement_columns().values() %}
            {{ money_sum(column) }} as {{ column }},
        {%- endfor %}
        {{ money_sum('fx_mrr') }} as fx_mrr,
        {{ money_sum('case when place_from_end = 1 then closing_mrr else 0 end') }} as closing_mrr,
        {{ money_sum('case when place_from_end = 1 then committed_mrr else 0 end') }}
            as committed_mrr,
        max(case when is_partial then 1 else 0 end) = 1 as is_partial
    from ranked
    group by
        period_type,
        start_index,
        period_months
),

committed as (
    select
        sums.*,
        coalesce(ahead.signed_not_live_mrr, 0) as signed_not_live_mrr,
        coalesce(ahead.scheduled_mrr, 0) as scheduled_mrr,
        -- What is scheduled is in the committed MRR of as_of alone.
        case
            when sums.last_index = {{ month_index(as_of_date()) }}
                then sums.committed_mrr - sums.closing_mrr - coalesce(ahead.scheduled_mrr, 0)
            else sums.committed_mrr - sums.closing_mrr
        end as cancelled_mrr
    from sums
    left join ahead
        on sums.last_quarter_index = ahead.quarter_index
)

select
    period_type,
    {{ month_from_index('start_index') }} as period_start,
    {{ fiscal_year(fiscal_year_start_index('start_index')) }} as fiscal_year,
    case when period_type = 'quarter' then {{ fiscal_quarter('start_index') }} end
        as fiscal_quarter,
    ---------- roll-forward
    cast(opening_mrr * 12 as {{ type_money() }}) as opening_arr,
    cast(new_mrr * 12 as {{ type_money() }}) as new_arr,
    cast(expansion_mrr * 12 as {{ type_money() }}) as expansion_arr,
    cast(contraction_mrr * 12 as {{ type_money() }}) as contraction_arr,
    cast(churned_mrr * 12 as {{ type_money() }}) as churned_arr,
    cast(reactivation_mrr * 12 as {{ type_money() }}) as reactivation_arr,
    cast(fx_mrr * 12 as {{ type_money() }}) as fx_arr,
    cast(closing_mrr * 12 as {{ type_money() }}) as closing_arr,
    cast(
        (new_mrr + expansion_mrr + contraction_mrr + churned_mrr + reactivation_mrr) * 12
        as {{ type_money() }}
    ) as net_new_arr,
    ---------- committed
    cast(signed_not_live_mrr * 12 as {{ type_money() }}) as signed_not_live_arr,
    cast(scheduled_mrr * 12 as {{ type_money() }}) as scheduled_arr,
    cast(cancelled_mrr * 12 as {{ type_money() }}) as cancelled_arr,
    cast(
        (closing_mrr + signed_not_live_mrr + scheduled_mrr + cancelled_mrr) * 12
        as {{ type_money() }}
    ) as carr,
    is_partial
from committed
