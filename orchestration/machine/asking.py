"""Queries of people, with a limit of time and an error that says what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

import duckdb

from orchestration.errors import QueryFailed

_FETCHED = 10_000


@contextmanager
def answered(
    connection: duckdb.DuckDBPyConnection, query: str, timeout: float
) -> Iterator[tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]]:
    """The columns and the rows of a query, which are fetched while they are read.

    Raises QueryFailed where it is wrong, not allowed, or needs more time or memory than it may.
    """
    # A clock beside the query: the engine itself knows no limit of time.
    clock = Timer(timeout, connection.interrupt)
    clock.start()
    try:
        cursor = connection.execute(query)
        yield tuple(column[0] for column in cursor.description or []), _fetched(cursor)
    except duckdb.InterruptException as error:
        raise QueryFailed(
            f"The query took longer than {timeout:g} seconds. Ask for less, or give it more with --timeout."
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise QueryFailed(
            "The query needs more memory than it may use. Ask for less, or give it more with --memory-limit."
        ) from error
    except duckdb.Error as error:
        raise QueryFailed(f"The query was refused: {error}") from error
    finally:
        clock.cancel()


def _fetched(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(_FETCHED):
        yield from rows
