-- Grain: one row per customer and account that makes it one with the account's other customers.
-- By default only a person says so: customers of different systems linked to one account, where
-- each of these systems has one. Under the policy same_customer: crm_account every account does, by
-- the strongest id that names it.
-- DECISIONS.md#same_customer-crm_account
with links as (
    select * from {{ ref('int_terms__customer_links') }}
    where
        is_in_force
        and account_name is not null
),

customers as (
    select * from {{ ref('int_terms__customer_names') }}
),

accounts as (
    select * from {{ ref('int_terms__account_names') }}
),

excluded as (
    select * from {{ ref('int_terms__excluded_customers') }}
),

linked_accounts as (
    select account_name
    from links
    group by account_name
    having
        count(distinct customer_id) > 1
        and count(distinct customer_id) = count(distinct source_name)
),

named as (
    select
        customer_id,
        account_name,
        1 as rule_rank
    from links

    union all

    select
        customers.customer_id,
        records.crm_account_id as account_name,
        2 as rule_rank
    from {{ ref('stg_crm_accounts') }} as records
    inner join customers on trim(records.billing_customer_id) = customers.reference
    where
        {{ is_one_account_one_customer() }}
        and customers.customer_id is not null

    union all

    select
        records.customer_id,
        coalesce(accounts.crm_account_id, trim(records.crm_account_id)) as account_name,
        3 as rule_rank
    from {{ ref('stg_customers') }} as records
    left join accounts on trim(records.crm_account_id) = accounts.reference
    left join excluded on records.customer_id = excluded.customer_id
    where
        {{ is_one_account_one_customer() }}
        and trim(records.crm_account_id) <> ''
        and excluded.customer_id is null
),

strongest as (
    select
        named.*,
        rank() over (partition by named.customer_id order by named.rule_rank) as rank
    from named
),

-- Two accounts by one rule: the customer is nobody's.
decided as (
    select
        customer_id,
        min(account_name) as account_name
    from strongest
    where rank = 1
    group by customer_id
    having min(account_name) = max(account_name)
)

select
    decided.customer_id,
    decided.account_name
from decided
left join linked_accounts on decided.account_name = linked_accounts.account_name
where
    {{ is_one_account_one_customer() }}
    or linked_accounts.account_name is not null
