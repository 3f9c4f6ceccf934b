-- Grain: one row per coupon and interval in which it took off the same. The first has no beginning:
-- the size known first stands for the time before it.
-- DECISIONS.md#discounts-have-versions
select
    coupons.*,
    case when row_number() over coupon > 1 then recorded_at end as start_at,
    lead(recorded_at) over coupon as end_at,
    lead(source_file) over coupon as next_source_file,
    lead(source_line) over coupon as next_source_line
from {{ ref('stg_coupon_versions') }} as coupons
window coupon as (partition by coupon_id order by recorded_at)
