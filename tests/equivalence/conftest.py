"""Companies under different currencies and clocks, each built once: small ones, and the medium one.

At every commit one by UTC and one behind it; ahead of it are the hostile timelines.
"""

from collections.abc import Iterator

import pytest

from tests.equivalence.warehouses import MEDIUM, SMALL, Built, Setting, built_company, shared_folder


@pytest.fixture(
    scope="session",
    params=[*SMALL[:2], *(pytest.param(one, marks=pytest.mark.slow) for one in (*SMALL[2:], MEDIUM))],
    ids=lambda setting: setting.name,
)
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Built]:
    setting: Setting = request.param
    with built_company(shared_folder(tmp_path_factory, worker_id), setting) as found:
        yield found


@pytest.fixture
def whole(built: Built) -> Built:
    """A company of which every mart is built."""
    if not built.rows("select 1 from information_schema.tables where table_name = 'fct_company_monthly'"):
        pytest.skip("this company is built for MRR alone")
    return built
