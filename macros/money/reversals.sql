{#- Whether a refund or dispute has taken its money by now: a refund that did not fail, a dispute that was lost. -#}
{% macro is_money_gone() -%}
    (
        occurred_at <= {{ as_of() }}
        and (
            (kind = 'refund' and status not in ('failed', 'canceled'))
            or (kind = 'dispute' and status = 'lost')
        )
    )
{%- endmacro %}
