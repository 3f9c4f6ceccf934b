{#- What follows the at sign of a text's first address, lower case; NULL where there is none. -#}
{% macro email_domain(email) -%}
    {%- set host = namespace(sql="split_part(" ~ email ~ ", '@', 2)") -%}
    {%- for end in [';', ',', '>', ' '] -%}
        {%- set host.sql = "split_part(" ~ host.sql ~ ", '" ~ end ~ "', 1)" -%}
    {%- endfor -%}
    nullif(lower({{ host.sql }}), '')
{%- endmacro %}
