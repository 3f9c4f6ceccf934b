{#- Whether items of this standing have MRR (policy counted_statuses), as a literal. -#}
{% macro counts_standing(standing) -%}
    {{ 'true' if standing in policy('counted_statuses').split('+') else 'false' }}
{%- endmacro %}


{#- Whether MRR ends with the request to cancel (policy churn_date). -#}
{% macro mrr_ends_with_request() -%}
    {{ 'true' if policy('churn_date') == 'cancel_request' else 'false' }}
{%- endmacro %}


{#- Whether a standing has MRR by the company's policies; that of a trial is judged apart. -#}
{% macro standing_counts(standing) -%}
    case {{ standing }}
        when 'active' then true
        when 'past_due' then true
        when 'paused' then {{ counts_standing('paused') }}
        when 'unpaid' then {{ counts_standing('unpaid') }}
        else false
    end
{%- endmacro %}


{#- Whether a standing has MRR by the definition of a row of int_states__presets. -#}
{% macro standing_counts_in(preset, standing) -%}
    case {{ standing }}
        when 'active' then true
        when 'past_due' then true
        when 'past_due_limit' then {{ preset }}.counts_past_due_limit
        when 'retention_trial' then {{ preset }}.counts_retention_trial
        when 'paused' then {{ preset }}.counts_paused
        when 'unpaid' then {{ preset }}.counts_unpaid
        else false
    end
{%- endmacro %}
