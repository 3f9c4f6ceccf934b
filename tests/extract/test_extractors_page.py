"""docs/extractors.md states what the code does."""

from pathlib import Path

import pytest

from orchestration.extract import hubspot, run, stripe, stripe_objects
from orchestration.extract.client import Patience

PAGE = (Path(__file__).parents[2] / "docs" / "extractors.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:1] == "|"
]


@pytest.mark.parametrize(
    ("name", "permission"),
    [
        *((name, spec.permission) for name, spec in stripe_objects.OBJECTS.items()),
        *((name, spec.permission) for name, spec in hubspot.OBJECTS.items()),
        *((name, permission) for name, (_, permission) in hubspot.WHOLE.items()),
    ],
)
def test_every_object_is_listed_with_the_permission_it_needs(name, permission):
    assert any(name in row[1].split(", ") and row[-1] == permission for row in ROWS if len(row) == 3)


def test_versions_and_limits_are_the_ones_in_use():
    assert f"`{stripe.API_VERSION}`" in PAGE and f"`{hubspot.API_VERSION}`" in PAGE
    assert f"more than {stripe.OLDEST_CHANGE.days} days" in PAGE
    assert run.REREAD_WINDOW.days == 3 and "three days before the last delivery's start" in PAGE
    assert f"up to {Patience().attempts} times" in PAGE
    assert f"at most {Patience().longest_asked_pause / 60:.0f} minutes" in PAGE


def test_objects_read_whole_every_time_are_named():
    whole = [name for name, spec in stripe_objects.OBJECTS.items() if not spec.events]
    assert whole == [
        "customers", "products", "prices", "subscriptions", "credit_grants", "credit_balance_transactions",
    ]  # fmt: skip
    assert "`customers`, `products`, `prices` and `subscriptions` are read whole every time" in PAGE
