"""Whether anything was delivered that MRR can be made of."""

from collections.abc import Collection

import duckdb

from orchestration.landing.canonical import canonical_tables, quoted

_PRICED = {
    "subscription_items": "unit_amount is not null or (_source, price_id) in (select (_source, price_id) "
    "from raw.prices where unit_amount is not null or tiers is not null or currency_options is not null)",
    "subscription_changes": "true",
    "invoice_lines": "true",
}


def missing_terms(connection: duckdb.DuckDBPyConnection, sources: Collection[str]) -> str | None:
    """The sentence that says what MRR needs and what is there; None where a row of `sources` tells MRR.

    Marts that show 0 for it would be a wrong figure, not an empty one.
    """
    for table, priced in _PRICED.items():
        told = f"select 1 from raw.{table} where _source in (select unnest(?)) and ({priced}) limit 1"
        if connection.execute(told, [list(sources)]).fetchone() is not None:
            return None
    delivered = []
    for table in canonical_tables():
        count = f"select count(*) from raw.{quoted(table)} where _source in (select unnest(?))"
        (rows,) = connection.execute(count, [list(sources)]).fetchall()[0]
        if rows:
            delivered.append(f"{table} ({rows} rows)")
    return (
        "No MRR can be made of what was delivered, so nothing was published. MRR needs one of these "
        "tables with rows: subscription_items (with unit_amount, or a price_id that the table prices has), "
        "subscription_changes, or invoice_lines. "
        f"Delivered so far: {', '.join(delivered) or 'no row of any table'}."
    )
