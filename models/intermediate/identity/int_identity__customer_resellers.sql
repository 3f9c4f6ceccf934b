-- Grain: one row per customer that some source says was sold through a reseller.
with resellers as (

    select * from {{ ref('int_identity__resellers') }}

),

decisions as (

    select * from {{ ref('int_identity__decisions') }}

),

account_records as (

    select * from {{ ref('int_identity__account_records') }}

),

account_references as (

    select * from {{ ref('int_identity__account_references') }}

),

won_deals as (

    select
        deals.deal_id,
        deals.reseller_id,
        account_references.crm_account_id
    from {{ ref('stg_crm_deals') }} as deals
    inner join account_references on deals.crm_account_id = account_references.reference
    where deals.outcome = 'won'

),

evidence as (

    select
        customer_id,
        1 as evidence_rank,
        'billing' as evidence,
        record_id,
        trim(reseller_id) as reference
    from {{ ref('int_identity__customer_records') }}

    union all

    select
        decisions.customer_id,
        2 as evidence_rank,
        'crm_account' as evidence,
        account_records.record_id,
        trim(account_records.reseller_id) as reference
    from decisions
    inner join account_records on decisions.crm_account_id = account_records.crm_account_id

    union all

    select
        decisions.customer_id,
        3 as evidence_rank,
        'won_deal' as evidence,
        won_deals.deal_id as record_id,
        trim(won_deals.reseller_id) as reference
    from decisions
    inner join won_deals on decisions.crm_account_id = won_deals.crm_account_id

),

ranked as (

    select
        evidence.customer_id,
        evidence.evidence,
        resellers.reseller_id,
        row_number() over (
            partition by evidence.customer_id
            order by evidence.evidence_rank, evidence.record_id
        ) as rank_in_customer,
        min(resellers.reseller_id) over (partition by evidence.customer_id) as first_reseller_id,
        max(resellers.reseller_id) over (partition by evidence.customer_id) as last_reseller_id
    from evidence
    inner join resellers on evidence.reference = resellers.reference

)

select
    customer_id,
    reseller_id,
    evidence as reseller_evidence,
    first_reseller_id <> last_reseller_id as is_disputed,
    first_reseller_id,
    last_reseller_id
from ranked
where rank_in_customer = 1
