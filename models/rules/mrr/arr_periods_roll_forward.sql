-- Grain: one row per fiscal quarter or year that breaks the rule: its movements do not lead from
-- the opening to the closing, it opens with something else than the period before closed with, it
-- does not close with 12 times the MRR of its last month, or its committed ARR is not made of its
-- parts.
with periods as (
    select
        *,
        lag(closing_arr, 1, cast(0 as {{ type_money() }})) over (
            partition by period_type order by period_start
        ) as closed_with_arr,
        coalesce(
            lead(period_start) over (partition by period_type order by period_start),
            {{ add_months(as_of_month(), 1) }}
        ) as next_start
    from {{ ref('fct_arr_waterfall') }}
),

months as (
    select
        period_month,
        arr,
        {{ add_months('period_month', 1) }} as next_month
    from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
)

select
    periods.period_type || ' from ' || {{ told('periods.period_start') }}
    || ': opens with ' || {{ told('periods.opening_arr') }}
    || ' after ' || {{ told('periods.closed_with_arr') }}
    || ', moves by ' || {{ told('periods.net_new_arr') }}
    || ' and fx ' || {{ told('periods.fx_arr') }}
    || ', closes with ' || {{ told('periods.closing_arr') }}
    || ' where its last month has ' || {{ told('months.arr') }}
    || '; committed ' || {{ told('periods.carr') }} as message,
    periods.period_type,
    periods.period_start,
    periods.opening_arr,
    periods.closing_arr
from periods
left join months on periods.next_start = months.next_month
where
    periods.opening_arr is distinct from periods.closed_with_arr
    or periods.closing_arr is distinct from months.arr
    or periods.opening_arr + periods.net_new_arr + periods.fx_arr <> periods.closing_arr
    or periods.new_arr + periods.expansion_arr + periods.contraction_arr + periods.churned_arr
    + periods.reactivation_arr <> periods.net_new_arr
    or periods.closing_arr + periods.signed_not_live_arr + periods.scheduled_arr
    + periods.cancelled_arr <> periods.carr
