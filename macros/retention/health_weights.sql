{#
    The weights of the health score's components: health_weights of company.yml, or these. They need not
    add up to 100: the score is the weighted mean of the components that are known.
#}
{% macro health_weights() -%}
{{ return(var('health_weights', none) or {
    'usage': 35, 'payment': 20, 'nps': 20, 'tickets': 15, 'tenure': 10
}) }}
{%- endmacro %}
