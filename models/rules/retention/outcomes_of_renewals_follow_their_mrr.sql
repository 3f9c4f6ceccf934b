-- Grain: one row per term that breaks the rule: its outcome is not what its MRR before and after
-- say, nothing was due, it ends before it began, or it is open without a risk or settled with one.
with renewals as (
    select
        *,
        case
            when mrr_after is null then 'open'
            when mrr_after = 0 then 'churned'
            when mrr_after > due_mrr then 'expanded'
            when mrr_after < due_mrr then 'contracted'
            when mrr_after = due_mrr then 'renewed'
        end as outcome_of_mrr
    from {{ ref('fct_renewals') }}
)

select
    {{ told('subscription_id') }} || ', ' || {{ told('term_start_on') }}
    || ' to ' || {{ told('term_end_on') }}
    || ': ' || {{ told('outcome') }}
    || ' with ' || {{ told('mrr_after') }}
    || ' after ' || {{ told('due_mrr') }}
    || ', risk ' || {{ told('renewal_risk') }} as message,
    subscription_id,
    term_end_on
from renewals
where
    outcome is distinct from outcome_of_mrr
    or due_mrr <= 0
    or term_end_on <= term_start_on
    or (outcome = 'open') is distinct from (renewal_risk is not null)
