{% macro duckdb__month_from_index(index) -%}
    make_date(({{ index }}) // 12, ({{ index }}) % 12 + 1, 1)
{%- endmacro %}


{% macro duckdb__expand_integers(first, last) -%}
    unnest(range({{ first }}, {{ last }} + 1))
{%- endmacro %}


{% macro duckdb__expand_days(first, last) -%}
    cast(unnest(range({{ first }}, {{ last }} + 1, interval 1 day)) as date)
{%- endmacro %}


{% macro duckdb__add_days(day, count) -%}
    ({{ day }} + cast({{ count }} as integer))
{%- endmacro %}


{% macro duckdb__add_days_to_instant(instant, count) -%}
    ({{ instant }} + to_days(cast({{ count }} as integer)))
{%- endmacro %}


{% macro duckdb__days_between(from_day, to_day) -%}
    ({{ to_day }} - {{ from_day }})
{%- endmacro %}


{% macro duckdb__local_date(instant, zone) -%}
    {%- if zone == 'UTC' -%}
        cast({{ instant }} as date)
    {%- else -%}
        cast(timezone('{{ zone }}', timezone('UTC', {{ instant }})) as date)
    {%- endif -%}
{%- endmacro %}


{% macro duckdb__date_in_zone(instant, zone) -%}
    cast(timezone({{ zone }}, timezone('UTC', {{ instant }})) as date)
{%- endmacro %}


{% macro duckdb__local_midnight(day, zone) -%}
    {%- if zone == 'UTC' -%}
        cast({{ day }} as timestamp)
    {%- else -%}
        timezone('UTC', timezone('{{ zone }}', cast({{ day }} as timestamp)))
    {%- endif -%}
{%- endmacro %}


{% macro duckdb__add_period(instant, unit, count) -%}
    case {{ unit }}
        when 'day' then {{ instant }} + to_days({{ count }})
        when 'week' then {{ instant }} + to_days(7 * {{ count }})
        when 'month' then {{ instant }} + to_months({{ count }})
        when 'quarter' then {{ instant }} + to_months(3 * {{ count }})
        when 'year' then {{ instant }} + to_months(12 * {{ count }})
    end
{%- endmacro %}


{% macro duckdb__seconds_between(from_instant, to_instant) -%}
    (epoch({{ to_instant }}) - epoch({{ from_instant }}))
{%- endmacro %}


{% macro duckdb__add_shortest_period(instant, unit, count) -%}
    {{ instant }} + to_days(
        case {{ unit }}
            when 'day' then {{ count }}
            when 'week' then 7 * {{ count }}
            when 'month' then 28 * {{ count }}
            when 'quarter' then 84 * {{ count }}
            when 'year' then 336 * {{ count }}
        end
    )
{%- endmacro %}
