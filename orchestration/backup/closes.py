"""The chain of closes in a backup: brought back where the warehouse has lost it, or a part of it."""

import shutil
from pathlib import Path

from orchestration.backup.content import CLOSES
from orchestration.closes.record import Chain, closes_folder, read_chain
from orchestration.closes.rewriting import rewrite_closes
from orchestration.closes.verify import whole_chain
from orchestration.errors import ConfigurationError, DamagedFile
from orchestration.forget.rewriting import Rewriter, engine, rewrite
from orchestration.forget.subject import Subject
from orchestration.landing.forgotten import Forgotten
from orchestration.machine.disk import flush
from orchestration.machine.duckdb_files import PUBLISHED_STORAGE
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
        rewriter = Rewriter(Subject((), ()), forgotten, {})
        with engine() as connection:
            rewrite_closes(
                company, lambda old, new: rewrite(connection, old, new, rewriter, PUBLISHED_STORAGE)
            )
