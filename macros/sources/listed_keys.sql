{#- A list of native ids, `;` between them, as keys: `;source:a;source:b;`. NULL stays NULL. -#}
{% macro listed_keys(column, source_column='_source') -%}
    (';' || {{ source_column }} || ':' || replace({{ column }}, ';', ';' || {{ source_column }} || ':') || ';')
{%- endmacro %}


{#- Whether a key is in such a list; a key that is not known is in none. -#}
{% macro is_listed(key, keys) -%}
    coalesce({{ dbt.position("';' || " ~ key ~ " || ';'", keys) }}, 0) > 0
{%- endmacro %}
