-- Grain: one row per billed period and item whose billed amount agrees with its terms at none of
-- the moments, with the terms that come nearest.
-- DECISIONS.md#what-an-invoice-is-compared-with
with periods as (
    select * from {{ ref('int_payments__billed_periods') }}
),

terms as (
    select * from {{ ref('int_payments__billed_terms') }}
),

billed as (
    select * from {{ ref('int_payments__billed_items') }}
),

keys as (
    select
        period_number,
        item_key
    from billed

    union

    select
        period_number,
        item_key
    from terms
),

moments as (
    select {{ expand_integers(1, 5) }} as moment
),

-- An item without terms at a moment is not there then; a subscription without any has ended, and
-- what is billed after that is another finding.
running as (
    select distinct period_number
    from terms
),

-- An item that a period does not bill is compared with the terms of its own interval only.
compared as (
    select
        keys.period_number,
        keys.item_key,
        moments.moment,
        billed.period_number is not null as is_billed,
        coalesce(terms.is_unknown, false) as is_unknown,
        coalesce(billed.net_amount, 0) as net_amount,
        coalesce(
            {{ monthly('billed.net_amount', 'periods.interval_unit', 'periods.interval_count') }},
            0
        ) as billed_mrr,
        coalesce(
            {{ monthly(
                'billed.discount_amount', 'periods.interval_unit', 'periods.interval_count'
            ) }},
            0
        ) as billed_discount_mrr,
        {% for amount in ['list_mrr', 'net_mrr', 'mrr'] %}
            coalesce(
                case
                    when billed.period_number is null then terms.same_{{ amount }}
                    else terms.{{ amount }}
                end,
                0
            ) as {{ amount }},
        {% endfor %}
        coalesce(terms.same_list_mrr, 0) as same_list_mrr,
        coalesce(terms.same_net_mrr, 0) as same_net_mrr
    from keys
    inner join running on keys.period_number = running.period_number
    inner join periods on keys.period_number = periods.period_number
    cross join moments
    left join terms
        on
            keys.period_number = terms.period_number
            and keys.item_key = terms.item_key
            and moments.moment = terms.moment
    left join billed
        on
            keys.period_number = billed.period_number
            and keys.item_key = billed.item_key
),

judged as (
    select
        compared.*,
        {{ bills_terms('net_mrr', 'list_mrr') }}
        or {{ bills_terms('same_net_mrr', 'same_list_mrr') }}
        -- A trial or a pause is billed at 0, or not at all.
        or (mrr = 0 and billed_mrr = 0) as is_agreeing
    from compared
),

ranked as (
    select
        judged.*,
        max(case when (is_agreeing and moment < 5) or is_unknown then 1 else 0 end) over one
            as agrees_once,
        min(net_mrr) over one <> max(net_mrr) over one as has_changed,
        row_number() over (
            partition by judged.period_number, judged.item_key
            order by
                case when judged.moment < 5 then 0 else 1 end,
                abs(judged.billed_mrr - judged.net_mrr),
                judged.moment
        ) as nearness
    from judged
    window one as (partition by judged.period_number, judged.item_key)
)

select
    period_number,
    item_key,
    is_billed,
    has_changed,
    net_amount,
    billed_mrr,
    net_mrr
from ranked
where
    nearness = 1
    and agrees_once = 0
