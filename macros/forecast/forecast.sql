{#- How the forecast is made, in one place: docs/forecast.md says why each figure is what it is. -#}
{% macro forecast_settings() -%}
    {{ return({
        'horizons': 12,
        'history_months': 12,
        'arrival_months': 24,
        'credible_customer_months': 100,
        'trend_damping': 0.9,
        'most_change': 0.5,
        'season_noise': 0.3,
        'error_months': 12,
        'least_errors': 6,
        'coverage': 0.8,
        'growth_of_errors': {'noise': 0.6, 'trend': 1.2},
        'size_of_errors': {'noise': 0.5, 'trend': 1},
        'most_growth_of_errors': 10,
    }) }}
{%- endmacro %}


{#-
    Ages of a cohort that develop alike: the first month, the first quarter, the months until the first renewal of a yearly plan,
    that renewal, the second year and its renewal, later months, later renewals.
-#}
{% macro age_band(age) -%}
    case
        when {{ age }} = 0 then 0
        when {{ age }} <= 3 then 1
        when {{ age }} < 11 then 2
        when {{ age }} = 11 then 3
        when {{ age }} < 23 then 4
        when {{ age }} = 23 then 5
        when {{ age }} % 12 <> 11 then 6
        else 7
    end
{%- endmacro %}


{#- The weight of what a group of customers did themselves; below the policy min_n they are too few to say anything. -#}
{% macro credibility(customer_months) -%}
    case
        when {{ customer_months }} < {{ policy('min_n') }} then {{ double(0) }}
        else
            cast({{ customer_months }} as {{ type_double() }})
            / ({{ customer_months }} + {{ forecast_settings().credible_customer_months }})
    end
{%- endmacro %}


{#- What ages a band is of: months of a cohort after its first, when a month begins. -#}
{% macro age_band_name(band) -%}
    case {{ band }}
        when 0 then '0'
        when 1 then '1 to 3'
        when 2 then '4 to 10'
        when 3 then '11'
        when 4 then '12 to 22'
        when 5 then '23'
        when 6 then '24 and more'
        when 7 then '35, 47 and so on'
    end
{%- endmacro %}


{#- What a month changed, as a share of what it began with. What came and went in one month is no loss of what was there. -#}
{% macro rate_of_change(change, opening) -%}
    greatest(coalesce({{ ratio(change, opening) }}, 0), -1)
{%- endmacro %}


{% macro double(number) -%}
    cast({{ number }} as {{ type_double() }})
{%- endmacro %}


{#- A native amount as a double in the reporting currency, at a rate. -#}
{% macro valued_at(amount, currency, rate) -%}
    cast({{ amount }} as {{ type_double() }})
    * case
        when {{ currency }} = {{ reporting_currency() }} then {{ double(1) }}
        else cast({{ rate }} as {{ type_double() }})
    end
{%- endmacro %}


{#-
    A double as money. Eight decimals first: sums of doubles come in any order, and the last digits of one that lies on a half would
    decide which way it is rounded. A cohort that grew a thousandfold in a month would grow past all money in a year: it stops
    where four such parts still add up.
-#}
{% macro double_as_money(amount) -%}
    {%- set most = double(20000000000000) -%}
    cast(
        cast(
            case
                when {{ amount }} > {{ most }} then {{ most }}
                when {{ amount }} < -{{ most }} then -{{ most }}
                else {{ amount }}
            end as decimal(28, 8)
        ) as {{ type_money() }}
    )
{%- endmacro %}


{#-
    The power by which errors grow: that of noise where errors lie on both sides of what came (their mean is 0), that of a trend where
    all lie on one. The direction is the mean error as a share of the mean absolute error.
-#}
{% macro between_noise_and_trend(powers, direction) -%}
    {{ double(powers.noise) }} + {{ double(powers.trend - powers.noise) }} * {{ direction }} * {{ direction }}
{%- endmacro %}
