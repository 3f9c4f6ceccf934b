"""The next three months on the page: as the mart has them, beside a target, or the reason why not."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from quality_page.reading import Page

from orchestration.run.morning_page.facts import Aim, MorningFacts
from orchestration.run.morning_page.write import render
from orchestration.settings import Target

ROW = {
    "period_month": date(2025, 7, 1), "expected_mrr": Decimal(1100), "low_80": Decimal(900),
    "high_80": Decimal(1300), "reason": None, "kept_mrr": Decimal(980), "expansion_mrr": Decimal(20),
    "new_mrr": Decimal(150), "known_mrr": Decimal(-50), "backtest_origins": 6, "mean_error": 0.05,
    "three_month_rule_mrr": Decimal(1150), "three_month_rule_mean_error": 0.04,
    "is_three_month_rule_better": True,
}  # fmt: skip


def text_of(facts: MorningFacts, *rows: dict[str, object], **changed: object) -> str:
    return Page(render(replace(facts, forecast=rows, **changed))).text


def test_the_next_three_months_are_those_of_the_mart(demo):
    facts = demo.facts()
    told = demo.asked(
        "select strftime(period_month, '%Y-%m'), expected_mrr, low_80, high_80, mean_error,"
        " three_month_rule_mean_error from marts.fct_mrr_forecast where is_total"
        " order by horizon_months limit 3"
    )
    assert [month for month, *_ in told] == ["2025-07", "2025-08", "2025-09"]
    text = Page(render(facts)).text
    for month, expected, low, high, error, rule_error in told:
        assert f"{month} {expected:,.0f} {low:,.0f} to {high:,.0f} " in text
        assert f"{error:.1%}" in text and f"{rule_error:.1%}" in text


def test_a_month_with_a_target_has_it_beside(demo):
    facts = demo.facts()
    assert "80% range kept" in text_of(facts, ROW)
    target = Target(date(2025, 7, 1), "closing_mrr", Decimal(1234))
    text = text_of(facts, ROW, aims=(Aim(target, None),))
    assert "80% range target kept" in text
    assert "2025-07 1,100 900 to 1,300 1,234 980 20 150 -50 5.0% 1,150 4.0%" in text


def test_the_page_says_where_the_three_month_rule_was_better(demo):
    better = (
        "For 2025-07 the three-month rule has been better: "
        "mean error 4.0% against 5.0% over 6 past forecasts."
    )
    facts = demo.facts()
    assert better in text_of(facts, ROW)
    assert "has been better" not in text_of(facts, {**ROW, "is_three_month_rule_better": False})
    unknown = {**ROW, "is_three_month_rule_better": None, "mean_error": None, "low_80": None, "high_80": None}
    assert "No range where fewer than six past forecasts" in text_of(facts, unknown)


def test_without_a_forecast_the_page_says_why(demo):
    facts = demo.facts()
    nothing = {**dict.fromkeys(ROW), "period_month": date(2025, 7, 1), "reason": "short_history"}
    assert "there are fewer than 12 complete months." in text_of(facts, nothing)
    assert "there are fewer than 5 customers." in text_of(facts, {**nothing, "reason": "few_customers"})
    assert "Forecast" not in text_of(facts)
