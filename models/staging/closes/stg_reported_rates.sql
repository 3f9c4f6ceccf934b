-- The rate of a currency on a day as it was used in what was reported.
select
    base_id,
    rate_day,
    currency,
    rate
from {{ source('reported', 'rates') }}
