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
    What is mixed into the hash. A run leaves it in the build file (orchestration/build/record.py) and hands it to
    Spark as a table, so that it stands in no compiled SQL and in no log; where a var says it, that one holds.
#}
{% macro respondent_salt() -%}
{%- set salt = var('respondent_salt', none) -%}
{%- if salt is not none -%}
    '{{ salt | replace("'", "''") }}'
{%- else -%}
    (select kept.respondent_salt from {{ var('schema_prefix') }}runs.salt as kept)
{%- endif -%}
{%- endmacro %}

{# Ids keep their case; addresses have none. #}
{% macro normal_respondent(respondent) -%}
case
    when {{ respondent }} like '%@%' then lower(trim({{ respondent }}))
    else trim({{ respondent }})
end
{%- endmacro %}
