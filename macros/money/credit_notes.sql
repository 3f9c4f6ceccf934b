{#- Whether a credit note was given by now and not taken back. -#}
{% macro is_credit_in_force() -%}
    (
        issued_at <= {{ as_of() }}
        and status <> 'void'
        and (voided_at is null or voided_at > {{ as_of() }})
    )
{%- endmacro %}
