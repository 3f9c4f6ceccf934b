-- Grain: one row per discount and delivery that said something new of it. A delivery that only
-- names a discount leaves it the size that another delivery told.
-- DECISIONS.md#a-discount-without-a-size
with said as (
    select
        *,
        percent_off is not null or amount_off is not null as is_sized,
        sum(case when percent_off is null and amount_off is null then 0 else 1 end) over (
            partition by discount_id
            order by recorded_at
            rows between unbounded preceding and current row
        ) as sizes_said
    from {{ ref('stg_discount_versions') }}
),

-- The size that is known first stands for the time before it too.
known as (
    select
        said.*,
        first_value(is_sized) over of_one_size as has_known_size,
        {{ known_sizes('of_one_size') }}
    from said
    window of_one_size as (
        partition by discount_id, greatest(sizes_said, 1)
        order by case when is_sized then 0 else 1 end, recorded_at
    )
)

select
    discount_id,
    customer_id,
    subscription_id,
    item_id,
    {{ own_or_known_sizes() }},
    is_first,
    is_deleted,
    source_name,
    source_file,
    source_line,
    recorded_at
from known
