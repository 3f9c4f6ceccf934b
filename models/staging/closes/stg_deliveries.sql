-- Every file that was loaded, with the runs that loaded it first and last.
select
    source_name,
    file as source_file,
    min(loaded_at) as first_loaded_at,
    max(loaded_at) as last_loaded_at
from {{ source('audit', 'deliveries') }}
where
    verdict in ('accept', 'warn')
    and {{ is_of_named_source('source_name') }}
group by
    source_name,
    file
