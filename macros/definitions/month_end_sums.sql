{#-
    The states of a relation (customer_id, start_at, end_at), added up by some columns for each month at whose
    end they hold. Of customers that are not affected only the recomputed months.
-#}
{% macro month_end_sums(relation, columns, amount) -%}
    with bounded as (
        select
            {{ columns | join(', ') }},
            {{ amount }},
            {{ first_recomputed(month_index(local_date('start_at'))) }} as first_month_index,
            {{ last_month_at_end('end_at') }} as last_month_index
        from {{ relation }}
    ),

    stretched as (
        select
            bounded.*,
            {{ expand_integers('first_month_index', 'last_month_index') }} as month_index
        from bounded
        where last_month_index >= first_month_index
    )

    select
        {{ columns | join(', ') }},
        cast(month_index as integer) as month_index,
        cast(sum({{ amount }}) as {{ type_money() }}) as {{ amount }}
    from stretched
    group by
        {{ columns | join(', ') }},
        month_index
{%- endmacro %}
