"""What lies in a source's folder: its files, what can't be read, and what is passed over, each by name."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestration.landing.findings import Finding

_UNFINISHED = (".part", ".tmp", ".crdownload", ".partial", ".filepart", ".swp")


@dataclass(frozen=True)
class Entry:
    """A file or folder by its path below the source's folder, as it can be written down.

    With a `finding` where it can't be read, and with a reason in `passed` where it is not meant to be.
    """

    relative: str
    finding: Finding | None = None
    passed: str = ""


def walk(folder: Path, only_top: bool = False) -> list[Entry]:
    """Everything below a folder, or what lies in it itself; of a hidden folder only that it is there."""
    return sorted(_walk(folder, folder, "", only_top), key=lambda entry: entry.relative)


def unreadable(relative: str, error: OSError) -> Finding:
    """What is said of a file or folder that the system does not let us read."""
    return Finding(
        "F15",
        f"{relative} can't be read ({error.strerror or error}). Give whoever runs this the right to read it, "
        "or move it away, and run again.",
    )


def _walk(folder: Path, top: Path, above: str, only_top: bool) -> Iterator[Entry]:
    try:
        with os.scandir(folder) as found:
            entries = list(found)
    except OSError as error:
        yield Entry(above or ".", unreadable(above or folder.name, error))
        return
    for entry in entries:
        shown = _shown(entry.name)
        relative = f"{above}/{shown}" if above else shown
        if entry.name.startswith((".", "~$")):
            yield Entry(relative, passed="hidden")
        elif shown != entry.name:
            yield Entry(relative, _odd_name(relative))
        elif only_top:
            yield Entry(relative)
        elif entry.is_symlink():
            yield _link(Path(entry.path), top, relative)
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), top, relative, only_top)
        else:
            yield _file(Path(entry.path), relative)


def _file(path: Path, relative: str) -> Entry:
    if path.name.lower().endswith(_UNFINISHED):
        return Entry(relative, passed="not finished, by its name")
    try:
        kind = path.stat().st_mode
    except OSError as error:
        return Entry(relative, unreadable(relative, error))
    return Entry(relative) if stat.S_ISREG(kind) else Entry(relative, passed="a pipe, a socket or a device")


def _link(path: Path, top: Path, relative: str) -> Entry:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return Entry(relative, passed="a link to nothing")
    if not target.is_relative_to(top.parent.resolve()):
        return Entry(
            relative,
            Finding(
                "F16",
                f"{relative} is a link that leads out of the extracts folder, and is not followed. Put "
                "the file itself there, and run again.",
            ),
        )
    return Entry(relative, passed="a link to a folder") if target.is_dir() else _file(path, relative)


def _shown(name: str) -> str:
    """A name as it can be written down: its bytes may be none of UTF-8, or what steers a terminal."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in text)


def _odd_name(relative: str) -> Finding:
    return Finding(
        "F15",
        f"{relative} can't be written down: its name is not UTF-8, or has control characters. Rename it, and "
        "run again.",
    )
