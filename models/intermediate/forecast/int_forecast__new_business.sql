-- Grain: one row per origin month, segment and horizon: the MRR that customers who come in that
-- month are expected to have at its end. The mean of the last twelve months goes on with a trend,
-- which counts as far as it stands out of the noise, and fades; seasons count where two years in
-- turn show the same ones. DECISIONS.md#new-business-of-a-forecast
{%- set settings = forecast_settings() %}
{%- set damping = settings.trend_damping %}
{%- set fading = (1 - damping) | round(6) %}
with cells as (
    select * from {{ ref('int_forecast__cells') }}
),

-- The first month of the company brings all the customers that it had before.
spans as (
    select
        origin_index,
        least({{ settings.arrival_months }}, origin_index - min(cohort_index)) as months
    from cells
    where segment_number = 0
    group by origin_index
),

segments as (
    select distinct
        origin_index,
        segment_number
    from cells
),

-- A month in which nobody came counts as one.
arrived as (
    select
        segments.origin_index,
        segments.segment_number,
        spans.months,
        {{ expand_integers('1', 'spans.months') }} as position,
        {{ double(0) }} as arrived_mrr
    from segments
    inner join spans on segments.origin_index = spans.origin_index

    union all

    select
        cells.origin_index,
        cells.segment_number,
        spans.months,
        cells.cohort_index - cells.origin_index + spans.months as position,
        cells.arrived_mrr
    from cells
    inner join spans on cells.origin_index = spans.origin_index
    where
        cells.origin_index = cells.month_index
        and cells.cohort_index > cells.origin_index - spans.months
),

arrivals as (
    select
        origin_index,
        segment_number,
        months,
        position,
        sum(arrived_mrr) as arrived_mrr
    from arrived
    group by
        origin_index,
        segment_number,
        months,
        position
),

-- Of two whole years, what each month of the second is above that of the first.
pairs as (
    select
        *,
        months = {{ settings.arrival_months }} as is_two_years,
        case
            when months = {{ settings.arrival_months }}
                then lag(arrived_mrr, 12) over (
                    partition by origin_index, segment_number
                    order by position
                )
        end as year_before_mrr
    from arrivals
),

sums as (
    select
        origin_index,
        segment_number,
        months,
        is_two_years,
        least(months, 12) as level_months,
        avg(case when position > months - 12 then arrived_mrr end) as level_mrr,
        avg(year_before_mrr) as year_before_mrr,
        avg(arrived_mrr) as mean_mrr,
        sum(position * arrived_mrr) - avg(arrived_mrr) * sum(position) as position_products,
        sum(position * position) - {{ ratio('sum(position) * sum(position)', 'count(*)') }}
            as position_squares,
        sum(arrived_mrr * arrived_mrr) - avg(arrived_mrr) * sum(arrived_mrr) as mrr_squares,
        avg(arrived_mrr - year_before_mrr) as yearly_change,
        sum((arrived_mrr - year_before_mrr) * (arrived_mrr - year_before_mrr)) as yearly_squares
    from pairs
    group by
        origin_index,
        segment_number,
        months,
        is_two_years
),

slopes as (
    select
        *,
        case
            when is_two_years then yearly_change / 12
            else {{ ratio('position_products', 'position_squares') }}
        end as slope,
        -- The squared standard error of the slope.
        case
            when is_two_years
                then
                    greatest(yearly_squares - 12 * yearly_change * yearly_change, 0)
                    / 11 / 12 / 144
            when months > 2
                then
                    greatest(
                        mrr_squares
                        - position_products * {{ ratio('position_products', 'position_squares') }},
                        0
                    )
                    / (months - 2) / position_squares
        end as slope_variance
    from sums
),

trends as (
    select
        *,
        coalesce(
            slope * {{ ratio('slope * slope', '(slope * slope + slope_variance)') }}, 0
        ) as trend
    from slopes
),

-- How much a month lies above or below its year, the trend aside, as a share of the year's mean.
seasons as (
    select
        pairs.origin_index,
        pairs.segment_number,
        pairs.position - 12 as horizon_months,
        {{ ratio(
            '(pairs.arrived_mrr - trends.trend * (pairs.position - 18.5))', 'trends.level_mrr'
        ) }} - 1 as season,
        {{ ratio(
            '(pairs.year_before_mrr - trends.trend * (pairs.position - 18.5))',
            'trends.year_before_mrr'
        ) }} - 1 as season_before
    from pairs
    inner join trends
        on
            pairs.origin_index = trends.origin_index
            and pairs.segment_number = trends.segment_number
    where
        pairs.is_two_years
        and pairs.position > 12
),

weighed as (
    select
        origin_index,
        segment_number,
        horizon_months,
        (season + season_before) / 2 as season,
        greatest(
            {{ ratio(
                'sum(season * season_before) over segment',
                'sqrt((sum(season * season) over segment)'
                ~ ' * (sum(season_before * season_before) over segment))'
            ) }}
            - {{ settings.season_noise }},
            0
        )
        / (1 - {{ settings.season_noise }}) as weight
    from seasons
    window segment as (partition by origin_index, segment_number)
),

horizons as (
    select {{ expand_integers('1', settings.horizons) }} as horizon_months
),

-- Where there are not two years, no season raises or lowers a month.
raised as (
    select
        trends.origin_index,
        trends.segment_number,
        horizons.horizon_months,
        {{ double(0) }} as raised_by
    from trends
    cross join horizons

    union all

    select
        origin_index,
        segment_number,
        horizon_months,
        weight * season as raised_by
    from weighed
),

raises as (
    select
        origin_index,
        segment_number,
        horizon_months,
        coalesce(sum(raised_by), 0) as raised_by
    from raised
    group by
        origin_index,
        segment_number,
        horizon_months
)

select
    raises.origin_index,
    raises.segment_number,
    cast(raises.horizon_months as integer) as horizon_months,
    -- A trend of few months can lead anywhere.
    least(
        greatest(
            trends.level_mrr
            + trends.trend
            * (
                (trends.level_months - 1) / {{ double(2) }}
                + {{ damping }}
                * (1 - power({{ double(damping) }}, raises.horizon_months))
                / {{ double(fading) }}
            ),
            trends.level_mrr * (1 - {{ settings.most_change }})
        ),
        trends.level_mrr * (1 + {{ settings.most_change }})
    )
    * greatest(1 + raises.raised_by, 0) as arriving_mrr
from raises
inner join trends
    on
        raises.origin_index = trends.origin_index
        and raises.segment_number = trends.segment_number
