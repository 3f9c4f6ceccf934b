-- Grain: one row per metric, population and band: the company's own, else the published ones.
with published as (
    select
        metric,
        population,
        band,
        from_rate,
        below_rate,
        source
    from {{ ref('benchmark_bands') }}
),

company as (
    {{ company_benchmarks() }}
)

select published.*
from published
left join (
    select distinct
        metric,
        population
    from company
) as replaced
    on
        published.metric = replaced.metric
        and published.population = replaced.population
where replaced.metric is null
union all
select * from company
