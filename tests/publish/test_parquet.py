"""The open marts as Parquet files: swapped as one folder, kept, checked and dropped with their release."""

import os
import shutil
import threading
from dataclasses import replace

import duckdb
import pytest
from publish.test_release import CHURN

from orchestration.errors import PublishRefused
from orchestration.machine.duckdb_files import open_build
from orchestration.publish import keep as keeping
from orchestration.publish import parquet as parquet_module
from orchestration.publish import release as release_module
from orchestration.publish.keep import live_release, roll_back, sweep
from orchestration.publish.manifest import read_manifests, releases_folder
from orchestration.publish.parquet import linked_release, parquet_folder
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
    made = release(100)
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
        f"{made}.duckdb",
        f"{made}.restricted.duckdb",
        f"{made}.parquet/fct_churn_events.parquet",
        f"{made}.parquet/fct_mrr_monthly.parquet",
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
    assert sorted(path.name for path in releases_folder(company).glob("*.parquet")) == [
        f"{one}.parquet" for one in ids[1:]
    ]


def test_a_rollback_switches_the_folder_too(company, release):
    first, _ = release(100), release(200, day=2)
    roll_back(company, None)
    assert linked_release(company) == live_release(company) == first and figure(company) == 100


def test_a_parquet_file_that_was_changed_is_not_published_again(company, release):
    first = release(100)
    release(200, day=2)
    kept = parquet_folder(company, first) / "fct_mrr_monthly.parquet"
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


def test_what_a_killed_run_left_is_swept(company, release):
    release(100)
    for orphan in (releases_folder(company) / "dead.parquet", company.work / "fresh.parquet"):
        shutil.copytree(company.parquet_link, orphan)
    (company.work / "parquet.part").symlink_to("nowhere")
    sweep(company)
    assert len(list(releases_folder(company).glob("*.parquet"))) == 1
    assert not {"fresh.parquet", "parquet.part"} & {path.name for path in company.work.iterdir()}
    assert figure(company) == 100


def test_a_run_killed_between_the_two_swaps_leaves_no_link_to_nothing(company, monkeypatch, release):
    company = replace(company, publish=replace(company.publish, keep=1))

    def killed(*_):
        raise KeyboardInterrupt

    first = release.func(company, 100)
    swap = keeping._swap
    with monkeypatch.context() as patch:
        # The restricted file is swapped, the link after it, the open file no more.
        patch.setattr(keeping, "_swap", lambda kept, *rest: "restricted" in kept.name and swap(kept, *rest))
        release.func(company, 200, day=2)
    assert live_release(company) == first and figure(company) == 200
    with monkeypatch.context() as patch:
        patch.setattr(release_module, "go_live", killed)
        with pytest.raises(KeyboardInterrupt):
            release.func(company, 300, day=3)
    assert figure(company) == 200
    release.func(company, 400, day=4)
    assert figure(company) == 400


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
    assert figure(company) == 100 and not (company.work / "fresh.parquet").exists()


def test_a_folder_where_the_link_belongs_is_nobody_s_to_remove(company, release):
    company.parquet_link.mkdir(parents=True)
    with pytest.raises(PublishRefused, match="Move it away and run again"):
        release(100)
    assert not company.published_file.exists() and company.parquet_link.is_dir()
