"""What a backup is: a folder of Parquet files and state files, and a manifest with the hash of each."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.errors import ConfigurationError, DamagedFile
from orchestration.landing.forgotten import FILE as FORGOTTEN
from orchestration.landing.forgotten import read_forgotten
from orchestration.machine.checksums import first_changed
from orchestration.machine.state import read_state, write_state
from orchestration.machine.wording import counted
from orchestration.settings import Company
from orchestration.settings.salt import SALT

MANIFEST = "backup.json"
STATE = "state"
CLOSES = "closes"
# Schemas of the build file that nothing else could make again.
SCHEMAS = ("raw", "audit")
STATE_FILES = (FORGOTTEN, SALT)
_FORMAT = 1
_KNOWN = "backups.json"


@dataclass(frozen=True)
class Backup:
    """A backup as its manifest tells it."""

    company: str
    made_at: str
    """ISO text in UTC."""
    deliveries: int
    rows: dict[str, int]
    """Rows by `<schema>/<table>.parquet`."""
    checksums: dict[str, str]
    """sha256 of every file, by its path below the folder."""
    format: int = _FORMAT


def write_backup(folder: Path, backup: Backup) -> None:
    """Write the manifest: the folder is a backup from then on."""
    write_state(folder / MANIFEST, asdict(backup))


def read_backup(folder: Path) -> Backup:
    """What a folder holds, once every hash was compared. Raises DamagedFile where one is another."""
    content = read_state(folder / MANIFEST) or {}
    try:
        backup = Backup(**content)
        names = [*backup.rows, *backup.checksums]
        told = datetime.fromisoformat(backup.made_at)
    except (TypeError, ValueError) as error:
        raise DamagedFile(f"{folder} is no backup of this product ({error}). Name another.") from error
    if backup.format != _FORMAT or any(part in ("", "..") for name in names for part in name.split("/")):
        raise DamagedFile(f"{folder / MANIFEST} (of {told}) is of no version that can be read here.")
    if path := first_changed(folder, backup.checksums):
        raise DamagedFile(
            f"{path} is missing or is not the file that was backed up; nothing was touched. "
            "Restore another backup: saas-metrics restore FOLDER."
        )
    return backup


def newest(folder: Path) -> Path:
    """The backup that is meant: the folder itself, or the newest one in it."""
    if (folder / MANIFEST).is_file():
        return folder
    found = sorted(
        path.parent for path in folder.glob(f"*/{MANIFEST}") if not path.parent.name.startswith(".")
    )
    if not found:
        raise ConfigurationError(
            f"{folder} holds no backup; nothing was touched. Name the folder of one: "
            "saas-metrics restore FOLDER."
        )
    return found[-1]


def remember(company: Company, folder: Path, backup: Backup) -> None:
    """Keep where a backup was written, for the warning of a run and for whoever forgets a customer."""
    known = [*_entries(company), {"folder": str(folder), "made_at": backup.made_at}]
    write_state(company.warehouse / _KNOWN, {"backups": known})


def last_backup(company: Company) -> datetime | None:
    """When the last backup was made; None where none is known."""
    made = [datetime.fromisoformat(entry["made_at"]).replace(tzinfo=UTC) for entry in _entries(company)]
    return max(made, default=None)


def backups_holding(company: Company, who: Sequence[str]) -> list[Path]:
    """The known backups from before somebody was forgotten: a customer, or an address."""
    kept = {folder: read_forgotten(folder / STATE) for folder in known_backups(company)}
    return [
        folder
        for folder, forgotten in kept.items()
        if not all(forgotten.knows(one) or forgotten.knows_address(one) for one in who)
    ]


def known_backups(company: Company) -> list[Path]:
    """Where the backups lie that were written and are still there."""
    folders = [Path(entry["folder"]) for entry in _entries(company)]
    return [folder for folder in folders if (folder / MANIFEST).is_file()]


def overdue(company: Company) -> str | None:
    """What a run says where the last backup is older than the company wants it to be."""
    days, last = company.backup.warn_days, last_backup(company)
    if days is None or (last and (datetime.now(UTC) - last).days < days):
        return None
    age = f"is {counted((datetime.now(UTC) - last).days, 'day')} old" if last else "was never made"
    return (
        f"the last backup {age} (backup.warn_days: {days}). What was delivered is in one file only: "
        f"saas-metrics backup --company {company.path}"
    )


def _entries(company: Company) -> list[dict[str, Any]]:
    try:
        content = read_state(company.warehouse / _KNOWN) or {}
    except DamagedFile:
        # It says where backups are, and holds nothing else: a list that is lost stops nobody.
        return []
    listed = content.get("backups", [])
    return [entry for entry in listed if _is_entry(entry)] if isinstance(listed, list) else []


def _is_entry(entry: Any) -> bool:
    try:
        datetime.fromisoformat(entry["made_at"])
        return isinstance(entry["folder"], str)
    except (TypeError, KeyError, ValueError):
        return False
