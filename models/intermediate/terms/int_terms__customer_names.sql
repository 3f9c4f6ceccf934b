-- Grain: one row per text of a link or an account that names a billing customer: its id, with or
-- without the name of its source. A customer that only its bills know can be named too.
with texts as (
    select customer_reference as reference
    from {{ ref('stg_identity_links') }}

    union distinct

    select account_reference as reference
    from {{ ref('stg_identity_links') }}

    union distinct

    select trim(billing_customer_id) as reference
    from {{ ref('stg_crm_accounts') }}
    where {{ is_one_account_one_customer() }}
),

billed as (
    select
        customer_id,
        source_name
    from {{ ref('stg_customers') }}

    union all

    select
        customer_id,
        source_name
    from {{ ref('stg_subscriptions') }}

    union all

    select
        customer_id,
        source_name
    from {{ ref('stg_subscription_items') }}
),

sources as (
    select distinct source_name
    from {{ ref('int_terms__source_bases') }}
),

candidates as (
    select
        reference,
        reference as customer_id
    from texts

    union all

    select
        texts.reference,
        sources.source_name || ':' || texts.reference as customer_id
    from texts
    cross join sources
),

known as (
    select distinct
        billed.customer_id,
        billed.source_name
    from billed
    where billed.customer_id in (select candidates.customer_id from candidates)
),

-- A test is nobody's other half.
excluded as (
    select * from {{ ref('int_terms__excluded_customers') }}
)

select
    candidates.reference,
    -- An id that two sources use names nobody.
    case when count(*) = 1 then min(known.customer_id) end as customer_id,
    case when count(*) = 1 then min(known.source_name) end as source_name
from candidates
inner join known on candidates.customer_id = known.customer_id
left join excluded on known.customer_id = excluded.customer_id
where excluded.customer_id is null
group by candidates.reference
