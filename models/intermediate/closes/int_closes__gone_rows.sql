-- Grain: one row per customer of whom a source took rows back, with the one that left last and the
-- line that told of it before.
with rows_that_left as (
    {{ rows_that_left('subscriptions', ['subscription_id'], 'customer_id, subscription_id') }}

    union all

    {{ rows_that_left(
        'subscription_items',
        ['subscription_id', 'item_id', 'valid_from'],
        'customer_id, subscription_id'
    ) }}

    union all

    {{ rows_that_left('subscription_changes', ['change_id'], 'customer_id, subscription_id') }}

    union all

    {{ rows_that_left('invoices', ['invoice_id'], 'customer_id, subscription_id') }}
),

subscriptions as (
    select
        _source as source_name,
        subscription_id,
        max(customer_id) as customer_id
    from {{ source('raw', 'subscriptions') }}
    where subscription_id in (select gone.subscription_id from rows_that_left as gone)
    group by
        _source,
        subscription_id
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

named as (
    select
        rows_that_left.*,
        {{ source_key(
            'coalesce(rows_that_left.customer_id, subscriptions.customer_id)',
            'rows_that_left.source_name'
        ) }} as named_customer_id
    from rows_that_left
    left join subscriptions
        on
            rows_that_left.source_name = subscriptions.source_name
            and rows_that_left.subscription_id = subscriptions.subscription_id
),

survived as (
    select
        coalesce(customer_merges.survivor_customer_id, named.named_customer_id) as customer_id,
        named.told_in,
        named.recorded_at,
        named.loaded_at,
        named.source_file,
        named.source_line
    from named
    left join customer_merges on named.named_customer_id = customer_merges.merged_customer_id
    where named.named_customer_id is not null
),

ranked as (
    select
        survived.*,
        row_number() over (
            partition by customer_id
            order by loaded_at desc, source_file desc, source_line desc, told_in asc
        ) as rank
    from survived
)

select
    customer_id,
    told_in,
    recorded_at,
    loaded_at,
    source_file,
    source_line
from ranked
where rank = 1
