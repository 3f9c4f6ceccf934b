"""Every table of the cookbook is what its query gives on the company that the tests build."""

from collections.abc import Iterator

import duckdb
import pytest

from tests.cookbook.page import PAGE, PAGES, QUERY, rewritten
from tests.equivalence.warehouses import COOKBOOK, built_file, shared_folder


@pytest.fixture(scope="module")
def connection(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    path = built_file(shared_folder(tmp_path_factory, worker_id), COOKBOOK)
    with duckdb.connect(str(path), read_only=True) as opened:
        yield opened


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_table_is_what_its_query_gives(path, connection):
    page = path.read_text(encoding="utf-8")
    assert rewritten(page, connection) == page, f"{path.name} is out of date: run `make cookbook`"


def test_every_question_has_a_query_with_an_answer(connection):
    page = PAGE.read_text(encoding="utf-8")
    questions = page.split("\n## ")[1:]
    assert len(questions) >= 10
    for question in questions:
        [found] = QUERY.finditer(question)
        assert connection.execute(found["sql"]).fetchall(), question.splitlines()[0]


def test_a_figure_changed_by_hand_is_put_right(connection):
    query = "```sql\nselect 1 as one, null as nothing\n```\n"
    page = f"## One\n\n{query}\n| one | nothing |\n| ---: | --- |\n| 2 |  |\n\nEnd.\n"
    right = page.replace("| 2 |", "| 1 |")
    assert rewritten(page, connection) == right


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_only_published_tables_are_asked(path):
    for found in QUERY.finditer(path.read_text(encoding="utf-8")):
        assert "marts." in found["sql"]
        assert not any(f"{schema}." in found["sql"] for schema in ("raw", "staging", "intermediate"))
