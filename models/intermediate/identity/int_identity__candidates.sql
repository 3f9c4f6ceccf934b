{{ config(materialized='table') }}

-- Grain: one row per customer, rule and account that the rule names for it.
with rules as (

    select * from {{ ref('identity_rules') }}

),

manual_links as (

    select
        customer_id,
        'manual_link' as rule,
        1 as precision_rank,
        crm_account_id
    from {{ ref('int_identity__manual_links') }}
    where is_in_force

),

crm_billing_ids as (

    select
        customer_references.customer_id,
        'crm_billing_id' as rule,
        1 as precision_rank,
        account_records.crm_account_id
    from {{ ref('int_identity__account_records') }} as account_records
    inner join {{ ref('int_identity__customer_references') }} as customer_references
        on trim(account_records.billing_customer_id) = customer_references.reference

),

billing_crm_ids as (

    select
        customer_records.customer_id,
        'billing_crm_id' as rule,
        1 as precision_rank,
        account_references.crm_account_id
    from {{ ref('int_identity__customer_records') }} as customer_records
    inner join {{ ref('int_identity__account_references') }} as account_references
        on trim(customer_records.account_reference) = account_references.reference

),

account_keys as (

    select
        entity_id as crm_account_id,
        rule,
        key_value,
        precision_rank,
        row_number() over (
            partition by rule, key_value
            order by precision_rank, entity_id
        ) as account_number
    from {{ ref('int_identity__keys') }}
    where side = 'account'

),

customer_keys as (

    select
        entity_id as customer_id,
        rule,
        key_value,
        precision_rank
    from {{ ref('int_identity__keys') }}
    where side = 'customer'

),

equal_keys as (

    select
        customer_keys.customer_id,
        customer_keys.rule,
        greatest(customer_keys.precision_rank, account_keys.precision_rank) as precision_rank,
        account_keys.crm_account_id
    from customer_keys
    inner join account_keys
        on
            customer_keys.rule = account_keys.rule
            and customer_keys.key_value = account_keys.key_value
    where account_keys.account_number <= {{ most_accounts_of_a_key() }}

),

found as (

    select * from manual_links
    union all
    select * from crm_billing_ids
    union all
    select * from billing_crm_ids
    union all
    select * from equal_keys

),

ranked as (

    select
        found.customer_id,
        found.rule,
        found.crm_account_id,
        -- Within a rule the more precise value decides: the establishment before its company.
        rank() over (
            partition by found.customer_id, found.rule
            order by found.precision_rank
        ) as rank_in_rule
    from found
    where
        found.customer_id is not null
        and found.crm_account_id is not null

)

select distinct
    ranked.customer_id,
    ranked.rule,
    rules.rule_rank,
    ranked.crm_account_id
from ranked
inner join rules on ranked.rule = rules.rule
where ranked.rank_in_rule = 1
