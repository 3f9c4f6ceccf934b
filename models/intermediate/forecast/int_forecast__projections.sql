{{ config(materialized='table') }}

-- Grain: one row per origin month, segment and horizon: the expected MRR and its parts, from what
-- was known when the origin month was over, with what last value and the three-month rule say. Each
-- segment is forecast on its own here.
-- DECISIONS.md#known-future-of-a-forecast
{%- set settings = forecast_settings() %}
with cells as (
    select * from {{ ref('int_forecast__cells') }}
),

factors as (
    select * from {{ ref('int_forecast__factors') }}
),

new_business as (
    select * from {{ ref('int_forecast__new_business') }}
),

changes as (
    select * from {{ ref('int_forecast__changes') }}
),

rates as (
    select * from {{ ref('int_fx__month_rates') }}
),

horizons as (
    select {{ expand_integers('1', settings.horizons) }} as horizon_months
),

first_months as (
    select min({{ month_index('period_month') }}) as first_index
    from {{ ref('int_retention__months') }}
),

origins as (
    select
        origin_index,
        segment_number,
        sum(case when month_index = origin_index then closing_mrr else 0 end) as origin_mrr,
        cast(
            sum(case when month_index = origin_index then closing_customers else 0 end) as bigint
        ) as origin_customers,
        sum(case when month_index = origin_index then closing_pending else 0 end)
            as origin_pending,
        sum(case when is_diagonal then opening_mrr else 0 end) as opening_mrr,
        sum(case when is_diagonal then opening_pending else 0 end) as opening_pending,
        sum(case when is_diagonal then pending_over else 0 end) as pending_over,
        sum(case when is_diagonal then pending_lost else 0 end) as pending_lost,
        sum(case when month_index > origin_index - 3 then opening_mrr else 0 end)
            as last_opening_mrr,
        sum(case when month_index > origin_index - 3 then gained_mrr else 0 end) as last_gained_mrr,
        sum(case when month_index > origin_index - 3 then lost_mrr else 0 end) as last_lost_mrr
    from cells
    group by
        origin_index,
        segment_number
),

companies as (
    select
        origin_index,
        origin_customers
    from origins
    where segment_number = 0
),

-- What became of cancel requests of the whole company: each month a share of those that are open
-- is over, and of it a share was lost. Where nobody ever asked, a request is taken at its word.
requests as (
    select
        origin_index,
        least(coalesce({{ ratio('-pending_over', 'opening_pending') }}, 1), 1) as over_rate,
        coalesce({{ ratio('pending_lost', 'pending_over') }}, 1) as lost_share
    from origins
    where segment_number = 0
),

-- A cohort at the origin, and one that is about to come: age 0 with MRR of 1.
ages as (
    select
        origin_index,
        segment_number,
        origin_index - cohort_index as age,
        sum(closing_mrr) as closing_mrr
    from cells
    where month_index = origin_index
    group by
        origin_index,
        segment_number,
        origin_index - cohort_index
),

steps as (
    select
        ages.*,
        horizons.horizon_months,
        {{ age_band('(ages.age + horizons.horizon_months - 1)') }} as age_band
    from ages
    cross join horizons
    where ages.closing_mrr <> 0
),

developed as (
    select
        steps.*,
        exp(sum(ln(factors.development_factor)) over ladder) as development,
        exp(sum(ln(factors.kept_factor)) over ladder) as kept
    from steps
    inner join factors
        on
            steps.origin_index = factors.origin_index
            and steps.segment_number = factors.segment_number
            and steps.age_band = factors.age_band
    window ladder as (
        partition by
            steps.origin_index, steps.segment_number, steps.age
        order by steps.horizon_months
        rows between unbounded preceding and current row
    )
),

existing as (
    select
        origin_index,
        segment_number,
        horizon_months,
        sum(closing_mrr * development) as existing_mrr,
        sum(closing_mrr * kept) as kept_mrr
    from developed
    group by
        origin_index,
        segment_number,
        horizon_months
),

-- What a customer who is to come will pay that many months after its first one.
youth as (
    select
        factors.origin_index,
        factors.segment_number,
        horizons.horizon_months as age,
        exp(
            sum(ln(factors.development_factor)) over (
                partition by
                    factors.origin_index, factors.segment_number
                order by horizons.horizon_months
                rows between unbounded preceding and current row
            )
        ) as development
    from horizons
    inner join factors on {{ age_band('(horizons.horizon_months - 1)') }} = factors.age_band
),

arrived as (
    select
        new_business.origin_index,
        new_business.segment_number,
        horizons.horizon_months,
        sum(new_business.arriving_mrr * coalesce(youth.development, 1)) as new_mrr
    from new_business
    inner join horizons on new_business.horizon_months <= horizons.horizon_months
    left join youth
        on
            new_business.origin_index = youth.origin_index
            and new_business.segment_number = youth.segment_number
            and horizons.horizon_months - new_business.horizon_months = youth.age
    group by
        new_business.origin_index,
        new_business.segment_number,
        horizons.horizon_months
),

