{{ config(materialized='kept', by='sums', months='period_month') }}

-- Grain: one row per month and kind of customers, which are those that share all their segments.
-- Kinds are few and customer months are many. Sums are kept: a run adds to them what changed.
with signs as (
    select 1 as sign

    union all

    select -1 as sign
),

months as (
    {{ signed_rows('fct_customer_mrr_monthly') }}

    union all

    -- What did not change itself, of customers that are in other segments now.
    select
        signs.sign,
        moved.*
    from {{ ref('fct_customer_mrr_monthly') }} as moved
    cross join signs
    where
        moved.period_month < {{ recomputed_from() }}
        and {{ is_moved_customer('moved.customer_id') }}
),

segments as (
    select
        1 as sign,
        segments_now.*
    from {{ ref('int_waterfall__customer_segments') }} as segments_now

    union all

    select
        -1 as sign,
        segments_before.*
    from {{ previous_rows(
        'int_waterfall__customer_segments', like=ref('int_waterfall__customer_segments')
    ) }} as segments_before
),

kinds as (
    select
        row_number() over (order by {{ fixed_segment_types() | join(', ') }}) as kind,
        {{ fixed_segment_types() | join(', ') }}
    from (
        select distinct {{ fixed_segment_types() | join(', ') }}
        from segments
    ) as shared
),

-- Who never had MRR is in no cohort year, and of no kind.
members as (
    select
        segments.sign,
        segments.customer_id,
        kinds.kind
    from segments
    inner join kinds
        on
            {% for segment_type in fixed_segment_types() -%}
                segments.{{ segment_type }} = kinds.{{ segment_type }}
                {% if not loop.last %}and {% endif -%}
            {% endfor %}
),

sums as (
    select
        months.sign,
        months.period_month,
        members.kind,
        {{ waterfall_sums() }},
        count(*) as customer_months
    from months
    inner join members
        on
            months.customer_id = members.customer_id
            and months.sign = members.sign
    group by
        months.sign,
        months.period_month,
        members.kind
),

changes as (
    select
        sums.period_month,
        {% for segment_type in fixed_segment_types() -%}
            kinds.{{ segment_type }},
        {% endfor -%}
        {% for measure in waterfall_amounts() + waterfall_counts() -%}
            sums.sign * sums.{{ measure }} as {{ measure }},
        {% endfor -%}
        sums.sign * sums.customer_months as customer_months
    from sums
    inner join kinds on sums.kind = kinds.kind
),

entries as (
    select * from changes

    union all

    select * from {{ previous_rows('int_waterfall__kind_months', like='changes') }}
)

select
    period_month,
    {{ fixed_segment_types() | join(', ') }},
    {{ waterfall_totals() }},
    cast(sum(customer_months) as bigint) as customer_months
from entries
group by
    period_month,
    {{ fixed_segment_types() | join(', ') }}
having sum(customer_months) > 0
