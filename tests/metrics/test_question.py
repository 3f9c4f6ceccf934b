"""What can't be answered is refused in one sentence that says what can."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestration.errors import ConfigurationError
from orchestration.machine.limits import Limits
from orchestration.metrics.answer import answer
from orchestration.metrics.catalogue import load_catalogue
from orchestration.metrics.question import Condition, Question, parse_condition, parse_month
from tests.equivalence.warehouses import Built


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (Question(("mmr",)), "No metric 'mmr' is defined. Nearest: "),
        (Question(("MRR",)), "Nearest: closing_mrr"),
        (Question(("churn",)), "customer_churn_rate"),
        (Question(("nrr",), ("contry",)), "nrr has no label 'contry'. It has: acquisition_channel"),
        (Question(("nrr",), where=(Condition("plan", ("Pro",)),)), "nrr has no label 'plan'"),
        (Question(("nps",)), "nps says nothing without survey"),
        (Question(("logo_retention",)), "without months_since"),
        (Question(("nps",), ("survey", "country", "currency")), "one segment at a time"),
        (Question(("grr_12m",), grain="year"), "asked by month"),
        (Question(("nrr",), ("country", "country")), "named twice"),
        (Question(()), "Name a metric"),
        (Question(("nrr",), since=date(2025, 2, 1), until=date(2025, 1, 1)), "is before"),
    ],
)
def test_refused(published: Path, question: Question, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        answer(published, Limits(), question)
    assert sentence in str(refused.value)
    assert refused.value.exit_code == 2


def test_conditions_and_months():
    assert parse_condition("country=DE, FR") == Condition("country", ("DE", "FR"))
    assert parse_condition("country!=DE") == Condition("country", ("DE",), is_not=True)
    assert parse_condition("plan=a=b") == Condition("plan", ("a=b",))
    assert parse_month("2025-06") == parse_month("2025-06-17") == date(2025, 6, 1)
    for text in ("country", "=DE", "country=", "!="):
        with pytest.raises(ConfigurationError, match="is no condition"):
            parse_condition(text)
    for text in ("2025", "June", "2025-13"):
        with pytest.raises(ConfigurationError, match="is no month"):
            parse_month(text)


def rows(published: Path, *metrics: str, **asked: Any) -> list[tuple[Any, ...]]:
    return list(answer(published, Limits(), Question(metrics, **asked)).rows)


def test_a_balance_of_a_quarter_is_that_of_its_end_and_a_movement_its_sum(
    built: Built, published: Path
) -> None:
    ours = rows(published, "opening_mrr", "new_mrr", "closing_mrr", "closing_customers", grain="quarter")
    theirs = built.rows(
        "select date_trunc('quarter', period_month)::date as quarter, arg_min(opening_mrr, period_month),"
        " sum(new_mrr), arg_max(closing_mrr, period_month), arg_max(closing_customers, period_month)"
        " from marts.fct_mrr_monthly where is_total group by quarter order by quarter"
    )
    assert ours == theirs


def test_a_rate_of_a_year_is_weighted_with_what_each_month_began_with(built: Built, published: Path) -> None:
    (row,) = rows(
        published,
        "customer_churn_rate",
        "grr",
        "nrr",
        grain="year",
        since=date(2024, 1, 1),
        until=date(2024, 12, 1),
    )
    months = [built.retention.churn_month(date(2024, month, 1)) for month in range(1, 13)]
    starting = sum(month.starting_mrr for month in months)
    assert row[1:] == pytest.approx(
        (
            sum(month.churned_customers for month in months) / sum(one.starting_customers for one in months),
            float(sum(month.kept for month in months) / starting),
            float(sum(month.ended for month in months) / starting),
        ),
        abs=1e-6,
    )


def test_a_group_that_left_has_no_balance_at_the_quarters_end(built: Built, published: Path) -> None:
    """Of a filter, too, the last month is that of the quarter: the month of a churn ends with 0."""
    ended = built.rows(
        "select country, date_trunc('quarter', max(period_month))::date"
        " from marts.fct_customer_plan_mrr_monthly"
        " group by country having max(period_month) < (select max(period_month) from marts.fct_mrr_monthly)"
    )
    for country, quarter in ended:
        found = rows(
            published,
            "closing_mrr",
            grain="quarter",
            where=(Condition("country", (country,)),),
            since=quarter,
        )
        assert found == [(quarter, 0)]


def test_metrics_of_several_tables_stand_in_one_row(built: Built, published: Path) -> None:
    asked = ("closing_mrr", "nrr", "ltv", "trials", "deferred_revenue")
    ours = {row[0]: row[1:] for row in rows(published, *asked)}
    ((month, *theirs),) = built.rows(
        f"select period_month, {', '.join(asked)} from marts.fct_company_monthly"
        " where period_month = '2025-05-01'"
    )
    assert ours[month] == pytest.approx(tuple(theirs))


def test_what_is_scheduled_is_told_where_it_is_asked_for(built: Built, published: Path) -> None:
    last = built.rows("select max(period_month) from marts.fct_company_monthly")[0][0]
    assert rows(published, "net_revenue")[-1][0] == last
    assert rows(published, "net_revenue", until=date(2030, 1, 1))[-1][0] > last


def test_a_condition_keeps_its_rows_and_its_opposite_the_others(published: Path) -> None:
    whole = rows(published, "new_mrr", grain="year")
    parts = [
        {
            row[0]: row[1]
            for row in rows(
                published, "new_mrr", grain="year", where=(Condition("country", ("DE", "FR"), is_not),)
            )
        }
        for is_not in (False, True)
    ]
    assert [(year, parts[0].get(year, 0) + parts[1].get(year, 0)) for year, _ in whole] == whole


def test_an_earlier_release_says_what_to_do(published: Path, tmp_path: Path) -> None:
    bare = tmp_path / "warehouse.duckdb"
    bare.symlink_to(published)
    assert load_catalogue(bare).metrics
    alone = tmp_path / "alone" / "warehouse.duckdb"
    alone.parent.mkdir()
    alone.write_bytes(published.read_bytes())
    with pytest.raises(ConfigurationError, match="an earlier version published this release"):
        load_catalogue(alone)


# What is said of all customers together can't be split by what one of them is.
OF_ALL_AT_ONCE = {
    "top_1_share", "top_5_share", "top_10_share", "top_20_share", "herfindahl_index", "nrr_with_usage",
    "nrr_with_usage_12m", "mrr_and_usage_at_start", "mrr_and_usage_at_end", "mrr_and_usage_at_start_12m",
    "mrr_and_usage_at_end_12m",
}  # fmt: skip


def test_every_metric_has_words_a_formula_and_a_label(published: Path) -> None:
    for metric in load_catalogue(published).metrics.values():
        assert metric.title and metric.description.endswith(".") and metric.formula
        assert metric.labels or metric.name in OF_ALL_AT_ONCE, metric.name
        for label in metric.labels.values():
            assert label.description.endswith("."), (metric.name, label.name)
