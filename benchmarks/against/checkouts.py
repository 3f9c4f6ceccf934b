"""The checkouts that the reader has made: where each must lie, and what to do where it does not."""

from pathlib import Path

CHECKOUTS = {
    "mrr-playbook": ("dbt-labs/mrr-playbook", "f7921cf"),
    "dbt-utils-0.8.0": ("dbt-labs/dbt-utils", "0.8.0"),
    "fight-churn": ("carl24k/fight-churn", "1310fc7"),
    "dbt_stripe": ("fivetran/dbt_stripe", "v1.10.1"),
    "dbt_fivetran_utils": ("fivetran/dbt_fivetran_utils", "releases/v0.4.latest"),
    "dbt-utils": ("dbt-labs/dbt-utils", "1.4.1"),
}
"""Folder to repository and to the version that was measured."""


def needed(checkouts: Path, name: str) -> Path:
    """The folder of a checkout. Raises SystemExit, with the command that makes it, where it is not there."""
    folder = checkouts / name
    if folder.is_dir():
        return folder.resolve()
    repository, version = CHECKOUTS[name]
    raise SystemExit(
        f"{folder} is not there: nothing of others is part of this project. Make it, or leave its peer out "
        "with --only:\n"
        f"  git clone https://github.com/{repository} {folder} && git -C {folder} checkout {version}"
    )
