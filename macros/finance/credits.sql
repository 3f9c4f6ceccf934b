{#- How transactions of a kind changed balances of bought (paid) or given (granted) credits, 0 where there are none. -#}
{% macro credits_of(kind, credit_kind) -%}
    {{ money_sum(
        "case when kind = '" ~ kind ~ "' and credit_kind = '" ~ credit_kind ~ "' then change else 0 end"
    ) }}
{%- endmacro %}


{#-
    The day on which the period of a commitment with this number begins; number 0 is the first one. Weeks count in
    days, all other intervals in months.
-#}
{% macro commitment_period_start(number) -%}
    case
        when days_per_period is not null
            then {{ add_days('first_period_on', '(' ~ number ~ ') * days_per_period') }}
        else cast(
            {{ add_period('cast(first_period_on as ' ~ type_instant() ~ ')', "'month'",
                'cast((' ~ number ~ ') * months_per_period as integer)') }} as date
        )
    end
{%- endmacro %}
