"""Where the dbt project lies, and where its parsed form is kept."""

from importlib import metadata
from pathlib import Path

import platformdirs

_CHECKOUT = Path(__file__).resolve().parents[2]
_IS_CHECKOUT = (_CHECKOUT / "dbt_project.yml").is_file()

PROJECT = _CHECKOUT if _IS_CHECKOUT else Path(__file__).resolve().parents[1] / "project"
"""The checkout, or the copy of its dbt project and sample that an installed package brings."""


def parse_folder() -> Path:
    """The folder of the parsed project, which no `dbt` called by hand writes to.

    An installed package may lie where nobody can write, so the parsed form is in the
    user's cache, by version.
    """
    if _IS_CHECKOUT:
        return PROJECT / "build" / "dbt"
    return platformdirs.user_cache_path("saas-metrics") / metadata.version("saas-metrics")
