"""A disk without room, in one sentence wherever a step meets it; and folders that only their owner opens."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration.errors import DiskFull, Unusable

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
    """Turn errors of a full disk into DiskFull, and other errors of the file system into Unusable."""
    try:
        yield
    except (duckdb.IOException, OSError) as error:
        stop_if_full(str(error), folder)
        raise unusable(error, folder) from error
    except duckdb.Error as error:
        stop_if_full(str(error), folder)
        raise


def unusable(error: OSError | duckdb.IOException, folder: Path) -> Unusable:
    """What the system says of a file or folder, as one sentence."""
    if isinstance(error, OSError) and error.strerror:
        said = f"{error.filename or folder}: {error.strerror}"
    else:
        said = f"{folder}: {str(error).splitlines()[0]}"
    return Unusable(
        f"{said}. What was published before is still in force. Mend that (does it exist, is it a file or a "
        "folder as it should be, may whoever runs this write there?) and run again."
    )


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


def replace_text(part: Path, path: Path, text: str) -> None:
    """Write a text for everybody to read in place of what is there; never half of it, however it ends.

    `part` lies on the same disk and is gone afterwards.
    """
    part.unlink(missing_ok=True)
    part.write_text(text, encoding="utf-8")
    part.chmod(0o440)
    part.replace(path)


@contextmanager
def fresh_folder(folder: Path) -> Iterator[Path]:
    """A new folder that may be moved to its place in one step; what is left of it goes.

    Only its owner can enter it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def private_files() -> Iterator[None]:
    """Whatever files and folders are made meanwhile, only their owner opens."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def flush(path: Path) -> None:
    """Have the kernel write a file or a folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def link_or_copy(kept: Path, new: Path) -> None:
    """The same bytes under another name; where a file system has no hard links, at the cost of their size."""
    try:
        os.link(kept, new)
    except OSError:
        shutil.copy2(kept, new)
        flush(new)
