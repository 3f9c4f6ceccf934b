-- Grain: one row per metric, population and band: the company's own, else the published ones.
-- DECISIONS.md#benchmark-bands
with published as (
    select * from {{ ref('benchmark_bands') }}
),

company as (
    {{ company_benchmarks() }}
),

replaced as (
    select distinct
        metric,
        population
    from company
)

select
    published.metric,
    published.population,
    published.band,
    published.from_rate,
    published.below_rate,
    published.source
from published
left join replaced
    on
        published.metric = replaced.metric
        and published.population = replaced.population
where replaced.metric is null
union all
select
    metric,
    population,
    band,
    from_rate,
    below_rate,
    source
from company
