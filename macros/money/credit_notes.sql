{#- Whether a credit note was given by now and not taken back. -#}
{% macro is_credit_in_force() -%}
    (
        issued_at <= {{ as_of() }}
        and status <> 'void'
        and (voided_at is null or voided_at > {{ as_of() }})
    )
{%- endmacro %}


{#- The revenue class of what a credit note takes back: what it writes off is bad debt. -#}
{% macro credit_note_class(credit_notes) -%}
    case when {{ credit_notes }}.is_write_off then 'bad_debt' else 'credit_note' end
{%- endmacro %}
