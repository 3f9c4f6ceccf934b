{#- What the engines say differently about text. -#}
{% macro duckdb__plain_text(value) -%}
    lower(strip_accents({{ value }}))
{%- endmacro %}


{% macro default__plain_text(value) -%}
    translate(
        lower({{ value }}), 'àâäáãåçéèêëíìîïñóòôöõúùûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy'
    )
{%- endmacro %}


{% macro duckdb__identifier_text(value) -%}
    upper(regexp_replace({{ value }}, '[^A-Za-z0-9]', '', 'g'))
{%- endmacro %}


{% macro default__identifier_text(value) -%}
    upper(regexp_replace({{ value }}, '[^A-Za-z0-9]', ''))
{%- endmacro %}


{% macro duckdb__words_of(value) -%}
    trim(regexp_replace({{ value }}, '[^\p{L}\p{N}]+', ' ', 'g'))
{%- endmacro %}


{% macro default__words_of(value) -%}
    trim(regexp_replace({{ value }}, '[^\\p{L}\\p{N}]+', ' '))
{%- endmacro %}


{% macro duckdb__without_words(value, words) -%}
    regexp_replace({{ value }}, '\b({{ words | join("|") }})\b', '', 'g')
{%- endmacro %}


{% macro default__without_words(value, words) -%}
    regexp_replace({{ value }}, '\\b({{ words | join("|") }})\\b', '')
{%- endmacro %}


{% macro duckdb__joined_text(value, separator) -%}
    string_agg({{ value }}, '{{ separator }}' order by {{ value }})
{%- endmacro %}


{% macro default__joined_text(value, separator) -%}
    array_join(array_sort(collect_list({{ value }})), '{{ separator }}')
{%- endmacro %}


{% macro duckdb__name_similarity(one_name, other_name) -%}
    jaro_winkler_similarity({{ one_name }}, {{ other_name }})
{%- endmacro %}


{% macro default__name_similarity(one_name, other_name) -%}
    (
        1 - cast(levenshtein({{ one_name }}, {{ other_name }}) as {{ type_double() }})
        / greatest(length({{ one_name }}), length({{ other_name }}), 1)
    )
{%- endmacro %}


{% macro duckdb__each_address(value) -%}
    unnest(regexp_split_to_array(lower({{ value }}), '[;,<>\s]+'))
{%- endmacro %}


{% macro default__each_address(value) -%}
    explode(split(lower({{ value }}), '[;,<>\\s]+'))
{%- endmacro %}
