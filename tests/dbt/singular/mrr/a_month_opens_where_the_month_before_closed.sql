-- metrics.md 9: no balance is lost or made between two months, for any customer.
with months as (
    select
        customer_id,
        {{ month_index('period_month') }} as month_index,
        opening_mrr,
        closing_mrr
    from {{ ref('fct_customer_mrr_monthly') }}
),

pairs as (
    select
        coalesce(months.customer_id, earlier.customer_id) as customer_id,
        coalesce(months.month_index, earlier.month_index + 1) as month_index,
        coalesce(earlier.closing_mrr, 0) as closed_at,
        coalesce(months.opening_mrr, 0) as opened_at
    from months
    full outer join months as earlier
        on
            months.customer_id = earlier.customer_id
            and months.month_index = earlier.month_index + 1
)

select *
from pairs
where
    closed_at <> opened_at
    and month_index <= {{ month_index(as_of_date()) }}
