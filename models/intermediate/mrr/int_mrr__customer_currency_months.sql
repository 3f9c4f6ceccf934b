-- Grain: one row per customer, currency and month, from the first movement to the last, while the
-- balance or a movement is not 0. Each balance is stretched over its months; nothing is joined by
-- range. What is scheduled after as_of is committed in the month of as_of.
with days as (
    select
        *,
        {{ month_index('effective_date') }} as month_index
    from {{ ref('int_mrr__customer_currency_days') }}
),

months as (
    select
        customer_id,
        currency,
        month_index,
        cast(sum(delta_native) as {{ type_money() }}) as delta_native,
        cast(sum(committed_delta_native) as {{ type_money() }}) as committed_delta_native
    from days
    group by
        customer_id,
        currency,
        month_index
),

running as (
    select
        months.*,
        cast(sum(months.delta_native) over history as {{ type_money() }}) as closing_native,
        cast(sum(months.committed_delta_native) over history as {{ type_money() }})
            as committed_native,
        lead(months.month_index) over (
            partition by months.customer_id, months.currency order by months.month_index
        ) as next_month_index
    from months
    window history as (
        partition by months.customer_id, months.currency
        order by months.month_index
        rows between unbounded preceding and current row
    )
),

scheduled as (
    select
        customer_id,
        currency,
        cast(sum(committed_mrr_difference) as {{ type_money() }}) as scheduled_native
    from {{ ref('int_mrr__scheduled_items') }}
    group by
        customer_id,
        currency
),

stretched as (
    select
        customer_id,
        currency,
        month_index as event_month_index,
        delta_native,
        closing_native,
        committed_native,
        {{ expand_integers(
            'month_index',
            'case when closing_native > 0 then coalesce(next_month_index - 1, ' ~ month_index(as_of_date())
            ~ ') else month_index end'
        ) }} as stretched_month_index
    from running
)

select
    stretched.customer_id,
    stretched.currency,
    cast(stretched.stretched_month_index as integer) as month_index,
    cast(
        stretched.closing_native
        - case
            when
                stretched.stretched_month_index = stretched.event_month_index
                then stretched.delta_native
            else 0
        end
        as {{ type_money() }}
    ) as opening_native,
    stretched.closing_native,
    cast(stretched.committed_native + coalesce(scheduled.scheduled_native, 0) as {{ type_money() }})
        as committed_native
from stretched
left join scheduled
    on
        stretched.customer_id = scheduled.customer_id
        and stretched.currency = scheduled.currency
        and stretched.stretched_month_index = {{ month_index(as_of_date()) }}
