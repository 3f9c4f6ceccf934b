{#-
    The billing interval as a word: month, quarter, year, or a count of units such as "2 years". Twelve months and four
    quarters are a year, three months a quarter.
-#}
{% macro billing_interval(unit, count) -%}
    case
        when {{ unit }} = 'month' and {{ count }} = 12 then 'year'
        when {{ unit }} = 'quarter' and {{ count }} = 4 then 'year'
        when {{ unit }} = 'month' and {{ count }} = 3 then 'quarter'
        when {{ count }} = 1 then {{ unit }}
        else cast({{ count }} as {{ dbt.type_string() }}) || ' ' || {{ unit }} || 's'
    end
{%- endmacro %}


{#-
    Whether customers pay by a month or less, or by more: "month" or "longer", from the word for their billing interval. What
    is not known counts as a month.
-#}
{% macro interval_band(interval) -%}
    case
        when
            {{ interval }} in ('quarter', 'year')
            or {{ interval }} like '% months'
            or {{ interval }} like '% quarters'
            or {{ interval }} like '% years'
            then 'longer'
        when
            {{ interval }} like '% weeks'
            and cast({{ dbt.split_part(interval, "' '", 1) }} as integer) > 4
            then 'longer'
        when
            {{ interval }} like '% days'
            and cast({{ dbt.split_part(interval, "' '", 1) }} as integer) > 31
            then 'longer'
        else 'month'
    end
{%- endmacro %}


{#-
    The billing interval that a service period of so many days is, as a unit and a count; a day less, where
    the end is written as the last day.
-#}
{% macro period_unit(days) -%}
    case
        when {{ days }} between 27 and 31 then 'month'
        when {{ days }} between 58 and 62 then 'month'
        when {{ days }} between 88 and 92 then 'quarter'
        when {{ days }} between 180 and 184 then 'quarter'
        when {{ days }} between 364 and 366 then 'year'
        when {{ days }} between 729 and 731 then 'year'
        when {{ days }} between 1094 and 1096 then 'year'
        else 'day'
    end
{%- endmacro %}


{% macro period_count(days) -%}
    case
        when {{ days }} between 58 and 62 then 2
        when {{ days }} between 180 and 184 then 2
        when {{ days }} between 729 and 731 then 2
        when {{ days }} between 1094 and 1096 then 3
        when
            {{ days }} between 27 and 31 or {{ days }} between 88 and 92 or {{ days }} between 364 and 366
            then 1
        else {{ days }}
    end
{%- endmacro %}


{#- How many billing periods have begun between two instants, the one that the first begins included. -#}
{% macro periods_begun(from_instant, to_instant, unit, count) -%}
    cast(
        1 + case
            when {{ unit }} in ('day', 'week') then floor(
                {{ seconds_between(from_instant, to_instant) }}
                / (86400.0 * {{ count }} * case when {{ unit }} = 'week' then 7 else 1 end)
            )
            else floor(
                {{ whole_months(from_instant, to_instant) }}
                / (1.0 * {{ count }} * case {{ unit }} when 'year' then 12 when 'quarter' then 3 else 1 end)
            )
        end as integer
    )
{%- endmacro %}


{#- Whole months from one instant to another. -#}
{% macro whole_months(from_instant, to_instant) -%}
    {%- set months = months_between(utc_date(from_instant), utc_date(to_instant)) -%}
    ({{ months }} - case
        when {{ add_period(from_instant, "'month'", months) }} > {{ to_instant }} then 1 else 0
    end)
{%- endmacro %}


{% macro utc_date(instant) -%}
    cast({{ instant }} as date)
{%- endmacro %}
