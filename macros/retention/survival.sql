{#
    One step of a survival curve (Kaplan and Meier) as a logarithm: a product of shares is summed so. Who loses
    everybody has none.
#}
{% macro log_survival_step(churned, at_risk) -%}
case
    when {{ churned }} < {{ at_risk }}
        then ln({{ ratio(at_risk ~ ' - ' ~ churned, at_risk) }})
end
{%- endmacro %}
