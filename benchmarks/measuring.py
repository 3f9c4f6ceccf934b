"""What a piece of work costs: CPU seconds first, because wall seconds are worthless on a shared machine."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What a process took: CPU and wall seconds, peak MB."""

    cpu: float
    wall: float
    peak: float


@dataclass(frozen=True)
class Measured:
    """What a process printed, and what it took, its own start included."""

    cost: Cost
    printed: str


def in_a_process(module: str, *arguments: str) -> Measured:
    """Run a module of the project in a process of its own: no other work counts towards its memory.

    Raises SystemExit, with what it printed on stderr above, when the process fails.
    """
    began = time.perf_counter()
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[1:])} failed with exit code {process.returncode}.")
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(Cost(cpu, time.perf_counter() - began, usage.ru_maxrss / 1024), printed)
