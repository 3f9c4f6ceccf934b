-- Grain: one row per item, currency and month in which ChartMogul values the item at another rate:
-- that of the day its invoiced service period began, not that of the month's last day.
with months as (
    {{ month_end_sums(
        ref('int_definitions__preset_balances'),
        ['customer_id', 'subscription_id', 'item_id', 'currency', 'preset'],
        'preset_mrr'
    ) }}
),

periods as (
    select
        subscription_id,
        item_id,
        currency,
        {{ local_date('service_start_at') }} as begun_on
    from {{ ref('int_terms__billed_lines') }}
    where
        not is_proration
        and service_start_at <= {{ as_of() }}
),

begun as (
    select
        months.customer_id,
        months.subscription_id,
        months.item_id,
        months.currency,
        months.preset,
        months.month_index,
        months.preset_mrr,
        max(periods.begun_on) as begun_on
    from months
    inner join periods
        on
            months.subscription_id = periods.subscription_id
            and months.item_id = periods.item_id
            and months.currency = periods.currency
            and months.month_index >= {{ month_index('periods.begun_on') }}
    group by
        months.customer_id,
        months.subscription_id,
        months.item_id,
        months.currency,
        months.preset,
        months.month_index,
        months.preset_mrr
)

select
    begun.customer_id,
    begun.preset,
    begun.month_index,
    {{ convert_money('begun.preset_mrr', 'period_rates.rate') }}
    - {{ convert_money('begun.preset_mrr', 'month_rates.rate') }} as mrr_difference
from begun
inner join {{ ref('int_fx__day_rates') }} as period_rates
    on
        begun.currency = period_rates.currency
        and begun.begun_on = period_rates.rate_day
inner join {{ ref('int_fx__month_rates') }} as month_rates
    on
        begun.currency = month_rates.currency
        and begun.month_index = month_rates.month_index
