"""A DuckDB or Parquet file written anew without somebody: a file changed in place would still hold them."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from orchestration.forget.searching import spellings
from orchestration.forget.subject import Subject
from orchestration.landing.canonical import SNAPSHOTS, canonical_tables
from orchestration.landing.forgotten import Forgotten, raw_columns
from orchestration.machine.sql import literal, quoted
from orchestration.publish.parquet import SUFFIX, write_parquet
from orchestration.publish.privacy import SENSITIVE, Classes
from orchestration.settings import limits

# Columns of a customer's row in a mart that tell who it is, beside those that its classes call sensitive.
_TELLING = ("email_domain", "respondent_id")
# Columns of the audit tables, and of their restricted part, that quote a value as it was delivered.
_QUOTING = {"rejects": ("value", "message"), "quality_results": ("sample", "message")}
_RAW = "raw"
# Where a Parquet file is looked at, as a view with the name of its mart.
_PARQUET = "parquet"
# Around an id and around a word, so that cus_1 is not found in cus_10, nor Ann in Annual.
_NO_ID = "[^A-Za-z0-9_-]"
_NO_WORD = r"[^\pL\pN]"
_FORGOTTEN = r"\1forgotten\3"
_Place = tuple[str, str]
"""Schema and table."""


@dataclass(frozen=True)
class Rewriter:
    """What to change in every file."""

    subject: Subject
    forgotten: Forgotten
    classes: Classes

    def changes(self, schema: str, table: str, texts: Collection[str]) -> dict[str, str]:
        """SQL for the columns of a table that can hold the subject; `texts` are its VARCHAR columns."""
        if (schema, table) == (_RAW, SNAPSHOTS):
            # When a source listed all it has: it names files, and nobody.
            return {}
        if schema == _RAW:
            changed = raw_columns(self.forgotten, table, texts, "_source")
            searched = named = frozenset(canonical_tables()[table].privacy)
        else:
            changed = self.forgotten.columns(table, texts, self._sensitive(schema, table), None)
            searched, named = frozenset(texts), self.naming(schema, table)
        for name in searched:
            without_ids = self._without_ids(changed.get(name, quoted(name)))
            changed[name] = self._without_texts(without_ids) if name in named else without_ids
        return changed

    def naming(self, schema: str, table: str) -> frozenset[str]:
        """The columns of a table where a name is somebody's; elsewhere the word is a status or a plan."""
        return frozenset((*self._sensitive(schema, table), *_QUOTING.get(table, ())))

    def _sensitive(self, schema: str, table: str) -> dict[str, bool]:
        if schema == "restricted" and table in canonical_tables():
            return {name: name == "respondent" for name in canonical_tables()[table].privacy}
        if schema == "audit":
            return {}
        found = {name for name, privacy in self.classes.get(table, {}).items() if privacy in SENSITIVE}
        return {name: name == "respondent_id" for name in (*found, *_TELLING)}

    def _without_ids(self, value: str) -> str:
        for one in self.subject.ids:
            pattern = f"(^|{_NO_ID}){_escaped(one)}($|{_NO_ID})"
            new = rf"\1{self.forgotten.anonymous_id(one)}\2"
            value = f"regexp_replace({value}, {literal(pattern)}, {literal(new)}, 'g')"
        return value

    def _without_texts(self, value: str) -> str:
        if not self.subject.texts:
            return value
        return f"regexp_replace({value}, {literal(self._texts)}, {literal(_FORGOTTEN)}, 'gi')"

    @cached_property
    def _texts(self) -> str:
        """A pattern of every text of the subject in all its spellings, the longest first."""
        ways = {way for text in self.subject.texts for way in spellings(text)}
        listed = "|".join(_escaped(way) for way in sorted(ways, key=lambda way: (-len(way), way)))
        return f"(^|{_NO_WORD})({listed})($|{_NO_WORD})"


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """One DuckDB for all files: opening one for each of hundreds costs more than what is read in them."""
    with duckdb.connect(
        config={"threads": limits().threads, "memory_limit": limits().memory_limit}
    ) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


def rewrite(
    connection: duckdb.DuckDBPyConnection,
    old: Path,
    new: Path,
    rewriter: Rewriter,
    storage: str,
    schemas: Collection[str] | None = None,
) -> int:
    """Write `new` from `old` where anything in it is about the subject; the number of rows changed.

    Without a change nothing is written. `schemas` are those kept; all of them where none are named.
    """
    with _attached(connection, old):
        changes = _changes(connection, old, rewriter, schemas)
        rows = _count_changed(connection, changes)
        if rows:
            _write(connection, new, storage, changes)
        return rows


def count_left(connection: duckdb.DuckDBPyConnection, path: Path, rewriter: Rewriter) -> int:
    """The rows of a file that would change: still about the subject."""
    with _attached(connection, path):
        return _count_changed(connection, _changes(connection, path, rewriter, None))


