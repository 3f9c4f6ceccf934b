-- Grain: one row per discount, interval in which it takes off the same and preset that lets it
-- lower MRR, with the level it applies at: 1 item, 2 subscription, 3 customer. That is the order in
-- which they are taken off.
with discounts as (
    select
        discounts.*,
        discounts.starts_at as start_at,
        discounts.ends_at as end_at
    from {{ ref('int_terms__discount_versions') }} as discounts
),

shares as (
    select * from {{ ref('int_states__reported_shares') }}
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

-- Where the source's own MRR says what all discounts of a subscription come to, none is taken off
-- beside it.
sized as (
    select
        discounts.*,
        own_shares.percent_off as reported_percent_off,
        own_shares.end_at as reported_until,
        coalesce(
            own_shares.next_starts_at < discounts.ends_at, own_shares.next_starts_at is not null
        ) as is_ended_by_next,
        own_shares.next_source_file,
        own_shares.next_source_line,
        own_shares.next_recorded_at
    from discounts
    left join shares as own_shares
        on
            discounts.discount_id = own_shares.discount_id
            and discounts.starts_at = own_shares.start_at
    where
        own_shares.discount_id is not null
        or (
            not discounts.is_unread
            and not exists (
                select 1 from shares as other_shares
                where
                    discounts.subscription_id = other_shares.subscription_id
                    and {{ overlaps('discounts', 'other_shares') }}
            )
        )
)

select
    presets.preset,
    presets.counts_once,
    sized.discount_id,
    {{ discount_level('sized') }} as discount_level,
    sized.item_id,
    sized.subscription_id,
    coalesce(customer_merges.survivor_customer_id, sized.customer_id) as customer_id,
    coalesce(sized.percent_off, sized.reported_percent_off, 0) as percent_off,
    sized.amount_off,
    sized.currency,
    sized.duration,
    sized.product_keys,
    sized.granted_at,
    sized.granted_until,
    sized.starts_at,
    coalesce(sized.reported_until, sized.ends_at) as ends_at,
    sized.source_file,
    sized.source_line,
    sized.recorded_at,
    case when sized.is_ended_by_next then sized.next_source_file else sized.end_source_file end
        as end_source_file,
    case when sized.is_ended_by_next then sized.next_source_line else sized.end_source_line end
        as end_source_line,
    case when sized.is_ended_by_next then sized.next_recorded_at else sized.end_recorded_at end
        as end_recorded_at
from sized
left join customer_merges on sized.customer_id = customer_merges.merged_customer_id
inner join {{ ref('int_terms__source_bases') }} as bases on sized.source_name = bases.source_name
cross join {{ ref('int_states__presets') }} as presets
where
    -- Reported changes are net of their discounts already.
    bases.mrr_basis <> 'changes'
    and (
        (sized.duration = 'forever' and presets.counts_forever)
        or (sized.duration = 'repeating' and presets.counts_repeating)
        or (sized.duration = 'once' and presets.counts_once)
    )
