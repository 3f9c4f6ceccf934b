{#
    The published id of a respondent: a salted hash, so that an address can neither be read nor
    looked up by hashing a list of addresses. E-mail addresses are compared without case.
#}
{% macro respondent_hash(respondent) -%}
{{ return(adapter.dispatch('respondent_hash')(respondent)) }}
{%- endmacro %}

{% macro duckdb__respondent_hash(respondent) -%}
sha256({{ respondent_salt() }} || ':' || {{ normal_respondent(respondent) }})
{%- endmacro %}

{% macro spark__respondent_hash(respondent) -%}
sha2({{ respondent_salt() }} || ':' || {{ normal_respondent(respondent) }}, 256)
{%- endmacro %}

{#
    What is mixed into the hash. A run leaves it in the build file (orchestration/build/record.py), so that it
    stands in no compiled SQL and in no log; where a var says it, as on Spark, that one holds.
#}
{% macro respondent_salt() -%}
{%- set salt = var('respondent_salt', none) -%}
{%- if salt is not none -%}
    '{{ salt | replace("'", "''") }}'
{%- elif target.type == 'duckdb' -%}
    (select kept.respondent_salt from runs.salt as kept)
{%- else -%}
    {{ exceptions.raise_compiler_error("respondent_salt is not set: pass it with --vars") }}
{%- endif -%}
{%- endmacro %}

{# Ids keep their case; addresses have none. #}
{% macro normal_respondent(respondent) -%}
case
    when {{ respondent }} like '%@%' then lower(trim({{ respondent }}))
    else trim({{ respondent }})
end
{%- endmacro %}
