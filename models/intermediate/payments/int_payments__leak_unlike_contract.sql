-- Grain: one row per invoice and subscription whose price or quantity is not the contracted one.
with lines as (
    select * from {{ ref('int_payments__recurring_lines') }}
    where
        not is_proration
        and quantity is not null
        and unit_amount is not null
),

states as (
    select * from {{ ref('int_mrr__item_states') }}
    where billing_scheme = 'per_unit'
),

compared as (
    select
        lines.invoice_id,
        lines.subscription_id,
        lines.customer_id,
        lines.service_start_at,
        lines.currency,
        lines.exchange_rate,
        cast(states.quantity * states.unit_amount as {{ type_money() }}) as contracted,
        cast(lines.quantity * lines.unit_amount as {{ type_money() }}) as billed
    from lines
    inner join states
        on
            lines.subscription_id = states.subscription_id
            and lines.item_id = states.item_id
            and lines.currency = states.currency
            and lines.service_start_at >= states.start_at
            and (states.end_at is null or lines.service_start_at < states.end_at)
),

differences as (
    select
        *,
        abs(billed - contracted) as difference
    from compared
    where billed <> contracted
)

select
    'billed_unlike_contracted' as finding_type,
    min(customer_id) as customer_id,
    subscription_id,
    invoice_id,
    {{ money_sum(balance_in_reporting_currency('contracted', 'currency', 'exchange_rate')) }}
        as expected,
    {{ money_sum(balance_in_reporting_currency('billed', 'currency', 'exchange_rate')) }} as actual,
    {{ money_sum(balance_in_reporting_currency('difference', 'currency', 'exchange_rate')) }}
        as amount_at_risk,
    min({{ local_date('service_start_at') }}) as since
from differences
group by
    subscription_id,
    invoice_id
