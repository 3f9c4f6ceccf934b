"""Whoever opens a published file reads beside each table and column what it is."""

import pytest
import yaml

from orchestration.landing.canonical import create_audit_tables
from orchestration.machine.duckdb_files import open_build, open_published
from orchestration.machine.project import PROJECT
from orchestration.publish.descriptions import audit_descriptions
from orchestration.publish.release import create_release_tables
from orchestration.quality.results import create_quality_results

_COMMENTS = (
    "select schema_name || '.' || table_name as name, comment from duckdb_tables() union all "
    "select schema_name || '.' || table_name || '.' || column_name, comment from duckdb_columns() "
    "where not internal"
)


@pytest.fixture(scope="module")
def read(sample):
    """What the files of a whole run say of each table and column, by file."""
    found = {}
    for path in (sample.published_file, sample.restricted_file):
        with open_published(path) as connection:
            found[path] = dict(connection.execute(_COMMENTS).fetchall())
    return found


def test_every_table_and_column_of_the_open_file_says_what_it_is(sample, read):
    said = read[sample.published_file]
    assert len(said) > 600 and {name.split(".")[0] for name in said} == {"marts", "audit"}
    assert [name for name, text in said.items() if not text] == []


def test_every_table_and_column_of_the_restricted_file_says_what_it_is(sample, read):
    said = read[sample.restricted_file]
    assert len(said) > 80 and {name.split(".")[0] for name in said} == {"restricted"}
    assert [name for name, text in said.items() if not text] == []


def test_the_open_file_says_what_the_models_say(sample, read):
    said = read[sample.published_file]
    models = yaml.safe_load((PROJECT / "models/marts/mrr/_mrr__models.yml").read_text(encoding="utf-8"))[
        "models"
    ]
    for model in models:
        assert said[f"marts.{model['name']}"] == " ".join(model["description"].split())
        for column in model["columns"]:
            if "doc(" not in column["description"]:
                name = f"marts.{model['name']}.{column['name']}"
                assert said[name] == " ".join(column["description"].split())


def test_a_text_that_columns_share_is_there_in_words(sample, read):
    assert read[sample.published_file]["marts.fct_churn_monthly.segment_type"].startswith(
        "What the customers of the row have in common: plan,"
    )
    assert read[sample.restricted_file]["restricted.customers.source_name"].startswith("Source of the row,")


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
