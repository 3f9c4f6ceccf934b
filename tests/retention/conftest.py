"""The small synthetic company, landed and built once, beside the oracle of the same rows."""

from collections.abc import Iterator

import pytest

from tests.equivalence.warehouses import SMALL, Built, built_company, shared_folder


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Built]:
    with built_company(shared_folder(tmp_path_factory, worker_id), SMALL[0]) as found:
        yield found
