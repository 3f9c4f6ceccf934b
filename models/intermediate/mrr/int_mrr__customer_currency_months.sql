-- Grain: one row per customer, currency and month, from the first movement to the last, while the
-- balance or a movement is not 0. Each balance is stretched over its months; nothing is joined by range.
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
        cast(sum(months.committed_delta_native) over history as {{ type_money() }}) as committed_native,
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
        ) }} as month_index
    from running
)

select
    customer_id,
    currency,
    cast(month_index as integer) as month_index,
    cast(
        closing_native - case when month_index = event_month_index then delta_native else 0 end
        as {{ type_money() }}
    ) as opening_native,
    closing_native,
    committed_native
from stretched
