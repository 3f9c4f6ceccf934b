{{ config(materialized='table') }}

-- Grain: one row per customer without a candidate and account whose name is like its name.
-- A person judges: no link is made from it.
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

named_accounts as (

    select
        crm_account_id,
        {{ company_name('name') }} as company_name
    from account_records
    where is_survivor

),

accounts as (

    select
        crm_account_id,
        company_name,
        count(*) over (partition by substr(company_name, 1, 4)) as accounts_of_beginning,
        row_number() over (partition by company_name order by crm_account_id) as account_of_name
    from named_accounts
    where length(company_name) >= 3

),

compared as (

    -- All pairs would be too many: a name is compared with those that begin like it ...
    select
        unmatched_customers.customer_id,
        accounts.crm_account_id,
        {{ name_similarity('unmatched_customers.company_name', 'accounts.company_name') }}
            as similarity
    from unmatched_customers
    inner join accounts
        on substr(unmatched_customers.company_name, 1, 4) = substr(accounts.company_name, 1, 4)
    where accounts.accounts_of_beginning <= {{ most_accounts_of_a_beginning() }}

    union all

    -- ... and where half the CRM begins with "societe", with its equals.
    select
        unmatched_customers.customer_id,
        accounts.crm_account_id,
        cast(1 as {{ type_double() }}) as similarity
    from unmatched_customers
    inner join accounts on unmatched_customers.company_name = accounts.company_name
    where
        accounts.accounts_of_beginning > {{ most_accounts_of_a_beginning() }}
        and accounts.account_of_name <= {{ most_accounts_of_a_key() }}

),

ranked as (

    select
        customer_id,
        crm_account_id,
        similarity,
        row_number() over (
            partition by customer_id
            order by similarity desc, crm_account_id asc
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
