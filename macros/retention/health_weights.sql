{#
    The weights of the health score's components: the var health_weights, or these. They need not
    add up to 100: the score is the weighted mean of the components that are known.
#}
{% macro health_weights() -%}
{{ return(var('health_weights', none) or {
    'usage': 35, 'payment': 20, 'nps': 20, 'tickets': 15, 'tenure': 10
}) }}
{%- endmacro %}
