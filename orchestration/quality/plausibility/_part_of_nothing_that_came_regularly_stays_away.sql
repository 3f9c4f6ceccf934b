select distinct _source, '{table}' as table_name, {label} as label, try_cast(left({column}, 10) as date) as day
from raw.{table}
where {named} and not _is_deleted
