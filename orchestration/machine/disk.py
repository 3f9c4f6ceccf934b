"""A disk without room, in one sentence wherever a step meets it; and folders that only their owner opens."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration.errors import DiskFull

# DuckDB and dbt pass on the operating system's own words, and nothing else that would tell a full disk.
_NO_ROOM = os.strerror(errno.ENOSPC)


def stop_if_full(said: str, folder: Path) -> None:
    """Raise DiskFull when the text of an error says that `folder`'s disk is full."""
    if _NO_ROOM in said:
        raise DiskFull(
            f"{folder}: the disk is full ({said.splitlines()[0]}). Yesterday's warehouse stays in force; "
            "make room on the disk and run again."
        )


@contextmanager
def room_on(folder: Path) -> Iterator[None]:
    """Turn errors of a full disk into DiskFull."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        stop_if_full(str(error), folder)
        raise


def private_folder(folder: Path) -> Path:
    """Make a folder that only its owner can enter, and close one that was open; the folder itself.

    What lies in it is as private, whatever its own mode is. Somebody else's folder stays as it is.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.stat()
    if status.st_mode & 0o077 and status.st_uid == os.geteuid():
        folder.chmod(0o700)
    return folder


def flush(path: Path) -> None:
    """Have the kernel write a file or a folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
