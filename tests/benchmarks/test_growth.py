"""What the guard of growth says of counts; the counting itself is `make growth`."""

import json

import pytest

from benchmarks import growth


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"rows": 1_100, "tables": 10}, []),
        ({"rows": 1_101, "tables": 10}, ["rows has grown from 1,000 to 1,101"]),
        ({"rows": 500, "tables": 12}, ["tables has grown from 10 to 12"]),
        ({"rows": 1_000, "statements": 7}, []),
    ],
    ids=["a tenth more", "more than a tenth", "a count that falls hides no other", "a new count"],
)
def test_a_count_that_grows_by_more_than_a_tenth_is_named(now, said):
    assert growth.grown(now, {"rows": 1_000, "tables": 10}) == said


def test_what_moved_comes_by_its_size_and_what_stays_is_left_out():
    before = {"ledger": 100, "movements": 50, "gone": 7, "as before": 1}
    now = {"ledger": 90, "movements": 250, "new": 3, "as before": 1}
    assert growth.moved(now, before) == [
        "  movements: 50 -> 250",
        "  ledger: 100 -> 90",
        "  gone: 7 -> 0",
        "  new: 0 -> 3",
    ]


@pytest.mark.parametrize(("rows", "power"), [(400, 1.0), (1_600, 2.0), (100, 0.0)])
def test_the_exponent_is_one_where_rows_grow_as_the_data_does(rows, power):
    assert growth.exponent({"a": rows - 40, "b": 40}, {"a": 60, "b": 40}) == pytest.approx(power)


def test_the_rows_of_every_operator_count():
    told = {"operator": [{"intermediate_rows": 2, "children": [{"intermediate_rows": 40, "children": []}]}]}
    assert sum(one["intermediate_rows"] for one in growth._operators(told)) == 42


def test_the_baseline_is_of_the_volume_that_is_counted():
    told = json.loads(growth.BASELINE.read_text(encoding="utf-8"))
    assert told["versions"] == growth.VERSIONS
    assert told["counts"]["rows"] == sum(told["rows"].values()) > 1_000_000
