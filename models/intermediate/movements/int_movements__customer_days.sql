-- Grain: one row per customer and local day on which its MRR moved, all currencies and items
-- together.
-- Ups and downs within the day net out here.
with days as (
    select
        *,
        case
            when delta_native <> 0 and currency <> {{ reporting_currency() }} then currency
        end as foreign_currency
    from {{ ref('int_movements__customer_currency_days') }}
    where {{ is_affected_row('int_movements__customer_currency_days') }}
),

totals as (
    select
        customer_id,
        effective_date,
        cast(sum(mrr_before) as {{ type_money() }}) as mrr_before,
        cast(sum(mrr_after) as {{ type_money() }}) as mrr_after,
        max(before_native) > 0 as had_mrr,
        max(after_native) > 0 as has_mrr,
        min(loss_rank) as loss_rank,
        min(foreign_currency) as first_foreign_currency,
        max(foreign_currency) as last_foreign_currency
    from days
    group by
        customer_id,
        effective_date
)

select
    customer_id,
    effective_date,
    mrr_before,
    mrr_after,
    cast(mrr_after - mrr_before as {{ type_money() }}) as mrr_delta,
    had_mrr,
    has_mrr,
    loss_rank,
    -- A movement in the reporting currency is converted by 1, whatever moved beside it.
    case
        when first_foreign_currency is null then {{ reporting_currency() }}
        when first_foreign_currency = last_foreign_currency then first_foreign_currency
    end as rate_currency
from totals
where
    had_mrr <> has_mrr
    or mrr_after <> mrr_before
