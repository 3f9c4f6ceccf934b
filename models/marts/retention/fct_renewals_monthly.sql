-- Grain: one row per month in which terms end, past or to come, and segment.
-- A segment is all terms, their length, or the size of what was due.
with renewals as (
    select
        *,
        outcome <> 'open' as is_settled
    from {{ ref('fct_renewals') }}
),

-- Added up by both at once, so that the renewals are read once.
cells as (
    select
        period_month,
        term,
        due_mrr_band,
        count(*) as due_subscriptions,
        {{ money_sum('due_mrr') }} as due_mrr,
        {%- for outcome in ['renewed', 'expanded', 'contracted', 'churned', 'open'] %}
            sum(case when outcome = '{{ outcome }}' then 1 else 0 end)
                as {{ outcome }}_subscriptions,
        {%- endfor %}
        {{ money_sum('case when is_settled then 0 else due_mrr end') }} as open_mrr,
        {{ money_sum('case when is_settled then least(due_mrr, mrr_after) else 0 end') }}
            as kept_mrr,
        {{ money_sum('case when is_settled then mrr_after else 0 end') }} as mrr_after
    from renewals
    group by
        period_month,
        term,
        due_mrr_band
),

segments as (
    select
        cells.*,
        'all' as segment_type,
        'all' as segment_value
    from cells

    union all

    select
        cells.*,
        'term' as segment_type,
        term as segment_value
    from cells

    union all

    select
        cells.*,
        'due_mrr' as segment_type,
        due_mrr_band as segment_value
    from cells
),

totals as (
    select
        period_month,
        segment_type,
        segment_value,
        {%- for column in [
            'due', 'renewed', 'expanded', 'contracted', 'churned', 'open'
        ] %}
            cast(sum({{ column }}_subscriptions) as bigint) as {{ column }}_subscriptions,
        {%- endfor %}
        {{ money_sum('due_mrr') }} as all_due_mrr,
        {{ money_sum('open_mrr') }} as all_open_mrr,
        {{ money_sum('kept_mrr') }} as all_kept_mrr,
        {{ money_sum('mrr_after') }} as all_mrr_after
    from segments
    group by
        period_month,
        segment_type,
        segment_value
),

rates as (
    select
        *,
        {{ count_rate_with_bounds(
            'due_subscriptions - open_subscriptions - churned_subscriptions',
            '(due_subscriptions - open_subscriptions)',
            'renewal_rate'
        ) }}
    from totals
)

select
    period_month,
    segment_type,
    segment_value,
    {{ is_total_row(['segment_type']) }} as is_total,
    ---------- terms that end
    due_subscriptions,
    renewed_subscriptions,
    expanded_subscriptions,
    contracted_subscriptions,
    churned_subscriptions,
    open_subscriptions,
    renewal_rate,
    renewal_rate_low,
    renewal_rate_high,
    ---------- their MRR
    all_due_mrr as due_mrr,
    all_open_mrr as open_mrr,
    all_kept_mrr as kept_mrr,
    all_mrr_after as mrr_after,
    {{ ratio('all_kept_mrr', '(all_due_mrr - all_open_mrr)') }} as gross_renewal_rate,
    {{ ratio('all_mrr_after', '(all_due_mrr - all_open_mrr)') }} as net_renewal_rate
from rates
