-- Grain: one row per type of finding and source row (source, for a basis) that it is about.
-- Few rows are found in many: each kind looks at the columns that tell it, and reads the rest of
-- those rows only. A CTE that several kinds share would be written out with all that is in it.
-- DECISIONS.md#findings-of-mrr
-- DECISIONS.md#an-end-that-nobody-dates
with unowned_subscriptions as (
    select distinct items.subscription_id
    from {{ ref('stg_subscription_items') }} as items
    left join {{ ref('stg_subscriptions') }} as subscriptions
        on items.subscription_id = subscriptions.subscription_id
    where subscriptions.customer_id is null
),

itemised_subscriptions as (
    select distinct subscription_id
    from {{ ref('stg_subscription_items') }}
),

running_subscriptions as (
    select distinct subscription_id
    from {{ ref('int_terms__item_versions') }}
    where status <> 'ended'
),

found as (
    {{ finding_of_versions('overlapping_versions', 'is_overlapping') }}

    union all

    {{ finding_of_versions('unpriced_item', "usage_type = 'licensed' and is_unpriced") }}

    union all

    {{ finding_of_versions(
        'unread_price_term', "usage_type = 'licensed' and unread_terms is not null"
    ) }}

    union all

    select
        'unread_price_term' as finding_type,
        coalesce(discounts.customer_id, subscriptions.customer_id) as customer_id,
        discounts.subscription_id,
        discounts.item_id,
        discounts.starts_at as since,
        discounts.source_name,
        discounts.source_file,
        discounts.source_line
    from {{ ref('int_terms__discount_versions') }} as discounts
    left join {{ ref('stg_subscriptions') }} as subscriptions
        on discounts.subscription_id = subscriptions.subscription_id
    where discounts.is_unread

    union all

    {{ finding_of_versions(
        'start_unknown_amount', "usage_type = 'licensed' and is_start_unknown"
    ) }}

    union all

    {{ finding_of_subscriptions(
        'subscription_without_item',
        "subscriptions.status in ('active', 'past_due')",
        having='itemised_subscriptions'
    ) }}

    union all

    -- Over when it was first seen, and nobody says since when.
    {{ finding_of_subscriptions(
        'end_unknown',
        "subscriptions.status = 'ended' and subscriptions.ended_at is null",
        having='running_subscriptions'
    ) }}

    union all

    select
        'item_without_customer' as finding_type,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        items.subscription_id,
        items.item_id,
        items.valid_from as since,
        items.source_name,
        items.source_file,
        items.source_line
    from {{ ref('stg_subscription_items') }} as items
    inner join unowned_subscriptions
        on items.subscription_id = unowned_subscriptions.subscription_id
    where items.customer_id is null

    union all

    select
        'negative_reported_mrr' as finding_type,
        customer_id,
        subscription_id,
        item_id,
        occurred_at as since,
        source_name,
        source_file,
        source_line
    from {{ ref('int_terms__changed_items') }}
    where is_negative

    union all

    select
        'discount_in_other_currency' as finding_type,
        discounted.customer_id,
        discounted.subscription_id,
        discounted.item_id,
        discounts.starts_at as since,
        discounts.source_name,
        discounts.source_file,
        discounts.source_line
    from {{ ref('int_states__item_discounts') }} as discounted
    inner join {{ ref('stg_discounts') }} as discounts
        on discounted.discount_id = discounts.discount_id
    where
        discounted.preset = 'default'
        and discounted.is_other_currency

    union all

    select
        'too_many_percentages' as finding_type,
        versions.customer_id,
        versions.subscription_id,
        versions.item_id,
        levels.interval_start_at as since,
        versions.source_name,
        versions.source_file,
        versions.source_line
    from {{ ref('int_states__interval_discounts') }} as levels
    inner join {{ ref('int_terms__item_versions') }} as versions
        on
            levels.subscription_id = versions.subscription_id
            and levels.item_id = versions.item_id
            and levels.interval_start_at >= versions.start_at
            and (versions.end_at is null or levels.interval_start_at < versions.end_at)
    where
        levels.preset = 'default'
        and levels.percentages > 4

    union all

    select
        'reported_mrr_differs' as finding_type,
        customer_id,
        subscription_id,
        cast(null as {{ dbt.type_string() }}) as item_id,
        recorded_at as since,
        source_name,
        source_file,
        source_line
    from {{ ref('int_findings__reported_differences') }}

    union all

    select
        'basis_not_delivered' as finding_type,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        cast(null as {{ dbt.type_string() }}) as subscription_id,
        cast(null as {{ dbt.type_string() }}) as item_id,
        cast(null as {{ type_instant() }}) as since,
        source_name,
        cast(null as {{ dbt.type_string() }}) as source_file,
        cast(null as {{ dbt.type_bigint() }}) as source_line
    from {{ ref('int_terms__source_bases') }}
    where mrr_basis <> {{ configured_basis('source_name') }}
),

-- A source row is named once for each type, however many states it became.
ranked as (
    select
        found.*,
        row_number() over (
            partition by
                found.finding_type,
                found.source_name,
                found.source_file,
                found.source_line,
                found.subscription_id,
                found.item_id
            -- Engines differ in where they put NULL.
            order by
                found.since,
                case when found.customer_id is null then 1 else 0 end,
                found.customer_id
        ) as rank
    from found
)

select
    finding_type,
    customer_id,
    subscription_id,
    item_id,
    since,
    source_name,
    source_file,
    source_line
from ranked
where rank = 1
