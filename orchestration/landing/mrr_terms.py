"""Whether anything was delivered that MRR can be made of."""

from collections.abc import Collection, Mapping

import duckdb

from orchestration.landing.canonical import canonical_tables
from orchestration.machine.sql import quoted
from orchestration.machine.wording import counted

_PRICED = {
    "subscription_items": "unit_amount is not null or (_source, price_id) in (select (_source, price_id) "
    "from raw.prices where unit_amount is not null or tiers is not null or currency_options is not null)",
    "subscription_changes": "true",
    "invoice_lines": "true",
}
_TABLES = {"items": "subscription_items", "changes": "subscription_changes", "invoice_lines": "invoice_lines"}


def missing_terms(connection: duckdb.DuckDBPyConnection, bases: Mapping[str, str | None]) -> str | None:
    """The sentence that says what MRR needs and what is there; None where the sources tell MRR.

    `bases` names each source and the history that company.yml chose for its MRR, None where it chose none.

    Marts that show 0 for it, or that stand on another table than the one that was chosen, would be a wrong
    figure, not an empty one.
    """
    for source, chosen in bases.items():
        if said := _another_basis(connection, source, chosen):
            return said
    return _no_terms(connection, list(bases))


def _another_basis(connection: duckdb.DuckDBPyConnection, source: str, chosen: str | None) -> str | None:
    """What is said of a source that delivers histories, but not the one that company.yml chose."""
    told = [
        table
        for table in _TABLES.values()
        if connection.execute(f"select 1 from raw.{table} where _source = ? limit 1", [source]).fetchone()
    ]
    if chosen is None or not told or _TABLES[chosen] in told:
        return None
    return (
        f"company.yml says mrr_basis: {chosen} of source {source}, which has delivered no row of "
        f"{_TABLES[chosen]}, only of {', '.join(told)}; nothing was published. Deliver that table, or take "
        "the option out."
    )


def _no_terms(connection: duckdb.DuckDBPyConnection, sources: Collection[str]) -> str | None:
    for table, priced in _PRICED.items():
        told = f"select 1 from raw.{table} where _source in (select unnest(?)) and ({priced}) limit 1"
        if connection.execute(told, [list(sources)]).fetchone() is not None:
            return None
    delivered = []
    for table in canonical_tables():
        count = f"select count(*) from raw.{quoted(table)} where _source in (select unnest(?))"
        (rows,) = connection.execute(count, [list(sources)]).fetchall()[0]
        if rows:
            delivered.append(f"{table} ({counted(rows, 'row')})")
    return (
        "No MRR can be made of what was delivered, so nothing was published. MRR needs one of these "
        "tables with rows: subscription_items (with unit_amount, or a price_id that the table prices has), "
        "subscription_changes, or invoice_lines. "
        f"Delivered so far: {', '.join(delivered) or 'no row of any table'}."
    )
