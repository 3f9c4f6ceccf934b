-- Grain: one row per invoice and subscription with a discount although every coupon had expired.
with lines as (
    select * from {{ ref('int_payments__recurring_lines') }}
    where
        discount_amount <> 0
        and not is_proration
),

coupons as (
    select * from {{ ref('int_payments__line_coupons') }}
)

select
    'expired_coupon_applied' as finding_type,
    min(lines.customer_id) as customer_id,
    lines.subscription_id,
    lines.invoice_id,
    cast(0 as {{ type_money() }}) as expected,
    {{ money_sum(
        balance_in_reporting_currency('abs(lines.discount_amount)', 'lines.currency', 'lines.exchange_rate')
    ) }} as actual,
    {{ money_sum(
        balance_in_reporting_currency('abs(lines.discount_amount)', 'lines.currency', 'lines.exchange_rate')
    ) }} as amount_at_risk,
    min({{ local_date('lines.service_start_at') }}) as since
from lines
inner join coupons
    on
        lines.invoice_id = coupons.invoice_id
        and lines.line_id = coupons.line_id
where not coupons.has_valid_coupon
group by
    lines.subscription_id,
    lines.invoice_id
