with changed as ({known_ids_with_another})

select
    '{table} of ' || _source || ', ' || id || ': ' || value || ' after ' || value_before || ' ('
    || others || ' of ' || known || ' have another currency)' as message,
    _source, '{table}' as table_name, id, value as currency, value_before as currency_before
from changed
where others >= 3
