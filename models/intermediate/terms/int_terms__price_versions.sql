{{ config(materialized='table') }}

-- Grain: one row per price, currency it can be paid in and interval in which it cost the same. The
-- first interval has no beginning: the price known first stands for the time before it.
-- DECISIONS.md#prices-have-versions
with versions as (
    select * from {{ ref('stg_price_versions') }}
),

options as (
    select
        price_id,
        currency as listed_currency,
        {{ json_elements('currency_options') }} as currency_option,
        billing_scheme,
        package_size,
        package_rounding,
        source_file,
        source_line,
        recorded_at
    from versions
    where currency_options is not null
),

in_currencies as (
    select
        price_id,
        currency,
        unit_amount,
        tiers,
        billing_scheme,
        package_size,
        package_rounding,
        source_file,
        source_line,
        recorded_at
    from versions

    union all

    select
        price_id,
        {{ json_text('currency_option', 'currency') }} as currency,
        cast({{ json_text('currency_option', 'unit_amount') }} as {{ type_price() }})
            as unit_amount,
        {{ json_text('currency_option', 'tiers') }} as tiers,
        billing_scheme,
        package_size,
        package_rounding,
        source_file,
        source_line,
        recorded_at
    from options
    where {{ json_text('currency_option', 'currency') }} <> listed_currency
),

numbered as (
    select
        in_currencies.*,
        row_number() over price_currency as version_number,
        lead(in_currencies.recorded_at) over price_currency as next_told_at
    from in_currencies
    window price_currency as (
        partition by in_currencies.price_id, in_currencies.currency
        order by in_currencies.recorded_at
    )
)

select
    price_id,
    currency,
    cast(version_number as integer) as version_number,
    case when version_number > 1 then recorded_at end as start_at,
    next_told_at as end_at,
    unit_amount,
    tiers,
    billing_scheme,
    package_size,
    package_rounding,
    source_file,
    source_line,
    recorded_at
from numbered
