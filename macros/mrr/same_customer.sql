{#- Whether all billing customers of one CRM account are one customer (policy same_customer). -#}
{% macro is_one_account_one_customer() -%}
    {{ 'true' if policy('same_customer') == 'crm_account' else 'false' }}
{%- endmacro %}
