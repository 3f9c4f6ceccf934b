"""What raw keeps of each source, named in company.yml or not: its state, its new name, its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.landing.audit import Delivery
from orchestration.landing.canonical import SNAPSHOTS, canonical_tables
from orchestration.machine.sql import literal, quoted
from orchestration.machine.wording import counted

_NAMED_FILES = 5
"""So many files are named in one sentence."""


@dataclass(frozen=True)
class KeptSource:
    """A source with what was accepted of it; `is_named` says whether company.yml names it now."""

    name: str
    is_named: bool
    rows: int = 0
    deliveries: int = 0
    last_extracted_at: datetime | None = None
    former_files: tuple[str, ...] = ()
    """Files with their dates that another mapping read than the one of now."""

    @property
    def state(self) -> str:
        """Whether its rows count."""
        if not self.is_named:
            return "kept but not used"
        return "named" if self.deliveries else "waiting"

    @property
    def mapping_state(self) -> str:
        """Whether its rows are what the mapping of now makes of its files."""
        if not self.is_named or not self.deliveries:
            return ""
        count = len(self.former_files)
        return f"{counted(count, 'file')} read by a former mapping" if count else "as read"


@dataclass(frozen=True)
class Notice:
    """What a run says of a source; a warning where its rows are not what the mapping of now gives."""

    text: str
    is_warning: bool


def kept_sources(connection: duckdb.DuckDBPyConnection, fingerprints: Mapping[str, str]) -> list[KeptSource]:
    """Every source of company.yml, given with the fingerprint of its mapping, and every other in raw."""
    accepted = "verdict in ('accept', 'warn') and rows_accepted > 0"
    rows = connection.execute(
        "select source_name, cast(sum(rows_accepted) as bigint), count(distinct delivery_id), "
        f"max(extracted_at) from audit.deliveries where {accepted} group by source_name"
    ).fetchall()
    held = {name: (count, deliveries, last) for name, count, deliveries, last in rows}
    former: dict[str, list[str]] = {}
    for name, fingerprint in fingerprints.items():
        files = connection.execute(
            "select distinct file, extracted_at from audit.deliveries where source_name = ? "
            f"and mapping is distinct from ? and {accepted} order by extracted_at, file",
            [name, fingerprint],
        ).fetchall()
        former[name] = [f"{file} ({when:%Y-%m-%d})" for file, when in files]
    return [
        KeptSource(name, name in fingerprints, *held.get(name, (0, 0, None)), tuple(former.get(name, ())))
        for name in sorted({*held, *fingerprints})
    ]


def notices(kept: Sequence[KeptSource], deliveries: Sequence[Delivery]) -> list[Notice]:
    """What a run that has landed these deliveries says of its sources."""
    again = [one for one in deliveries if one.reread_at is not None]
    refused = {one.source_name for one in again if one.refused}
    said = []
    for source in kept:
        files = {(one.delivery_id, one.file) for one in again if one.source_name == source.name}
        if source.name in refused:
            text = (
                f"{source.name}: the mapping changed, but by the new one its files are refused; the former "
                "reading stays in force."
            )
            said.append(Notice(text, is_warning=True))
            continue
        if files:
            verb = "was" if len(files) == 1 else "were"
            read = f"{counted(len(files), 'file')} {verb} read again by it."
            text = f"{source.name}: the mapping changed, so {read}"
            said.append(Notice(text, is_warning=False))
        if source.is_named and source.former_files:
            said.append(Notice(_can_not_be_read(source), is_warning=True))
        if not source.is_named:
            said.append(Notice(_not_used(source), is_warning=False))
    return said


def _can_not_be_read(source: KeptSource) -> str:
    shown = ", ".join(source.former_files[:_NAMED_FILES])
    more = len(source.former_files) - _NAMED_FILES
    return (
        f"{source.name}: {counted(len(source.former_files), 'file')} read by a former mapping can't be read "
        f"again, because they lie in its folder no longer: {shown}{f' and {more} more' if more > 0 else ''}. "
        "Their rows stay as they were read; put the files back and run again."
    )


def _not_used(source: KeptSource) -> str:
    kept = f"{counted(source.rows, 'row')} of {counted(source.deliveries, 'delivery')}"
    return (
        f"{source.name}: {kept} are kept but not used, because company.yml does not name it. If the source "
        f"has another name now: saas-metrics sources rename {source.name} NEW. To erase them: saas-metrics "
        f"sources drop {source.name}."
    )


def landed_sources(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The sources of which any file was ever accepted."""
    rows = connection.execute(
        "select distinct source_name from audit.deliveries where verdict in ('accept', 'warn') order by 1"
    ).fetchall()
    return [name for (name,) in rows]


def check_renaming(connection: duckdb.DuckDBPyConnection, old: str, new: str) -> None:
    """Raise ConfigurationError where there is nothing of the old name, or the new one holds rows already."""
    _must_be_held(old, _held(connection))
    if new in landed_sources(connection):
        raise ConfigurationError(
            f"{new} holds rows of its own, so {old} can't be renamed to it; nothing was changed. Erase them "
            f"first (saas-metrics sources drop {new}), or rename {new}."
        )


def rename_source(connection: duckdb.DuckDBPyConnection, old: str, new: str) -> int:
    """Have all that raw and audit hold of a source go on under a new name; the rows of raw."""
    return _in_all_tables(connection, old, f"set {{name}} = {literal(new)}")


def drop_source(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    """Erase all that raw and audit hold of a source; the rows of raw."""
    _must_be_held(name, _held(connection))
    return _in_all_tables(connection, name, None)


def _in_all_tables(connection: duckdb.DuckDBPyConnection, name: str, change: str | None) -> int:
    """Update, or without a change delete, in one transaction."""
    places = [(f"raw.{quoted(table)}", "_source") for table in (*canonical_tables(), SNAPSHOTS)]
    places += [("audit.deliveries", "source_name"), ("audit.rejects", "source_name")]
    rows = 0
    connection.execute("begin")
    try:
        for place, column in places:
            verb = f"update {place} {change.format(name=column)}" if change else f"delete from {place}"
            ((count,),) = connection.execute(f"{verb} where {column} = ?", [name]).fetchall()
            rows += int(count) if place.removeprefix("raw.").strip('"') in canonical_tables() else 0
        forget_build(connection)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("checkpoint")
    return rows


def forget_build(connection: duckdb.DuckDBPyConnection) -> None:
    """Have the next build be a whole one: `raw` is not what this one was made from, or a rule is broken.

    Some rules look only at what a run recomputes, because the rest held in the run that made it.
    """
    connection.execute("create schema if not exists runs")
    connection.execute("drop table if exists runs.built")


def _held(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute("select distinct source_name from audit.deliveries order by 1").fetchall()
    return [name for (name,) in rows]


def _must_be_held(name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise ConfigurationError(
            f"nothing is kept of a source {name}; nothing was changed. Kept are: "
            f"{', '.join(known) or 'none'}."
        )


def references(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[str, str]]:
    """The files of other sources that name customers as `<name>:<id>`, with their source."""
    tables = ("identity_links", "survey_responses", "tickets", "product_usage")
    asked = " union ".join(
        f"select _source, _file from raw.{table} where _source <> $name "
        "and starts_with(customer_id, $name || ':')"
        for table in tables
    )
    return connection.execute(f"{asked} order by 1, 2", {"name": name}).fetchall()
