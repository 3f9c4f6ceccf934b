"""What only a look at several deliveries shows: stale sources, falls in volume, new gaps. All of it warns."""

from datetime import datetime, timedelta
from pathlib import Path

from orchestration.landing.canonical import CanonicalTable
from orchestration.landing.folder import dated_files
from orchestration.machine.sql import literal, quoted
from orchestration.quality.rule import Rule
from orchestration.settings import Company

_LOOK = "Ask whoever extracts this source whether the change is real; the figures are published as they are."


def is_named(column: str, company: Company) -> str:
    """SQL: whether a row is of a source that company.yml names."""
    return f"{column} in ({', '.join(literal(name) for name in company.source_names)})"


def _recent_files(company: Company, as_of: datetime) -> str:
    """SQL: the files that lie in each source's folder under a date within the freshness limit."""
    until = as_of.replace(tzinfo=None)
    since = until - timedelta(hours=company.quality.freshness_hours)
    lying = [
        f"({literal(name)}, {literal(file)})"
        for name in company.source_names
        for file in dated_files(Path(company.extracts) / name, since, until)
    ]
    values = f"values {', '.join(lying)}" if lying else "select null, null where false"
    return f"select * from ({values}) as files (source_name, file)"


def rules(company: Company, as_of: datetime) -> list[Rule]:
    """The rules over audit.deliveries and audit.rejects."""
    now = f"timestamp {literal(as_of.replace(tzinfo=None).isoformat(sep=' '))}"
    named = is_named("source_name", company)
    hours, ratio = company.quality.freshness_hours, company.quality.min_volume_ratio
    return [
        Rule(
            table="deliveries",
            name="sources_are_fresh",
            says=f"every source was extracted within the last {hours} hours",
            query=f"""
            with recent as ({_recent_files(company, as_of)}),

            -- An export that holds what an earlier one held lands nothing: it is there all the same.
            unchanged as (
                select recent.source_name
                from recent
                left join (select * from {{batch}}) as refused
                    on recent.source_name = refused.source_name and recent.file = refused.file
                        and refused.verdict not in ('accept', 'warn')
                where refused.file is null
            )

            select source_name, max(extracted_at) as last_extracted_at
            from {{batch}}
            where verdict in ('accept', 'warn') and {named}
                and source_name not in (select source_name from unchanged)
            group by source_name
            having max(extracted_at) < {now} - interval {hours} hours
            """,
            severity="warning",
            mend="Look at the extractor of this source; quality.freshness_hours sets the limit.",
            schema="audit",
        ),
        Rule(
            table="deliveries",
            name="volume_is_as_before",
            says=f"a table's last delivery has at least {ratio} of the rows that its deliveries had before",
            query=f"""
            with counted as (
                select source_name, canonical_table, delivery_id, max(loaded_at) as loaded_at,
                    sum(rows_accepted) as delivered
                from {{batch}}
                where verdict in ('accept', 'warn') and canonical_table is not null and {named}
                group by source_name, canonical_table, delivery_id
            ),

            ranked as (
                select counted.*, row_number() over (
                    partition by source_name, canonical_table order by loaded_at desc, delivery_id
                ) as recency
                from counted
            )

            select source_name, canonical_table,
                max(delivered) filter (where recency = 1) as last_rows,
                median(delivered) filter (where recency > 1) as rows_before
            from ranked
            where recency <= 6
            group by source_name, canonical_table
            having count(*) > 3 and max(delivered) filter (where recency = 1)
                < {ratio} * median(delivered) filter (where recency > 1)
            """,
            severity="warning",
            mend=_LOOK,
            schema="audit",
        ),
        Rule(
            table="deliveries",
            name="no_file_comes_from_two_sources",
            says="no two sources deliver the same file",
            query=f"""
            select min(file) as file, canonical_table,
                min(source_name) as source_name, max(source_name) as other_source
            from {{batch}}
            where verdict in ('accept', 'warn') and rows_accepted > 0 and canonical_table <> 'fx_rates'
                and {named}
            group by sha256, canonical_table
            having count(distinct source_name) > 1
            """,
            severity="warning",
            mend="Their rows count twice: take one of the two sources out of company.yml.",
            schema="audit",
        ),
        Rule(
            table="rejects",
            name="every_row_was_accepted",
            says="no row of this run was refused",
            query=f"""
            select source_name, file, code, count(*) as refused
            from {{batch}}
            where loaded_at = {now}
            group by source_name, file, code
            """,
            severity="warning",
            mend="saas-metrics rejects lists them with what to do.",
            schema="audit",
        ),
    ]


def gaps(table: CanonicalTable, company: Company) -> Rule:
    """How much emptier the optional columns of a table came with its last delivery."""
    optional = [column.name for column in table.columns if not column.required]
    shares = ", ".join(
        f"struct_pack(column_name := {literal(name)}, "
        f"newest := avg(case when is_newest then ({quoted(name)} is null)::integer end), "
        f"earlier := avg(case when not is_newest then ({quoted(name)} is null)::integer end))"
        for name in optional
    )
    return Rule(
        table=table.name,
        name="columns_are_as_full_as_before",
        says=f"no column's share of empty values rose by more than {company.quality.max_null_share_rise}",
        query=f"""
        with delivered as (
            select *, _delivery_id = max_by(_delivery_id, _loaded_at) over (partition by _source) as is_newest
            from {{batch}}
            where {is_named("_source", company)}
        ),

        shares as (select _source, unnest([{shares}]) as share from delivered group by _source)

        select _source, share.column_name, share.earlier as empty_before, share.newest as empty_now
        from shares
        where share.newest - share.earlier > {company.quality.max_null_share_rise}
        """,
        severity="warning",
        mend=_LOOK,
    )
