"""A run that recomputes only the affected leaves the rows that a full rebuild would leave."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.build.manifest import parsed
from orchestration.build.scope import MOST_AFFECTED, Scope, find_scope
from orchestration.run.steps import Run
from orchestration.settings import Company
from tests.equivalence.warehouses import build_marts
from tests.runs.company import (
    FOURTH_NIGHT,
    SECOND_NIGHT,
    THIRD_NIGHT,
    Tables,
    customer,
    deliver,
    discount,
    invoice,
    rate,
)
from tests.runs.comparing import Differences, differing_rows

LATER_NIGHTS = (SECOND_NIGHT, THIRD_NIGHT, FOURTH_NIGHT)
# What happens in the day before the second run, by the customers it happens to.
CHANGES = {
    "a version that arrives late, dated months ago": ("late_row",),
    "a row delivered again with another amount": ("corrected_row",),
    "an end that is dated back": ("ends_back_then",),
    "a customer's first row": ("newcomer",),
    "a customer that turns out to be a test, and vanishes with the first month of all": ("becomes_a_test",),
    "a label": ("label",),
    "a merge": ("merged", "survivor"),
    "a subscription that passes to another customer": ("moved_from", "moved_to"),
    "another plan": ("swaps_plan",),
    "a plan that the only row never had after all": ("leaves_plan",),
    "a new plan whose name comes before those a balance is rounded after": ("parts",),
    "a first row dated into the year before": ("started_earlier",),
    "a first amount of another size band": ("started_larger",),
    "the last customer of a country, which vanishes": ("last_of_country",),
    "another name of the reseller of a customer with a late row": ("sold_by_acme_and_late",),
    "a customer delivered again as it was, in a new file": ("bystander_2",),
    "an id that another source begins to use": ("shared",),
    "an id that another source uses no more": ("vanishes",),
    "the last customer of a plan, which never was one": ("last_of_plan",),
    "a new customer whose id comes first": ("a_newcomer",),
    "a discount of an item": ("discounted_item",),
    "a discount of a subscription": ("discounted_subscription",),
    "a discount of a customer": ("discounted_customer",),
    "a price that several customers share": ("priced", "priced_as_well"),
    "invoiced usage": ("usage",),
    "a row that is missing from a full snapshot": ("vanishes",),
    "another amount in a full snapshot": ("falls",),
    "an unchanged row of a full snapshot, in a new file": ("stays",),
    "a reported change": ("reported",),
    "an invoice that is void after all": ("voided",),
    "an invoiced renewal": ("renewed",),
    "another amount of a source without history": ("seen_changed",),
    "an item that a source without history shows no more": ("seen_no_more",),
    "a change that was scheduled": ("scheduled",),
    "the end of a grace period": ("late_payer",),
    "a return that bridges the gap before it": ("gap",),
}
# And by the third, which brings exchange rates and a new month.
PASSED_TIME = {
    "a late rate of a day with a movement": ("moves_in_euro",),
    "a late rate of a month's last day": ("only_in_euro", "two_currencies"),
    "an end that was dated ahead": ("ends_in_june",),
    "an invoiced period that nothing renews": ("renewed",),
    "nothing but a new month": ("bystander_1", "survivor", "parts", "parts_of_others"),
    "a balance that a preset values at the rate of an invoice": ("billed_in_euro",),
    "a change that is committed in whatever month it is": ("scheduled_far",),
}
# And by the fourth, after two months.
TWO_MONTHS = {
    "an end that arrives late": ("bystander_3",),
    "nothing but two new months": ("bystander_1", "survivor", "only_in_euro", "parts", "parts_of_others"),
    "a balance that a preset values at the rate of an invoice": ("billed_in_euro",),
    "a change that is committed in whatever month it is": ("scheduled_far",),
}


@pytest.fixture(scope="session")
def differences(runs: Path) -> dict[datetime, Differences]:
    """By run, the rows that only the run or only the rebuild has."""
    return {run: differing_rows(runs / str(run.date())) for run in LATER_NIGHTS}


def assert_same_rows(found: Differences, customers: tuple[str, ...]) -> None:
    """No row that names one of the customers differs."""
    theirs = {
        mart: [
            row for row in rows if any(str(value).endswith(f":{name}") for value in row for name in customers)
        ]
        for mart, rows in found.items()
    }
    assert {mart: rows for mart, rows in theirs.items() if rows} == {}


@pytest.mark.parametrize("what", CHANGES)
def test_a_run_with_changes(differences, what):
    assert_same_rows(differences[SECOND_NIGHT], CHANGES[what])


@pytest.mark.parametrize("what", PASSED_TIME)
def test_a_run_of_passed_time(differences, what):
    assert_same_rows(differences[THIRD_NIGHT], PASSED_TIME[what])


@pytest.mark.parametrize("what", TWO_MONTHS)
def test_a_run_two_months_later(differences, what):
    assert_same_rows(differences[FOURTH_NIGHT], TWO_MONTHS[what])


def test_every_row_of_every_mart(differences):
    assert differences == {run: {} for run in LATER_NIGHTS}


def test_the_runs_recomputed_only_the_affected(runs):
    for run, affected in zip(LATER_NIGHTS, (CHANGES, PASSED_TIME, TWO_MONTHS), strict=True):
        with duckdb.connect(str(runs / str(run.date()) / "run.duckdb"), read_only=True) as connection:
            found = connection.execute(
                "select id from runs.affected_customers "
                "semi join raw.customers on id = _source || ':' || customer_id"
            ).fetchall()
            share = connection.execute(
                "select (select count(*) from runs.affected_customers) / count(*) "
                "from intermediate.int_customers__customers"
            ).fetchall()[0][0]
        assert share <= MOST_AFFECTED
        names = {name.split(":")[1] for (name,) in found}
        expected = {name for names in affected.values() for name in names}
        # Who delivers the whole dated history each time has new lines in the ledger, and nothing else is new.
        assert names <= expected | {"stays_on", "stays_too"}


def test_a_customer_that_is_not_affected_passes_to_another_segment(runs, differences):
    """Its reseller turns out to be an account: all of its months leave one segment for the other."""
    build_file = runs / str(SECOND_NIGHT.date()) / "run.duckdb"
    with duckdb.connect(str(build_file), read_only=True) as connection:
        regrouped = connection.execute(
            "select id from runs.regrouped_customers except select id from runs.affected_customers "
            "order by id"
        ).fetchall()
        resold = connection.execute(
            "select segment_value, count(*), max(closing_customers) from marts.fct_mrr_monthly "
            "where segment_type = 'reseller' and segment_value <> 'direct' group by segment_value"
        ).fetchall()
        tried = connection.execute(
            "select segment_value, trials from marts.fct_trial_conversion_monthly "
            "where segment_type = 'reseller' and card_on_file = 'all'"
        ).fetchall()
    assert regrouped == [("dated:sold_by_acme",), ("dated:tries_by_acme",)]
    assert resold == [("dated:acme", 6, 2)]
    assert tried == [("dated:acme", 1)]
    assert not {"fct_mrr_monthly", "fct_trial_conversion_monthly"} & set(differences[SECOND_NIGHT])


def test_nothing_is_left_out_when_the_settings_change(company):
    later = FOURTH_NIGHT + timedelta(days=1)
    assert find_scope(company, later, full_refresh=False).recomputed_from == date(2024, 9, 1)
    assert find_scope(company, later, full_refresh=True).recomputed_from is None
    for changed in (
        replace(company, policies=replace(company.policies, gap_tolerance_days=6)),
        replace(company, policies=replace(company.policies, constant_currency_date=date(2024, 2, 1))),
        replace(company, reporting_timezone="Europe/Paris"),
        replace(company, reporting_currency="EUR"),
    ):
        assert find_scope(changed, later, full_refresh=False) == Scope("settings or models changed")


def test_a_clock_set_back_recomputes_everything(company):
    earlier = FOURTH_NIGHT - timedelta(days=1)
    scope = find_scope(company, earlier, full_refresh=False)
    assert why_everything(scope) == "the clock was set back"


def test_a_new_year_has_another_rate_of_constant_currency(company):
    new_year = datetime(2025, 1, 1, 3, tzinfo=UTC)
    assert find_scope(company, new_year, full_refresh=False) == Scope("settings or models changed")


def why_everything(scope: Scope) -> str:
    """Why a run recomputes everything, though views and seeds stand."""
    assert scope.recomputed_from is None and scope.models_stand
    return scope.reason


def scope_of_one_more_run(company: Company, folder: Path, delivered: Tables, source: str = "dated") -> Scope:
    """What a run after the last one would recompute, if a source delivered this and no other anything."""
    company = replace(company, extracts=folder / "extracts")
    for known in company.sources:
        (company.extracts / known.name).mkdir(parents=True)
    run = FOURTH_NIGHT + timedelta(days=1)
    deliver(company, run, {source: delivered})
    Run(company, run).land()
    return find_scope(company, run, full_refresh=False)


def test_many_affected_customers_are_all_customers(company, tmp_path):
    many = [customer(f"bystander_{number}", country="ES") for number in range(60)]
    scope = scope_of_one_more_run(company, tmp_path, {"customers": many})
    assert scope.recomputed_from is None and scope.reason.startswith("60 of 170 customers")


@pytest.mark.parametrize(
    ("what", "source", "delivered"),
    [
        (
            "begins to deliver discounts",
            "lines",
            {"discounts": [discount("first", 5, customer_id="renewed")]},
        ),
        (
            "delivers no paid invoice any more",
            "dated",
            {
                "invoices": [
                    *(invoice("usage", month, "void") for month in (4, 5)),
                    invoice("billed_in_euro", 4, "void", "EUR"),
                ]
            },
        ),
    ],
)
def test_a_source_with_another_kind_of_history_recomputes_everything(
    company, tmp_path, what, source, delivered
):
    scope = scope_of_one_more_run(company, tmp_path, delivered, source)
    assert why_everything(scope) == "a source began or ceased to deliver what its MRR is computed from", what


def test_one_of_several_paid_invoices_taken_back_is_no_other_kind_of_history(company, tmp_path):
    scope = scope_of_one_more_run(company, tmp_path, {"invoices": [invoice("usage", 4, "void")]})
    assert scope.recomputed_from == date(2024, 9, 1)


def test_a_rate_that_constant_currency_hangs_on_recomputes_everything(company, tmp_path):
    """It is that of 1 January, the day of the policy."""
    scope = scope_of_one_more_run(company, tmp_path, {"fx_rates": [rate("2024-01-01", "1.9")]})
    assert why_everything(scope) == "the rates of constant currency may have changed"


def test_a_rate_after_the_day_of_constant_currency_recomputes_from_its_month_on(company, tmp_path):
    scope = scope_of_one_more_run(company, tmp_path, {"fx_rates": [rate("2024-01-02", "1.9")]})
    assert scope.recomputed_from == date(2024, 1, 1)


def test_a_build_that_did_not_end_is_not_built_upon(company):
    """Killed after the models were built, before the build was recorded; or while one of them was."""
    build_marts(company, FOURTH_NIGHT, ["dim_dates"])
    scope = find_scope(company, FOURTH_NIGHT, full_refresh=False)
    assert scope == Scope("there is no finished build to start from")


def test_no_mart_is_made_of_a_part_alone():
    """What reads a model that a run limits to the affected keeps the rows of the others, up to the marts.

    Nor is a rule, which would find that nothing tells the rows of the others, but for three that look at what
    is recomputed on both of their sides: the rest held on the run that made it, or that run was stopped.
    """
    of_tonight = {
        "ledger_and_month_deltas_agree",
        "plans_of_a_customer_add_up_to_it",
        "every_amount_has_an_exchange_rate",
    }
    manifest = parsed()
    limits = {
        f"macro.saas_metrics.{name}"
        for name in (
            "is_affected_customer",
            "is_affected_customer_number",
            "is_affected_subscription",
            "is_affected_row",
            "is_affected_record",
            "is_affected_reference",
            "is_regrouped_customer",
            "is_recomputed",
            "first_recomputed",
            "lasts_into_recomputed",
        )
    }
    partial: dict[str, bool] = {}

    def is_partial(name: str) -> bool:
        node = manifest.nodes.get(name)
        if node is None or node.resource_type != "model":
            return False
        if name not in partial:
            partial[name] = node.config.materialized != "kept" and (
                bool(limits & set(node.depends_on.macros)) or any(map(is_partial, node.depends_on.nodes))
            )
        return partial[name]

    marts = [name for name, node in manifest.nodes.items() if node.schema in ("marts", "rules")]
    assert {name.rpartition(".")[2] for name in marts if is_partial(name)} == of_tonight
    assert is_partial("model.saas_metrics.int_terms__item_terms")
