-- Grain: one row per customer without a candidate and account whose name is like its name: for a person to judge.
with customer_records as (

    select * from {{ ref('int_identity__customer_records') }}

),

decisions as (

    select * from {{ ref('int_identity__decisions') }}

),

account_records as (

    select * from {{ ref('int_identity__account_records') }}

),

unmatched_customers as (

    select
        customer_records.customer_id,
        {{ company_name('customer_records.name') }} as company_name
    from customer_records
    left join decisions on customer_records.customer_id = decisions.customer_id
    where
        decisions.customer_id is null
        and customer_records.record_id = customer_records.customer_id
        and customer_records.is_expected

),

accounts as (

    select
        crm_account_id,
        {{ company_name('name') }} as company_name
    from account_records
    where is_survivor

),

compared as (

    select
        unmatched_customers.customer_id,
        accounts.crm_account_id,
        {{ name_similarity('unmatched_customers.company_name', 'accounts.company_name') }} as similarity
    from unmatched_customers
    -- Names that begin differently are not compared: all pairs would be too many.
    inner join accounts
        on substr(unmatched_customers.company_name, 1, 3) = substr(accounts.company_name, 1, 3)
    where length(unmatched_customers.company_name) >= 3

),

ranked as (

    select
        customer_id,
        crm_account_id,
        similarity,
        row_number() over (
            partition by customer_id
            order by similarity desc, crm_account_id
        ) as proposal_rank
    from compared
    where similarity >= {{ proposed_similarity() }}

)

select
    customer_id,
    crm_account_id,
    similarity,
    proposal_rank
from ranked
where proposal_rank <= 3
