-- Grain: one row per preset: `default`, which is the company's own policies, and the definitions of
-- two systems that a finance lead compares with.
select
    'default' as preset,
    {{ 'true' if policy('discounts') != 'none' else 'false' }} as counts_forever,
    {{ 'true' if policy('discounts') in ('all', 'forever+repeating') else 'false' }}
        as counts_repeating,
    {{ 'true' if policy('discounts') == 'all' else 'false' }} as counts_once

union all

select
    'stripe_dashboard' as preset,
    true as counts_forever,
    false as counts_repeating,
    false as counts_once

union all

select
    'chartmogul' as preset,
    true as counts_forever,
    true as counts_repeating,
    true as counts_once
