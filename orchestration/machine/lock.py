"""Locks between processes, held by the kernel: they vanish with the process that holds them."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from orchestration.errors import RunLocked
from orchestration.machine.disk import private_folder, room_on


@contextmanager
def exclusive(path: Path, wait: bool = False) -> Iterator[None]:
    """Hold a lock file. Raises RunLocked, naming who holds it and since when, unless told to wait."""
    private_folder(path.parent)
    with path.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise RunLocked(
                f"{path.parent.parent}: {_holder(path)}. Wait for it to end and run again."
            ) from error
        started = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
        with room_on(path.parent):
            handle.truncate(0)
            handle.write(json.dumps({"process": os.getpid(), "since": started}))
            handle.flush()
        yield


def held_by(path: Path) -> str | None:
    """Who holds a lock file; None where nobody does. Nothing is written, and nobody is kept waiting."""
    if not path.is_file():
        return None
    with path.open(encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _holder(path)
    return None


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return "another run has just started"
    return f"process {holder['process']} has been running since {holder['since']} UTC"
