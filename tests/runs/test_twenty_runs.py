"""Runs in a row on a company in bulk: what each leaves, the next builds upon."""

from datetime import datetime

import duckdb
import pytest

from benchmarks import runs
from benchmarks.versions import write_versions
from orchestration.build.scope import find_scope
from orchestration.run.steps import Run
from orchestration.settings import Company

SHRINKING = "shrinking"


def deliver_what_is_left(company: Company, run: datetime, number: int) -> None:
    """A full snapshot of the shrinking source, which loses one version in 60 each run."""
    items = company.extracts / SHRINKING / "subscription_items.parquet"
    folder = company.extracts / SHRINKING / str(run.date())
    folder.mkdir()
    duckdb.execute(
        f"copy (from read_parquet('{items}') where hash(item_id, valid_from) % 60 >= {number}) "
        f"to '{folder / 'subscription_items.parquet'}' (format parquet)"
    )


@pytest.mark.slow
def test_twenty_runs_leave_the_rows_of_a_rebuild(tmp_path):
    """New, back-dated, corrected and deleted versions, over five weeks, so that a month begins on the way."""
    write_versions(tmp_path / "extracts" / SHRINKING, 400, seed=2)
    company = runs.make_company(tmp_path, 8_000, snapshots=[SHRINKING])
    for number in range(1, 21):
        run = runs.deliver(company, 7 * number // 4, share=0.01)
        deliver_what_is_left(company, run, number)
        Run(company, run).land()
        assert find_scope(company, run, full_refresh=False).recomputed_from is not None
        runs.build(company, run)
    with duckdb.connect(str(company.build_file), read_only=True) as connection:
        deleted = connection.execute(
            "select count(*) from raw.subscription_items where _is_deleted"
        ).fetchall()[0][0]
        assert deleted > 50
    _, differing = runs.rebuild(company, run, tmp_path / "rebuilt")
    assert differing == []
