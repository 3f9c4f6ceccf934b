{#
    The weights of the health score's components, by name: health_weights of company.yml. They need not
    add up to 100: the score is the weighted mean of the components that are known.
#}
{% macro health_weights() -%}
{{ return(var('health_weights')) }}
{%- endmacro %}
