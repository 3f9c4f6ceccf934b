{#- Whether company.yml names the first key action of a new customer. -#}
{% macro has_activation() -%}
{{ 'true' if var('activation') else 'false' }}
{%- endmacro %}


{#- The feature whose first event is the first key action; NULL where company.yml names none. -#}
{% macro activation_feature() -%}
{{ text_or_null(var('activation') and var('activation').feature) }}
{%- endmacro %}


{#- Within how many days of its start a customer is activated. -#}
{% macro activation_days() -%}
{{ return(var('activation').within_days if var('activation') else 14) }}
{%- endmacro %}


{#-
    What becomes of the customers with a state of activation after so many days: how many could be asked, how many
    of them had MRR, and the share with its bounds.
-#}
{% macro retention_by_activation(state, days) -%}
{%- set known = "activation_state = '" ~ state ~ "' and is_retained_" ~ days ~ "d is not null" -%}
{{ count_where(known) }} as {{ state }}_customers_{{ days }}d,
{{ count_where("activation_state = '" ~ state ~ "' and is_retained_" ~ days ~ "d") }}
    as {{ state }}_retained_{{ days }}d
{%- endmacro %}
