{#-
    What is left of a customer's MRR after the cost of serving its plan and its reseller's commission, as a share of it;
    NULL for a plan without a margin.
-#}
{% macro contribution_share(plan, reseller) -%}
    {%- set commission = var('commission') if var('commission') is mapping else {} -%}
    cast(
        {{ gross_margin_of(plan) }}
        {%- for name, share in commission.items() %}
        - case when {{ reseller }} = {{ text_or_null(name) }} then {{ share }} else 0 end
        {%- endfor %}
        as decimal(18, 16)
    )
{%- endmacro %}


{#- The gross margin of a plan: one for all, or that of its name in company.yml, else that of `default`. -#}
{% macro gross_margin_of(plan) -%}
    {%- set margin = policy('gross_margin') -%}
    {%- if margin is mapping -%}
        case {{ plan }}
        {%- for name, share in margin.items() if name != 'default' %}
            when {{ text_or_null(name) }} then {{ share }}
        {%- endfor %}
            else {{ margin.default if 'default' in margin else 'null' }}
        end
    {%- else -%}
        {{ margin }}
    {%- endif -%}
{%- endmacro %}


{#- A sum that is unknown where one of its parts is. -#}
{% macro sum_of_known(value) -%}
    case when count({{ value }}) = count(*) then sum({{ value }}) end
{%- endmacro %}
