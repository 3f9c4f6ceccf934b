with changed as ({known_ids_with_another})

select
    '{table} of ' || _source || ', ' || id || ': {column} ' || value || ' after ' || value_before || ' ('
    || others || ' of ' || known || ' have another)' as message,
    _source, '{table}' as table_name, id, value as instant, value_before as instant_before
from changed
where others >= 5