def words_of_the_data(
    connection: duckdb.DuckDBPyConnection, path: Path, rewriter: Rewriter
) -> frozenset[str]:
    """The names of the subject that are also whole values of columns which name nobody: a plan, a status."""
    texts = [text.lower() for text in rewriter.subject.texts]
    words: set[str] = set()
    with _attached(connection, path):
        for place, columns in _tables(connection).items():
            naming = rewriter.naming(*place)
            for column in (name for name, kind in columns if kind == "VARCHAR" and name not in naming):
                value = f"lower({quoted(column)})"
                asked = f"select distinct {value} from old.{_name(place)} where list_contains(?, {value})"
                words |= {word for (word,) in connection.execute(asked, [texts]).fetchall()}
    return frozenset(text for text in rewriter.subject.texts if text.lower() in words)


@contextmanager
def _attached(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    if path.suffix == SUFFIX:
        connection.execute("attach ':memory:' as old")
        connection.execute(f"create schema old.{_PARQUET}")
        connection.execute(
            f"create view old.{_name((_PARQUET, path.stem))} as from read_parquet({literal(str(path))})"
        )
    else:
        connection.execute(f"attach {literal(str(path))} as old (read_only)")
    try:
        yield
    finally:
        connection.execute("detach old")


def _changes(
    connection: duckdb.DuckDBPyConnection, path: Path, rewriter: Rewriter, schemas: Collection[str] | None
) -> dict[_Place, dict[str, str]]:
    tables = _parquet_table(connection, path) if path.suffix == SUFFIX else _tables(connection)
    return {
        place: rewriter.changes(*place, [name for name, kind in columns if kind == "VARCHAR"])
        for place, columns in tables.items()
        if schemas is None or place[0] in schemas
    }


_Columns = dict[_Place, list[tuple[str, str]]]
"""Name and type of every column, by table."""


def _parquet_table(connection: duckdb.DuckDBPyConnection, path: Path) -> _Columns:
    place = (_PARQUET, path.stem)
    described = connection.execute(f"describe old.{_name(place)}").fetchall()
    return {place: [(name, kind) for name, kind, *_ in described]}


def _tables(connection: duckdb.DuckDBPyConnection) -> _Columns:
    found: _Columns = {}
    rows = connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "semi join duckdb_tables() using (database_name, schema_name, table_name) "
        "where database_name = 'old' order by 1, 2, column_index"
    ).fetchall()
    for schema, table, column, kind in rows:
        found.setdefault((schema, table), []).append((column, kind))
    return found


def _count_changed(connection: duckdb.DuckDBPyConnection, changes: Mapping[_Place, Mapping[str, str]]) -> int:
    rows = 0
    for place, changed in changes.items():
        if changed:
            differs = " or ".join(f"{quoted(name)} is distinct from ({new})" for name, new in changed.items())
            found = connection.execute(f"select count(*) from old.{_name(place)} where {differs}").fetchone()
            rows += int(found[0]) if found else 0
    return rows


def _write(
    connection: duckdb.DuckDBPyConnection,
    new: Path,
    storage: str,
    changes: Mapping[_Place, Mapping[str, str]],
) -> None:
    new.unlink(missing_ok=True)
    if new.suffix == SUFFIX:
        for place, changed in changes.items():
            write_parquet(connection, _changed(place, changed), new)
        return
    connection.execute(f"attach {literal(str(new))} as fresh (storage_version {literal(storage)})")
    for schema in {schema for schema, _ in changes}:
        connection.execute(f"create schema if not exists fresh.{quoted(schema)}")
    for place, changed in changes.items():
        connection.execute(f"create table fresh.{_name(place)} as {_changed(place, changed)}")
        _copy_comments(connection, place)
    connection.execute("checkpoint fresh")
    connection.execute("detach fresh")


def _changed(place: _Place, changed: Mapping[str, str]) -> str:
    replaced = ", ".join(f"{value} as {quoted(name)}" for name, value in changed.items())
    columns = f"* replace ({replaced})" if replaced else "*"
    return f"select {columns} from old.{_name(place)}"


def _copy_comments(connection: duckdb.DuckDBPyConnection, place: _Place) -> None:
    described = connection.execute(
        "select null, comment from duckdb_tables() where database_name = 'old' and schema_name = $schema "
        "and table_name = $table and comment is not null union all "
        "select column_name, comment from duckdb_columns() where database_name = 'old' "
        "and schema_name = $schema and table_name = $table and comment is not null",
        {"schema": place[0], "table": place[1]},
    ).fetchall()
    for column, comment in described:
        what = f"column fresh.{_name(place)}.{quoted(column)}" if column else f"table fresh.{_name(place)}"
        connection.execute(f"comment on {what} is {literal(comment)}")


def _name(place: _Place) -> str:
    return f"{quoted(place[0])}.{quoted(place[1])}"


def _escaped(text: str) -> str:
    """A text as a pattern of RE2, which wants only punctuation escaped."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
