{#- Lower case without accents: how two people write one name. -#}
{% macro plain_text(value) -%}
    {{ return(adapter.dispatch('plain_text')(value)) }}
{%- endmacro %}


{#- An identifier without blanks and punctuation, in capitals: 'fr 40 303-265' is FR40303265. -#}
{% macro identifier_text(value) -%}
    {{ return(adapter.dispatch('identifier_text')(value)) }}
{%- endmacro %}


{#- Text in which each run of characters that are neither letters nor digits is one blank. -#}
{% macro words_of(value) -%}
    {{ return(adapter.dispatch('words_of')(value)) }}
{%- endmacro %}


{#- Values of a group in one text, sorted, so that the same rows always give the same text. -#}
{% macro joined_text(value, separator=', ') -%}
    {{ return(adapter.dispatch('joined_text')(value, separator)) }}
{%- endmacro %}


{#- How alike two names are, from 0 to 1. Engines measure it differently: it proposes, never links. -#}
{% macro name_similarity(one_name, other_name) -%}
    {{ return(adapter.dispatch('name_similarity')(one_name, other_name)) }}
{%- endmacro %}


{#- Text without the given words. -#}
{% macro without_words(value, words) -%}
    {{ return(adapter.dispatch('without_words')(value, words)) }}
{%- endmacro %}


{#- Whether a text that is not empty has nothing but digits. -#}
{% macro has_only_digits(value) -%}
    translate({{ value }}, '0123456789', '') = ''
{%- endmacro %}


{#- A company's name without its legal form: 'Acmé SARL' and 'ACME S.A.R.L.' are both 'acme'. -#}
{% macro company_name(name) -%}
    {%- set forms = [
        's a r l', 's a s', 's a', 'sarl', 'sasu', 'sas', 'sa', 'eurl', 'sci', 'snc', 'scop', 'gmbh', 'ug', 'ag', 'kg',
        'ohg', 'mbh', 'ltd', 'limited', 'llc', 'llp', 'plc', 'inc', 'incorporated', 'corp', 'corporation', 'company',
        'co', 'bv', 'nv', 'srl', 'spa', 'sl', 'slu', 'lda', 'ab', 'as', 'aps', 'oy', 'oyj', 'kk', 'pty', 'sp z o o', 'sro',
    ] -%}
    {{ words_of(without_words(words_of(plain_text(name)), forms)) }}
{%- endmacro %}


{#-
    The words of a text with addresses (`a@x.io; Bob <b@x.io>`), in lower case, each on a row of its own.
-#}
{% macro each_address(value) -%}
    {{ return(adapter.dispatch('each_address')(value)) }}
{%- endmacro %}
