"""One pointer for all that is published; warehouses of earlier versions and copies get it too."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import PublishRefused
from orchestration.machine.checksums import sha256
from orchestration.publish import release as release_module
from orchestration.publish.keep import make_ready, release_in_force, roll_back
from orchestration.publish.live import live_folder, live_release
from orchestration.publish.manifest import MANIFEST, read_manifests, releases_folder
from orchestration.settings import Company


@pytest.fixture
def company(company: Company) -> Company:
    """The same company, which publishes Parquet files too."""
    return replace(company, publish=replace(company.publish, parquet=True))


def figures(company: Company) -> set[int]:
    """What each of the published files says."""
    with duckdb.connect(str(company.published_file), read_only=True) as connection:
        found = {int(connection.execute("select closing_mrr from marts.fct_mrr_monthly").fetchone()[0])}
    parquet = company.parquet_link / "fct_mrr_monthly.parquet"
    if parquet.exists():
        found |= {int(duckdb.sql(f"select closing_mrr from '{parquet}'").fetchall()[0][0])}
    return found


def assert_one_release(company: Company, figure: int) -> None:
    release = json.loads((live_folder(company) / MANIFEST).read_text())
    for name, checksum in release["checksums"].items():
        assert sha256(company.warehouse / name) == checksum, name
    assert figures(company) == {figure}


def earlier_layout(company: Company) -> None:
    """Turn a warehouse into one of the version before: files side by side, published one by one."""
    live = live_release(company)
    for release in read_manifests(company):
        folder, flat = releases_folder(company) / release.release_id, releases_folder(company)
        content = json.loads((folder / MANIFEST).read_text())
        names = {"warehouse.duckdb": ".duckdb", "warehouse_restricted.duckdb": ".restricted.duckdb"}
        content["checksums"] = {
            release.release_id + names.get(name, f".{name}"): checksum
            for name, checksum in content["checksums"].items()
        }
        del content["revision"]
        for name, suffix in names.items():
            (folder / name).rename(flat / f"{release.release_id}{suffix}")
        (folder / "parquet").rename(flat / f"{release.release_id}.parquet")
        shutil.rmtree(folder)
        (flat / f"{release.release_id}.json").write_text(json.dumps(content))
    for link in ("current", "warehouse.duckdb", "warehouse_restricted.duckdb", "parquet"):
        (company.warehouse / link).unlink()
    releases = releases_folder(company)
    os.link(releases / f"{live}.duckdb", company.published_file)
    os.link(releases / f"{live}.restricted.duckdb", company.restricted_file)
    company.parquet_link.symlink_to(f"releases/{live}.parquet")


def test_everything_that_is_published_goes_through_one_pointer(company, release):
    made = release(100)
    assert (company.warehouse / "current").readlink() == Path("releases") / made
    for name in ("warehouse.duckdb", "warehouse_restricted.duckdb", "parquet"):
        assert (company.warehouse / name).readlink() == Path("current") / name
    assert_one_release(company, 100)


def test_a_release_that_was_kept_and_never_published_changes_nothing(company, monkeypatch, release):
    release(100)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(release_module, "go_live", killed)
        with pytest.raises(KeyboardInterrupt):
            release(200, day=2)
    assert_one_release(company, 100)
    release(300, day=3)
    assert_one_release(company, 300)


def test_releases_of_the_version_before_can_be_published_again_and_go_on(company, release):
    first, second = release(100), release(200, day=2)
    earlier_layout(company)
    assert figures(company) == {200}
    assert roll_back(company, None).release_id == first
    assert_one_release(company, 100)
    assert sorted(path.name for path in releases_folder(company).iterdir() if path.is_dir()) == [
        first,
        second,
    ]
    release(300, day=3)
    assert_one_release(company, 300)
    assert {path.name for path in releases_folder(company).iterdir()} >= {first, second}


def test_a_change_of_layout_that_was_cut_short_is_begun_again(company, release):
    release(100)
    live = release(200, day=2)
    earlier_layout(company)
    shutil.copytree(company.warehouse, company.warehouse.with_name("kept"), symlinks=True)
    (releases_folder(company) / ".fresh").mkdir()
    (company.warehouse / "current").symlink_to(f"releases/{live}")
    make_ready(company)
    assert_one_release(company, 200)
    make_ready(company)
    assert live_release(company) == live


def test_a_published_file_of_which_no_release_is_kept_stays_until_the_next_one(company, release):
    release(100)
    earlier_layout(company)
    shutil.rmtree(releases_folder(company))
    company.parquet_link.unlink()
    make_ready(company)
    assert figures(company) == {100} and company.published_file.is_symlink()
    release(200, day=2)
    assert_one_release(company, 200)
    assert len(list(releases_folder(company).iterdir())) == 1


def test_a_warehouse_that_was_copied_without_its_links_is_published_into_again(company, release, tmp_path):
    company = replace(company, publish=replace(company.publish, parquet=False))
    release.func(company, 100)
    copied = replace(company, warehouse=tmp_path / "copied")
    shutil.copytree(company.warehouse, copied.warehouse)
    assert not copied.published_file.is_symlink()
    release.func(copied, 200, day=2)
    assert_one_release(copied, 200)
    roll_back(copied, None)
    assert_one_release(copied, 100)


@pytest.mark.parametrize("keeps", ["the files", "nothing"])
def test_without_links_the_published_file_or_else_the_newest_release_is_in_force(company, release, keeps):
    company = replace(company, publish=replace(company.publish, parquet=False))
    first, second = release.func(company, 100), release.func(company, 200, day=2)
    roll_back(company, None)
    assert release_in_force(company).release_id == first
    folder = company.pointer.resolve()
    for link in (company.pointer, company.published_file, company.restricted_file):
        link.unlink()
        if keeps == "the files" and link != company.pointer:
            shutil.copy(folder / link.name, link)
    assert release_in_force(company).release_id == (first if keeps == "the files" else second)
    shutil.rmtree(releases_folder(company))
    assert release_in_force(company) is None


@pytest.mark.parametrize("name", ["warehouse.duckdb", "warehouse_restricted.duckdb", "parquet"])
def test_a_folder_where_a_link_belongs_is_nobody_s_to_remove(company, release, name):
    (company.warehouse / name).mkdir(parents=True)
    with pytest.raises(PublishRefused, match="Move it away and run again"):
        release(100)
    assert (company.warehouse / name).is_dir()


def test_the_run_after_one_that_was_killed_behind_its_publication_compares_with_what_is_published(
    company, monkeypatch, release
):
    release(100)
    catch_up, calls = release_module.catch_up, []

    def killed_at_the_end(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        catch_up(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(release_module, "catch_up", killed_at_the_end)
        with pytest.raises(KeyboardInterrupt):
            release(200, day=2)
    with release_module.open_build(company) as connection:
        catch_up(connection, company)
        assert connection.execute("select closing_mrr from audit.published_months").fetchall() == [(200,)]
