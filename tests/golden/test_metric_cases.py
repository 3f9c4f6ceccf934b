"""Every published metric case is a dbt test of a model, beside the test that the oracle knows it."""

import re

import pytest
from timelines import golden_cases

from orchestration.machine.project import PROJECT

# Revenue recognition is reckoned by the oracle alone until its marts are built.
REVENUE = ("revrec", "revrec_granularity")
METRICS = [case for case in golden_cases() if "metric" in case and case["metric"] not in REVENUE]


@pytest.fixture(scope="module")
def tests_of_models() -> str:
    files = [*PROJECT.glob("models/**/*unit_tests.yml"), *PROJECT.glob("models/rules/**/*.sql")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize("case", METRICS, ids=lambda case: case["id"])
def test_a_test_of_the_models_is_this_case(tests_of_models, case):
    assert re.search(rf"\b{case['id']}\b", tests_of_models), (
        f"{case['id']} ({case['metric']}) is named by no unit test or rule"
    )


@pytest.mark.parametrize(
    "name",
    [
        "of_100_customers_5_lost_are_5_percent",
        "two_a_month_for_24_months_are_48",
        "nps_is_100_of_promoters_minus_100_of_detractors_and_0_of_passives",
    ],
)
def test_the_textbook_example_is_a_unit_test(tests_of_models, name):
    assert f"- name: {name}\n" in tests_of_models
