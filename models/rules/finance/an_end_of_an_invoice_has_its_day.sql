-- Grain: one row per invoice that breaks the rule: it is void or given up, and its source does not
-- say since when; it counts as void from its own day, as given up from the day it was due.
with invoices as (
    select * from {{ ref('stg_invoices') }}
    where issued_at <= {{ as_of() }}
)

select
    invoice_id || ': it is ' || status || ' without a day' as message,
    invoice_id,
    status,
    source_file,
    source_line
from invoices
where
    (status = 'void' and voided_at is null)
    or (status = 'uncollectible' and uncollectible_at is null)
