"""Where the dbt project lies, and where its parsed form is kept."""

import hashlib
from importlib import metadata
from pathlib import Path

import platformdirs

_CHECKOUT = Path(__file__).resolve().parents[2]
_IS_CHECKOUT = (_CHECKOUT / "dbt_project.yml").is_file()

PROJECT = _CHECKOUT if _IS_CHECKOUT else Path(__file__).resolve().parents[1] / "project"
"""The checkout, or the copy of its dbt project and sample that an installed package brings."""


def parse_folder() -> Path:
    """The folder of the parsed project, which no `dbt` called by hand writes to.

    Whoever runs it may not own the code, so the parsed form is in the user's cache (XDG_CACHE_HOME): by
    version, and of a checkout by where it lies.
    """
    name = metadata.version("saas-metrics")
    if _IS_CHECKOUT:
        name = f"checkout-{hashlib.sha256(str(PROJECT).encode()).hexdigest()[:12]}"
    return platformdirs.user_cache_path("saas-metrics") / name
