-- Grain: one row per code and the customer, account or line it is about.
with exceptions as (

    select
        code,
        customer_id,
        crm_account_id,
        rule,
        candidates,
        column_name,
        source_name,
        source_file,
        source_line
    from {{ ref('int_identity__record_exceptions') }}

    union all

    select
        code,
        customer_id,
        crm_account_id,
        rule,
        candidates,
        column_name,
        source_name,
        source_file,
        source_line
    from {{ ref('int_identity__reference_exceptions') }}

    union all

    select
        code,
        customer_id,
        crm_account_id,
        rule,
        candidates,
        cast(null as {{ dbt.type_string() }}) as column_name,
        source_name,
        cast(null as {{ dbt.type_string() }}) as source_file,
        cast(null as {{ dbt.type_bigint() }}) as source_line
    from {{ ref('int_identity__decision_exceptions') }}

),

codes as (

    select * from {{ ref('identity_exception_codes') }}

)

select
    {{ dbt.hash(
        "coalesce(exceptions.code, '') || '|' || coalesce(exceptions.customer_id, '')"
        ~ " || '|' || coalesce(exceptions.crm_account_id, '')"
        ~ " || '|' || coalesce(exceptions.column_name, '')"
        ~ " || '|' || coalesce(exceptions.source_file, '')"
        ~ " || '|' || coalesce(cast(exceptions.source_line as " ~ dbt.type_string() ~ "), '')"
    ) }} as exception_id,
    exceptions.code,
    codes.severity,
    exceptions.customer_id,
    exceptions.crm_account_id,
    exceptions.rule,
    exceptions.candidates,
    exceptions.column_name,
    exceptions.source_name,
    exceptions.source_file,
    exceptions.source_line,
    codes.meaning,
    codes.action
from exceptions
left join codes on exceptions.code = codes.code
