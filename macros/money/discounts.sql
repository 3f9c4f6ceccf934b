{#-
    The exact product of up to four shares, in order of `position`: no engine multiplies decimals in an
    aggregate. A fifth percentage on one level is a finding (int_findings__source_rows).
-#}
{% macro product_of_shares(share, position) -%}
    cast(
        {%- for place in range(1, 5) %}
        {% if not loop.first %}* {% endif -%}
        cast(coalesce(max(case when {{ position }} = {{ place }} then {{ share }} end), 1) as {{ type_share() }})
        {%- endfor %}
        as {{ type_remaining_share() }}
    )
{%- endmacro %}


{#- An amount per invoice after one level of discounts: percents first, then the amount off; floor 0. -#}
{% macro take_off(amount, share_left, amount_off) -%}
    cast(
        greatest(
            {{ amount }} * coalesce({{ share_left }}, 1) - coalesce({{ amount_off }}, 0),
            0
        ) as {{ type_exact() }}
    )
{%- endmacro %}


{#- The part of an amount that falls to one of several weights; the whole amount where it is alone. -#}
{% macro pro_rata(amount, weight, total_weight) -%}
    case
        when {{ weight }} = {{ total_weight }} then cast({{ amount }} as {{ type_exact() }})
        else cast(
            cast({{ amount }} as {{ type_double() }})
            * cast({{ weight }} as {{ type_double() }})
            / nullif(cast({{ total_weight }} as {{ type_double() }}), 0)
            as {{ type_exact() }}
        )
    end
{%- endmacro %}


{#- What a discount takes off, how long and from what: the columns that one which is only named lacks. -#}
{% macro columns_of_size() -%}
    {{ return([
        'percent_off',
        'amount_off',
        'currency',
        'duration',
        'starts_at',
        'ends_at',
        'coupon_id',
        'product_keys',
    ]) }}
{%- endmacro %}


{#- These columns as the first row of a window has them. -#}
{% macro known_sizes(window) -%}
    {%- for column in columns_of_size() %}
        first_value({{ column }}) over {{ window }} as known_{{ column }}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}


{#- These columns as a row has them, or, where it has no size, as the row has them that tells one. -#}
{% macro own_or_known_sizes() -%}
    {%- for column in columns_of_size() %}
        case when has_known_size and not is_sized then known_{{ column }} else {{ column }} end
            as {{ column }}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}


{#- What a discount hangs on, in the order in which discounts are taken off: 1 item, 2 subscription, 3 customer. -#}
{% macro discount_level(discounts) -%}
    case
        when {{ discounts }}.item_id is not null then 1
        when {{ discounts }}.subscription_id is not null then 2
        else 3
    end
{%- endmacro %}


{#-
    The discounts of items as a select of `columns`, level by level, whenever they hold. `items` is a relation or a CTE,
    and `items` by name in the columns. Where items are named after their prices, many subscriptions have one of that name.
-#}
{% macro discounts_of_items(items, discounts, columns) -%}
    {%- set on_level = {
        1: 'items.item_id = ' ~ discounts ~ '.item_id and items.subscription_id = coalesce('
            ~ discounts ~ '.subscription_id, items.subscription_id)',
        2: 'items.subscription_id = ' ~ discounts ~ '.subscription_id',
        3: 'items.customer_id = ' ~ discounts ~ '.customer_id',
    } %}
    {%- for level, is_its_own in on_level.items() %}
    select
        {{ columns }}
    from {{ items }} as items
    inner join {{ discounts }} on {{ is_its_own }}
    where {{ discounts }}.discount_level = {{ level }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
{%- endmacro %}


{#- A select: each discount that goes, with when one begins that a delivery shows in its place, of the same `owner`. -#}
{% macro where_one_goes_and_one_comes(owner) -%}
    select
        going.discount_id,
        going.recorded_at,
        coming.begins_at
    from going
    inner join coming
        on
            going.source_name = coming.source_name
            and going.recorded_at = coming.recorded_at
            and going.{{ owner }} = coming.{{ owner }}
{%- endmacro %}
