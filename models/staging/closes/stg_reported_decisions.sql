-- Settings and models that are others now than when something was reported.
select
    base_id,
    subject,
    cause,
    names,
    source_file,
    source_line
from {{ source('reported', 'decisions') }}
