{# Share of a count in its population: NULL for an empty population and below the policy min_n. #}
{% macro count_rate(successes, trials) -%}
case
    when {{ trials }} >= {{ policy('min_n') }} and {{ trials }} > 0
        then cast({{ successes }} as {{ type_double() }}) / cast({{ trials }} as {{ type_double() }})
end
{%- endmacro %}

{# Such a share and its Wilson bounds, as three columns. #}
{% macro count_rate_with_bounds(successes, trials, name) -%}
{{ count_rate(successes, trials) }} as {{ name }},
{{ wilson_bound(successes, trials, 'low') }} as {{ name }}_low,
{{ wilson_bound(successes, trials, 'high') }} as {{ name }}_high
{%- endmacro %}

{# Wilson score bound of a share of counts at 95 % (z = 1.959964); side is 'low' or 'high'. #}
{% macro wilson_bound(successes, trials, side) -%}
case
    when {{ trials }} >= {{ policy('min_n') }} and {{ trials }} > 0
        then {{ wilson_bound_of_any(successes, trials, side) }}
end
{%- endmacro %}

{# The same of any number of trials above 0, for what is added up before it is shown. #}
{% macro wilson_bound_of_any(successes, trials, side) -%}
{%- set z = 'cast(1.959963984540054 as ' ~ type_double() ~ ')' -%}
{%- set n = 'cast(' ~ trials ~ ' as ' ~ type_double() ~ ')' -%}
{%- set share = '(cast(' ~ successes ~ ' as ' ~ type_double() ~ ') / ' ~ n ~ ')' -%}
{%- set zero = 'cast(0 as ' ~ type_double() ~ ')' -%}
{%- set one = 'cast(1 as ' ~ type_double() ~ ')' -%}
{%- set centre = '(' ~ share ~ ' + ' ~ z ~ ' * ' ~ z ~ ' / (2 * ' ~ n ~ '))' -%}
{%- set spread = '(' ~ z ~ ' * sqrt(' ~ share ~ ' * (1 - ' ~ share ~ ') / ' ~ n
    ~ ' + ' ~ z ~ ' * ' ~ z ~ ' / (4 * ' ~ n ~ ' * ' ~ n ~ ')))' -%}
{%- set scale = '(1 + ' ~ z ~ ' * ' ~ z ~ ' / ' ~ n ~ ')' -%}
least({{ one }}, greatest({{ zero }},
    ({{ centre }} {{ '-' if side == 'low' else '+' }} {{ spread }}) / {{ scale }}
))
{%- endmacro %}


{#-
    Newcombe's bound at 95 % (1998, method 10) of the difference of two shares of counts, from the Wilson bounds of
    each: columns `<share>`, `<share>_low`, `<share>_high`; side is 'low' or 'high'.
-#}
{% macro newcombe_bound(share, other, side) -%}
{%- set own, others = (share ~ '_low', other ~ '_high') if side == 'low' else (share ~ '_high', other ~ '_low') -%}
{{ share }} - {{ other }} {{ '-' if side == 'low' else '+' }} sqrt(
        ({{ share }} - {{ own }}) * ({{ share }} - {{ own }})
        + ({{ other }} - {{ others }}) * ({{ other }} - {{ others }})
    )
{%- endmacro %}


{#- What the company's rates of one month and of twelve are made of: a row per last month and length. -#}
{% macro starts_of_the_company() -%}
    select
        period_month,
        1 as period_months,
        starting_customers,
        churned_customers,
        starting_mrr
    from {{ ref('fct_churn_monthly') }}
    where
        is_total
        and starting_customers > 0

    union all

    select
        period_month,
        12 as period_months,
        starting_customers,
        churned_customers,
        starting_mrr
    from {{ ref('fct_churn_annual') }}
    where is_total
{%- endmacro %}
