-- Grain: one row per preset: `default`, which is the company's own policies, and the definitions of
-- two systems that a finance lead compares with.
-- DECISIONS.md#presets-are-policies
select
    'default' as preset,
    ---------- discounts that lower MRR
    {{ 'true' if policy('discounts') != 'none' else 'false' }} as counts_forever,
    {{ 'true' if policy('discounts') in ('all', 'forever+repeating') else 'false' }}
        as counts_repeating,
    {{ 'true' if policy('discounts') == 'all' else 'false' }} as counts_once,
    ---------- what has MRR beside what is active or past due
    {{ counts_standing('retention_trial') }} as counts_retention_trial,
    {{ counts_standing('paused') }} as counts_paused,
    {{ counts_standing('unpaid') }} as counts_unpaid,
    false as counts_past_due_limit,
    ---------- where MRR begins and ends
    {{ mrr_starts_with_payment() }} as starts_with_payment,
    {{ mrr_ends_with_request() }} as ends_with_request

union all

select
    'stripe_dashboard' as preset,
    true as counts_forever,
    false as counts_repeating,
    false as counts_once,
    false as counts_retention_trial,
    false as counts_paused,
    false as counts_unpaid,
    true as counts_past_due_limit,
    false as starts_with_payment,
    true as ends_with_request

union all

select
    'chartmogul' as preset,
    true as counts_forever,
    true as counts_repeating,
    true as counts_once,
    true as counts_retention_trial,
    true as counts_paused,
    true as counts_unpaid,
    true as counts_past_due_limit,
    true as starts_with_payment,
    false as ends_with_request
