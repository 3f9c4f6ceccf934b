-- Grain: one row per linked customer and rule that names an account for it.
with candidates as (

    select * from {{ ref('int_identity__candidates') }}

),

decisions as (

    select * from {{ ref('int_identity__decisions') }}
    where crm_account_id is not null

)

select
    candidates.customer_id,
    candidates.rule,
    candidates.rule_rank,
    max(case when candidates.crm_account_id = decisions.crm_account_id then 1 else 0 end) = 1
        as is_agreeing,
    {{ joined_text('candidates.crm_account_id') }} as named_account_ids
from candidates
inner join decisions on candidates.customer_id = decisions.customer_id
group by candidates.customer_id, candidates.rule, candidates.rule_rank
