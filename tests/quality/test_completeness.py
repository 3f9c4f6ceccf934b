"""No mart without its proofs: a rule of the gate, and a unit test that says in words what it decides."""

import pytest

from orchestration.build.manifest import parse
from tests.pipeline import mart_rules


@pytest.fixture(scope="module")
def manifest():
    return parse()


@pytest.fixture(scope="module")
def published(manifest):
    """The name of every mart."""
    names = {
        node.name for node in manifest.nodes.values()
        if node.resource_type == "model" and node.schema == "marts"
    }  # fmt: skip
    assert len(names) > 40
    return names


def test_every_mart_has_a_unit_test_with_a_description(manifest, published):
    described = {test.model for test in manifest.unit_tests.values() if test.description}
    assert published - described == set()


def test_every_mart_has_a_rule_of_its_own_in_the_gate(published):
    # The keys and values that the models declare are two rules beside these, about all of them.
    ruled = {rule.table for rule in mart_rules() if not rule.name.startswith("declared_")}
    assert published - ruled == set()
    assert ruled <= published


def test_every_rule_can_stand_inside_a_sentence():
    """After `not true that`: only an abbreviation begins with a capital, and no full stop ends it."""
    for rule in mart_rules():
        first = rule.says.split()[0]
        assert first not in ("A", "I") and (not first.istitle() or first.isdigit()), rule.name
        assert not rule.says.endswith("."), rule.name
