{#- First day of a day's month, as a DATE. -#}
{% macro month_start(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}


{#- Months since year 0 as one integer: differences are months, and it is the cheap key of a month. -#}
{% macro month_index(day) -%}
    cast(extract(year from {{ day }}) * 12 + extract(month from {{ day }}) - 1 as integer)
{%- endmacro %}


{#- Whole months from one first-of-month to another. -#}
{% macro months_between(from_month, to_month) -%}
    ({{ month_index(to_month) }} - {{ month_index(from_month) }})
{%- endmacro %}


{#- The first day of the month with this index. -#}
{% macro month_from_index(index) -%}
    {{ return(adapter.dispatch('month_from_index')(index)) }}
{%- endmacro %}


{#- The last day of the month with this index. -#}
{% macro month_end_from_index(index) -%}
    {{ day_before(month_from_index('(' ~ index ~ ' + 1)')) }}
{%- endmacro %}


{#- In a select list: one row for each integer from first to last, both included. -#}
{% macro expand_integers(first, last) -%}
    {{ return(adapter.dispatch('expand_integers')(first, last)) }}
{%- endmacro %}


{#- In a select list: one row for each day from first to last, both included. -#}
{% macro expand_days(first, last) -%}
    {{ return(adapter.dispatch('expand_days')(first, last)) }}
{%- endmacro %}


{% macro day_before(day) -%}
    {{ add_days(day, -1) }}
{%- endmacro %}


{% macro add_days(day, count) -%}
    {{ return(adapter.dispatch('add_days')(day, count)) }}
{%- endmacro %}


{#- An instant some days later, of 24 hours each. -#}
{% macro add_days_to_instant(instant, count) -%}
    {{ return(adapter.dispatch('add_days_to_instant')(instant, count)) }}
{%- endmacro %}


{#- Whole days from one DATE to another. -#}
{% macro days_between(from_day, to_day) -%}
    {{ return(adapter.dispatch('days_between')(from_day, to_day)) }}
{%- endmacro %}


{#- An instant one billing period later: calendar months for months, quarters and years. -#}
{% macro add_period(instant, unit, count) -%}
    {{ return(adapter.dispatch('add_period')(instant, unit, count)) }}
{%- endmacro %}


{#- An instant one billing period later if every month were a February of 28 days. -#}
{% macro add_shortest_period(instant, unit, count) -%}
    {{ return(adapter.dispatch('add_shortest_period')(instant, unit, count)) }}
{%- endmacro %}


{#- The index of the last month at whose end, or at as_of, a state with this end still holds. -#}
{% macro last_month_at_end(end_at) -%}
    case
        when {{ end_at }} is null or {{ end_at }} > {{ as_of() }} then {{ month_index(as_of_date()) }}
        else {{ month_index(local_date(end_at)) }} - 1
    end
{%- endmacro %}
