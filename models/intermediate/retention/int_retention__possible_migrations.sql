-- Grain: one row per customer whose life began in one billing system when another customer's of the
-- same account ended in another one, and nothing says that the two are one customer.
-- DECISIONS.md#possible_migration
with lives as (
    select * from {{ ref('int_retention__lives') }}
),

accounts as (
    select
        customer_id,
        crm_account_id,
        source_name
    from {{ ref('int_identity__customer_accounts') }}
    where crm_account_id is not null
),

ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

firsts as (
    select
        lives.customer_id,
        lives.started_on,
        accounts.crm_account_id,
        accounts.source_name
    from lives
    inner join accounts on lives.customer_id = accounts.customer_id
    where lives.absent_since is null
),

lasts as (
    select
        lives.customer_id,
        lives.ended_on,
        accounts.crm_account_id,
        accounts.source_name
    from lives
    inner join accounts on lives.customer_id = accounts.customer_id
    where
        lives.ended_on is not null
        and lives.returned_on is null
),

arrivals as (
    select distinct
        firsts.customer_id,
        firsts.started_on
    from firsts
    inner join lasts
        on
            firsts.crm_account_id = lasts.crm_account_id
            and firsts.source_name <> lasts.source_name
            and firsts.customer_id <> lasts.customer_id
    where abs({{ days_between('lasts.ended_on', 'firsts.started_on') }}) <= 31
),

starts as (
    select
        arrivals.customer_id,
        ledger.subscription_id,
        ledger.item_id,
        ledger.effective_at,
        ledger.source_name,
        ledger.source_file,
        ledger.source_line,
        row_number() over (
            partition by arrivals.customer_id order by ledger.effective_at, ledger.ledger_id
        ) as rank
    from arrivals
    inner join ledger
        on
            arrivals.customer_id = ledger.customer_id
            and arrivals.started_on = ledger.effective_date
    where ledger.mrr_delta_native > 0
)

select
    customer_id,
    subscription_id,
    item_id,
    effective_at as since,
    source_name,
    source_file,
    source_line
from starts
where rank = 1
