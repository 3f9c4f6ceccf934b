"""Whoever opens the published file reads beside each table and column what it is."""

import re

import pytest

from orchestration.build.manifest import read_manifest
from orchestration.landing.canonical import create_audit_tables
from orchestration.privacy import mart_classes
from orchestration.publish.descriptions import audit_descriptions, mart_descriptions
from orchestration.publish.release import create_release_tables
from orchestration.quality.results import create_quality_results
from orchestration.warehouse import open_build

# What begins so speaks of a line that a client does not show beside it.
_BACKWARD = ["its", "their", "it", "they", "this", "these", "those", "that", "also", "and", "likewise"]
POINTS_BACK = re.compile(
    rf"({'|'.join(_BACKWARD)}|the same|as above|of ({'|'.join(_BACKWARD)}|them))\b", re.IGNORECASE
)


@pytest.fixture(scope="module")
def texts():
    """Every text of the published file, by table or by table and column."""
    described = mart_descriptions(read_manifest()) | dict(audit_descriptions())
    found = {name: one.table for name, one in described.items()}
    found |= {
        f"{name}.{column}": text for name, one in described.items() for column, text in one.columns.items()
    }
    assert len(found) > 600
    return found


def test_every_text_means_something_alone(texts):
    assert {name: text for name, text in texts.items() if len(text) < 20 or POINTS_BACK.match(text)} == {}


def test_every_text_is_a_sentence(texts):
    assert {name: text for name, text in texts.items() if not text.endswith((".", ")"))} == {}


def test_every_table_says_what_one_row_of_it_is(texts):
    assert [
        name for name, text in texts.items() if "." not in name and not text.startswith("One row per ")
    ] == []


def test_no_mart_and_no_column_lacks_its_text(texts):
    named = {
        f"{mart}.{column}" for mart, columns in mart_classes(read_manifest()).items() for column in columns
    }
    assert named <= texts.keys() and all(texts.values())


def test_the_texts_of_the_audit_tables_are_of_the_columns_they_have(company):
    with open_build(company) as connection:
        create_audit_tables(connection)
        create_quality_results(connection)
        create_release_tables(connection)
        found = connection.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns() "
            "where schema_name = 'audit' group by all"
        ).fetchall()
    columns = {name: names for name, names in found if name in audit_descriptions()}
    assert columns == {name: [*one.columns] for name, one in audit_descriptions().items()}
