-- Grain: one row per customer that ever had a trial or MRR, where company.yml names its activation.
-- DECISIONS.md#the-first-key-action
with trials as (
    select
        customer_id,
        min(trial_started_on) as first_trial_on
    from {{ ref('fct_trials') }}
    group by customer_id
),

firsts as (
    select * from {{ ref('int_movements__first_movements') }}
),

feature_months as (
    select * from {{ ref('int_growth__feature_months') }}
),

lives as (
    select
        customer_id,
        started_on,
        -- Who pauses for a short time has not left.
        case when is_short_pause then returned_on else ended_on end as until_on
    from {{ ref('int_retention__lives') }}
),

starts as (
    select
        coalesce(trials.customer_id, firsts.customer_id) as customer_id,
        trials.first_trial_on,
        firsts.first_mrr_on,
        case
            when trials.first_trial_on < firsts.first_mrr_on then trials.first_trial_on
            else coalesce(firsts.first_mrr_on, trials.first_trial_on)
        end as started_on
    from trials
    full outer join firsts on trials.customer_id = firsts.customer_id
    where {{ has_activation() }}
),

first_uses as (
    select
        customer_id,
        min(first_used_on) as first_used_on
    from feature_months
    where feature = {{ activation_feature() }}
    group by customer_id
),

-- Of the time before anything was counted, and after the last delivery, nobody knows who did what.
observed as (
    select
        min(first_counted_on) as observed_from,
        {{ local_date('max(last_delivered_at)') }} as observed_until
    from feature_months
),

measured as (
    select
        starts.*,
        first_uses.first_used_on,
        -- Who used the feature before the first trial had nothing to wait for.
        case
            when first_uses.first_used_on < starts.started_on then 0
            else {{ days_between('starts.started_on', 'first_uses.first_used_on') }}
        end as days_to_activation,
        {{ add_days('starts.started_on', activation_days()) }} as window_last_day,
        observed.observed_from,
        observed.observed_until
    from starts
    cross join observed
    left join first_uses on starts.customer_id = first_uses.customer_id
),

retained as (
    select
        starts.customer_id,
    {%- for days in [90, 180] %}
        max(
            case
                when
                    lives.started_on <= {{ add_days('starts.started_on', days) }}
                    and (
                        lives.until_on is null
                        or lives.until_on > {{ add_days('starts.started_on', days) }}
                    )
                    then 1
                else 0
            end
        ) as retained_{{ days }}d
        {{- ',' if not loop.last }}
    {%- endfor %}
    from starts
    left join lives on starts.customer_id = lives.customer_id
    group by starts.customer_id
)

select
    ---------- ids
    measured.customer_id,
    {{ month_start('measured.started_on') }} as period_month,
    ---------- how it began
    measured.started_on,
    measured.first_trial_on,
    measured.first_mrr_on,
    ---------- the first key action
    {{ activation_feature() }} as feature,
    cast({{ activation_days() }} as bigint) as within_days,
    measured.first_used_on,
    cast(measured.days_to_activation as bigint) as days_to_activation,
    case
        when measured.window_last_day >= {{ as_of_date() }} then 'open'
        when measured.days_to_activation <= {{ activation_days() }} then 'activated'
        when
            measured.window_last_day >= measured.observed_from
            and measured.window_last_day <= measured.observed_until
            then 'not_activated'
        else 'unknown'
    end as activation_state,
    ---------- what became of it
{%- for days in [90, 180] %}
    case
        when {{ add_days('measured.started_on', days) }} < {{ as_of_date() }}
            then retained.retained_{{ days }}d = 1
    end as is_retained_{{ days }}d
    {{- ',' if not loop.last }}
{%- endfor %}
from measured
inner join retained on measured.customer_id = retained.customer_id
