"""Every column has a privacy class, and one that the open file may hold."""

import pytest

from orchestration.build.manifest import read_manifest
from orchestration.landing.canonical import canonical_tables
from orchestration.publish.privacy import CLASSES, published_classes

ADVICE = "write config: {meta: {privacy: ...}} beside it; docs/privacy.md says which class"


@pytest.fixture(scope="module")
def marts():
    return published_classes(read_manifest())


def test_every_column_of_every_mart_has_a_class(marts):
    unknown = [
        f"{mart}.{name}" for mart, found in marts.items() for name in found if found[name] not in CLASSES
    ]
    assert unknown == [], ADVICE
    assert len(marts) > 30


def test_no_mart_holds_personal_data(marts):
    assert [
        f"{mart}.{name}" for mart, found in marts.items() for name in found if found[name] == "personal"
    ] == []


def test_a_column_that_a_canonical_table_calls_sensitive_is_sensitive_in_a_mart(marts):
    """By its own name: a renamed one is found by the test over the published file."""
    sensitive = {name for table in canonical_tables().values() for name in table.privacy} - {"reason"}
    shown = [
        f"{mart}.{name}"
        for mart, found in marts.items()
        for name in found
        if name in sensitive and found[name] in ("none", "pseudonym")
    ]
    assert shown == []


def test_canonical_classes_name_columns_that_exist():
    for table in canonical_tables().values():
        assert set(table.privacy) <= set(table.names), table.name
        assert set(table.privacy.values()) <= set(CLASSES) - {"none", "pseudonym"}, table.name
