{#- Whether MRR waits for the first paid invoice (policy mrr_start). -#}
{% macro mrr_starts_with_payment() -%}
    {{ 'true' if policy('mrr_start') == 'first_paid_invoice' else 'false' }}
{%- endmacro %}
