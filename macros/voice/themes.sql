{#- The words of the themes of company.yml as a select: theme, word, is_prefix; without any it has no row. -#}
{% macro theme_words() -%}
    {%- set given = var('themes') -%}
    {%- set themes = given if given and given is not string else {none: [none]} -%}
    {%- for theme, words in themes.items() %}
        {%- set is_last_theme = loop.last %}
        {%- for word in words %}
        select
            {{ text_or_null(theme) }} as theme,
            {{ words_of(plain_text(text_or_null(word))) }} as word,
            {{ 'true' if word and word.endswith('*') else 'false' }} as is_prefix
        where {{ 'true' if word else 'false' }}
        {{- ' union all' if not (loop.last and is_last_theme) }}
        {%- endfor %}
    {%- endfor %}
{%- endmacro %}


{#- Whether a text has the word of a row of theme_words(), whatever its case and accents. -#}
{% macro has_word(text, words) -%}
    ' ' || {{ words_of(plain_text(text)) }} || ' '
    like '% ' || {{ words }}.word || case when {{ words }}.is_prefix then '%' else ' %' end
{%- endmacro %}


{#- A label as the name of a theme: small letters with _ between the words. -#}
{% macro theme_of_label(label) -%}
    replace({{ words_of(plain_text("replace(" ~ label ~ ", '_', ' ')")) }}, ' ', '_')
{%- endmacro %}


{#- In a select list: one row for each label of a list with commas or semicolons. -#}
{% macro each_label(value) -%}
    {{ return(adapter.dispatch('each_label')(value)) }}
{%- endmacro %}

{% macro duckdb__each_label(value) -%}
    unnest(regexp_split_to_array({{ value }}, '[;,]'))
{%- endmacro %}

{% macro spark__each_label(value) -%}
    explode(split({{ value }}, '[;,]'))
{%- endmacro %}
