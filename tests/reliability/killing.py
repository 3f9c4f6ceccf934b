"""Work in a process of its own that is killed: before one of its changes of the disk, or at a time."""

import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# What Python does to a file system, as its audit hooks call it; DuckDB's own writes lie between.
_CHANGES = frozenset(
    {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.truncate"}
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass
class _Counter:
    """Counts changes, and dies before the one it was told."""

    fatal: int | None
    seen: int = 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _CHANGES or (event == "open" and _writes(arguments)):
            self.seen += 1
            if self.seen == self.fatal:
                os.kill(os.getpid(), signal.SIGKILL)


def _writes(arguments: tuple[Any, ...]) -> bool:
    return isinstance(arguments[2], int) and bool(arguments[2] & _WRITING)


@dataclass(frozen=True)
class Ended:
    """A process that came to its end: what it gave or how it failed, its changes and its seconds."""

    value: Any
    failure: str
    changes: int
    seconds: float


def unused_id() -> str:
    """The id of a run that nobody had yet: ids of releases begin with eight of its digits."""
    return f"{time.time_ns() // 1000 % 16**8:08x}".ljust(32, "0")


def in_process(
    work: Callable[[], Any], fatal: int | None = None, seconds: float | None = None
) -> Ended | None:
    """Work in a fork; None where it was killed, before change number `fatal` or after `seconds`."""
    reading, writing = os.pipe()
    began = time.perf_counter()
    child = os.fork()
    if not child:
        os.close(reading)
        _work(work, fatal, writing)
    os.close(writing)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) or not said:
        return None
    value, failure, changes = pickle.loads(said)
    return Ended(value, failure, changes, time.perf_counter() - began)


def _work(work: Callable[[], Any], fatal: int | None, writing: int) -> None:
    counter, value, failure = _Counter(fatal), None, ""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.addaudithook(counter)
    try:
        value = work()
    except BaseException:  # noqa: BLE001 (whatever it is, the parent tells it)
        failure = traceback.format_exc()
    changes = counter.seen
    counter.fatal = None
    os.write(writing, pickle.dumps((value, failure, changes)))
    os._exit(0)
