"""Published companies: the demo as it is, and copies of the sample that a test writes into."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pytest

from orchestration.publish.keep import release_in_force
from orchestration.publish.manifest import OPEN, release_folder
from orchestration.run.morning_page.facts import MorningFacts, gather
from orchestration.run.morning_page.write import render
from orchestration.settings import Company, load_company
from tests.pipeline import demo_run


@dataclass(frozen=True)
class Published:
    """A company with a release, its page, and a connection to the file that the page is of."""

    company: Company

    @property
    def file(self) -> Path:
        return release_folder(self.company, release_in_force(self.company)) / OPEN

    def facts(self, **release: object) -> MorningFacts:
        """What a page would show; `release` are other values of the release's manifest."""
        return gather(self.company, replace(release_in_force(self.company), **release))

    def page(self, **release: object) -> str:
        return render(self.facts(**release))

    def asked(self, query: str) -> list[tuple]:
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return connection.execute(query).fetchall()

    @contextmanager
    def changed(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The published file, to write into."""
        self.file.chmod(0o600)
        with duckdb.connect(str(self.file)) as connection:
            yield connection


@pytest.fixture(scope="session")
def demo(tmp_path_factory, worker_id) -> Published:
    """The demo company. Tests only read it."""
    return Published(load_company(demo_run(tmp_path_factory, worker_id) / "demo" / "company.yml"))


@pytest.fixture
def own(sample, tmp_path) -> Published:
    """The sample in a warehouse of its own: it delivers no spend and no invoice."""
    warehouse = tmp_path / "warehouse"
    shutil.copytree(sample.warehouse, warehouse, symlinks=True)
    return Published(replace(sample, warehouse=warehouse))
