"""Bringing a backup back: every hash compared, a new build file from its tables, the state files."""

from pathlib import Path

import duckdb

from orchestration.backup.closes import chain_to_bring, restore_closes
from orchestration.backup.content import SCHEMAS, STATE, Backup, newest, read_backup
from orchestration.errors import ConfigurationError, DamagedFile, PublishRefused, RunLocked
from orchestration.landing.canonical import canonical_tables, create_audit_tables, create_raw_tables
from orchestration.landing.forgotten import FILE as FORGOTTEN
from orchestration.landing.forgotten import Forgotten, raw_columns, read_forgotten, write_forgotten
from orchestration.machine.disk import flush
from orchestration.machine.duckdb_files import has_table, open_build, open_new, remove_database
from orchestration.machine.sql import literal, quoted
from orchestration.machine.state import write_private
from orchestration.publish.parquet import SUFFIX
from orchestration.settings import Company
from orchestration.settings.salt import SALT


def restore(company: Company, folder: Path, replace: bool) -> tuple[Path, Backup]:
    """Make the build file anew from a backup; the folder itself, or the newest one in it.

    Whoever was forgotten since stays forgotten. Raises ConfigurationError where the build file holds
    deliveries that the backup lacks, unless it is to be replaced all the same; DamagedFile where the backup
    is not what was written.
    """
    folder = newest(folder.resolve())
    backup = read_backup(folder)
    if backup.company != company.name:
        raise ConfigurationError(
            f"{folder} is a backup of {backup.company!r}, not of {company.name!r}; nothing was touched."
        )
    part = company.work / "restored.duckdb"
    try:
        if not replace:
            _refuse_loss(company, folder)
        chain = chain_to_bring(company, folder, replace)
        forgotten = _listed(company, folder)
        remove_database(part)
        with open_new(company, part) as connection:
            _fill(connection, folder, backup, forgotten)
        if forgotten or (folder / STATE / FORGOTTEN).is_file():
            write_forgotten(company.warehouse, forgotten)
        salt = folder / STATE / SALT
        if salt.is_file():
            write_private(company.warehouse / SALT, salt.read_text(encoding="utf-8"))
        if chain:
            restore_closes(company, chain, forgotten)
        part.chmod(0o600)
        flush(part)
        # A log of the old file would be replayed into the new one.
        company.build_file.with_name(f"{company.build_file.name}.wal").unlink(missing_ok=True)
        part.replace(company.build_file)
        flush(company.work)
    except (OSError, duckdb.IOException) as error:
        raise PublishRefused(
            f"{company.warehouse} could not be restored: {error}. Mend that and restore again."
        ) from error
    return folder, backup


def _refuse_loss(company: Company, folder: Path) -> None:
    """What only the build file has would be gone; one that is damaged has nothing any more."""
    if not company.build_file.is_file():
        return
    kept = f"read_parquet({literal(str(folder / 'audit' / f'deliveries{SUFFIX}'))})"
    try:
        with open_build(company) as connection:
            if not has_table(connection, "audit", "deliveries"):
                return
            later = connection.execute(
                "select count(distinct delivery_id) from audit.deliveries "
                f"anti join {kept} using (delivery_id)"
            ).fetchall()[0][0]
    except RunLocked:
        raise
    except DamagedFile:
        return
    if later:
        raise ConfigurationError(
            f"{company.build_file} is whole and holds {later} deliveries that {folder} lacks; nothing was "
            "touched. Add --replace to have the backup all the same: the next run loads again what still "
            "lies in the extracts."
        )


def _listed(company: Company, folder: Path) -> Forgotten:
    """Everybody who was forgotten, before the backup or since."""
    old = read_forgotten(folder / STATE)
    try:
        now = read_forgotten(company.warehouse)
    except DamagedFile:
        return old
    if not now or now == old:
        return old
    if old and old.salt != now.salt:
        raise DamagedFile(
            f"{company.warehouse / FORGOTTEN} and {folder / STATE / FORGOTTEN} were begun apart (other "
            "salts), so neither can be made part of the other; nothing was touched. Move the one away that "
            "does not count and restore again."
        )
    return Forgotten(
        now.salt,
        now.ids | old.ids,
        now.values | old.values,
        tuple(sorted({*now.sources, *old.sources})),
        now.renamed if len(now.renamed) >= len(old.renamed) else old.renamed,
    )


def _fill(connection: duckdb.DuckDBPyConnection, folder: Path, backup: Backup, forgotten: Forgotten) -> None:
    for schema in SCHEMAS:
        connection.execute(f"create schema {schema}")
    for name, rows in backup.rows.items():
        schema, _, file = name.partition("/")
        table = file.removesuffix(SUFFIX)
        source = f"read_parquet({literal(str(folder / name))})"
        made = f"{schema}.{quoted(table)}"
        columns = _columns(connection, schema, table, source, forgotten)
        connection.execute(f"create table {made} as select {columns} from {source}")
        counted = connection.execute(f"select count(*) from {made}").fetchone()
        if counted != (rows,):
            raise DamagedFile(f"{folder / name} holds {counted} rows instead of {rows}; nothing was touched.")
    # Columns that came since the backup was made.
    create_raw_tables(connection)
    create_audit_tables(connection)
    connection.execute("checkpoint")


def _columns(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, source: str, forgotten: Forgotten
) -> str:
    if schema != "raw" or not forgotten or table not in canonical_tables():
        return "*"
    held = [name for name, *_ in connection.execute(f"describe select * from {source}").fetchall()]
    changed = raw_columns(forgotten, table, [name for name in held if not name.startswith("_")], "_source")
    replaced = ", ".join(f"{new} as {quoted(name)}" for name, new in changed.items() if name in held)
    return f"* replace ({replaced})" if replaced else "*"
