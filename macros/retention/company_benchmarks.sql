{# The company's own benchmark bands (`benchmarks:` of company.yml) as a select; without any it has no row. #}
{% macro company_benchmarks() -%}
    {%- set given = var('benchmarks') -%}
    {#- The linter knows no vars and gives a text. -#}
    {%- set bands = given if given and given is not string else [none] -%}
    {%- for band in bands %}
        select
            {{ text_or_null(band and band.metric) }} as metric,
            {{ text_or_null(band and band.population) }} as population,
            {{ text_or_null(band and band.band) }} as band,
            cast({{ band.from_rate if band else 'null' }} as {{ type_double() }}) as from_rate,
            cast(
                {{ band.below_rate if band and band.below_rate is not none else 'null' }}
                as {{ type_double() }}
            ) as below_rate,
            {{ text_or_null(band and band.source) }} as source
        where {{ 'true' if band else 'false' }}
        {{- ' union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{% macro text_or_null(value) -%}
    {%- if value -%}
        '{{ value | replace("'", "''") }}'
    {%- else -%}
        cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}
