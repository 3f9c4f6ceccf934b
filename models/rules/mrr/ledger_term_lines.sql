-- Grain: one row per ledger row and row of the price, or of a discount or coupon of its item,
-- subscription or customer, at the line that it names: whether the line shows what the ledger says,
-- and whether it dates it.
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
    where standing <> 'ended'
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

granted as (
    select
        discounts.*,
        {{ source_key('discounts.item_id', 'discounts._source') }} as item_key,
        {{ source_key('discounts.subscription_id', 'discounts._source') }} as subscription_key,
        coalesce(
            customer_merges.survivor_customer_id,
            {{ source_key('discounts.customer_id', 'discounts._source') }}
        ) as customer_key
    from {{ source('raw', 'discounts') }} as discounts
    left join customer_merges
        on
            {{ source_key('discounts.customer_id', 'discounts._source') }}
            = customer_merges.merged_customer_id
),

grants as (
    select distinct
        _source,
        coupon_id,
        item_key,
        subscription_key,
        customer_key
    from granted
    where coupon_id is not null
),

coupons as (
    select * from {{ source('raw', 'coupons') }}
),

passing_coupons as (
    select distinct
        _source,
        coupon_id
    from coupons
    where duration <> 'forever'
),

-- A discount ends with the list that lacks it, with its own date or after the months that it or its
-- coupon lasts; what a delivery says of it anew may hold since the end that was said before.
of_discounts as (
    select
        ledger.ledger_id,
        ledger.effective_at,
        lines._is_deleted as is_deleted,
        lines.duration <> 'forever' or passing_coupons.coupon_id is not null as is_passing,
        lines._extracted_at as told_at,
        cast(lines.starts_at as {{ type_instant() }}) as starts_at,
        cast(lines.ends_at as {{ type_instant() }}) as ends_at
    from ledger
    inner join granted as lines
        on
            {{ is_line_of_ledger() }}
            and (
                ledger.item_id = lines.item_key
                or ledger.subscription_id = lines.subscription_key
                or ledger.customer_id = lines.customer_key
            )
    left join passing_coupons
        on
            lines._source = passing_coupons._source
            and lines.coupon_id = passing_coupons.coupon_id
)

select
    ledger_id,
    is_deleted
    or (effective_at >= starts_at and effective_at <= told_at)
    or {{ dates_the_row('starts_at') }}
    or {{ dates_the_row('ends_at') }}
    or (is_passing and starts_at < effective_at) as is_shown,
    {{ dates_the_row('starts_at') }}
    or {{ dates_the_row('ends_at') }}
    or (is_passing and starts_at < effective_at) as is_dated
from of_discounts

union all

select
    ledger.ledger_id,
    true as is_shown,
    false as is_dated
from ledger
inner join coupons as lines on {{ is_line_of_ledger() }}
inner join grants
    on
        lines._source = grants._source
        and lines.coupon_id = grants.coupon_id
        and (
            ledger.item_id = grants.item_key
            or ledger.subscription_id = grants.subscription_key
            or ledger.customer_id = grants.customer_key
        )

union all

select
    ledger.ledger_id,
    not lines._is_deleted as is_shown,
    ledger.standing = 'past_due_limit' as is_dated
from ledger
inner join {{ source('raw', 'prices') }} as lines
    on
        {{ is_line_of_ledger() }}
        and ledger.price_id = {{ source_key('lines.price_id', 'lines._source') }}
