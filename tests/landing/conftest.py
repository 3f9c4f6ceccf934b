"""A company of the test's own files, and the build file it lands in."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.landing import Delivery, land

DATA = Path(__file__).parent.parent / "data"


@dataclass
class Source:
    name: str
    mapping: str = "canonical"
    options: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Landing:
    """A company with its build file; `run` lands what lies in its folders."""

    path: Path
    connection: duckdb.DuckDBPyConnection
    sources: list[Source] = field(default_factory=list)
    reporting_timezone: str = "UTC"
    accepted_drops: frozenset[str] = frozenset()
    max_unfolded: int = 10_000_000_000

    @property
    def extracts(self) -> Path:
        return self.path.parent / "extracts"

    def source(
        self,
        name: str,
        mapping: str = "canonical",
        labels: dict[str, dict[str, str]] | None = None,
        **options: str,
    ) -> None:
        self.sources.append(Source(name, mapping, options, labels or {}))
        (self.extracts / name).mkdir(parents=True, exist_ok=True)

    def mapping(self, text: str) -> str:
        file = self.path.parent / f"mapping{len(list(self.path.parent.glob('mapping*.yml')))}.yml"
        file.write_text(text, encoding="utf-8")
        return str(file)

    def put(self, source: str, name: str, content: str | bytes | Path) -> Path:
        target = self.extracts / source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            content = content.read_bytes()
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        # Written long ago: nothing waits for its writer.
        os.utime(target, (time.time() - 3600,) * 2)
        return target

    def run(self, as_of: str = "2025-07-01") -> list[Delivery]:
        return land(self.connection, self, datetime.fromisoformat(as_of)).deliveries

    def rows(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()


@pytest.fixture
def landing(tmp_path: Path) -> Iterator[Landing]:
    # As a run opens it: rows may be written in any order.
    config = {"preserve_insertion_order": False, "threads": 2}
    connection = duckdb.connect(str(tmp_path / "build.duckdb"), config=config)
    yield Landing(tmp_path / "company.yml", connection)
    connection.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def made(name: str, content: str | bytes) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return made
