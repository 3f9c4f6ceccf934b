"""What a file held when it was written down, and whether it still does."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from orchestration.machine.disk import flush


def sha256(path: Path) -> str:
    """The sha256 of a file, read in chunks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sealed(folder: Path, modes: Mapping[str, int], mode: int) -> dict[str, str]:
    """Bring every file below a folder to the disk, with its mode; the sha256 of each by its path there.

    `modes` are those of single files; the others have `mode`.
    """
    checksums = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        path.chmod(modes.get(name, mode))
        flush(path)
        checksums[name] = sha256(path)
    return checksums


def first_changed(folder: Path, checksums: Mapping[str, str]) -> Path | None:
    """The first file below a folder that is missing or not what it was; None where all are."""
    files = ((folder / name, checksum) for name, checksum in checksums.items())
    return next((path for path, known in files if not path.is_file() or sha256(path) != known), None)
