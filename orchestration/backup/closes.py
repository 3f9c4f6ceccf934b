"""The chain of closes in a backup: brought back where the warehouse has lost it, or a part of it."""

import shutil
from pathlib import Path

import duckdb

from orchestration.backup.content import CLOSES
from orchestration.closes.record import Chain, closes_folder, read_chain
from orchestration.closes.rewriting import rewrite_closes
from orchestration.closes.verify import whole_chain
from orchestration.errors import ConfigurationError, DamagedFile
from orchestration.landing.forgotten import Forgotten
from orchestration.machine.disk import flush
from orchestration.machine.sql import literal, quoted
from orchestration.publish.parquet import write_parquet
from orchestration.settings import Company


def chain_to_bring(company: Company, folder: Path, replace: bool) -> Chain | None:
    """The chain of a backup; None where the warehouse has it whole, and perhaps more.

    Raises ConfigurationError where the warehouse holds another chain, and it is not to be replaced.
    """
    kept = read_chain(folder / CLOSES)
    if not kept.records:
        return None
    try:
        now = whole_chain(company)
    except DamagedFile:
        return kept
    if now.hashes[: len(kept.hashes)] == kept.hashes:
        return None
    if kept.hashes[: len(now.hashes)] == now.hashes or replace:
        return kept
    raise ConfigurationError(
        f"{closes_folder(company)} and {folder / CLOSES} are two chains of closes that part; nothing was "
        "touched. Add --replace to have that of the backup, after moving the other to a safe place."
    )


def restore_closes(company: Company, chain: Chain, forgotten: Forgotten) -> None:
    """Put a backup's chain in the warehouse's place; whoever was forgotten since stays forgotten."""
    place = closes_folder(company)
    part = place.with_name(f".{place.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(chain.folder, part)
    shutil.rmtree(place, ignore_errors=True)
    part.replace(place)
    flush(company.warehouse)
    if forgotten:
        with duckdb.connect() as connection:
            rewrite_closes(company, lambda old, new: _without(connection, forgotten, old, new))


def _without(connection: duckdb.DuckDBPyConnection, forgotten: Forgotten, old: Path, new: Path) -> int:
    source = f"read_parquet({literal(str(old))})"
    texts = [
        name
        for name, kind, *_ in connection.execute(f"describe from {source}").fetchall()
        if kind == "VARCHAR"
    ]
    changed = forgotten.columns(old.stem, texts, {}, None)
    if not changed:
        return 0
    differs = " or ".join(f"{quoted(name)} is distinct from ({value})" for name, value in changed.items())
    ((rows,),) = connection.execute(f"select count(*) from {source} where {differs}").fetchall()
    if rows:
        replaced = ", ".join(f"{value} as {quoted(name)}" for name, value in changed.items())
        write_parquet(connection, f"select * replace ({replaced}) from {source}", new)
    return int(rows)
