"""Nights in a row on a company in bulk: what each leaves, the next builds upon."""

from datetime import datetime

import duckdb
import pytest

from benchmarks import nights
from orchestration.build.scope import find_scope
from orchestration.night import Night
from orchestration.settings import Company
from orchestration.synthetic.versions import write_versions

SHRINKING = "shrinking"


def deliver_what_is_left(company: Company, night: datetime, number: int) -> None:
    """A full snapshot of the shrinking source, which loses one version in 60 each night."""
    items = company.extracts / SHRINKING / "subscription_items.parquet"
    folder = company.extracts / SHRINKING / str(night.date())
    folder.mkdir()
    duckdb.execute(
        f"copy (from read_parquet('{items}') where hash(item_id, valid_from) % 60 >= {number}) "
        f"to '{folder / 'subscription_items.parquet'}' (format parquet)"
    )


@pytest.mark.slow
def test_twenty_nights_leave_the_rows_of_a_rebuild(tmp_path):
    """New, back-dated, corrected and deleted versions, over five weeks, so that a month begins on the way."""
    write_versions(tmp_path / "extracts" / SHRINKING, 400, seed=2)
    company = nights.make_company(tmp_path, 8_000, snapshots=[SHRINKING])
    for number in range(1, 21):
        night = nights.deliver(company, 7 * number // 4, share=0.01)
        deliver_what_is_left(company, night, number)
        Night(company, night).land()
        assert find_scope(company, night, full_refresh=False).recomputed_from is not None
        nights.build(company, night)
    with duckdb.connect(str(company.build_file), read_only=True) as connection:
        deleted = connection.execute(
            "select count(*) from raw.subscription_items where _is_deleted"
        ).fetchall()[0][0]
        assert deleted > 50
    _, differing = nights.rebuild(company, night, tmp_path / "rebuilt")
    assert differing == []
