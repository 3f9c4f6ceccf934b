-- Grain: one row per customer and month that breaks the rule: it opens with something else than the
-- month before closed with. A month that is not there opens and closes with 0.
with months as (
    select
        customer_id,
        {{ month_index('period_month') }} as month_index,
        opening_mrr,
        closing_mrr
    from {{ ref('fct_customer_mrr_monthly') }}
),

joints as (
    select
        coalesce(months.customer_id, earlier.customer_id) as customer_id,
        coalesce(months.month_index, earlier.month_index + 1) as month_index,
        case when earlier.customer_id is null then 0 else earlier.closing_mrr end as closed_with,
        case when months.customer_id is null then 0 else months.opening_mrr end as opens_with
    from months
    full outer join months as earlier
        on
            months.customer_id = earlier.customer_id
            and months.month_index = earlier.month_index + 1
),

dated as (
    select
        joints.*,
        {{ month_from_index('month_index') }} as period_month
    from joints
    where month_index <= {{ month_index(as_of_date()) }}
)

select
    cast(period_month as {{ dbt.type_string() }}) || ', ' || customer_id
    || ': opens with ' || {{ told('opens_with') }}
    || ', and the month before closed with '
    || {{ told('closed_with') }} as message,
    period_month,
    customer_id,
    closed_with,
    opens_with
from dated
where opens_with is distinct from closed_with
