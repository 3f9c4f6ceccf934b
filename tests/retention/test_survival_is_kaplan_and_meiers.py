"""fct_survival against the product-limit formula in exact fractions, and against lifelines."""

import pytest
from lifelines import KaplanMeierFitter

from oracle.outcomes import survival_curve
from tests.equivalence.warehouses import Built

# Freireich and others 1963, the 6-MP arm; the estimates are printed in every textbook of survival analysis.
FREIREICH = (
    [(6, True)] * 3 + [(6, False), (7, True), (9, False), (10, True), (10, False), (11, False), (13, True)]
    + [(16, True), (17, False), (19, False), (20, False), (22, True), (23, True), (25, False)]
    + [(32, False), (32, False), (34, False), (35, False)]
)  # fmt: skip
PRINTED = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}


def lives_of(built: Built, segment_type: str, segment_value: str) -> list[tuple[int, bool]]:
    return built.rows(
        "select lifetimes.tenure_months, lifetimes.is_churned"
        " from intermediate.int_retention__lifetimes as lifetimes"
        " inner join intermediate.int_retention__acquisition_segments as segments"
        " on lifetimes.customer_id = segments.customer_id"
        f" where segments.segment_type = '{segment_type}' and segments.segment_value = '{segment_value}'"
    )


def curve_of(built: Built, segment_type: str, segment_value: str) -> dict[int, tuple[float, float, float]]:
    return {
        month: (survival, low, high)
        for month, survival, low, high in built.rows(
            "select tenure_months, survival_rate, survival_rate_low, survival_rate_high"
            " from marts.fct_survival"
            f" where segment_type = '{segment_type}' and segment_value = '{segment_value}'"
        )
    }


def test_the_reference_formula_gives_the_printed_figures() -> None:
    found = survival_curve(FREIREICH)
    assert {month: round(found[month][0], 3) for month in PRINTED} == PRINTED


def test_the_curve_of_the_company_is_the_product_limit(built: Built) -> None:
    ours, theirs = curve_of(built, "all", "all"), survival_curve(lives_of(built, "all", "all"))
    assert ours.keys() == theirs.keys() and len(ours) > 12
    for month, figures in ours.items():
        assert figures == pytest.approx(theirs[month], abs=1e-12), month


def test_every_plan_and_channel_has_its_own_curve(built: Built) -> None:
    segments = built.rows(
        "select segment_type, segment_value from marts.fct_survival"
        " where segment_type in ('plan', 'acquisition_channel') and survival_rate is not null"
        " group by all"
    )
    assert len(segments) > 8
    for segment in segments:
        theirs = survival_curve(lives_of(built, *segment))
        for month, figures in curve_of(built, *segment).items():
            assert figures == pytest.approx(theirs[month], abs=1e-12), (segment, month)


def test_lifelines_draws_the_same_curve(built: Built) -> None:
    lives = lives_of(built, "all", "all")
    fitter = KaplanMeierFitter()
    fitter.fit([month for month, _ in lives], [churned for _, churned in lives])
    bounds = fitter.confidence_interval_
    for month, figures in curve_of(built, "all", "all").items():
        theirs = (fitter.predict(month), *bounds.loc[month])
        assert figures == pytest.approx(theirs, abs=1e-9), month
