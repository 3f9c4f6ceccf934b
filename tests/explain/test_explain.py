"""Every explained figure leads to the one that is published, and its rows lead to what a customer adds."""

import gzip
import json
import random
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import duckdb
import pytest
import zstandard
from click.testing import CliRunner
from pipeline import demo_run

from orchestration.cli.main import cli
from orchestration.errors import ConfigurationError
from orchestration.explain import FIGURES, explain
from orchestration.explain.company_figures import COMPANY_FIGURES, UNEXPLAINED
from orchestration.explain.figure import COMPANY
from orchestration.explain.finance_figures import FINANCE_FIGURES
from orchestration.explain.lines import read_lines
from orchestration.explain.use_figures import USE_FIGURES
from orchestration.settings import load_company


def asked(company, query, *values):
    with duckdb.connect(str(company.published_file), read_only=True) as connection:
        return connection.execute(query, values).fetchall()


def months_of(company):
    return [month for (month,) in asked(company, f"select period_month from marts.{COMPANY} order by 1")]


def periods_of(company, figure):
    """The first months of all periods for which a figure is published, months to come too."""
    place = FIGURES[figure].place
    return [
        month
        for (month,) in asked(
            company,
            f"select distinct {place.period} from marts.{place.table} where {place.rows} order by 1",
        )
    ]


def questions(company, count, seed):
    """Random figures of random months: of the whole company, a segment or a customer."""
    chosen = random.Random(seed)
    customers = [one for (one,) in asked(company, "select customer_id from marts.dim_customers order by 1")]
    segments = asked(
        company,
        "select distinct segment_type, segment_value from marts.fct_churn_monthly "
        "where not is_total order by all",
    )
    for _ in range(count):
        figure = chosen.choice(list(FIGURES))
        month = chosen.choice(periods_of(company, figure) or months_of(company))
        yield (
            figure,
            month,
            *chosen.choice([(None, None), (chosen.choice(customers), None), (None, chosen.choice(segments))]),
        )


def explained(company, count, seed):
    """What of the questions can be answered."""
    answers = []
    for question in questions(company, count, seed):
        try:
            answers.append(explain(company, *question, limit=2))
        except ConfigurationError:
            continue
    return answers


def test_every_column_of_a_company_month_is_explained_or_says_why_not(sample):
    columns = {
        name
        for (name,) in asked(
            sample,
            "select column_name from duckdb_columns() where table_name = ? and schema_name = 'marts'",
            COMPANY,
        )
    }
    assert columns == {*COMPANY_FIGURES, *UNEXPLAINED}


def segments_of(company, figure, month):
    """What a figure can be asked of: the whole company, or each of the things that it is told of."""
    place = FIGURES[figure].place
    if not place.by:
        return [None]
    query = f"select distinct {place.by} from marts.{place.table} where {place.period} = ? order by 1"
    return [(place.by, value) for (value,) in asked(company, query, month)]


def wholes(company, figure, months, limit):
    """Explanations of a figure of all customers in some months."""
    return [
        explain(company, figure, month, segment=segment, limit=limit)
        for month in months
        for segment in segments_of(company, figure, month)
    ]


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_of_the_company_is_what_its_inputs_lead_to(sample, figure):
    for told in wholes(sample, figure, periods_of(sample, figure)[-2:], limit=1):
        month = told.month
        assert told.value == told.published, f"{figure} {month}: {told.totals}"
        assert told.value is not None or told.hidden


def test_random_figures_are_what_their_inputs_lead_to(sample):
    answers = explained(sample, 100, seed=1)
    assert len(answers) > 30
    assert [
        (told.column, told.month, told.customer, told.segment) for told in answers if not told.holds
    ] == []


@pytest.mark.slow
def test_a_thousand_random_figures_of_the_demo(tmp_path_factory, worker_id):
    company = load_company(demo_run(tmp_path_factory, worker_id) / "demo" / "company.yml")
    answers = explained(company, 2_000, seed=2)
    assert len(answers) > 1_000
    assert [
        (told.column, told.month, told.customer, told.segment) for told in answers if not told.holds
    ] == []


