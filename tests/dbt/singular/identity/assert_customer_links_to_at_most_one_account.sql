-- A billing customer belongs to one account or to none.
select
    customer_id,
    count(*) as links
from {{ ref('fct_identity_links') }}
group by customer_id
having count(*) > 1
