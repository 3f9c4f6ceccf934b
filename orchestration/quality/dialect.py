"""The way Great Expectations reads DuckDB.

Its SQL engine hands a connection back before it fetches the rows, and the rollback that follows makes DuckDB
forget them. Reading needs no transaction, so this dialect has none.
"""

from typing import Any

import duckdb_engine


class ReadOnlyDialect(duckdb_engine.Dialect):
    """duckdb_engine without transactions, for read-only connections."""

    supports_statement_cache = False

    def do_begin(self, connection: Any) -> None:
        """Nothing to begin."""

    def do_commit(self, connection: Any) -> None:
        """Nothing to commit."""

    def do_rollback(self, connection: Any) -> None:
        """Nothing to roll back."""
