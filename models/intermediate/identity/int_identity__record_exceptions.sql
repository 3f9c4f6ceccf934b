-- Grain: one row per code and delivered record whose evidence can't be used.
with merged_accounts as (

    select * from {{ ref('int_identity__merged_records') }}
    where object = 'account'

),

account_records as (

    select * from {{ ref('int_identity__account_records') }}

),

legal_numbers as (

    select * from {{ ref('int_identity__legal_numbers') }}

)

select
    'merge_cycle' as code,
    cast(null as {{ dbt.type_string() }}) as customer_id,
    merged_id as crm_account_id,
    cast(null as {{ dbt.type_string() }}) as rule,
    cast(null as {{ dbt.type_string() }}) as candidates,
    'survivor_id' as column_name,
    source_name,
    source_file,
    source_line
from merged_accounts
where is_cycle

union all

select
    'merge_survivor_missing' as code,
    cast(null as {{ dbt.type_string() }}) as customer_id,
    record_id as crm_account_id,
    cast(null as {{ dbt.type_string() }}) as rule,
    cast(null as {{ dbt.type_string() }}) as candidates,
    'crm_account_id' as column_name,
    source_name,
    source_file,
    source_line
from account_records
where crm_account_id is null

union all

select
    'checksum_failed' as code,
    case when side = 'customer' then record_id end as customer_id,
    case when side = 'account' then record_id end as crm_account_id,
    'legal_id' as rule,
    cast(null as {{ dbt.type_string() }}) as candidates,
    column_name,
    source_name,
    source_file,
    source_line
from legal_numbers
where not is_valid
