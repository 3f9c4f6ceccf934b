"""Models read one way, from the ground up, and docs/rooms.md shows their rooms as they are."""

import re
from collections import Counter

import pytest

from orchestration.build.manifest import read_manifest
from orchestration.machine.project import PROJECT
from tests.models.picture import PAGE, picture, rewritten, table
from tests.models.rooms import ROOMS, arrows_up, rooms_of_models


def model(path, *reads):
    return {"resource_type": "model", "path": path, "depends_on": {"nodes": list(reads)}}


@pytest.fixture
def nodes():
    return {
        "a": model("staging/billing/a.sql", "source"),
        "b": model("intermediate/terms/b.sql", "a"),
        "c": model("marts/mrr/c.sql", "a", "b"),
        "d": model("rules/mrr/d.sql", "a", "c"),
    }


def test_no_model_reads_a_model_of_a_later_room():
    assert arrows_up(read_manifest()) == []


def test_every_intermediate_model_lies_in_a_room_and_is_called_after_it():
    outside = [
        path.relative_to(PROJECT).as_posix() for path in (PROJECT / "models" / "intermediate").rglob("*.sql")
        if path.parent.name not in ROOMS or not re.match(rf"int_{path.parent.name}__", path.name)
    ]  # fmt: skip
    assert outside == [], f"the rooms are those of tests/models/rooms.py: {', '.join(ROOMS)}"


def test_no_two_rooms_have_a_model_of_one_name():
    models = (PROJECT / "models" / "intermediate").rglob("*.sql")
    names = Counter(path.stem.split("__")[1] for path in models)
    assert [name for name, times in names.items() if times > 1] == []


def test_an_intermediate_model_that_reads_a_later_room_is_named(nodes):
    nodes["e"] = model("intermediate/states/e.sql", "f")
    nodes["f"] = model("intermediate/ledger/f.sql", "b")
    assert arrows_up({"nodes": nodes}) == ["e of states reads f of ledger"]


def test_an_intermediate_model_that_reads_a_mart_of_a_later_room_is_named(nodes):
    nodes["b"] = model("intermediate/terms/b.sql", "e")
    nodes["e"] = model("marts/mrr/e.sql", "f")
    nodes["f"] = model("intermediate/waterfall/f.sql", "a")
    assert arrows_up({"nodes": nodes}) == ["b of terms reads e of waterfall"]


def test_a_mart_is_in_the_last_of_the_rooms_it_reads(nodes):
    nodes["e"] = model("marts/voice/e.sql", "c", "f")
    nodes["f"] = model("intermediate/fx/f.sql")
    rooms = rooms_of_models({"nodes": nodes})
    assert (rooms["c"], rooms["e"]) == ("terms", "fx")


def test_the_page_is_up_to_date():
    page = PAGE.read_text(encoding="utf-8")
    assert rewritten(page, read_manifest()) == page, "docs/rooms.md is out of date: run `make rooms`"


def test_an_arrow_is_drawn_where_no_other_way_leads(nodes):
    drawn = picture({"nodes": nodes}).splitlines()
    assert [line for line in drawn if "-->" in line] == ["    staging --> terms", "    terms --> rules"]
    assert '    terms["terms<br>2 models"]' in drawn


def test_the_table_counts_the_models_that_read_another_room(nodes):
    rows = table({"nodes": nodes}).splitlines()
    assert rows[3] == f"| terms | {ROOMS['terms']} | 2 | staging 2 |"
    assert rows[4] == f"| rules | {ROOMS['rules']} | 1 | staging 1, terms 1 |"
