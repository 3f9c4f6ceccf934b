-- Grain: one row per customer of whom it was ever said, or no longer said, that it is one with
-- another, with the row that was learnt last.
with told_merges as (
    {{ first_tellings(
        'crm_merges',
        {'merged_id': 'merged_id', 'survivor_id': 'survivor_id', 'is_deleted': '_is_deleted'},
        "object = 'customer'"
    ) }}
),

told_links as (
    {{ first_tellings(
        'identity_links',
        {
            'customer_reference': 'trim(customer_id)',
            'account_reference': 'trim(crm_account_id)',
            'is_deleted': '_is_deleted',
        },
        'true'
    ) }}
),

customers as (
    select * from {{ ref('int_terms__customer_names') }}
    where customer_id is not null
),

named as (
    select
        {{ source_key('merged_id', 'source_name') }} as customer_id,
        loaded_at,
        recorded_at,
        source_file,
        source_line
    from told_merges

    union all

    select
        {{ source_key('survivor_id', 'source_name') }} as customer_id,
        loaded_at,
        recorded_at,
        source_file,
        source_line
    from told_merges

    union all

    select
        customers.customer_id,
        told_links.loaded_at,
        told_links.recorded_at,
        told_links.source_file,
        told_links.source_line
    from told_links
    inner join customers
        on
            told_links.customer_reference = customers.reference
            or told_links.account_reference = customers.reference
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

concerned as (
    select * from named

    union all

    select
        customer_merges.survivor_customer_id as customer_id,
        named.loaded_at,
        named.recorded_at,
        named.source_file,
        named.source_line
    from named
    inner join customer_merges on named.customer_id = customer_merges.merged_customer_id
),

ranked as (
    select
        concerned.*,
        row_number() over (
            partition by customer_id
            order by loaded_at desc, source_file desc, source_line desc
        ) as rank
    from concerned
)

select
    customer_id,
    loaded_at,
    recorded_at,
    source_file,
    source_line
from ranked
where rank = 1
