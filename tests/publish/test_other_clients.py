"""The published file in programs that bring a DuckDB of their own: every table, to its last row."""

import json
import subprocess
from pathlib import Path

import pytest
from environments import node_with, python_with

from orchestration.machine.duckdb_files import open_published
from orchestration.publish.manifest import read_manifests
from orchestration.settings import Company

pytestmark = pytest.mark.slow

TABLES = "select table_name from duckdb_tables() where schema_name = 'marts' order by 1"
CLOSING = "select sum(closing_mrr)::varchar as closing from marts.fct_mrr_monthly where segment_type = 'all'"

PYTHON = f"""
import json, sys
import duckdb

with duckdb.connect(sys.argv[1], read_only=True) as connection:
    names = connection.execute({TABLES!r}).fetchall()
    rows = {{name: len(connection.execute(f"select * from marts.{{name}}").fetchall()) for (name,) in names}}
    print(json.dumps([rows, connection.execute({CLOSING!r}).fetchone()[0]]))
"""
FRAMES = """
import sys
import duckdb

with duckdb.connect(sys.argv[1], read_only=True) as connection:
    months = connection.sql("select closing_mrr from marts.fct_mrr_monthly where segment_type = 'all'")
    print(sum(months.fetch_arrow_table()["closing_mrr"].to_pylist()), len(months.df()))
"""
NODE = f"""
const {{ DuckDBInstance }} = require('@duckdb/node-api');
(async () => {{
  const instance = await DuckDBInstance.create(process.argv[2], {{ access_mode: 'READ_ONLY' }});
  const connection = await instance.connect();
  const read = async (sql) => (await connection.runAndReadAll(sql)).getRows();
  const rows = {{}};
  for (const [name] of await read({json.dumps(TABLES)})) {{
    rows[name] = (await read('select * from marts.' + name)).length;
  }}
  console.log(JSON.stringify([rows, (await read({json.dumps(CLOSING)}))[0][0]]));
}})();
"""
NODE_OBJECTS = """
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
  const instance = await DuckDBInstance.create(process.argv[2], { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  await connection.run('use marts');
  const read = await connection.runAndReadAll(
    'select period_month, closing_mrr, closing_customers, nrr from fct_company_monthly order by 1');
  console.log(JSON.stringify(read.getRowObjectsJson()));
})();
"""


@pytest.fixture
def published(sample: Company) -> tuple[dict[str, int], str]:
    """What each client has to read: the rows of every mart, and the sum of all closing MRR."""
    with open_published(sample.published_file) as connection:
        row = connection.execute(CLOSING).fetchone()
    assert row is not None
    return dict(read_manifests(sample)[0].row_counts), row[0]


def _told_by(command: list[str | Path]) -> tuple[dict[str, int], str]:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows, closing = json.loads(done.stdout)
    return rows, closing


@pytest.mark.parametrize("version", ["1.3.2", "1.4.5", "1.5.6"])
def test_an_older_duckdb_reads_every_row(version, sample, published, tmp_path):
    executables = python_with(tmp_path / "python", f"duckdb=={version}")
    assert _told_by([executables / "python", "-c", PYTHON, sample.published_file]) == published


def test_node_reads_every_row(sample, published, tmp_path):
    folder = node_with(tmp_path / "node", "@duckdb/node-api@1.5.6-r.1")
    script = folder / "read.js"
    script.write_text(NODE)
    assert _told_by(["node", script, sample.published_file]) == published


def test_the_json_of_node_keeps_every_digit(sample, tmp_path):
    folder = node_with(tmp_path / "node", "@duckdb/node-api@1.5.6-r.1")
    script = folder / "read.js"
    script.write_text(NODE_OBJECTS)
    command = ["node", script, sample.published_file]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    with open_published(sample.published_file) as connection:
        months = connection.execute(
            "select period_month, closing_mrr, closing_customers, nrr from fct_company_monthly "
            "order by period_month"
        ).fetchall()
    # Money and counts come as text, rates as numbers: a double would lose the digits of the first two.
    assert [tuple(row.values()) for row in told] == [
        (str(month), str(mrr), str(customers), nrr) for month, mrr, customers, nrr in months
    ]


def test_a_duckdb_that_is_too_old_says_so(sample, tmp_path):
    executables = python_with(tmp_path / "python", "duckdb==1.1.3")
    command = [executables / "python", "-c", PYTHON, sample.published_file]
    complained = subprocess.run(command, capture_output=True, text=True).stderr
    assert "newer versions of DuckDB cannot read old database files and vice versa" in complained


def test_the_command_line_of_duckdb_reads_it(sample, published, tmp_path):
    executables = python_with(tmp_path / "cli", "duckdb-cli==1.5.6")
    command = [executables / "duckdb", "-readonly", "-json", sample.published_file, CLOSING]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == [{"closing": published[1]}]
    command = [*command[:-1], "-cmd", "use marts", CLOSING.replace("marts.", "")]
    assert json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout) == [
        {"closing": published[1]}
    ]


def test_pandas_and_arrow_get_the_figures_unrounded(sample, published, tmp_path):
    executables = python_with(tmp_path / "python", "duckdb==1.5.6", "pandas", "pyarrow")
    command = [executables / "python", "-c", FRAMES, sample.published_file]
    total, months = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert total == published[1]
    assert int(months) > 0
