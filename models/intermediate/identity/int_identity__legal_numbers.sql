{{ config(materialized='table') }}

-- Grain: one row per delivered record and column that holds a legal or VAT number.
with numbers as (

    select
        'customer' as side,
        customer_id as entity_id,
        record_id,
        'legal_id' as column_name,
        {{ identifier_text('legal_id') }} as identifier,
        {{ identifier_text('vat_id') }} as vat_number,
        country,
        source_name,
        source_file,
        source_line
    from {{ ref('int_identity__customer_records') }}

    union all

    select
        'customer' as side,
        customer_id as entity_id,
        record_id,
        'vat_id' as column_name,
        {{ identifier_text('vat_id') }} as identifier,
        {{ identifier_text('vat_id') }} as vat_number,
        country,
        source_name,
        source_file,
        source_line
    from {{ ref('int_identity__customer_records') }}

    union all

    select
        'account' as side,
        crm_account_id as entity_id,
        record_id,
        'legal_id' as column_name,
        {{ identifier_text('legal_id') }} as identifier,
        {{ identifier_text('vat_id') }} as vat_number,
        cast(null as {{ dbt.type_string() }}) as country,
        source_name,
        source_file,
        source_line
    from {{ ref('int_identity__account_records') }}
    where crm_account_id is not null

    union all

    select
        'account' as side,
        crm_account_id as entity_id,
        record_id,
        'vat_id' as column_name,
        {{ identifier_text('vat_id') }} as identifier,
        {{ identifier_text('vat_id') }} as vat_number,
        cast(null as {{ dbt.type_string() }}) as country,
        source_name,
        source_file,
        source_line
    from {{ ref('int_identity__account_records') }}
    where crm_account_id is not null

),

placed as (

    select
        numbers.*,
        coalesce(numbers.country in {{ french_countries() }}, false)
        or coalesce(numbers.vat_number like 'FR%', false) as is_french,
        numbers.country is null
        and (numbers.vat_number is null or numbers.vat_number = '') as is_placeless
    from numbers
    -- A number of fewer characters, or without a digit, is a remark such as "n/a".
    where
        length(numbers.identifier) >= 5
        and translate(numbers.identifier, '0123456789', '') <> numbers.identifier

),

typed as (

    select
        placed.*,
        case
            when placed.column_name = 'vat_id' and placed.identifier like 'FR%' then 'french_vat'
            when placed.column_name = 'vat_id' then 'vat'
            when not {{ has_only_digits('placed.identifier') }} then 'other'
            when
                length(placed.identifier) = 14
                and (placed.is_french or placed.is_placeless)
                then 'siret'
            when length(placed.identifier) = 9 and placed.is_french then 'siren'
            -- Other countries have nine digits too: without a country only the checksum tells.
            when
                length(placed.identifier) = 9
                and placed.is_placeless
                and {{ luhn_holds('placed.identifier', 9) }}
                then 'siren'
            else 'other'
        end as number_type
    from placed

),

checked as (

    select
        typed.*,
        case typed.number_type
            when 'french_vat' then {{ french_vat_holds('typed.identifier') }}
            when 'siret' then {{ siret_holds('typed.identifier') }}
            when 'siren' then {{ luhn_holds('typed.identifier', 9) }}
            when 'vat' then true
            when 'other' then true
        end as is_valid
    from typed

)

select
    side,
    entity_id,
    record_id,
    column_name,
    number_type,
    -- Greece writes EL before its VAT numbers and GR elsewhere.
    case
        when number_type = 'vat' and identifier like 'GR%' then 'EL' || substr(identifier, 3)
        else identifier
    end as identifier,
    case
        when not is_valid then null
        when number_type = 'siret' then substr(identifier, 1, 9)
        when number_type = 'siren' then identifier
        when number_type = 'french_vat' and substr(identifier, 5, 3) <> '000'
            then substr(identifier, 5, 9)
    end as siren,
    is_valid,
    source_name,
    source_file,
    source_line
from checked
