-- Customers that pay and their MRR, by source, as the last release published them.
select
    source_name,
    as_of,
    currency,
    customers,
    mrr
from {{ source('audit', 'published_sources') }}
