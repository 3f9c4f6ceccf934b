import duckdb
import pytest

from orchestration.build.manifest import read_manifest
from tests.spark.comparison import Differences, compare

EXPECTED = "(values ('a', 1.10::decimal(18, 4), 0.1::double), ('b', null, null)) as rows(id, amount, share)"


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        connection.execute(f"create table expected as select * from {EXPECTED}")
        connection.execute("create table found as select * from expected")
        yield connection


def difference(connection: duckdb.DuckDBPyConnection) -> Differences:
    return compare(connection, "marts", "expected", "found", ["id"])


def test_the_same_rows_in_another_order_are_equal(connection):
    connection.execute("create or replace table found as select * from expected order by id desc")
    found = difference(connection)
    assert found.equal
    assert found.rows == 2


def test_a_missing_and_a_surplus_row_are_named(connection):
    connection.execute("update found set id = 'c' where id = 'b'")
    found = difference(connection)
    assert (found.missing, found.surplus, found.columns) == (1, 1, {})
    assert len(found.examples) == 2


def test_a_repeated_row_is_a_surplus(connection):
    connection.execute("insert into found select * from expected where id = 'a'")
    assert (difference(connection).missing, difference(connection).surplus) == (0, 1)


def test_the_last_digit_of_a_decimal_counts(connection):
    connection.execute("update found set amount = 1.1001 where id = 'a'")
    assert difference(connection).columns == {"amount": 1}


@pytest.mark.parametrize(("share", "equal"), [("0.1 + 1e-11", True), ("0.1 + 1e-6", False), ("null", False)])
def test_doubles_may_differ_by_rounding_only(connection, share, equal):
    connection.execute(f"update found set share = {share} where id = 'a'")
    assert difference(connection).equal is equal


def test_null_differs_from_a_value(connection):
    connection.execute("update found set amount = 0 where id = 'b'")
    assert difference(connection).columns == {"amount": 1}


def test_a_column_of_one_side_only_is_a_difference(connection):
    connection.execute("alter table found drop column share")
    assert not difference(connection).equal


def test_every_mart_declares_a_key_to_match_its_rows_by():
    nodes = read_manifest()["nodes"].values()
    marts = {
        node["unique_id"]: node["name"]
        for node in nodes
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }
    keyed = {
        node["attached_node"]
        for node in nodes
        if (node.get("test_metadata") or {}).get("name") in ("unique", "unique_key")
    }
    assert marts
    assert {name for unique_id, name in marts.items() if unique_id not in keyed} == set()
