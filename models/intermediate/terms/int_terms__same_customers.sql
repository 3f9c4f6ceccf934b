-- Grain: one row per customer and name that it has in common with those that are the same customer.
-- Customers are those that billing systems left after their own merges.
-- DECISIONS.md#who-carries-the-history
with links as (
    select * from {{ ref('int_terms__customer_links') }}
    where
        is_in_force
        and same_customer_id is not null
),

of_accounts as (
    select * from {{ ref('int_terms__customers_of_accounts') }}
),

account_merges as (
    select
        merged_id,
        survivor_id
    from {{ ref('stg_crm_merges') }}
    where object = 'account'
),

told_merges as (
    select * from {{ ref('int_terms__told_merges') }}
),

named as (
    select
        customer_id,
        'customer ' || same_customer_id as common_name,
        1 as is_called_another
    from links

    union all

    select
        same_customer_id as customer_id,
        'customer ' || same_customer_id as common_name,
        0 as is_called_another
    from links

    union all

    select
        customer_id,
        'account ' || account_name as common_name,
        0 as is_called_another
    from of_accounts

    union all

    select
        of_accounts.customer_id,
        'account ' || account_merges.survivor_id as common_name,
        0 as is_called_another
    from of_accounts
    inner join account_merges on of_accounts.account_name = account_merges.merged_id
)

select
    coalesce(told_merges.survivor_customer_id, named.customer_id) as customer_id,
    named.common_name,
    max(named.is_called_another) as is_called_another
from named
left join told_merges on named.customer_id = told_merges.merged_customer_id
group by
    coalesce(told_merges.survivor_customer_id, named.customer_id),
    named.common_name
