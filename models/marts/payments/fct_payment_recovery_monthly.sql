-- Grain: one row per month billed, method and decline code of the first failure; `all` for totals.
with recoveries as (
    select * from {{ ref('fct_payment_recovery') }}
),

totals as (
    select
        billed_month as period_month,
        case when grouping(method) = 1 then 'all' else method end as method,
        case when grouping(failure_code) = 1 then 'all' else failure_code end as failure_code,
        cast(count(*) as bigint) as failed_invoices,
        {{ count_where("state = 'recovered'") }} as recovered_invoices,
        {{ count_where("state = 'lost'") }} as lost_invoices,
        {{ count_where("state = 'open'") }} as open_invoices,
        {{ count_where("state = 'recovered' and is_provisional") }} as provisional_invoices,
        {{ money_sum('amount') }} as failed_amount,
        {{ money_sum("case when state = 'recovered' then amount else 0 end") }} as recovered_amount,
        {{ money_sum("case when state = 'lost' then amount else 0 end") }} as lost_amount,
        {{ money_sum("case when state = 'open' then amount else 0 end") }} as open_amount,
        billed_month >= {{ as_of_month() }} as is_partial
    from recoveries
    group by grouping sets (
        (billed_month),
        (billed_month, method),
        (billed_month, failure_code),
        (billed_month, method, failure_code)
    )
)

select
    period_month,
    method,
    failure_code,
    {{ is_total_row(['method', 'failure_code']) }} as is_total,
    failed_invoices,
    recovered_invoices,
    lost_invoices,
    open_invoices,
    provisional_invoices,
    failed_amount,
    recovered_amount,
    lost_amount,
    open_amount,
    case
        when not is_partial
            then {{ ratio('recovered_invoices', '(recovered_invoices + lost_invoices)') }}
    end as recovery_rate,
    case
        when not is_partial
            then {{ ratio('recovered_amount', '(recovered_amount + lost_amount)') }}
    end as amount_recovery_rate,
    case when not is_partial then {{ ratio('recovered_invoices', 'failed_invoices') }} end
        as recovered_share,
    is_partial
from totals
