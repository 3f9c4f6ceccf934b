"""Every table of the cookbook is what its query gives on the company that the tests build."""

from collections.abc import Iterator

import duckdb
import pytest

from tests.cookbook.page import PAGE, PAGES, QUERY, rewritten, table_of
from tests.equivalence.warehouses import COOKBOOK, built_file, shared_folder


@pytest.fixture(scope="module")
def connection(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    path = built_file(shared_folder(tmp_path_factory, worker_id), COOKBOOK)
    with duckdb.connect(str(path), read_only=True) as opened:
        yield opened


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_table_is_what_its_query_gives(path, connection):
    page = path.read_text(encoding="utf-8")
    assert rewritten(page, connection) == page, f"{path.name} is out of date: run `make cookbook`"


def test_every_question_has_a_query_with_an_answer(connection):
    page = PAGE.read_text(encoding="utf-8")
    questions = page.split("\n## ")[1:]
    assert len(questions) >= 60
    for question in questions:
        [found] = QUERY.finditer(question)
        assert connection.execute(found["sql"]).fetchall(), question.splitlines()[0]


def test_a_figure_changed_by_hand_is_put_right(connection):
    query = "```sql\nselect 1 as one, null as nothing\n```\n"
    page = f"## One\n\n{query}\n| one | nothing |\n| ---: | --- |\n| 2 |  |\n\nEnd.\n"
    right = page.replace("| 2 |", "| 1 |")
    assert rewritten(page, connection) == right


def test_the_last_digit_of_a_sum_of_doubles_is_not_shown(connection):
    sums = [
        table_of(connection, f"select {terms}::double as ratio")
        for terms in ("0.1e0 + 0.2e0 + 0.3e0", "0.3e0 + 0.2e0 + 0.1e0")
    ]
    assert sums == ["| ratio |\n| ---: |\n| 0.6 |\n"] * 2


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_only_published_tables_are_asked(path):
    for found in QUERY.finditer(path.read_text(encoding="utf-8")):
        assert "marts." in found["sql"]
        assert not any(f"{schema}." in found["sql"] for schema in ("raw", "staging", "intermediate"))


# What people ask of such a warehouse every week, and the question of the page that answers it.
ASKED = {
    "MRR and ARR today": "What is our MRR today?",
    "MRR by month": "How did MRR develop?",
    "the bridge of last month": "What made MRR of last month?",
    "net new MRR and growth": "How fast do we grow?",
    "what moved since yesterday": "What moved last?",
    "MRR of each day": "What was MRR on each day?",
    "MRR by plan, product, country, channel, currency": "How much MRR has each plan?",
    "MRR by two dimensions": "How much MRR has each plan in each country?",
    "MRR by billing interval": "How much MRR is billed yearly?",
    "top customers and concentration": "Who are our largest customers?",
    "who churned last month, why and how much": "Who left last month, and why?",
    "customer churn rate": "What is our customer churn?",
    "NRR and GRR of twelve months": "What are our NRR and GRR?",
    "NRR by plan or size": "Which size of customer stays and grows?",
    "voluntary and involuntary churn": "Do customers leave, or do their payments fail?",
    "churn reasons": "Which reasons do they give?",
    "the triangle of cohorts": "What became of each cohort?",
    "revenue of cohorts by channel": "What is left of a channel's revenue after six months?",
    "survival at month 12": "How many customers live longer than a year?",
    "ARPA and ASP": "What does a customer pay?",
    "quick ratio": "How much do we gain for each euro lost?",
    "CAC, payback, LTV, LTV by CAC": "What does a customer cost, and what is it worth?",
    "CAC by channel": "Which channel pays back, and how soon?",
    "what one campaign returned": "What did each campaign bring?",
    "trial conversion by month": "How many trials convert?",
    "who is in a trial, ending when": "Who is in a trial now?",
    "the funnel by stage": "Where do leads get lost?",
    "the open pipeline by value": "What is in the pipeline?",
    "NPS now and its trend": "How is our NPS?",
    "NPS by country": "Which country recommends us?",
    "what detractors say": "Who are our detractors?",
    "whether detractors churn more": "Do detractors leave more often?",
    "tickets and first reply": "How fast is support?",
    "CSAT": "Does support satisfy?",
    "customers at risk": "Which customers should we call?",
    "renewals due": "What renews in the next months?",
    "scheduled cancellations": "Who has asked to leave?",
    "failed payments and recovery": "How many failed payments do we recover?",
    "overdue invoices": "What is overdue?",
    "DSO": "How long do customers take to pay?",
    "cards about to expire": "Which cards are about to expire?",
    "revenue leakage": "How much money leaks?",
    "recognised and deferred revenue": "How much revenue is recognised, and how much deferred?",
    "billed against MRR": "Why is what we bill not our MRR?",
    "cash by month": "How much cash came in?",
    "who grew": "Who grew most?",
    "the effect of prices": "Did prices or seats move MRR?",
    "what price rises did": "What did our price rises do?",
    "discounts": "How much MRR is given away?",
    "usage and its share": "How much of the revenue is usage?",
    "the effect of exchange rates": "What did exchange rates make of MRR?",
    "our MRR against that of Stripe or ChartMogul": "Why does Stripe or ChartMogul show another MRR?",
    "the history of one customer": "What is the history of one customer?",
    "ARR by quarter, net new and committed": "How did ARR develop by quarter?",
    "concentration by month": "How much of MRR do the ten largest customers pay?",
    "churn by tenure": "Do young customers leave sooner?",
    "NRR with usage": "What is our NRR with usage?",
    "renewal rate": "What became of the contracts that ended?",
    "renewals at risk": "Which renewals should we look after?",
    "renewals due by risk": "How much of what is due is at risk?",
    "committed ARR": "How much of ARR is committed?",
    "LTV of 60 months": "What does a customer bring in its first five years?",
    "the balance of prepaid credits": "How many prepaid credits are left?",
    "minimums, met or missed": "Who missed its minimum?",
    "each price change": "Whom did each price change reach?",
    "activation": "How soon do new customers do the first key action?",
    "adoption of features": "Which features are used more than a year ago?",
    "cancel requests and saves by plan": "On which plan do customers ask to leave?",
    "magic number, burn multiple, rule of 40": "What does growth cost us?",
}


def test_what_is_asked_every_week_takes_one_simple_query():
    """One select without a CTE, and at most one join."""
    page = PAGE.read_text(encoding="utf-8")
    queries = {}
    for question in page.split("\n## ")[1:]:
        [found] = QUERY.finditer(question)
        queries[question.splitlines()[0]] = found["sql"]
    assert len(ASKED) >= 50 and set(ASKED.values()) <= queries.keys()
    for question in ASKED.values():
        sql = queries[question]
        assert "with " not in sql and " union " not in sql and sql.count("join ") <= 1, question
