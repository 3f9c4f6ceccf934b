"""Item versions in bulk: as many as asked, in order, the same each time."""

from __future__ import annotations

import duckdb
import pytest

from benchmarks.versions import write_versions
from orchestration.errors import ConfigurationError


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_versions_are_whole_and_repeat_themselves(tmp_path, file_format):
    first, second = tmp_path / "a", tmp_path / "b"
    written = write_versions(first, 30_000, 3, file_format)
    write_versions(second, 30_000, 3, file_format)
    names = {f"{t}.{file_format}" for t in ("subscription_items", "subscriptions", "customers", "fx_rates")}
    assert {path.name for path in first.iterdir()} == names
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)
    items = f"'{first}/subscription_items.{file_format}'"
    count, keys, statuses, late = duckdb.sql(
        f"""select count(*), count(distinct (subscription_id, item_id, valid_from)), count(distinct status),
            count(*) filter (where cast(valid_from as varchar) >= '2025-07-02') from {items}"""
    ).fetchall()[0]
    assert (count, keys, statuses, late) == (written.versions, written.versions, 3, 0)
    orphans = duckdb.sql(
        f"select count(*) from {items} anti join '{first}/subscriptions.{file_format}' "
        "using (subscription_id)"
    ).fetchall()[0][0]
    assert orphans == 0


def test_an_unknown_format_gets_a_sentence(tmp_path):
    with pytest.raises(ConfigurationError, match="choose parquet or csv"):
        write_versions(tmp_path / "a", 10, 1, "xlsx")
    assert not (tmp_path / "a").exists()
