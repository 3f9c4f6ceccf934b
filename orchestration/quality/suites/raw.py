"""What must be true of `raw`: the last line of defence behind the landing room."""

from collections.abc import Iterator
from datetime import datetime

from orchestration.landing.canonical import CanonicalColumn, CanonicalTable, canonical_tables
from orchestration.landing.currencies import iso_4217
from orchestration.machine.sql import literal, quoted
from orchestration.quality.rule import Rule
from orchestration.quality.suites import deliveries
from orchestration.settings import Company

_MEND = "Correct these rows at their source, or in the mapping, and deliver them again."
_EARLIEST = "1970-01-01"


def rules(company: Company, as_of: datetime) -> list[Rule]:
    """Every rule of the raw suite. Only a row's latest version counts, so that a mended row heals it.

    Rows of a source that company.yml no longer names reach no figure, so they stop nothing.
    """
    # All of raw is looked through each run, not only what came with it: the rows of a run that was
    # refused must go on being refused until they are mended, or a release would take them.
    tables = canonical_tables().values()
    named = deliveries.is_named("_source", company)
    return [
        *(rule for table in tables for rule in _table_rules(table, named)),
        *(deliveries.gaps(table, company) for table in tables),
        *deliveries.rules(company, as_of),
    ]


def _table_rules(table: CanonicalTable, named: str) -> Iterator[Rule]:
    required = [column for column in table.columns if column.required]
    if required:
        condition = " or ".join(f"{quoted(column.name)} is null" for column in required)
        names = ", ".join(column.name for column in required)
        yield Rule(
            name="required_columns_are_filled",
            table=table.name,
            severity="critical",
            says=f"every row has {names}",
            mend=_MEND,
            query=_broken(table, named, condition),
        )
    currencies = [column for column in table.columns if column.kind == "currency"]
    if currencies:
        known = ", ".join(literal(code) for code in sorted(iso_4217()))
        condition = " or ".join(f"{quoted(column.name)} not in ({known})" for column in currencies)
        yield Rule(
            name="currencies_are_known",
            table=table.name,
            severity="critical",
            says="every currency is an ISO 4217 code",
            mend=_MEND,
            query=_broken(table, named, condition, currencies),
        )
    enums = [column for column in table.columns if column.kind == "enum"]
    if enums:
        yield Rule(
            name="codes_are_known",
            table=table.name,
            severity="critical",
            says=f"{', '.join(column.name for column in enums)} hold no code the models don't know",
            mend="Add the new code to the mapping (map:) and run again.",
            query=_broken(table, named, " or ".join(_unknown_code(column) for column in enums), enums),
        )
    instants = [column for column in table.columns if column.kind in ("timestamp", "date")]
    if instants:
        condition = " or ".join(_out_of_range(column) for column in instants)
        yield Rule(
            name="dates_are_plausible",
            table=table.name,
            severity="critical",
            says="every date can be read and lies between 1970 and 2199",
            mend=_MEND,
            query=_broken(table, named, condition, instants),
        )


def _unknown_code(column: CanonicalColumn) -> str:
    return f"{quoted(column.name)} not in ({', '.join(literal(code) for code in column.allowed)})"


def _out_of_range(column: CanonicalColumn) -> str:
    name = quoted(column.name)
    instant = f"try_cast({name} as timestamp)"
    return (
        f"({name} is not null and ({instant} is null or {instant} < timestamp '{_EARLIEST}'"
        f" or {instant} >= timestamp '2200-01-01'))"
    )


def _broken(
    table: CanonicalTable, named: str, condition: str, shown: list[CanonicalColumn] | None = None
) -> str:
    """The latest versions of named sources' rows for which a condition holds, with where they came from."""
    version = "({row}._extracted_at, {row}._delivery_id, {row}._file, {row}._line)"
    same_key = " and ".join(
        f"newer.{quoted(name)} is not distinct from broken.{quoted(name)}" for name in ("_source", *table.key)
    )
    names = dict.fromkeys([*table.key, *(column.name for column in shown or []), "_source", "_file", "_line"])
    return f"""
        with delivered as (select * from {{batch}} where {named})
        select {", ".join(f"broken.{quoted(name)}" for name in names)}
        from delivered as broken
        where not coalesce(broken._is_deleted, false) and ({condition})
            and not exists (
                select 1 from delivered as newer
                where {same_key} and {version.format(row="newer")} > {version.format(row="broken")}
            )
    """
