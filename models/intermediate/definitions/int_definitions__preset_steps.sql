{{ config(materialized='kept', by='customer') }}

-- Grain: one row per item state, preset and reason for which its definition gives it another MRR:
-- together the reasons lead from our MRR to theirs.
{% set reason_of_standing -%}
    case standing
        when 'paused' then 'pause'
        when 'retention_trial' then 'retention_trial'
        when 'unpaid' then 'unpaid'
        when 'past_due_limit' then 'past_due'
    end
{%- endset %}

with states as (
    select * from {{ ref('int_definitions__preset_states') }}
),

steps as (
    {% for reason, theirs, ours in [
        ("'discounts'", 'after_discounts', 'mrr'),
        (reason_of_standing, 'after_status', 'after_discounts'),
        ("'mrr_start'", 'after_start', 'after_status'),
        ("'churn_date'", 'preset_mrr', 'after_start'),
    ] %}
        select
            customer_id,
            currency,
            preset,
            start_at,
            end_at,
            {{ reason }} as reason,
            {{ theirs }} - {{ ours }} as mrr_difference
        from states
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    customer_id,
    currency,
    preset,
    start_at,
    end_at,
    reason,
    cast(mrr_difference as {{ type_money() }}) as mrr_difference
from steps
where mrr_difference <> 0
