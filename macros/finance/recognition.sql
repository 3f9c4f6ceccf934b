{#-
    Where an instant stands on the line along which revenue is recognised: in whole local days, or in seconds, as
    the policy recognition_granularity has it. Both count from 1970.
-#}
{% macro recognition_position(instant) -%}
    {%- if is_recognised_by_second() -%}
        cast({{ seconds_between(_beginning(), instant) }} as {{ type_double() }})
    {%- else -%}
        cast({{ days_between(_first_day(), local_date(instant)) }} as {{ type_double() }})
    {%- endif -%}
{%- endmacro %}


{#- Where a local month begins on that line. -#}
{% macro month_position(index) -%}
    {%- set first_day = month_from_index(index) -%}
    {%- if is_recognised_by_second() -%}
        cast({{ seconds_between(_beginning(), local_midnight(first_day)) }} as {{ type_double() }})
    {%- else -%}
        cast({{ days_between(_first_day(), first_day) }} as {{ type_double() }})
    {%- endif -%}
{%- endmacro %}


{% macro is_recognised_by_second() -%}
    {{ return(policy('recognition_granularity') in ('second', 'month_even_prorated')) }}
{%- endmacro %}


{% macro _beginning() -%}
    cast('1970-01-01 00:00:00' as {{ type_instant() }})
{%- endmacro %}


{% macro _first_day() -%}
    cast('1970-01-01' as date)
{%- endmacro %}


{#-
    DECISIONS.md#even-months
    How many months a service period is, to the nearest: 15 June to 13 October are 4. Only the policy month_even
    asks.
-#}
{% macro even_months(start_at, end_at) -%}
    {%- set start_on, end_on = local_date(start_at), local_date(end_at) -%}
    {%- set days_over = 'extract(day from ' ~ end_on ~ ') - extract(day from ' ~ start_on ~ ')' -%}
    greatest(
        {{ months_between(start_on, end_on) }}
        + case when {{ days_over }} >= 15 then 1 when {{ days_over }} < -15 then -1 else 0 end,
        1
    )
{%- endmacro %}


{#- 1 where a period begins or ends inside a month, 0 where it does on a month's first day. -#}
{% macro partial_months(index, position) -%}
    case when {{ month_position(index) }} = {{ position }} then 0 else 1 end
{%- endmacro %}


{#-
    The share of a line, 0 to 1, that is recognised when its month number `number` begins (0 is its first month) and
    `position` is reached. Months that a period touches in part are whole ones for month_even; for
    month_even_prorated they take their share of the time, and the whole months share the rest.
-#}
{% macro planned_share(number, position) -%}
    {%- set granularity = policy('recognition_granularity') -%}
    {%- set last_number = '(last_month_index - first_month_index)' -%}
    {%- if granularity == 'month_even' -%}
        cast(least({{ number }}, even_months) as {{ type_double() }}) / even_months
    {%- elif granularity == 'month_even_prorated' -%}
        case
            when {{ number }} = 0 then 0
            when {{ number }} > {{ last_number }} then 1
            else head_share + ({{ number }} - head_months) * coalesce(
                (1 - head_share - tail_share)
                / nullif({{ last_number }} + 1 - head_months - tail_months, 0),
                0
            )
        end
    {%- else -%}
        ({{ position }} - start_position) / (end_position - start_position)
    {%- endif -%}
{%- endmacro %}


{#- An exact amount in the decimals of its currency, half up: away from zero, so that a line and its credit agree. -#}
{% macro round_to_exponent(amount, exponent) -%}
    {#- A double is off in its sixteenth digit: what is half a cent but for that is half a cent. -#}
    {%- set exact = 'cast(' ~ amount ~ ' as decimal(28, 8))' -%}
    cast(
        case {{ exponent }}
            when 0 then round({{ exact }}, 0)
            when 2 then round({{ exact }}, 2)
            when 3 then round({{ exact }}, 3)
            else round({{ exact }}, 4)
        end as {{ type_money() }}
    )
{%- endmacro %}


{#-
    Lines whose subscription ended before their period did and that nobody credited: a select statement, of no rows
    where the policy recognise_on_end is `continue`.
-#}
{% macro accelerated_lines(lines, credit_notes) -%}
select
        lines.invoice_id,
        lines.line_id,
        lines.line_id as event_id,
        'accelerated' as event_kind,
        subscriptions.ended_at as happened_at,
        cast(null as {{ type_money() }}) as amount,
        cast(null as {{ type_money() }}) as tax
    from {{ lines }} as lines
    inner join {{ ref('stg_subscriptions') }} as subscriptions
        on lines.subscription_id = subscriptions.subscription_id
    left join {{ credit_notes }} as credit_notes on lines.invoice_id = credit_notes.invoice_id
    where
        {{ 'true' if policy('recognise_on_end') == 'accelerate' else 'false' }}
        and lines.has_period
        and lines.kind <> 'credit_purchase'
        and subscriptions.ended_at >= lines.start_at
        and subscriptions.ended_at < lines.end_at
        and subscriptions.ended_at <= {{ as_of() }}
        and credit_notes.credit_note_id is null
{%- endmacro %}


{#- The smallest amount that a currency can write. -#}
{% macro smallest_unit(exponent) -%}
    cast(
        case {{ exponent }} when 0 then 1 when 2 then 0.01 when 3 then 0.001 else 0.0001 end
        as {{ type_money() }}
    )
{%- endmacro %}
