{{ config(materialized='table') }}

-- Grain: one row per discount and interval in which it took off the same, with what it was granted
-- for. Where a discount does not say its size, its coupon does, by what the list said at the time.
-- A discount that ends before the next change of it ends at its own end.
-- DECISIONS.md#discounts-have-versions
-- DECISIONS.md#a-discount-in-the-place-of-another
with discounts as (
    select * from {{ ref('int_terms__told_discounts') }}
),

coupons as (
    select * from {{ ref('int_terms__coupon_versions') }}
),

coupon_options as (
    select
        coupon_id,
        recorded_at,
        {{ json_elements('currency_options') }} as currency_option
    from coupons
    where currency_options is not null
),

-- A coupon of an amount takes off another one in each further currency.
coupon_amounts as (
    select
        coupon_id,
        recorded_at,
        {{ json_text('currency_option', 'currency') }} as currency,
        cast({{ json_text('currency_option', 'amount_off') }} as {{ type_money() }}) as amount_off
    from coupon_options
),

granted as (
    select
        discounts.discount_id,
        discounts.customer_id,
        discounts.subscription_id,
        discounts.item_id,
        coalesce(discounts.percent_off, coupons.percent_off) as percent_off,
        coalesce(discounts.amount_off, coupon_amounts.amount_off, coupons.amount_off) as amount_off,
        case
            when discounts.amount_off is null and coupon_amounts.amount_off is null
                then coalesce(coupons.currency, discounts.currency)
            else coalesce(discounts.currency, coupons.currency)
        end as currency,
        case
            when discounts.percent_off is null and discounts.amount_off is null
                then coalesce(coupons.duration, discounts.duration)
            else discounts.duration
        end as duration,
        coalesce(discounts.product_keys, coupons.product_keys) as product_keys,
        discounts.starts_at as granted_at,
        coalesce(
            discounts.ends_at,
            case
                when coupons.duration = 'repeating'
                    then {{ add_period(
                        'discounts.starts_at', "'month'", 'coupons.duration_months'
                    ) }}
            end
        ) as granted_until,
        discounts.start_at,
        discounts.end_at,
        coalesce(coupons.start_at > discounts.start_at, false) as is_begun_by_coupon,
        coalesce(
            coupons.end_at < discounts.end_at, coupons.end_at is not null
        ) as is_followed_by_coupon,
        discounts.source_name,
        discounts.source_file,
        discounts.source_line,
        discounts.recorded_at,
        discounts.next_source_file,
        discounts.next_source_line,
        discounts.next_recorded_at,
        coupons.start_at as coupon_start_at,
        coupons.end_at as coupon_end_at,
        coupons.source_file as coupon_source_file,
        coupons.source_line as coupon_source_line,
        coupons.next_source_file as next_coupon_source_file,
        coupons.next_source_line as next_coupon_source_line
    from discounts
    -- Of the coupon's versions, those outside of the discount's time come out without a length.
    left join coupons on discounts.coupon_id = coupons.coupon_id
    left join coupon_amounts
        on
            coupons.coupon_id = coupon_amounts.coupon_id
            and coupons.recorded_at = coupon_amounts.recorded_at
            and discounts.currency = coupon_amounts.currency
),

bounded as (
    select
        granted.*,
        case when is_begun_by_coupon then coupon_start_at else start_at end as starts_at,
        case when is_followed_by_coupon then coupon_end_at else end_at end as next_starts_at
    from granted
),

judged as (
    select
        bounded.*,
        next_starts_at is not null
        and coalesce(next_starts_at < granted_until, true) as is_ended_by_next
    from bounded
),

told as (
    select
        judged.*,
        case when is_ended_by_next then next_starts_at else granted_until end as ends_at,
        case when is_begun_by_coupon then coupon_source_file else source_file end as told_file,
        case when is_begun_by_coupon then coupon_source_line else source_line end as told_line,
        case when is_begun_by_coupon then coupon_start_at else recorded_at end as told_at
    from judged
),

ended as (
    select
        told.*,
        case
            when not is_ended_by_next then told_file
            when is_followed_by_coupon then next_coupon_source_file
            else next_source_file
        end as end_source_file,
        case
            when not is_ended_by_next then told_line
            when is_followed_by_coupon then next_coupon_source_line
            else next_source_line
        end as end_source_line,
        case
            when not is_ended_by_next then told_at
            when is_followed_by_coupon then coupon_end_at
            else next_recorded_at
        end as end_recorded_at
    from told
)

select
    ended.discount_id,
    ended.customer_id,
    ended.subscription_id,
    ended.item_id,
    ended.percent_off,
    ended.amount_off,
    ended.currency,
    ended.duration,
    ended.product_keys,
    ended.granted_at,
    ended.granted_until,
    ended.starts_at,
    ended.ends_at,
    ended.percent_off is null and ended.amount_off is null as is_unread,
    observations.mrr_reported,
    ---------- lineage
    ended.source_name,
    ended.told_file as source_file,
    ended.told_line as source_line,
    ended.told_at as recorded_at,
    ended.end_source_file,
    ended.end_source_line,
    ended.end_recorded_at
from ended
left join {{ ref('stg_subscription_observations') }} as observations
    on
        ended.percent_off is null
        and ended.amount_off is null
        and ended.subscription_id = observations.subscription_id
        and ended.told_at = observations.recorded_at
where
    ended.ends_at is null
    or ended.ends_at > ended.starts_at
