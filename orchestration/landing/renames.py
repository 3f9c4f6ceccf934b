"""A source that brings what another one brought before is taken for a renamed one, and stops the run.

Taken in, its rows would stand in raw under two names, or count as other customers from one day to the next.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.landing.audit import read_history
from orchestration.landing.folder import FoundFile, hashes
from orchestration.landing.kept_sources import landed_sources
from orchestration.landing.source_run import Reader, Source, new_candidates
from orchestration.machine.sql import literal, quoted

_LEAST_SHARE = 0.5
"""Two sources that share so much of the keys of the smaller one are taken for one."""


def new_sources(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> list[Source]:
    """The sources that have brought nothing yet, where another has gone."""
    landed = set(landed_sources(connection))
    if landed <= {source.name for source in sources}:
        return []
    return [source for source in sources if source.name not in landed]


def stop_at_moved_files(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], found: Mapping[str, Sequence[FoundFile]]
) -> None:
    """Raise ConfigurationError where a source has files that another one delivered and has no longer."""
    rows = connection.execute(
        "select distinct source_name, sha256 from audit.deliveries "
        "where verdict in ('accept', 'warn') and rows_accepted > 0"
    ).fetchall()
    brought: dict[str, set[str]] = {}
    for name, sha256 in rows:
        brought.setdefault(name, set()).add(sha256)
    standing = {source.name: hashes(found[source.name]) for source in sources}
    for source in sources:
        new = standing[source.name] - brought.get(source.name, set())
        for other, shas in brought.items():
            # Where a named source still has some of its files, one of them was in the wrong folder.
            moved = other != source.name and not shas & standing.get(other, frozenset())
            if moved and new & shas:
                raise ConfigurationError(
                    _sentence(other, source.name, "files", other in standing, source.name in brought)
                )


def stop_at_renamed(reader: Reader, found: Sequence[FoundFile], names: Collection[str]) -> None:
    """Raise ConfigurationError where a new source brings the keys of one that is no longer named."""
    source, connection = reader.source, reader.connection
    gone = [name for name in landed_sources(connection) if name not in names]
    history = read_history(connection, source.name, source.is_snapshot)
    known = [file for file in found if file.extracted_at <= reader.as_of]
    try:
        pieces = reader.read(new_candidates(source, known, history), history)
        brought: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for piece in pieces:
            for entry, rows in piece.read.shaped:
                brought.setdefault((entry.table, entry.row_key), []).append(rows.table)
        for name in gone:
            shares = [_shared(connection, name, *place, brought[place]) for place in brought]
            both, fewer = (sum(one[index] for one in shares) for index in (0, 1))
            if both and both >= _LEAST_SHARE * fewer:
                raise ConfigurationError(_sentence(name, source.name, "keys", False, False))
    finally:
        reader.drop_temporary_tables()


def _shared(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    table: str,
    row_key: Iterable[str],
    brought: Iterable[str],
) -> tuple[int, int]:
    """How many keys two sources have in common, and how many the one with fewer has."""
    keys = ", ".join(quoted(key) for key in row_key)
    new = " union ".join(f"select {keys} from {quoted(rows)}" for rows in brought)
    old = f"select distinct {keys} from raw.{quoted(table)} where _source = {literal(name)}"
    ((both, ours, theirs),) = connection.execute(
        f"with ours as ({new}), theirs as ({old}) select "
        "(select count(*) from (from ours intersect from theirs)), "
        "(select count(*) from ours), (select count(*) from theirs)"
    ).fetchall()
    return int(both), min(int(ours), int(theirs))


def _sentence(old: str, new: str, what: str, both_named: bool, holds_rows: bool) -> str:
    state = "brought before" if both_named else "brought, which company.yml no longer names"
    said = f"source {new} brings the {what} that {old} {state}; nothing was touched. "
    if not holds_rows:
        return (
            f"{said}If it is the same source under another name: saas-metrics sources rename {old} {new}. If "
            f"it is another one and {old} is to go: saas-metrics sources drop {old}."
        )
    first = f"saas-metrics sources rename {new} {new}_before, then " if both_named else ""
    return (
        f"{said}{new} holds rows of its own. If the two have changed their names, give each its own again: "
        f"{first}saas-metrics sources rename {old} {new}. If {old} is to go: saas-metrics sources drop {old}."
    )