scheduled as (
    select
        origins.origin_index,
        origins.segment_number,
        horizons.horizon_months,
        sum(
            {{ valued_at(
                '(changes.mrr_delta - changes.pending_delta)', 'changes.currency', 'rates.rate'
            ) }}
        ) as scheduled_mrr
    from origins
    inner join changes
        on
            origins.segment_number = changes.segment_number
            and origins.origin_index >= changes.told_index
            and origins.origin_index < changes.month_index
    inner join horizons
        on changes.month_index - origins.origin_index <= horizons.horizon_months
    left join rates
        on
            changes.currency = rates.currency
            and origins.origin_index = rates.month_index
    group by
        origins.origin_index,
        origins.segment_number,
        horizons.horizon_months
),

hindsight as (
    select
        month_index,
        max(told_later_in) as told_later_in
    from changes
    where
        segment_number = 0
        and told_later_in is not null
    group by month_index
),

told as (
    select
        origins.origin_index,
        max(hindsight.told_later_in) as told_later_in
    from origins
    inner join hindsight on origins.origin_index >= hindsight.month_index
    where origins.segment_number = 0
    group by origins.origin_index
),

rules as (
    select
        *,
        last_gained_mrr / {{ double(3) }} as monthly_gain,
        greatest(1 + coalesce({{ ratio('last_lost_mrr', 'last_opening_mrr') }}, 0), 0) as rule_kept
    from origins
),

joined as (
    select
        rules.origin_index,
        rules.segment_number,
        horizons.horizon_months,
        rules.origin_mrr,
        rules.origin_customers,
        coalesce(rules.origin_index >= told.told_later_in, true) as is_recorded_then,
        case
            when
                rules.origin_index - first_months.first_index
                < {{ settings.history_months }} - 1
                then 'short_history'
            when
                companies.origin_customers < {{ policy('min_n') }}
                or rules.origin_customers < 1
                then 'few_customers'
        end as reason,
        coalesce(existing.existing_mrr, 0) as existing_mrr,
        coalesce(existing.kept_mrr, 0) as kept_mrr,
        arrived.new_mrr,
        coalesce(scheduled.scheduled_mrr, 0) as scheduled_mrr,
        requests.lost_share
        * (1 - power(1 - requests.over_rate, horizons.horizon_months)) as requests_lost,
        rules.origin_pending,
        rules.origin_mrr * coalesce({{ ratio('rules.opening_pending', 'rules.opening_mrr') }}, 0)
            as usual_pending,
        rules.origin_mrr * power(rules.rule_kept, horizons.horizon_months)
        + rules.monthly_gain
        * case
            when rules.rule_kept = 1 then horizons.horizon_months
            else
                (1 - power(rules.rule_kept, horizons.horizon_months)) / (1 - rules.rule_kept)
        end as rule_mrr
    from rules
    cross join horizons
    cross join first_months
    inner join companies on rules.origin_index = companies.origin_index
    inner join requests on rules.origin_index = requests.origin_index
    left join told on rules.origin_index = told.origin_index
    left join existing
        on
            rules.origin_index = existing.origin_index
            and rules.segment_number = existing.segment_number
            and horizons.horizon_months = existing.horizon_months
    left join arrived
        on
            rules.origin_index = arrived.origin_index
            and rules.segment_number = arrived.segment_number
            and horizons.horizon_months = arrived.horizon_months
    left join scheduled
        on
            rules.origin_index = scheduled.origin_index
            and rules.segment_number = scheduled.segment_number
            and horizons.horizon_months = scheduled.horizon_months
),

-- The factors hold what is usually lost to requests: it goes back to the customers who are kept,
-- because the requests that are really open stand for it.
parts as (
    select
        *,
        {{ double_as_money('kept_mrr + usual_pending * requests_lost') }} as kept_part,
        {{ double_as_money('existing_mrr - kept_mrr') }} as expansion_part,
        {{ double_as_money('new_mrr') }} as new_part,
        {{ double_as_money('scheduled_mrr - origin_pending * requests_lost') }} as known_part
    from joined
)

select
    origin_index,
    segment_number,
    cast(horizon_months as integer) as horizon_months,
    {{ double_as_money('origin_mrr') }} as origin_mrr,
    origin_customers,
    is_recorded_then,
    reason,
    case when reason is null then kept_part end as kept_mrr,
    case when reason is null then expansion_part end as expansion_mrr,
    case when reason is null then new_part end as new_mrr,
    -- No more is lost than there is.
    case
        when reason is null
            then cast(
                greatest(known_part, -(kept_part + expansion_part + new_part)) as {{ type_money() }}
            )
    end as known_mrr,
    case
        when reason is null
            then cast(
                greatest(kept_part + expansion_part + new_part + known_part, 0)
                as {{ type_money() }}
            )
    end as expected_mrr,
    case when reason is null then {{ double_as_money('rule_mrr') }} end
        as three_month_rule_mrr
from parts
