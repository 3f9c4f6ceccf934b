{{ config(materialized='table') }}

-- Grain: one row per base, month, customer and column of its MRR that is not what was reported.
with pairs as (
    select * from {{ ref('int_closes__mrr_pairs') }}
)

{{ one_row_per_difference('pairs') }}