def test_what_a_customer_holds_adds_up_to_its_mrr(sample):
    month = months_of(sample)[-2]
    told = explain(sample, "closing_mrr", month, limit=1_000)
    rates = {(rate.currency, rate.day): rate.rate for rate in told.rates}
    assert rates, "the sample has customers in another currency"
    (day,) = {day for _, day in rates}
    for part in told.parts:
        held = {}
        for row in part.rows:
            held[row.currency] = held.get(row.currency, 0) + row.amount_native
        converted = sum(
            (amount * rates.get((currency, day), Decimal(1))).quantize(Decimal("0.0001"))
            for currency, amount in held.items()
        )
        assert converted == part.values["closing_mrr"], part.of


def test_the_ledger_rows_of_a_movement_add_up_to_it(sample):
    found = 0
    for month in months_of(sample):
        for figure in ("new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr"):
            for part in explain(sample, figure, month, limit=1_000).parts:
                found += 1
                assert sum(row.amount for row in part.rows) == part.values[figure], (figure, month, part.of)
    assert found > 20


def test_a_row_shows_the_line_that_tells_it(sample):
    month = months_of(sample)[-2]
    rows = [row for part in explain(sample, "closing_mrr", month, limit=5).parts for row in part.rows]
    assert rows
    for row in rows:
        path = sample.extracts / row.source_name / row.source_file
        assert path.read_text(encoding="utf-8").splitlines()[row.source_line - 1] == row.text


def test_a_line_whose_file_is_gone_is_left_out(sample, tmp_path):
    told = explain(
        replace(sample, extracts=tmp_path / "nowhere"), "closing_mrr", months_of(sample)[-2], limit=1
    )
    assert told.holds
    assert all(row.text is None for part in told.parts for row in part.rows)


