"""A company whose build says one figure: publishing and rolling back alone, which take a part of a second."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from pipeline import check_by_hand, write_company
from publish.conftest import CLASSES, _build
from reliability.killing import unused_id

from orchestration.machine.lock import exclusive
from orchestration.publish.keep import roll_back
from orchestration.publish.release import Facts, publish
from orchestration.settings import Company

_FIGURE = 100


def make(folder: Path) -> Company:
    """A build that passed both gates, published twice."""
    folder.mkdir(parents=True, exist_ok=True)
    company = write_company(folder, publish={"parquet": True, "keep": 3})
    _build(company, _FIGURE)
    check_by_hand(company, datetime(2024, 2, 1, tzinfo=UTC))
    for _ in range(2):
        _publish(company)
    return company


def _publish(company: Company) -> None:
    with exclusive(company.work / "run.lock"):
        publish(company, Facts(unused_id(), {}, CLASSES, {}))


def _roll_back(company: Company) -> None:
    with exclusive(company.work / "run.lock"):
        roll_back(company, None)


VERBS: Mapping[str, Callable[[Company], None]] = {"publish": _publish, "rollback": _roll_back}
