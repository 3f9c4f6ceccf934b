"""Sixty questions of a founder, a finance lead and a head of customer success, with their right answers."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from orchestration.settings import Company
from tests.assistant.asking import Told, ask
from tests.equivalence.warehouses import Built

JUNE = {"since": "2025-06", "until": "2025-06"}
SPRING = {"since": "2025-04", "until": "2025-06"}
JANUARY = {"since": "2024-01", "until": "2024-01"}
YEAR = {"since": "2024-01", "until": "2024-12", "grain": "year"}
COMPANY = "from marts.fct_company_monthly where period_month"
IN_JUNE = f"{COMPANY} = '2025-06-01'"
IN_SPRING = f"{COMPANY} between '2025-04-01' and '2025-06-01' order by 1"
IN_YEAR = f"{COMPANY} between '2024-01-01' and '2024-12-01'"


def segments(table: str, figure: str, kind: str, more: str = "") -> str:
    return (
        f"select period_month, segment_value, {figure} from marts.{table} where segment_type = '{kind}'"
        f" and period_month = '2025-06-01' and {figure} <> 0 {more} order by 2"
    )


FIGURES: list[tuple[str, dict[str, Any], str]] = [
    *(
        (f"{name} in June 2025?", {"metrics": [name], **JUNE}, f"select period_month, {name} {IN_JUNE}")
        for name in (
            "closing_mrr", "arr", "committed_mrr", "opening_mrr", "new_mrr", "expansion_mrr",
            "contraction_mrr", "churned_mrr", "reactivation_mrr", "fx_mrr", "closing_customers",
            "new_customers", "arpa", "asp",
            "quick_ratio", "gross_mrr_churn_rate", "net_mrr_churn_rate", "grr", "nrr", "lost_customers",
            "sales_marketing_cost", "cac", "cac_payback_months", "ltv", "ltv_to_cac", "net_revenue",
            "gross_revenue", "deferred_revenue", "unbilled_revenue",
        )
    ),
    (
        "How did MRR and customers move this spring?",
        {"metrics": ["closing_mrr", "closing_customers"], **SPRING},
        f"select period_month, closing_mrr, closing_customers {IN_SPRING}",
    ),
    (
        "What is our magic number this spring?",
        {"metrics": ["magic_number", "net_burn"], **SPRING},
        "select period_start, magic_number, net_burn from marts.fct_efficiency_quarterly "
        "where period_start between '2025-04-01' and '2025-06-01'",
    ),
    (
        "And twelve-month retention?",
        {"metrics": ["grr_12m", "nrr_12m"], **SPRING},
        f"select period_month, grr_12m, nrr_12m {IN_SPRING}",
    ),
    (
        "How much new MRR did 2024 bring, and how much did it lose?",
        {"metrics": ["new_mrr", "churned_mrr"], **YEAR},
        f"select date '2024-01-01', sum(new_mrr), sum(churned_mrr) {IN_YEAR}",
    ),
    (
        "How many customers were won in each quarter of 2024?",
        {"metrics": ["new_customers"], **YEAR, "grain": "quarter"},
        f"select date_trunc('quarter', period_month)::date, sum(new_customers) {IN_YEAR} group by 1"
        " order by 1",
    ),
    (
        "What did winning a customer cost in 2024?",
        {"metrics": ["cac"], **YEAR},
        f"select date '2024-01-01', sum(sales_marketing_cost)::double / sum(new_customers) {IN_YEAR}"
        " and sales_marketing_cost is not null",
    ),
    *(
        (
            f"MRR by {kind} in June 2025?",
            {"metrics": ["closing_mrr"], "by": [kind], **JUNE},
            segments("fct_mrr_monthly", "closing_mrr", kind),
        )
        for kind in ("country", "plan", "product", "currency", "sales_model", "size_band", "cohort_year")
    ),
    *(
        (
            f"Which {kind} keeps its revenue best?",
            {"metrics": ["nrr"], "by": [kind], **JUNE},
            segments("fct_churn_monthly", "nrr", kind),
        )
        for kind in ("country", "acquisition_channel", "sales_model", "size_band")
    ),
    (
        "What do we have in Germany alone?",
        {"metrics": ["closing_mrr"], "where": ["country=DE"], **JUNE},
        "select period_month, closing_mrr from marts.fct_mrr_monthly where segment_type = 'country'"
        " and segment_value = 'DE' and period_month = '2025-06-01'",
    ),
    (
        "And outside of Germany?",
        {"metrics": ["closing_mrr"], "where": ["country!=DE"], **JUNE},
        "select period_month, sum(closing_mrr) from marts.fct_mrr_monthly where segment_type = 'country'"
        " and segment_value <> 'DE' and period_month = '2025-06-01' group by 1",
    ),
    (
        "Which plans do customers of which country pay for?",
        {"metrics": ["closing_mrr"], "by": ["country", "plan"], **JUNE},
        "select period_month, country, plan, sum(closing_mrr) from marts.fct_customer_plan_mrr_monthly"
        " where period_month = '2025-06-01' group by 1, 2, 3 order by 2, 3",
    ),
    (
        "How much is billed by the year?",
        {"metrics": ["closing_mrr"], "where": ["billing_interval=year"], **JUNE},
        "select period_month, sum(closing_mrr) from marts.fct_customer_plan_mrr_monthly"
        " where period_month = '2025-06-01' and billing_interval = 'year' group by 1",
    ),
    (
        "Do customers like us?",
        {"metrics": ["nps", "nps_responses"], "by": ["survey"], **JUNE},
        "select period_month, survey, nps, responses from marts.fct_nps_monthly where segment_type = 'all'"
        " and period_month = '2025-06-01' order by 2",
    ),
    (
        "Do trials convert?",
        {"metrics": ["trials", "converted_trials"], "since": "2025-05", "until": "2025-05"},
        f"select period_month, trials, converted_trials {COMPANY} = '2025-05-01'",
    ),
    (
        "How much of what failed was paid later?",
        {"metrics": ["failed_invoices", "recovered_invoices"], **YEAR},
        f"select date '2024-01-01', sum(failed_invoices), sum(recovered_invoices) {IN_YEAR}",
    ),
    (
        "What became of the customers of January 2024?",
        {"metrics": ["cohort_active_customers"], "by": ["months_since"], **JANUARY},
        "select cohort_month, cast(months_since as varchar), active_customers from marts.fct_cohort_retention"
        " where segment_type = 'all' and cohort_month = '2024-01-01' order by 2",
    ),
]  # fmt: skip
REFUSED = [
    ("What is our cash runway?", ("query_metric", {"metrics": ["cash_runway"]}), "is defined"),
    ("And the rule of 40?", ("describe_metric", {"name": "rule_of_40"}), "is defined"),
    ("NRR by plan?", ("query_metric", {"metrics": ["nrr"], "by": ["plan"]}), "It has: "),
    ("MRR of Ada's company?", ("query_metric", {"metrics": ["arr"], "by": ["name"]}), "It has: "),
    ("NPS, of whatever survey?", ("query_metric", {"metrics": ["nps"]}), "without survey"),
]
OTHERS = [
    ("What does NRR mean?", ("describe_metric", {"name": "nrr"})),
    ("Why is MRR what it is?", ("explain_number", {"figure": "closing_mrr", "month": "2025-06"})),
    ("What changed?", ("what_changed", {})),
    ("Where does churn come from?", ("lineage", {"name": "customer_churn_rate"})),
    ("Which tables are there?", ("list_tables", {})),
    ("What are the columns of the waterfall?", ("list_tables", {"table": "marts.fct_mrr_monthly"})),
]


@pytest.fixture(scope="module")
def told(company: Company) -> dict[str, Told]:
    asked = [(question, ("query_metric", arguments)) for question, arguments, _ in FIGURES]
    calls = [*asked, *((question, call) for question, call, _ in REFUSED), *OTHERS]
    answers = ask(company, [call for _, call in calls])
    return {question: answer for (question, _), answer in zip(calls, answers, strict=True)}


def test_there_are_sixty(told: dict[str, Told]) -> None:
    assert len(told) >= 60


@pytest.mark.parametrize(
    ("question", "sql"), [pytest.param(question, sql, id=question) for question, _, sql in FIGURES]
)
def test_a_figure(built: Built, told: dict[str, Told], question: str, sql: str) -> None:
    answer = told[question]
    assert not answer.is_refused, answer.text
    content = answer.content
    assert content["release"] == "r1" and content["as_of"] and content["sql"] and content["definitions"]
    ours = content["rows"]
    # A hostile name stands for one plan in this warehouse, so plans are compared by their amounts.
    assert comparable(ours, "plan" in sql) == comparable(built.rows(sql), "plan" in sql)


def comparable(rows: Sequence[Sequence[Any]], without_texts: bool) -> list[Any]:
    """The rows as numbers and texts; a row without any figure says no more than none."""
    found = [[number(value) for value in row[1:]] for row in rows]
    found = [row for row in found if any(isinstance(value, Decimal) and value for value in row)]
    if not without_texts:
        return found
    return sorted([value for value in row if isinstance(value, Decimal)] for row in found)


def number(value: Any) -> Any:
    """A figure to nine digits behind the point; a text as it is."""
    try:
        return round(Decimal(str(value)), 9)
    except ArithmeticError:
        return value


@pytest.mark.parametrize(
    ("question", "sentence"), [pytest.param(question, said, id=question) for question, _, said in REFUSED]
)
def test_what_is_not_defined_is_refused_in_words(told: dict[str, Told], question: str, sentence: str) -> None:
    assert told[question].is_refused and sentence in told[question].text


@pytest.mark.parametrize("question", [question for question, _ in OTHERS])
def test_every_answer_says_of_which_release_it_is(told: dict[str, Told], question: str) -> None:
    content = told[question].content
    assert content["release"] == "r1" and content["as_of"].startswith("2025-07-01")


def test_an_explained_figure_is_that_of_the_mart(built: Built, told: dict[str, Told]) -> None:
    content = told["Why is MRR what it is?"].content
    assert content["holds"] is True
    assert [(Decimal(content["value"]),)] == built.rows(f"select closing_mrr {IN_JUNE}")
    assert all(row["text"] is None for part in content["parts"] for row in part["rows"])


def test_lineage_ends_at_deliveries(told: dict[str, Told]) -> None:
    content = told["Where does churn come from?"].content
    assert {one["table"] for one in content["deliveries"]} >= {"customers", "subscription_items"}
