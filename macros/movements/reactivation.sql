{#- Whether a customer came back later than the policy reactivation_window_days allows for a return. -#}
{% macro returns_too_late(left_on, returned_on) -%}
    {%- if policy('reactivation_window_days') is none -%}
        false
    {%- else -%}
        {{ days_between(left_on, returned_on) }} > {{ policy('reactivation_window_days') }}
    {%- endif -%}
{%- endmacro %}
