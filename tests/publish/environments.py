"""Environments of other programs, made in a test's own folder from the public indexes."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest


def python_with(folder: Path, *requirements: str) -> Path:
    """The folder of the executables of a new environment that holds `requirements`."""
    # Through python -m: the tests may run without the environment's folder on the path.
    uv = [sys.executable, "-m", "uv", "--quiet"]
    subprocess.run([*uv, "venv", "--python", sys.executable, str(folder)], check=True)
    executables = folder / "bin"
    subprocess.run(
        [*uv, "pip", "install", "--python", str(executables / "python"), *requirements], check=True
    )
    return executables


def node_with(folder: Path, *packages: str) -> Path:
    """A folder in which Node finds `packages`; the test is skipped where there is no npm."""
    folder.mkdir()
    try:
        subprocess.run(
            ["npm", "install", "--silent", "--prefix", str(folder), *packages],
            check=True,
            cwd=folder,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("npm is not installed")
    return folder


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
