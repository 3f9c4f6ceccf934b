"""Deliveries: all the new files of one source in one run, landed whole or not at all.

A delivery is read into temporary tables first. Only when nothing in it is refused are its rows appended to
`raw`, in one transaction, snapshot by snapshot in the order of their dates.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.landing.audit import Delivery
from orchestration.landing.builtin import CANONICAL
from orchestration.landing.canonical import create_audit_tables, create_raw_tables
from orchestration.landing.fingerprint import mapping_fingerprint
from orchestration.landing.folder import look
from orchestration.landing.forgotten import NOBODY, Forgotten, keep_forgotten
from orchestration.landing.labels import Labels, with_labels
from orchestration.landing.mapping import load_mapping
from orchestration.landing.matching import zone_problems
from orchestration.landing.renames import new_sources, stop_at_moved_files, stop_at_renamed
from orchestration.landing.rereading import read_again
from orchestration.landing.scratch import scratch_folder
from orchestration.landing.source_run import Reader, Source, land_new
from orchestration.landing.walk import Entry, walk


@dataclass(frozen=True)
class Landed:
    """What a landing gave, and what lay in each source's folder when it looked."""

    deliveries: list[Delivery]
    """One for each file and canonical table."""
    walked: Mapping[str, Sequence[Entry]]


class SourceSettings(Protocol):
    """What landing needs of a source in company.yml."""

    @property
    def name(self) -> str: ...
    @property
    def mapping(self) -> str: ...
    @property
    def options(self) -> Mapping[str, Any]: ...
    @property
    def labels(self) -> Labels: ...


class CompanySettings(Protocol):
    """What landing needs of company.yml."""

    @property
    def path(self) -> Path: ...
    @property
    def extracts(self) -> Path: ...
    @property
    def reporting_timezone(self) -> str: ...
    @property
    def sources(self) -> Sequence[SourceSettings]: ...
    @property
    def accepted_drops(self) -> Collection[str]: ...
    @property
    def max_unfolded(self) -> int: ...


def land(
    connection: duckdb.DuckDBPyConnection,
    company: CompanySettings,
    as_of: datetime,
    forgotten: Forgotten = NOBODY,
) -> Landed:
    """Land the new files of every source.

    A refused delivery is recorded and left out, and the other sources are still landed: the caller decides
    what a refusal means. `company.accepted_drops` names sources whose snapshots may shrink this once. Whoever
    is `forgotten` reaches raw under another id. Raises ConfigurationError, before anything is touched, for a
    mapping or folder that is wrong.
    """
    moment = as_of.astimezone(UTC).replace(tzinfo=None) if as_of.tzinfo else as_of
    sources = demand_sources(company)
    create_raw_tables(connection)
    create_audit_tables(connection)
    walked = {source.name: walk(source.folder) for source in sources}
    found = {
        source.name: look(source.folder, walked[source.name], source.mapping, moment) for source in sources
    }
    stop_at_moved_files(connection, sources, found)
    for source in new_sources(connection, sources):
        with _reader(connection, company, source, moment, forgotten) as reader:
            stop_at_renamed(reader, found[source.name], [one.name for one in sources])
    keep_forgotten(connection, forgotten)
    deliveries: list[Delivery] = []
    for source in sources:
        with _reader(connection, company, source, moment, forgotten) as reader:
            again = read_again(reader, found[source.name])
            deliveries += again
            # By a mapping that can't read what is known nothing new is read either.
            if not any(delivery.refused for delivery in again):
                deliveries += land_new(reader, found[source.name], source.name in company.accepted_drops)
    return Landed(deliveries, walked)


def demand_sources(company: CompanySettings) -> list[Source]:
    """Each source with its mapping and its folder. Raises ConfigurationError where one of them is wrong."""
    return [_with_folder(_configured(company, source)) for source in company.sources]


def reread(
    connection: duckdb.DuckDBPyConnection,
    company: CompanySettings,
    name: str,
    as_of: datetime,
    forgotten: Forgotten = NOBODY,
) -> list[Delivery]:
    """Read all known files of a source again, changed mapping or not; one Delivery per file and table."""
    moment = as_of.astimezone(UTC).replace(tzinfo=None) if as_of.tzinfo else as_of
    source = next(_with_folder(_configured(company, one)) for one in company.sources if one.name == name)
    create_raw_tables(connection)
    create_audit_tables(connection)
    keep_forgotten(connection, forgotten)
    found = look(source.folder, walk(source.folder), source.mapping, moment)
    with _reader(connection, company, source, moment, forgotten) as reader:
        return read_again(reader, found, always=True)


@contextmanager
def _reader(
    connection: duckdb.DuckDBPyConnection,
    company: CompanySettings,
    source: Source,
    moment: datetime,
    forgotten: Forgotten,
) -> Iterator[Reader]:
    with scratch_folder(connection) as scratch:
        yield Reader(
            connection, source, company.reporting_timezone, moment, forgotten, scratch, company.max_unfolded
        )


def mapping_fingerprints(company: CompanySettings) -> dict[str, str]:
    """The fingerprint of each source's mapping as it is now."""
    return {source.name: _configured(company, source).fingerprint for source in company.sources}


def _with_folder(source: Source) -> Source:
    folder = source.folder
    try:
        is_folder, real = folder.is_dir(), folder.resolve()
    except (OSError, RuntimeError) as error:
        raise ConfigurationError(f"source {source.name}: {folder} can't be entered ({error}).") from error
    if not is_folder:
        raise ConfigurationError(
            f"source {source.name}: the folder {folder} does not exist. Put its extracts there, or "
            f"remove the source."
        )
    if not real.is_relative_to(folder.parent.resolve()):
        raise ConfigurationError(
            f"source {source.name}: {folder} is a link that leads out of the extracts folder, to {real}. "
            "Write the folder above that as `extracts` in company.yml, or put the files themselves there."
        )
    return source


def _configured(company: CompanySettings, source: SourceSettings) -> Source:
    folder = Path(company.extracts) / source.name
    delivery = str(source.options.get("delivery", "full_snapshot"))
    if source.mapping == CANONICAL:
        if source.labels:
            raise ConfigurationError(
                f"source {source.name}: labels are for a mapping; canonical files have values."
            )
        fingerprint = mapping_fingerprint(None, source.options, company.reporting_timezone)
        return Source(source.name, folder, None, delivery, fingerprint)
    base = Path(company.path)
    mapping = load_mapping(source.mapping, base if base.is_dir() else base.parent)
    mapping = with_labels(mapping, source.labels, source.name)
    if problems := zone_problems(mapping, company.reporting_timezone):
        raise ConfigurationError("\n".join(f"source {source.name}: {problem}" for problem in problems))
    fingerprint = mapping_fingerprint(mapping, source.options, company.reporting_timezone)
    return Source(source.name, folder, mapping, delivery, fingerprint)
