"""Writing a backup: every table of `raw` and `audit` and the state files, in a folder for its owner alone."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.backup.content import (
    CLOSES,
    SCHEMAS,
    STATE,
    STATE_FILES,
    Backup,
    remember,
    write_backup,
)
from orchestration.closes.close import settled
from orchestration.errors import ConfigurationError, PublishRefused
from orchestration.forget.run import finish_forgetting
from orchestration.machine.checksums import sealed
from orchestration.machine.disk import flush, private_folder
from orchestration.machine.duckdb_files import has_table, open_build, open_landed
from orchestration.machine.sql import quoted
from orchestration.publish.copying import count_rows, tables
from orchestration.publish.parquet import SUFFIX, write_parquet
from orchestration.settings import Company


def default_folder(company: Company) -> Path:
    """Where backups go when no folder is named."""
    return company.path.parent / "backups"


def back_up(company: Company, folder: Path) -> tuple[Path, Backup]:
    """A new backup in a folder of its own below `folder`; it is there whole or not at all.

    Raises ConfigurationError where there is nothing to back up or it would lie in the warehouse.
    """
    folder = folder.resolve()
    if folder.is_relative_to(company.warehouse):
        raise ConfigurationError(
            f"{folder} lies in the warehouse, and would go with it. Name a folder elsewhere, at best on "
            "another disk."
        )
    with open_landed(company):
        pass
    finish_forgetting(company)
    made_at = datetime.now(UTC).replace(tzinfo=None)
    fresh = folder / ".fresh"
    try:
        private_folder(folder)
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        backup = _write(company, fresh, made_at)
        target = folder / f"{made_at:%Y%m%dT%H%M%S%fZ}"
        fresh.replace(target)
        flush(folder)
    except (OSError, duckdb.IOException) as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise PublishRefused(
            f"{folder} could not be written: {error}. No backup was made; mend that and back up again."
        ) from error
    remember(company, target, backup)
    return target, backup


def _write(company: Company, fresh: Path, made_at: datetime) -> Backup:
    rows: dict[str, int] = {}
    with open_build(company) as connection:
        for schema in SCHEMAS:
            (fresh / schema).mkdir(mode=0o700)
            for table in tables(connection, schema):
                name = f"{schema}/{table}{SUFFIX}"
                write_parquet(connection, f"from {schema}.{quoted(table)}", fresh / name)
                rows[name] = count_rows(connection, schema, table)
        deliveries = 0
        if has_table(connection, "audit", "deliveries"):
            found = connection.execute("select count(distinct delivery_id) from audit.deliveries").fetchone()
            deliveries = int(found[0]) if found else 0
    (fresh / STATE).mkdir(mode=0o700)
    for name in STATE_FILES:
        if (company.warehouse / name).is_file():
            shutil.copyfile(company.warehouse / name, fresh / STATE / name)
    chain = settled(company)
    if chain.records:
        shutil.copytree(chain.folder, fresh / CLOSES)
    checksums = sealed(fresh, {}, 0o600)
    backup = Backup(company.name, made_at.isoformat(sep=" "), deliveries, rows, checksums)
    write_backup(fresh, backup)
    return backup
