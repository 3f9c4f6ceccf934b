-- Grain: one row per month with MRR at its end: how much of it the largest customers pay.
with ranked as (
    select
        period_month,
        customer_id,
        closing_mrr,
        is_partial,
        row_number() over (
            partition by period_month order by closing_mrr desc, customer_id asc
        ) as place
    from {{ ref('fct_customer_mrr_monthly') }}
    where closing_mrr > 0
),

sums as (
    select
        period_month,
        is_partial,
        cast(count(*) as bigint) as customers,
        {{ money_sum('closing_mrr') }} as closing_mrr,
        max(case when place = 1 then customer_id end) as largest_customer_id,
        {%- for count in [1, 5, 10, 20] %}
            {{ money_sum('case when place <= ' ~ count ~ ' then closing_mrr else 0 end') }}
                as top_{{ count }}_mrr,
        {%- endfor %}
        -- Squares are added up exactly, so that no order of rows moves the index; that of 100,000
        -- would not fit 64 bits.
        cast(sum(cast(closing_mrr as decimal(19, 4)) * closing_mrr) as decimal(38, 8)) as squares
    from ranked
    group by
        period_month,
        is_partial
)

select
    period_month,
    customers,
    closing_mrr,
    largest_customer_id,
    {%- for count in [1, 5, 10, 20] %}
        {{ ratio('top_' ~ count ~ '_mrr', 'closing_mrr') }} as top_{{ count }}_share,
    {%- endfor %}
    {{ ratio(
        'squares', '(cast(closing_mrr as ' ~ type_double() ~ ') * closing_mrr)'
    ) }} as herfindahl_index,
    is_partial
from sums
