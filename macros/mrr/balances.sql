{#-
    CTEs that end in `balances`: the movements of each month added up, and each balance stretched over its
    months, so that nothing is joined by range. What is scheduled is committed in the month of as_of.
-#}
{% macro stretched_balances(movements, scheduled, key, first_month='month_index') -%}
running as (
    select
        movements.*,
        cast(sum(movements.delta_native) over history as {{ type_money() }}) as closing_native,
        cast(sum(movements.committed_delta_native) over history as {{ type_money() }})
            as committed_native,
        lead(movements.month_index) over (
            partition by {{ _columns('movements', key) }}
            order by movements.month_index
        ) as next_month_index
    from {{ movements }} as movements
    window history as (
        partition by {{ _columns('movements', key) }}
        order by movements.month_index
        rows between unbounded preceding and current row
    )
),

stretched as (
    select
        running.*,
        month_index as event_month_index,
        {{ expand_integers(
            first_month,
            'case when closing_native > 0 then coalesce(next_month_index - 1, ' ~ month_index(as_of_date())
            ~ ') else month_index end'
        ) }} as stretched_month_index
    from running
),

balances as (
    select
        {{ _columns('stretched', key) }},
        cast(stretched.stretched_month_index as integer) as month_index,
        cast(
            case
                when stretched.stretched_month_index = stretched.event_month_index
                    then stretched.closing_native - stretched.delta_native
                else stretched.closing_native
            end as {{ type_money() }}
        ) as opening_native,
        stretched.closing_native,
        cast(
            stretched.committed_native + coalesce(scheduled.scheduled_native, 0) as {{ type_money() }}
        ) as committed_native
    from stretched
    left join {{ scheduled }} as scheduled
        on
            {% for column in key -%}
            stretched.{{ column }} = scheduled.{{ column }}
            and {% endfor -%}
            stretched.stretched_month_index = {{ month_index(as_of_date()) }}
)
{%- endmacro %}


{% macro _columns(relation, columns) -%}
    {%- for column in columns %}{{ relation }}.{{ column }}{% if not loop.last %}, {% endif %}{% endfor -%}
{%- endmacro %}
