-- Grain: one row per exception that breaks the rule: its code is not known, or says nothing.
with exceptions as (
    select * from {{ ref('fct_identity_exceptions') }}
)

select
    {{ told('exception_id') }} || ': the code ' || {{ told('code') }}
    || ' says too little'
    || case when severity is null then ' (no severity)' else '' end
    || case when meaning is null then ' (no meaning)' else '' end
    || case when action is null then ' (no action)' else '' end as message,
    exception_id,
    code
from exceptions
where
    severity is null
    or meaning is null
    or action is null
