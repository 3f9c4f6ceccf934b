-- Grain: one row per invoice, subscription and direction in which it differs from its terms.
-- DECISIONS.md#underbilled-overbilled
with differing as (
    select * from {{ ref('int_payments__compared_items') }}
),

periods as (
    select * from {{ ref('int_payments__billed_periods') }}
),

lines as (
    select * from {{ ref('int_payments__recurring_lines') }}
),

named_items as (
    select * from {{ ref('int_payments__named_items') }}
),

credit_notes as (
    select
        invoice_id,
        sum(amount_ex_tax) as credited_amount
    from {{ ref('stg_credit_notes') }}
    where
        issued_at <= {{ as_of() }}
        and voided_at is null
    group by invoice_id
),

differences as (
    select
        periods.*,
        differing.item_key,
        differing.is_billed,
        differing.has_changed,
        differing.net_amount,
        cast(
            {{ per_invoice(
                'differing.net_mrr', 'periods.interval_unit', 'periods.interval_count'
            ) }}
            as {{ type_money() }}
        ) as expected_amount
    from differing
    inner join periods
        on differing.period_number = periods.period_number
),

lines_of_items as (
    select
        differences.period_number,
        differences.item_key,
        lines.is_part or lines.amount_ex_tax < 0 as is_part,
        lines.amount_ex_tax,
        lines.service_start_at >= differences.service_start_at
        and lines.service_start_at < differences.service_end_at as begins_within,
        lines.service_start_at <= differences.service_start_at
        and lines.service_end_at > differences.service_start_at as covers_begin,
        lines.service_start_at >= differences.told_before_at
        and lines.service_start_at < differences.shown_at as begins_untold
    from differences
    inner join lines on differences.subscription_id = lines.subscription_id
    left join named_items
        on
            lines.subscription_id = named_items.subscription_id
            and lines.item_id = named_items.item_id
    where coalesce(named_items.item_id, '') = differences.item_key
),

-- What was charged or given back for parts of the period settles it; so does any charge that covers
-- the beginning of an item that the period itself does not bill.
settlements as (
    select
        period_number,
        item_key,
        sum(case when is_part and begins_within then amount_ex_tax else 0 end) as part_amount,
        max(case when covers_begin and amount_ex_tax > 0 then 1 else 0 end) = 1 as is_covered,
        max(case when is_part and begins_untold then 1 else 0 end) = 1 as is_prorated
    from lines_of_items
    group by
        period_number,
        item_key
),

unsettled as (
    select
        differences.*,
        differences.net_amount - differences.expected_amount as excess,
        coalesce(settlements.part_amount, 0) as part_amount,
        case
            when differences.net_amount > differences.expected_amount
                then coalesce(credit_notes.credited_amount, 0)
            else 0
        end as credited_amount
    from differences
    left join settlements
        on
            differences.period_number = settlements.period_number
            and differences.item_key = settlements.item_key
    left join credit_notes
        on differences.invoice_id = credit_notes.invoice_id
    where
        (differences.is_billed or not coalesce(settlements.is_covered, false))
        -- Terms that came and went between two deliveries far apart nobody can compare with, nor an
        -- item that no delivery ever showed.
        and not (
            differences.is_rarely_told
            and (
                differences.has_changed
                or coalesce(settlements.is_prorated, false)
                or (differences.item_key = '' and differences.expected_amount = 0)
            )
        )
),

findings as (
    select
        unsettled.*,
        case when excess < 0 then 'underbilled' else 'overbilled' end as finding_type,
        abs(excess) as difference
    from unsettled
    where
        (excess < 0 and excess + part_amount < -0.01)
        or (excess > 0 and excess + part_amount - credited_amount > 0.01)
)

select
    finding_type,
    min(customer_id) as customer_id,
    subscription_id,
    invoice_id,
    {{ money_sum(
        balance_in_reporting_currency('expected_amount', 'currency', 'exchange_rate')
    ) }} as expected,
    {{ money_sum(balance_in_reporting_currency('net_amount', 'currency', 'exchange_rate')) }}
        as actual,
    {{ money_sum(
        balance_in_reporting_currency('difference', 'currency', 'exchange_rate')
    ) }} as amount_at_risk,
    min({{ local_date('service_start_at') }}) as since
from findings
group by
    finding_type,
    subscription_id,
    invoice_id
