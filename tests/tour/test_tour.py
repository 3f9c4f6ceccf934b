"""The tour shows what is there: its files, its line and its figures are those of the demo company."""

from pathlib import Path

import duckdb
import pytest

from orchestration.machine.project import PROJECT
from orchestration.settings import load_company
from tests.cookbook.page import QUERY, rewritten
from tests.pipeline import demo_run
from tests.tour.page import PAGE, is_part_of, named_files, shown_line


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    return demo_run(tmp_path_factory, worker_id) / "demo"


def test_every_file_that_it_names_is_there(page):
    named = named_files(page)
    assert len(named) > 15
    assert [name for name in sorted(named) if not (PROJECT / name).is_file()] == []


def test_a_file_that_is_gone_would_be_noticed():
    assert named_files("`models/gone.sql` and `extracts/stripe/x.jsonl`, not `items.data`") == {
        "models/gone.sql"
    }


def test_the_line_it_begins_with_is_in_the_extract(page, demo):
    shown, record = shown_line(page, demo)
    assert shown["items"]["data"][0]["quantity"] == 33 and is_part_of(shown, record)
    assert not is_part_of({"customer": "another"}, record)


def test_every_table_is_what_its_query_gives(page, demo):
    company = load_company(demo / "company.yml")
    with duckdb.connect(str(company.build_file), read_only=True) as connection:
        assert rewritten(page, connection) == page, "docs/tour.md is out of date: run `make tour`"
        assert all(connection.execute(found["sql"]).fetchall() for found in QUERY.finditer(page))


def test_the_last_query_reads_the_published_file(page, demo):
    company = load_company(demo / "company.yml")
    last = [found["sql"] for found in QUERY.finditer(page)][-1]
    with (
        duckdb.connect(str(company.published_file), read_only=True) as published,
        duckdb.connect(str(company.build_file), read_only=True) as build,
    ):
        assert published.execute(last).fetchall() == build.execute(last).fetchall()
