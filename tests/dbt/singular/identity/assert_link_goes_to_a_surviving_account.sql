-- Nobody is linked to an account that was merged away or never delivered.
select links.*
from {{ ref('fct_identity_links') }} as links
left join {{ ref('int_identity__account_records') }} as account_records
    on
        links.crm_account_id = account_records.record_id
        and account_records.is_survivor
where account_records.record_id is null
