-- Grain: one row per recurring line that some coupon may be behind, and whether one of them was in
-- force when its period began. A coupon that the next delivery shows explains a discount too.
with tellings as (
    select * from {{ ref('int_terms__tellings') }}
),

lines as (
    select
        lines.*,
        tellings.told_at as shown_at
    from {{ ref('int_payments__recurring_lines') }} as lines
    left join tellings
        on
            lines.source_name = tellings.source_name
            and lines.issued_at < tellings.told_at
            and lines.issued_at >= tellings.told_before_at
    where not lines.is_proration
),

discounts as (
    select * from {{ ref('stg_discounts') }}
),

-- An owner at a time: a join on one of three ids would compare every line with every coupon.
coupons_of_lines as (
    {% for owner in ['item_id', 'subscription_id', 'customer_id'] %}
        select
            lines.invoice_id,
            lines.line_id,
            lines.service_start_at,
            discounts.ends_at
        from lines
        inner join discounts
            on
                lines.{{ owner }} = discounts.{{ owner }}
                and (
                    lines.issued_at >= discounts.starts_at
                    or lines.shown_at >= discounts.starts_at
                )
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    invoice_id,
    line_id,
    max(case when ends_at is null or ends_at > service_start_at then 1 else 0 end) = 1
        as has_valid_coupon
from coupons_of_lines
group by
    invoice_id,
    line_id
