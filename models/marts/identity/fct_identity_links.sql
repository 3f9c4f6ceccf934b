-- Grain: one row per billing customer that is linked to a CRM account.
with customer_accounts as (

    select * from {{ ref('int_identity__customer_accounts') }}
    where crm_account_id is not null

),

decisions as (

    select * from {{ ref('int_identity__decisions') }}

),

agreeing_rules as (

    select
        customer_id,
        {{ joined_text('rule') }} as agreeing_rules
    from {{ ref('int_identity__agreements') }}
    where is_agreeing
    group by customer_id

),

delivered as (

    select * from {{ ref('stg_customers') }}

)

select
    customer_accounts.customer_id,
    customer_accounts.source_name,
    customer_accounts.crm_account_id,
    customer_accounts.rule,
    cast(decisions.rule_rank as integer) as rule_rank,
    agreeing_rules.agreeing_rules,
    decisions.candidates,
    customer_accounts.reseller_id,
    customer_accounts.reseller_evidence,
    customer_accounts.is_indirect,
    delivered.source_file,
    delivered.source_line
from customer_accounts
inner join decisions on customer_accounts.customer_id = decisions.customer_id
inner join agreeing_rules on customer_accounts.customer_id = agreeing_rules.customer_id
left join delivered on customer_accounts.customer_id = delivered.customer_id
