{#-
    When a delivery was made that shows a subscription. One that is dated by its day alone shows what began later that
    day, so it was made after that; a start that is still to come tells nothing of when it was made.
-#}
{% macro shown_at(recorded_at='recorded_at', started_at='started_at') -%}
    case
        when
            {{ started_at }} > {{ recorded_at }}
            and {{ started_at }} < {{ add_days_to_instant(recorded_at, 1) }}
            then {{ started_at }}
        else {{ recorded_at }}
    end
{%- endmacro %}
