{#-
    Whether what is billed a month is what the terms come to a month, but for rounding: net with net. Or list
    with list, where the invoice takes off at least what the terms do: a coupon for one invoice is no part of MRR.
-#}
{% macro bills_terms(net_mrr, list_mrr) -%}
    (
        {{ is_about('billed_mrr', net_mrr) }}
        or (
            {{ is_about('(billed_mrr + billed_discount_mrr)', list_mrr) }}
            and billed_mrr < {{ net_mrr }}
        )
    )
{%- endmacro %}


{#- Within half a percent, or a cent: lines are rounded to their currency, MRR is not. -#}
{% macro is_about(amount, expected) -%}
    abs({{ amount }} - {{ expected }})
    <= greatest(abs(cast({{ expected }} as {{ type_exact() }})) * 0.005, 0.01)
{%- endmacro %}
