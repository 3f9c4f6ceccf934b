"""The open marts as Parquet files: swapped as one folder, kept, checked and dropped with their release."""

import os
import threading
from dataclasses import replace

import duckdb
import pytest
from publish.test_release import CHURN

from orchestration.errors import PublishRefused
from orchestration.machine.duckdb_files import open_build
from orchestration.publish import parquet as parquet_module
from orchestration.publish.keep import roll_back
from orchestration.publish.live import live_release
from orchestration.publish.manifest import FRESH, read_manifests, releases_folder
from orchestration.settings import Company


@pytest.fixture
def company(company: Company) -> Company:
    """The same company, which publishes Parquet files too."""
    return replace(company, publish=replace(company.publish, parquet=True))


def figure(company: Company) -> int:
    file = company.parquet_link / "fct_mrr_monthly.parquet"
    with duckdb.connect() as connection:
        return int(connection.execute(f"select closing_mrr from '{file}'").fetchone()[0])


def test_each_mart_is_there_as_everybody_may_see_it(company, release, build):
    build(100)
    with open_build(company) as connection:
        connection.execute(CHURN)
    release(100)
    files = sorted(company.parquet_link.iterdir())
    assert [file.stem for file in files] == ["fct_churn_events", "fct_mrr_monthly"]
    with duckdb.connect(str(company.published_file), read_only=True) as connection:
        marts = {
            file.stem: connection.execute(f"from marts.{file.stem} order by all").fetchall() for file in files
        }
    for file in files:
        assert duckdb.sql(f"from '{file}' order by all").fetchall() == marts[file.stem]
        assert file.stat().st_mode & 0o777 == 0o440
    assert marts["fct_churn_events"][1] == ("m2", "voluntary", None, None)
    assert duckdb.sql(f"select distinct compression from parquet_metadata('{files[0]}')").fetchall() == [
        ("ZSTD",)
    ]
    assert set(read_manifests(company)[0].checksums) == {
        "warehouse.duckdb",
        "warehouse_restricted.duckdb",
        "parquet/fct_churn_events.parquet",
        "parquet/fct_mrr_monthly.parquet",
    }


def test_a_reader_always_finds_one_whole_folder(company, release):
    release(0)
    seen: list[tuple[int, list[str]]] = []
    failed: list[Exception] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                seen.append((figure(company), [one.name for one in company.parquet_link.iterdir()]))
            except (OSError, duckdb.Error) as error:
                failed.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 9):
        release(number, day=number)
    stop.set()
    reader.join()
    assert failed == []
    assert {tuple(names) for _, names in seen} == {("fct_mrr_monthly.parquet",)}
    figures = [number for number, _ in seen]
    assert figures == sorted(figures) and len(set(figures)) > 2


def test_an_open_file_goes_on_and_the_warehouse_can_be_moved(company, release, tmp_path):
    release(100)
    before = (company.parquet_link / "fct_mrr_monthly.parquet").read_bytes()
    with (company.parquet_link / "fct_mrr_monthly.parquet").open("rb") as reader:
        for number in range(2, 7):
            release(100 * number, day=number)
        assert reader.read() == before
    moved = replace(company, warehouse=company.warehouse.rename(tmp_path / "moved"))
    assert figure(moved) == 600


def test_folders_are_kept_and_dropped_with_their_release(company, release):
    ids = [release(100 * day, day) for day in range(1, 5)]
    assert sorted(path.parent.name for path in releases_folder(company).glob("*/parquet")) == ids[1:]


def test_a_rollback_switches_the_folder_too(company, release):
    first, _ = release(100), release(200, day=2)
    roll_back(company, None)
    assert live_release(company) == first and figure(company) == 100


def test_a_parquet_file_that_was_changed_is_not_published_again(company, release):
    first = release(100)
    release(200, day=2)
    kept = releases_folder(company) / first / "parquet" / "fct_mrr_monthly.parquet"
    kept.chmod(0o640)
    kept.write_bytes(kept.read_bytes() + b"x")
    with pytest.raises(PublishRefused, match=r"fct_mrr_monthly.parquet is missing or is not the file"):
        roll_back(company, first)
    assert figure(company) == 200


def test_the_link_goes_with_the_setting_and_comes_back_with_the_release(company, release):
    first = release(100)
    off = replace(company, publish=replace(company.publish, parquet=False))
    release.func(off, 200, day=2)
    assert not company.parquet_link.is_symlink()
    roll_back(off, first)
    assert figure(company) == 100


def test_rows_lost_while_writing_are_noticed(company, monkeypatch, release):
    release(100)
    write = parquet_module.write_parquet
    monkeypatch.setattr(
        parquet_module,
        "write_parquet",
        lambda connection, query, path: write(connection, f"{query} limit 0", path),
    )
    with pytest.raises(PublishRefused, match=r"does not hold what was built: \(0,\) instead of 1 rows"):
        release(200, day=2)
    assert figure(company) == 100 and len(read_manifests(company)) == 1


def test_a_full_disk_leaves_what_was_published(company, monkeypatch, release):
    release(100)

    def full(connection, query, path):
        path.write_bytes(b"half")
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(parquet_module, "write_parquet", full)
    with pytest.raises(PublishRefused, match="No space left on device"):
        release(200, day=2)
    assert figure(company) == 100 and not (releases_folder(company) / FRESH).exists()


def test_a_folder_where_the_link_belongs_is_nobody_s_to_remove(company, release):
    company.parquet_link.mkdir(parents=True)
    with pytest.raises(PublishRefused, match="Move it away and run again"):
        release(100)
    assert not company.published_file.exists() and company.parquet_link.is_dir()
