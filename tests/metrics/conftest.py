"""A published file with what it says of its metrics."""

import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.build.manifest import read_manifest, read_semantic_manifest
from orchestration.metrics.documents import release_documents
from orchestration.publish.copying import copy_open
from orchestration.publish.descriptions import model_descriptions
from orchestration.publish.privacy import published_classes
from tests.equivalence.warehouses import COOKBOOK, SMALL, Built, built_company, built_file, shared_folder


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, worker_id: str):
    """The small company that is built whole, beside its oracle."""
    with built_company(shared_folder(tmp_path_factory, worker_id), SMALL[0]) as built:
        yield built


@pytest.fixture(scope="session")
def rising(tmp_path_factory: pytest.TempPathFactory, worker_id: str):
    """The company of the cookbook, whose prices rise."""
    with built_company(shared_folder(tmp_path_factory, worker_id), COOKBOOK) as built:
        yield built


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, worker_id: str, built: Built) -> Path:
    """The small company's marts as a published file, with the documents of its release."""
    return _published(tmp_path_factory, built_file(shared_folder(tmp_path_factory, worker_id), SMALL[0]))


@pytest.fixture(scope="session")
def published_rising(tmp_path_factory: pytest.TempPathFactory, worker_id: str, rising: Built) -> Path:
    """The same of the company whose prices rise."""
    return _published(tmp_path_factory, built_file(shared_folder(tmp_path_factory, worker_id), COOKBOOK))


def _published(tmp_path_factory: pytest.TempPathFactory, build_file: Path) -> Path:
    folder = tmp_path_factory.mktemp("release")
    copy, path = folder / "build.duckdb", folder / "warehouse.duckdb"
    shutil.copy(build_file, copy)
    manifest = read_manifest()
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "create or replace table audit.releases as select 'r1' as release_id,"
            " timestamp '2025-07-01' as as_of, timestamp '2025-07-01 01:00:00' as published_at"
        )
        connection.execute("create temp table releases_and_this_one as from audit.releases")
        copy_open(
            connection, path, published_classes(manifest), model_descriptions(manifest), with_names=True
        )
    copy.unlink()
    for name, text in release_documents(read_semantic_manifest(), manifest).items():
        path.with_name(name).write_text(text, encoding="utf-8")
    return path
