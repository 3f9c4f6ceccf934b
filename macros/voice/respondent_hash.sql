{#
    The published id of a respondent: a salted hash, so that an address can neither be read nor
    looked up by hashing a list of addresses. E-mail addresses are compared without case.
#}
{% macro respondent_hash(respondent) -%}
{{ return(adapter.dispatch('respondent_hash')(respondent)) }}
{%- endmacro %}

{% macro duckdb__respondent_hash(respondent) -%}
sha256('{{ respondent_salt() }}' || ':' || {{ normal_respondent(respondent) }})
{%- endmacro %}

{% macro spark__respondent_hash(respondent) -%}
sha2('{{ respondent_salt() }}' || ':' || {{ normal_respondent(respondent) }}, 256)
{%- endmacro %}

{% macro respondent_salt() -%}
{%- set salt = var('respondent_salt', none) -%}
{%- if execute and salt is none -%}
    {{ exceptions.raise_compiler_error(
        "respondent_salt is not set: pass it with --vars, as `saas-metrics run` does from company.yml"
    ) }}
{%- endif -%}
{{ (salt or '') | replace("'", "''") }}
{%- endmacro %}

{# Ids keep their case; addresses have none. #}
{% macro normal_respondent(respondent) -%}
case
    when {{ respondent }} like '%@%' then lower(trim({{ respondent }}))
    else trim({{ respondent }})
end
{%- endmacro %}
