-- Grain: one row per customer, month, currency and step between its contracted MRR and what is
-- invoiced, in the reporting currency at the rate of the month's end. Each is what the rounded sum
-- grows by, so that they add up there too; what no step explains is the last of them.
with steps as (
    select * from {{ ref('int_bridge__billing_steps') }}
),

-- A month's end without a rate takes that of its invoices.
invoice_rates as (
    select
        currency,
        booking_month_index as month_index,
        max(exchange_rate) as rate
    from {{ ref('int_finance__lines') }}
    group by
        currency,
        booking_month_index
),

explained as (
    select
        customer_id,
        month_index,
        currency,
        {{ money_sum("case when step = 'invoiced' then amount_native else -amount_native end") }}
            as amount_native
    from steps
    group by
        customer_id,
        month_index,
        currency
),

ordered as (
    select
        customer_id,
        month_index,
        currency,
        step,
        amount_native,
        case step
            when 'contracted' then 0
            {% for step in billing_steps() %}
                when '{{ step }}' then {{ loop.index }}
            {% endfor %}
        end as position
    from steps
    where step <> 'invoiced'

    union all

    select
        customer_id,
        month_index,
        currency,
        'unexplained' as step,
        amount_native,
        {{ billing_steps() | length + 1 }} as position
    from explained
    where amount_native <> 0
),

followed as (
    select
        ordered.*,
        cast(
            sum(ordered.amount_native) over (
                partition by ordered.customer_id, ordered.month_index, ordered.currency
                order by ordered.position
                rows between unbounded preceding and current row
            ) as {{ type_money() }}
        ) as amount_so_far,
        case
            when ordered.currency = {{ reporting_currency() }}
                then cast(1 as {{ type_exchange_rate() }})
            else coalesce(rates.rate, invoice_rates.rate)
        end as rate
    from ordered
    left join {{ ref('int_fx__month_rates') }} as rates
        on
            ordered.currency = rates.currency
            and ordered.month_index = rates.month_index
    left join invoice_rates
        on
            ordered.currency = invoice_rates.currency
            and ordered.month_index = invoice_rates.month_index
)

select
    customer_id,
    month_index,
    currency,
    step,
    amount_native,
    cast(
        {{ converted_part(
            'amount_so_far', 'amount_native', 'rate', 'cast(rate as ' ~ type_double() ~ ')'
        ) }} as {{ type_money() }}
    ) as amount
from followed
