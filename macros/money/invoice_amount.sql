{#- An amount of a row of int_payments__invoices in the reporting currency, at the rate of the invoice's day. -#}
{% macro invoice_amount(amount_native) -%}
    cast({{ balance_in_reporting_currency(
        amount_native, 'invoices.currency', 'invoices.exchange_rate'
    ) }} as {{ type_money() }})
{%- endmacro %}
