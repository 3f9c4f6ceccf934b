-- Grain: one row per code and customer or account.
-- Linking ended without an account, or against some evidence.
with customer_accounts as (

    select * from {{ ref('int_identity__customer_accounts') }}

),

decisions as (

    select * from {{ ref('int_identity__decisions') }}

),

account_records as (

    select * from {{ ref('int_identity__account_records') }}
    where is_survivor

),

delivered_accounts as (

    select count(*) as accounts
    from account_records

),

conflicting_rules as (

    select
        customer_id,
        {{ joined_text('rule') }} as rule
    from {{ ref('int_identity__agreements') }}
    where not is_agreeing
    group by customer_id

),

proposals as (

    select
        customer_id,
        {{ joined_text('crm_account_id') }} as candidates
    from {{ ref('int_identity__name_proposals') }}
    group by customer_id

),

linked_accounts as (

    select distinct crm_account_id
    from decisions

),

won_accounts as (

    select distinct account_references.crm_account_id
    from {{ ref('stg_crm_deals') }} as deals
    inner join {{ ref('int_identity__account_references') }} as account_references
        on deals.crm_account_id = account_references.reference
    where deals.outcome = 'won'

)

select
    'ambiguous' as code,
    decisions.customer_id,
    cast(null as {{ dbt.type_string() }}) as crm_account_id,
    decisions.rule,
    decisions.named_account_ids as candidates,
    customer_accounts.source_name
from decisions
inner join customer_accounts on decisions.customer_id = customer_accounts.customer_id
where decisions.is_ambiguous

union all

select
    'rule_conflict' as code,
    decisions.customer_id,
    decisions.crm_account_id,
    conflicting_rules.rule,
    decisions.candidates,
    customer_accounts.source_name
from decisions
inner join conflicting_rules on decisions.customer_id = conflicting_rules.customer_id
inner join customer_accounts on decisions.customer_id = customer_accounts.customer_id
-- A person who links by hand has seen the other evidence.
where decisions.rule <> 'manual_link'

union all

select
    'reseller_conflict' as code,
    customer_resellers.customer_id,
    customer_accounts.crm_account_id,
    cast(null as {{ dbt.type_string() }}) as rule,
    customer_resellers.first_reseller_id || ', ' || customer_resellers.last_reseller_id
        as candidates,
    customer_accounts.source_name
from {{ ref('int_identity__customer_resellers') }} as customer_resellers
inner join customer_accounts on customer_resellers.customer_id = customer_accounts.customer_id
where customer_resellers.is_disputed

union all

select
    'unmatched_customer' as code,
    customer_accounts.customer_id,
    cast(null as {{ dbt.type_string() }}) as crm_account_id,
    cast(null as {{ dbt.type_string() }}) as rule,
    proposals.candidates,
    customer_accounts.source_name
from customer_accounts
left join decisions on customer_accounts.customer_id = decisions.customer_id
left join proposals on customer_accounts.customer_id = proposals.customer_id
cross join delivered_accounts
where
    decisions.customer_id is null
    and customer_accounts.is_expected
    -- A company without a CRM misses nothing.
    and delivered_accounts.accounts > 0

union all

select
    'unmatched_account' as code,
    cast(null as {{ dbt.type_string() }}) as customer_id,
    account_records.crm_account_id,
    cast(null as {{ dbt.type_string() }}) as rule,
    cast(null as {{ dbt.type_string() }}) as candidates,
    account_records.source_name
from account_records
left join linked_accounts on account_records.crm_account_id = linked_accounts.crm_account_id
left join won_accounts on account_records.crm_account_id = won_accounts.crm_account_id
where
    linked_accounts.crm_account_id is null
    and not account_records.is_reseller
    and (
        won_accounts.crm_account_id is not null
        or {{ plain_text('trim(account_records.lifecycle)') }} in {{ customer_lifecycles() }}
    )
