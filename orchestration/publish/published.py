"""What a published file says of itself."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from orchestration.errors import QueryFailed


@dataclass(frozen=True)
class Release:
    """Which release answers, and how fresh it is; times are in UTC."""

    release_id: str
    as_of: datetime
    published_at: datetime


def release_of(connection: duckdb.DuckDBPyConnection) -> Release:
    """The release of a published file."""
    row = connection.execute(
        "select release_id, as_of, published_at from audit.releases order by published_at desc limit 1"
    ).fetchone()
    if row is None:
        raise QueryFailed("The published file does not say which release it is. Run saas-metrics run.")
    return Release(*row)
