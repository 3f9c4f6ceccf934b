"""What the simulation plants in use, offers and answers is found with its sign; what it doesn't is not."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from oracle.retention import wilson
from orchestration.run.steps import Run
from orchestration.synthetic.canonical import write_canonical
from orchestration.synthetic.company import Company as Simulated
from orchestration.synthetic.dials import RESELLERS, Size
from tests.equivalence.warehouses import ACTIVATION, SOURCE, build_marts
from tests.pipeline import write_company

pytestmark = pytest.mark.slow

SIZE = Size("tested", 1_200, 36, 30)
SEEDS = (11, 12, 13)
MARTS = (
    "fct_onboarding", "fct_feature_adoption_monthly", "fct_saves_monthly", "fct_feedback_themes_monthly",
    "fct_unit_economics_monthly", "dim_resellers",
)  # fmt: skip
# Months whose 90 days do not overlap: what one of them finds by chance the next need not.
MONTHS = "date_part('month', period_month) in (1, 5, 9)"


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[duckdb.DuckDBPyConnection]]:
    """The build file of a company for each seed."""
    files = [built(tmp_path_factory.mktemp(f"seed{seed}"), seed) for seed in SEEDS]
    connections = [duckdb.connect(str(file), read_only=True) for file in files]
    yield connections
    for connection in connections:
        connection.close()


def built(folder: Path, seed: int) -> Path:
    simulated = Simulated(SIZE, seed)
    write_canonical(simulated, folder / "extracts" / SOURCE)
    company = write_company(
        folder, reporting_currency="EUR", sources=[{"name": SOURCE, "mapping": "canonical"}],
        activation=ACTIVATION, themes={"price": ["expensive"]},
        commission={f"{SOURCE}:{reseller}": 0.2 for reseller in RESELLERS},
    )  # fmt: skip
    Run(company, simulated.end).land()
    build_marts(company, simulated.end, MARTS)
    return company.build_file


def bounds(part: int, whole: int) -> tuple[float, float]:
    found = wilson(part, whole)
    assert found is not None
    return found


@pytest.mark.parametrize("days", [90, 180])
def test_who_begins_well_stays(companies: list[duckdb.DuckDBPyConnection], days: int) -> None:
    for company in companies:
        (activated, not_activated) = company.execute(
            f"select count_if(is_retained_{days}d), count(is_retained_{days}d) from marts.fct_onboarding"
            " where activation_state in ('activated', 'not_activated')"
            " group by activation_state order by activation_state"
        ).fetchall()
        assert bounds(*activated)[0] > bounds(*not_activated)[1]


def differences(companies: list[duckdb.DuckDBPyConnection], feature: str) -> list[tuple[float, float, float]]:
    """The difference and its bounds, of all companies and months that do not overlap."""
    return [
        row
        for company in companies
        for row in company.execute(
            "select churn_difference_90d, churn_difference_90d_low, churn_difference_90d_high"
            f" from marts.fct_feature_adoption_monthly where feature = ? and {MONTHS}"
            " and churn_difference_90d is not null",
            [feature],
        ).fetchall()
    ]


def test_the_feature_that_keeps_customers_is_found(companies: list[duckdb.DuckDBPyConnection]) -> None:
    found = differences(companies, "integrations")
    assert len(found) > 20
    assert sum(gap < 0 for gap, _, _ in found) >= 0.85 * len(found)
    assert sum(high < 0 for _, _, high in found) >= 0.3 * len(found)
    assert not any(low > 0 for _, low, _ in found)


def test_the_feature_that_does_nothing_is_not_claimed(companies: list[duckdb.DuckDBPyConnection]) -> None:
    found = differences(companies, "calendar")
    assert len(found) > 20
    assert sum(low <= 0 <= high for _, low, high in found) >= 0.9 * len(found)
    assert abs(sum(gap for gap, _, _ in found) / len(found)) < 0.015


def test_offers_save_some(companies: list[duckdb.DuckDBPyConnection]) -> None:
    requests, saved, offered, offered_saved = (
        sum(column)
        for column in zip(
            *(
                company.execute(
                    "select sum(observed_requests), sum(saved_requests), sum(offered_observed_requests),"
                    " sum(offered_saved_requests) from marts.fct_saves_monthly where is_total"
                ).fetchone()
                or ()
                for company in companies
            ),
            strict=True,
        )
    )
    assert bounds(offered_saved, offered)[0] > bounds(saved - offered_saved, requests - offered)[1]


def test_detractors_speak_of_the_price_and_nobody_else_does(
    companies: list[duckdb.DuckDBPyConnection],
) -> None:
    for company in companies:
        said = {
            theme: rest
            for theme, *rest in company.execute(
                "select theme, sum(promoters), sum(detractors), sum(detractors_mrr)"
                " from marts.fct_feedback_themes_monthly group by theme"
            ).fetchall()
        }
        assert said["price"][0] == 0 and said["price"][1] > 20 and said["price"][2] > 0
        assert said["praise"][0] > 20 and said["praise"][1] == 0


def test_a_commission_lowers_the_worth_of_a_resellers_customers(
    companies: list[duckdb.DuckDBPyConnection],
) -> None:
    for company in companies:
        margins = dict(
            company.execute(
                "select channel, max(gross_margin) from marts.fct_unit_economics_monthly"
                " where period_month = date '2025-06-01' group by channel"
            ).fetchall()
        )
        assert margins["reseller"] == pytest.approx(0.6)
        assert margins["event"] == pytest.approx(0.8)
        assert 0.7 < margins["all"] < 0.8
