"""What the models say of their keeping, held against the graph: the build derives the rest from it."""

import re
from typing import Any

import pytest

from orchestration.build.manifest import read_manifest


@pytest.fixture(scope="module")
def models() -> dict[str, dict[str, Any]]:
    """Every model by its name."""
    nodes = read_manifest()["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model"}


@pytest.fixture(scope="module")
def kept(models) -> dict[str, dict[str, Any]]:
    """The configuration of every kept model."""
    found = {
        name: node["config"] for name, node in models.items() if node["config"]["materialized"] == "kept"
    }
    assert len(found) > 30
    return found


def asked_of(models: dict[str, dict[str, Any]], macro: str) -> set[str]:
    """The tables that the models name in a call of a macro."""
    return {name for node in models.values() for name in re.findall(rf"\b{macro}\('(\w+)'", node["raw_code"])}


def test_a_model_says_how_it_is_kept_before_anything_else(models, kept):
    for name, config in kept.items():
        first = models[name]["raw_code"].split("\n\n")[0]
        assert first.startswith("{{ config(") and f"by='{config['by']}'" in first, name


def test_no_model_has_a_hook(models):
    assert [name for name, node in models.items() if node["config"]["pre-hook"]] == []


def test_what_arrives_is_told_by_a_key_of_the_one_raw_table_that_is_read(models, kept):
    arrived = [name for name, config in kept.items() if config["by"] == "arrived"]
    assert len(arrived) > 5
    for name in arrived:
        ((source, _),) = models[name]["sources"]
        assert source == "raw" and kept[name]["key"], name


def test_sums_tell_their_months(kept):
    assert all(config["months"] for config in kept.values() if config["by"] == "sums")


def test_a_table_sets_aside_what_sums_take_off_and_nothing_else_does(models, kept):
    """A table is summed by a month if, and only if, a model of sums reads its signed rows."""
    assert asked_of(models, "signed_rows") == {
        name for name, config in kept.items() if config.get("summed_by")
    }


def test_a_table_that_is_read_by_row_is_kept_by_customer_or_subscription(models, kept):
    asked = asked_of(models, "is_affected_row")
    assert len(asked) > 3
    for name in asked:
        by = kept[name].get("key") or kept[name]["by"]
        assert by in ("customer", "subscription", "subscription_id"), name
