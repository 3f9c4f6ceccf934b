-- Grain: one row per subscription that breaks the rule: its MRR is not what its system reports.
with reported as (
    select * from {{ ref('stg_subscriptions') }}
),

ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

ours as (
    select
        subscription_id,
        sum(mrr_delta_native) as mrr
    from ledger
    where effective_at <= {{ as_of() }}
    group by subscription_id
)

select
    reported.subscription_id
    || ': its system reports '
    || cast(reported.mrr_reported as {{ dbt.type_string() }})
    || ', we have ' || cast(coalesce(ours.mrr, 0) as {{ dbt.type_string() }})
    || ', more than ' || cast({{ policy('reported_mrr_tolerance') }} as {{ dbt.type_string() }})
    || ' of that apart' as message,
    reported.subscription_id,
    reported.mrr_reported,
    coalesce(ours.mrr, 0) as mrr
from reported
left join ours on reported.subscription_id = ours.subscription_id
where
    abs(reported.mrr_reported - coalesce(ours.mrr, 0))
    > {{ policy('reported_mrr_tolerance') }} * abs(reported.mrr_reported)