def test_lines_are_read_from_packed_files_and_other_encodings(tmp_path):
    text = "one\nzwei é\ndrei\n"
    files = {
        "plain.csv": ("\ufeff" + text).encode(),
        "wide.csv": text.encode("utf-16"),
        "packed.csv.gz": gzip.compress(text.encode()),
        "packed.csv.zst": zstandard.compress(text.encode()),
        "frames.csv.zst": zstandard.compress(b"one\n") + zstandard.compress("zwei é\ndrei\n".encode()),
        "western.csv": text.encode("cp1252"),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        assert read_lines(tmp_path / name, {2, 1, 9}) == {1: "one", 2: "zwei é"}, name
    cut = bytearray(gzip.compress("\n".join(str(number * 7919) for number in range(3_000)).encode()))
    cut[len(cut) // 2] ^= 0xFF
    (tmp_path / "damaged.csv.gz").write_bytes(cut)
    assert read_lines(tmp_path / "damaged.csv.gz", {1, 5_000}) == {}
    assert read_lines(tmp_path / "gone.csv", {1}) == {}


@pytest.mark.parametrize("figure", ["net_new_arr", "opening_arr", "carr", "burn_multiple"])
def test_any_month_of_a_quarter_stands_for_it(sample, figure):
    first = periods_of(sample, figure)[-2]
    asked_in = [first.replace(month=first.month + later) for later in range(3)]
    told = [explain(sample, figure, month, limit=3) for month in asked_in]
    assert told[0] == told[1] == told[2]
    assert (told[0].first_month, told[0].month) == (asked_in[0], asked_in[2])


def test_the_rows_of_a_quarter_add_up_to_what_it_says_of_a_customer(sample):
    found = 0
    for first in periods_of(sample, "new_arr"):
        for part in explain(sample, "new_arr", first, limit=1_000).parts:
            found += 1
            assert sum(row.amount for row in part.rows) * 12 == part.values["new_arr"], (first, part.of)
    assert found > 10


def test_the_measured_error_stands_beside_the_forecast(sample):
    for month in periods_of(sample, "forecast_mrr"):
        told = explain(sample, "forecast_mrr", month)
        said = asked(
            sample,
            "select origin_mrr, mean_error, three_month_rule_mean_error from marts.fct_mrr_forecast "
            "where is_total and period_month = ?",
            month,
        )
        names = ("origin_mrr", "mean_error", "three_month_rule_mean_error")
        assert [tuple(told.beside[name] for name in names)] == said
        assert told.value == sum(told.totals.values())


@pytest.mark.parametrize("segment", [None, ("plan", "Team")])
def test_the_factors_stand_below_what_a_forecast_keeps(sample, segment):
    month = periods_of(sample, "forecast_kept_mrr")[0]
    (told,) = explain(sample, "forecast_kept_mrr", month, segment=segment).parts
    assert len(told.rows) == 8 and "keeps" in told.rows[0].what and "weight" in told.rows[0].what
    origin_mrr = asked(
        sample,
        "select origin_mrr from marts.fct_mrr_forecast where period_month = ? and segment_value = ?",
        month,
        segment[1] if segment else "all",
    )
    assert sum(row.amount for row in told.rows) == pytest.approx(origin_mrr[0][0], abs=Decimal("0.001"))


def rows_told(company, figure):
    return [
        row
        for told in wholes(company, figure, periods_of(company, figure), limit=1_000)
        for part in told.parts
        for row in part.rows
    ]


@pytest.mark.parametrize("figure", ["save_requests", "carr"])
def test_what_is_asked_to_end_has_a_line(sample, figure):
    rows = rows_told(sample, figure)
    assert any("end" in row.what for row in rows) and all(row.text for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("figure", ["renewal_rate", "renewals_open_mrr", "price_change_mrr"])
def test_what_is_due_or_costs_another_price_has_a_line(tmp_path_factory, worker_id, figure):
    company = load_company(demo_run(tmp_path_factory, worker_id) / "demo" / "company.yml")
    rows = rows_told(company, figure)
    assert rows and all(row.text for row in rows)
    if figure != "renewal_rate":
        held = [explain(company, figure, month) for month in periods_of(company, figure)]
        assert sum(row.amount for row in rows) == sum(told.published for told in held)


def test_the_help_names_every_figure_of_finance_and_use():
    told = CliRunner().invoke(cli, ["explain", "--help"]).output
    assert [name for name in (*FINANCE_FIGURES, *USE_FIGURES) if not re.search(rf"\b{name}\b", told)] == []


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (("mrrr", date(2025, 5, 1)), "Did you mean"),
        (("renewal", date(2025, 5, 1)), "Did you mean renewal_rate or"),
        (("Forecast error", date(2025, 5, 1)), "Did you mean forecast_mrr or"),
        (("forecast_mrr", date(2024, 5, 1)), "of 2024-05: fct_mrr_forecast has 2025-07 to"),
        (("forecast_mrr", date(2025, 8, 1), "stripe:cus_000001"), "one customer has none"),
        (("save_rate", date(2025, 3, 1), "stripe:cus_000001"), "explain saved_requests or observed_requests"),
        (("feature_mrr", date(2024, 2, 1)), "Nothing is published of 2024-02"),
        (("ltv_low", date(2025, 5, 1)), "explain ltv"),
        (
            ("closing_mrr", date(2031, 1, 1)),
            "of 2031-01: fct_company_monthly has 20.* and no row of it",
        ),
        (("nrr", date(2025, 5, 1), "stripe:cus_000001"), "one customer has none"),
        (("closing_mrr", date(2025, 5, 1), "cus_000001"), "There is no customer"),
        (("closing_mrr", date(2025, 5, 1), None, ("planet", "x")), "it can by country"),
        (("closing_mrr", date(2025, 5, 1), None, ("country", "' or 1 = 1")), "has no segment"),
        (("deferred_revenue", date(2025, 5, 1), None, ("country", "FR")), "it has no segments"),
        (("sales_marketing_cost", date(2025, 5, 1), "stripe:cus_000001"), "not told by customer"),
    ],
)
def test_what_nothing_tells_is_refused_in_words(sample, question, said):
    with pytest.raises(ConfigurationError, match=said):
        explain(sample, *question)


def test_the_command_ends_with_the_figure_and_its_lines(sample, monkeypatch):
    monkeypatch.setattr("orchestration.cli.explain.load_company", lambda path: sample)
    month = f"{months_of(sample)[-2]:%Y-%m}"
    told = CliRunner().invoke(cli, ["explain", "mrr", month, "--company", "x.yml", "--limit", "1"])
    assert told.exit_code == 0, told.output
    assert "closing_mrr = the sum of what is below" in told.output
    answer = json.loads(
        CliRunner().invoke(cli, ["explain", "mrr", month, "--company", "x.yml", "--json"]).output
    )
    assert answer["holds"]
    assert answer["published"] == answer["value"]
