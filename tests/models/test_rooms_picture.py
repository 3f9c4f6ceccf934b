"""docs/rooms.md shows the rooms of models as they are."""

from orchestration.build.manifest import read_manifest
from tests.models.picture import PAGE, picture, rewritten, room_of


def model(path, *reads):
    return {"resource_type": "model", "path": path, "depends_on": {"nodes": list(reads)}}


def test_the_picture_is_up_to_date():
    page = PAGE.read_text(encoding="utf-8")
    assert rewritten(page, read_manifest()) == page, "docs/rooms.md is out of date: run `make rooms`"


def test_an_arrow_counts_the_models_that_read_another_room():
    nodes = {
        "a": model("staging/billing/a.sql", "source"),
        "b": model("intermediate/mrr/b.sql", "a"),
        "c": model("marts/mrr/c.sql", "a", "b"),
        "d": model("rules/mrr/d.sql", "c"),
    }
    drawn = picture({"nodes": nodes}).splitlines()
    assert "    staging -->|2| mrr" in drawn and "    mrr -->|1| rules" in drawn
    assert '    mrr["mrr<br>2 models"]' in drawn and len(drawn) == 6


def test_marts_are_in_the_room_of_their_domain():
    assert {room_of(path) for path in ("intermediate/voice/a.sql", "marts/voice/b.sql")} == {"voice"}
