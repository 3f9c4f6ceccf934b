-- Grain: one row per customer, currency and month, from the first movement to the last, while the
-- balance or a movement is not 0. Changes scheduled after as_of are committed in its month.
-- A balance is stretched over the months until the next movement, so nothing is joined by range.
with days as (
    select
        customer_id,
        currency,
        month_index,
        next_month_index,
        delta_native,
        after_native,
        committed_after_native,
        next_month_index is null or next_month_index > month_index as is_last_of_month
    from {{ ref('int_movements__customer_currency_days') }}
    where
        month_index >= {{ recomputed_from_index() }}
        or {{ lasts_into_recomputed('next_month_index', is_affected_customer()) }}
),

movements as (
    select
        customer_id,
        currency,
        month_index,
        max(case when is_last_of_month then next_month_index end) as next_month_index,
        cast(sum(delta_native) as {{ type_money() }}) as delta_native,
        cast(sum(case when is_last_of_month then after_native end) as {{ type_money() }})
            as closing_native,
        cast(
            sum(case when is_last_of_month then committed_after_native end) as {{ type_money() }}
        ) as committed_native
    from days
    group by
        customer_id,
        currency,
        month_index
),

scheduled as (
    select
        customer_id,
        currency,
        cast(sum(committed_mrr_difference) as {{ type_money() }}) as scheduled_native
    from {{ ref('int_ledger__scheduled_items') }}
    group by
        customer_id,
        currency
),

stretched as (
    select
        movements.*,
        {{ expand_integers(
            first_recomputed('month_index'),
            'case when closing_native > 0 then coalesce(next_month_index - 1, '
            ~ month_index(as_of_date())
            ~ ') else month_index end'
        ) }} as stretched_month_index
    from movements
)

select
    stretched.customer_id,
    stretched.currency,
    cast(stretched.stretched_month_index as integer) as month_index,
    cast(
        case
            when stretched.stretched_month_index = stretched.month_index
                then stretched.closing_native - stretched.delta_native
            else stretched.closing_native
        end as {{ type_money() }}
    ) as opening_native,
    stretched.closing_native,
    cast(
        stretched.committed_native + coalesce(scheduled.scheduled_native, 0) as {{ type_money() }}
    ) as committed_native
from stretched
left join scheduled
    on
        stretched.customer_id = scheduled.customer_id
        and stretched.currency = scheduled.currency
        and stretched.stretched_month_index = {{ month_index(as_of_date()) }}
