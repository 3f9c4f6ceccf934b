-- Grain: one row per link that breaks the rule: its account was merged away or never delivered.
with links as (
    select * from {{ ref('fct_identity_links') }}
),

accounts as (
    select * from {{ ref('int_identity__account_records') }}
    where is_survivor
)

select
    {{ told('links.customer_id') }} || ' is linked to '
    || {{ told('links.crm_account_id') }}
    || ', which was merged away or never delivered' as message,
    links.customer_id,
    links.crm_account_id
from links
left join accounts on links.crm_account_id = accounts.record_id
where accounts.record_id is null
