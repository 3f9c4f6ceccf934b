-- Grain: one row per item and interval in which nothing at all changes.
-- Only the versions that something cuts are split; the others pass through as they are.
with versions as (
    select * from {{ ref('int_terms__item_versions') }}
    where {{ is_affected_row('int_terms__item_versions') }}
),

cuts as (
    select * from {{ ref('int_states__item_cuts') }}
),

pieces as (
    {{ pieces_between('cuts') }}
)

select
    versions.*,
    {{ columns_of_piece('versions', 'interval') }}
from versions
left join pieces on {{ of_piece('versions') }}
