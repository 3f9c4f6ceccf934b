{% macro spark__month_from_index(index) -%}
    make_date(cast(({{ index }}) div 12 as int), cast(({{ index }}) % 12 + 1 as int), 1)
{%- endmacro %}


{#- sequence() counts down where last is before first: such a row has to expand to nothing. -#}
{% macro spark__expand_integers(first, last) -%}
    explode(
        case
            when {{ last }} >= {{ first }} then sequence(cast({{ first }} as bigint), cast({{ last }} as bigint))
        end
    )
{%- endmacro %}


{% macro spark__expand_days(first, last) -%}
    explode(case when {{ last }} >= {{ first }} then sequence({{ first }}, {{ last }}, interval 1 day) end)
{%- endmacro %}


{% macro spark__add_days(day, count) -%}
    date_add({{ day }}, cast({{ count }} as int))
{%- endmacro %}


{% macro spark__add_days_to_instant(instant, count) -%}
    timestampadd(day, cast({{ count }} as int), {{ instant }})
{%- endmacro %}


{% macro spark__days_between(from_day, to_day) -%}
    datediff({{ to_day }}, {{ from_day }})
{%- endmacro %}


{#- Instants are kept in UTC: the session's time zone is UTC (profiles.yml). -#}
{% macro spark__local_date(instant, zone) -%}
    {%- if zone == 'UTC' -%}
        cast({{ instant }} as date)
    {%- else -%}
        cast(from_utc_timestamp({{ instant }}, '{{ zone }}') as date)
    {%- endif -%}
{%- endmacro %}


{% macro spark__date_in_zone(instant, zone) -%}
    cast(from_utc_timestamp({{ instant }}, {{ zone }}) as date)
{%- endmacro %}


{% macro spark__local_midnight(day, zone) -%}
    {%- if zone == 'UTC' -%}
        cast({{ day }} as timestamp)
    {%- else -%}
        to_utc_timestamp(cast({{ day }} as timestamp), '{{ zone }}')
    {%- endif -%}
{%- endmacro %}


{% macro spark__add_period(instant, unit, count) -%}
    case {{ unit }}
        when 'day' then timestampadd(day, cast({{ count }} as int), {{ instant }})
        when 'week' then timestampadd(week, cast({{ count }} as int), {{ instant }})
        when 'month' then timestampadd(month, cast({{ count }} as int), {{ instant }})
        when 'quarter' then timestampadd(quarter, cast({{ count }} as int), {{ instant }})
        when 'year' then timestampadd(year, cast({{ count }} as int), {{ instant }})
    end
{%- endmacro %}


{% macro spark__add_shortest_period(instant, unit, count) -%}
    timestampadd(
        day,
        cast(
            case {{ unit }}
                when 'day' then {{ count }}
                when 'week' then 7 * {{ count }}
                when 'month' then 28 * {{ count }}
                when 'quarter' then 84 * {{ count }}
                when 'year' then 336 * {{ count }}
            end as int
        ),
        {{ instant }}
    )
{%- endmacro %}


{% macro spark__seconds_between(from_instant, to_instant) -%}
    ((unix_micros({{ to_instant }}) - unix_micros({{ from_instant }})) / 1e6)
{%- endmacro %}
