{{ config(materialized='table') }}

-- Grain: one row per customer for which any rule names an account: the strongest such rule decides.
with candidates as (

    select * from {{ ref('int_identity__candidates') }}

),

rules_of_customers as (

    select
        customer_id,
        rule,
        rule_rank,
        count(*) as named_accounts,
        min(crm_account_id) as first_account_id,
        {{ joined_text('crm_account_id') }} as named_account_ids,
        row_number() over (partition by customer_id order by rule_rank) as rank_in_customer
    from candidates
    group by customer_id, rule, rule_rank

),

accounts_of_customers as (

    select distinct
        customer_id,
        crm_account_id
    from candidates

),

all_candidates as (

    select
        customer_id,
        {{ joined_text('crm_account_id') }} as candidates
    from accounts_of_customers
    group by customer_id

)

select
    rules_of_customers.customer_id,
    rules_of_customers.rule,
    rules_of_customers.rule_rank,
    rules_of_customers.named_accounts > 1 as is_ambiguous,
    -- Several accounts: a weaker rule must not choose among them, so nobody does.
    case when rules_of_customers.named_accounts = 1 then rules_of_customers.first_account_id end
        as crm_account_id,
    rules_of_customers.named_account_ids,
    all_candidates.candidates
from rules_of_customers
inner join all_candidates on rules_of_customers.customer_id = all_candidates.customer_id
where rules_of_customers.rank_in_customer = 1
