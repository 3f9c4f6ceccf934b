"""Companies under different currencies and clocks, each built once: three small ones, and the medium one."""

from collections.abc import Iterator

import pytest

from tests.equivalence.warehouses import MEDIUM, SMALL, Built, Setting, built_company, shared_folder


@pytest.fixture(
    scope="session",
    params=[*SMALL, pytest.param(MEDIUM, marks=pytest.mark.slow)],
    ids=lambda setting: setting.name,
)
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Built]:
    setting: Setting = request.param
    with built_company(shared_folder(tmp_path_factory, worker_id), setting) as found:
        yield found
