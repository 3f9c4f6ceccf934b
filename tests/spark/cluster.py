"""A standalone cluster of Spark on this machine: a master and workers, each a process of its own.

python -m tests.spark.cluster FOLDER starts one, says its address, and stops it at the end of the input.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import pyspark

SPARK = Path(pyspark.__file__).parent
WORKER = "org.apache.spark.deploy.worker.Worker"
SUBMIT = "org.apache.spark.deploy.SparkSubmit"
SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
PATIENCE = 120.0


@dataclass
class Cluster:
    """What runs: `master` is its address, `workers` are processes, each with an executor as its child."""

    master: str
    page: str
    folder: Path
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def add_worker(self, memory: str = "1536m") -> None:
        """One more worker of one core."""
        number = len(self.workers) + 1
        place = self.folder / f"worker-{number}"
        words = [WORKER, "--host", "127.0.0.1", "--webui-port", "0", "-c", "1", "-m", memory]
        self.workers.append(_start(self.folder, f"worker-{number}", *words, "-d", str(place), self.master))
        alive = sum(worker.poll() is None for worker in self.workers)
        _wait(lambda: _alive_workers(self.page) == alive, f"{self.folder}/worker-{number}.log")

    def kill_workers(self, count: int | None = None) -> None:
        """End so many workers, or all, with their executors at once, as machines that lose their power."""
        for worker in [one for one in self.workers if one.poll() is None][:count]:
            for process in [*children(worker.pid), worker.pid]:
                os.kill(process, signal.SIGKILL)
            worker.wait()


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """A master and workers, on ports that were free; logs and scratch lie in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    port, page = _free_port(), _free_port()
    words = ["--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page)]
    master = _start(folder, "master", "org.apache.spark.deploy.master.Master", *words)
    started = Cluster(f"spark://127.0.0.1:{port}", f"http://127.0.0.1:{page}/json/", folder)
    try:
        _wait(lambda: _alive_workers(started.page) == 0, f"{folder}/master.log")
        for _ in range(workers):
            started.add_worker()
        yield started
    finally:
        for process in [*started.workers, master]:
            process.terminate()
        for process in [*started.workers, master]:
            process.wait()


@dataclass
class Server:
    """A Spark Connect server: `address` is what a company file names."""

    address: str
    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """End it as a machine that loses its power."""
        self.process.kill()


@contextmanager
def connect_server(folder: Path, master: str) -> Iterator[Server]:
    """A Spark Connect server that leads executors of `master`; its log lies in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    settings = {
        "spark.connect.grpc.binding.port": str(port),
        "spark.executor.memory": "1g",
        "spark.ui.enabled": "false",
    }
    words = ["--class", SERVER, "--master", master]
    for name, value in settings.items():
        words += ["--conf", f"{name}={value}"]
    server = _start(folder, "connect", SUBMIT, *words, "spark-internal", memory="3g")
    try:
        _wait(lambda: _answers(port), f"{folder}/connect.log")
        yield Server(f"sc://127.0.0.1:{port}", server)
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def _start(folder: Path, name: str, *words: str, memory: str = "512m") -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "SPARK_HOME": str(SPARK),
        "SPARK_SCALA_VERSION": "2.13",
        "SPARK_DAEMON_MEMORY": memory,
        "SPARK_LOCAL_DIRS": str(folder / "scratch"),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [str(SPARK / "bin" / "spark-class"), *words], env=environment, stdout=log, stderr=log
        )


def _alive_workers(page: str) -> int | None:
    try:
        with urllib.request.urlopen(page, timeout=5) as answer:
            told = json.load(answer)
    # A page that is being started answers, and has nothing to say yet.
    except (OSError, json.JSONDecodeError):
        return None
    return int(told["aliveworkers"])


def _wait(come: Callable[[], bool], log: str) -> None:
    until = time.monotonic() + PATIENCE
    while not come():
        if time.monotonic() > until:
            raise SystemExit(f"The cluster did not come up in {PATIENCE:g} seconds; read {log}.")
        time.sleep(0.2)


def children(process: int) -> list[int]:
    """The processes that one has started."""
    each_thread = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for listed in each_thread for child in listed.read_text().split()]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


if __name__ == "__main__":
    with cluster(Path(sys.argv[1])) as running:
        click.echo(running.master)
        sys.stdin.read()
