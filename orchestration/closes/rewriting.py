"""Closes without somebody who was forgotten: amounts stay, and a record of the chain signs the new files."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from orchestration.closes.close import settled
from orchestration.closes.record import closes_folder, keep_record, next_record
from orchestration.machine.checksums import sealed
from orchestration.machine.disk import fresh_folder
from orchestration.settings import Company


def rewrite_closes(company: Company, write_anew: Callable[[Path, Path], int]) -> dict[str, int]:
    """Write each kept file anew that tells of somebody; the number of rows changed by file.

    `write_anew` writes the second path from the first where something in it changes, and counts the rows. The
    record that names the new files comes first, then the old ones go: a command that is killed between leaves
    that to the next.
    """
    chain = settled(company)
    if not chain.records:
        return {}
    changed: dict[str, int] = {}
    with fresh_folder(chain.fresh) as fresh:
        for record in chain.records:
            for file in record.files if record.kind == "close" else ():
                new = fresh / record.name / file
                new.parent.mkdir(exist_ok=True)
                if rows := write_anew(chain.path_of(record, file), new):
                    changed[f"{record.name}/{file}"] = rows
        if not changed:
            return {}
        for folder in fresh.iterdir():
            if not any(folder.iterdir()):
                folder.rmdir()
        made = replace(next_record(chain, "forget", ""), rows=changed, files=sealed(fresh, {}, 0o440))
        keep_record(chain, made)
    settled(company)
    return {f"{closes_folder(company).name}/{name}": rows for name, rows in changed.items()}
