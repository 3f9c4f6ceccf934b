{#- Whether a row of `raw` is the line that a row of the ledger names, in the delivery that told it. -#}
{% macro is_line_of_ledger(lines='lines', ledger='ledger') -%}
    (
        {{ ledger }}.source_name = {{ lines }}._source
        and {{ ledger }}.source_file = {{ lines }}._file
        and coalesce({{ ledger }}.source_line, 0) = coalesce({{ lines }}._line, 0)
        and {{ ledger }}.recorded_at = {{ lines }}._extracted_at
    )
{%- endmacro %}


{#- Whether a date of a line says when a ledger row holds; over a bridged gap, some days before it. -#}
{% macro dates_the_row(instant) -%}
    coalesce(
        {{ instant }} <= effective_at
        and {{ add_days_to_instant(instant, policy('gap_tolerance_days')) }} >= effective_at,
        false
    )
{%- endmacro %}


{#- Whether a status that a line shows is what a ledger row stands at, as counted. -#}
{% macro is_standing_of(status) -%}
    (
        standing in ('unpaid_start', 'cancel_requested')
        or {{ status }} = case standing
            when 'past_due_limit' then 'past_due'
            when 'retention_trial' then 'trialing'
            else standing
        end
    )
{%- endmacro %}


{#- Whether nothing but a discount moved a row of the ledger. -#}
{% macro is_discount_alone(ledger='ledger') -%}
    (
        {{ ledger }}.discount_effect_native <> 0
        and {{ ledger }}.discount_effect_native = {{ ledger }}.mrr_delta_native
        and {{ ledger }}.quantity_effect_native = 0
        and {{ ledger }}.price_effect_native = 0
        and {{ ledger }}.interval_effect_native = 0
    )
{%- endmacro %}


{#- Whether one of the dates of a line does. -#}
{% macro one_dates_the_row(dates) -%}
    (
        {%- for date in dates %}
        {{ dates_the_row(date) }}
        {%- if not loop.last %} or{% endif %}
        {%- endfor %}
    )
{%- endmacro %}


{#- The ledger rows of which a line that they name is so, as a select: every kind of line. -#}
{% macro ledger_rows_with_a_line(condition) -%}
    {%- for lines in [
        'ledger_item_lines',
        'ledger_subscription_lines',
        'ledger_term_lines',
        'ledger_bill_lines',
        'ledger_sibling_lines',
    ] %}
    select ledger_id from {{ ref(lines) }}
    where {{ condition }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
{%- endmacro %}
