"""A disk without room: the one sentence for it, wherever a step meets it."""

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
