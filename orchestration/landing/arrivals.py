"""What lies in the extracts at a moment, in few words: whether anything came since, or is still coming."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from orchestration.landing.walk import walk


@dataclass(frozen=True)
class Arrivals:
    """The files of some folders: what tells them from others, and when the newest was last written to."""

    fingerprint: str
    last_written: float
    """Seconds since 1970; 0 where there are none."""


def look_at(folders: list[Path]) -> Arrivals:
    """The files that landing would read: hidden and half-copied ones (`.part` and so on) are none yet."""
    digest, last = hashlib.sha256(), 0.0
    for folder in folders:
        for entry in walk(folder) if folder.is_dir() else ():
            if entry.finding is None and not entry.passed:
                try:
                    status = (folder / entry.relative).stat()
                except FileNotFoundError:
                    # Taken away since the walk.
                    continue
                digest.update(
                    f"{folder}\0{entry.relative}\0{status.st_size}\0{status.st_mtime_ns}\n".encode()
                )
                last = max(last, status.st_mtime)
    return Arrivals(digest.hexdigest(), last)
