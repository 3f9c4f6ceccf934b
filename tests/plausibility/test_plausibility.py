"""Each corruption of a day is found by its rule, and honest days break none; `make quality` plays more."""

from dataclasses import replace

import pytest

from orchestration.build.manifest import read_manifest
from orchestration.machine.duckdb_files import open_build
from orchestration.quality.changes import COMPARED, write_changes
from orchestration.quality.gate import check
from orchestration.quality.suites import marts as suites_marts
from orchestration.settings.rules import PLAUSIBILITY, plausibility_rules
from tests.plausibility import marts
from tests.plausibility.corruptions import CORRUPTIONS
from tests.plausibility.days import SOURCE, days, gate
from tests.plausibility.page import PAGE, rules_part

SEED = 1


@pytest.fixture(scope="module")
def played():
    """A few honest days of a company: the first of a month among them."""
    return list(days(SEED, 32))[-4:]


@pytest.fixture(scope="module")
def asked():
    with gate() as opened:
        yield opened


@pytest.mark.parametrize("delta", [False, True], ids=["a full list", "what changed"])
def test_honest_days_break_no_rule(asked, played, tmp_path, delta):
    assert [dict(asked.look(tmp_path, day, delta=delta).broken) for day in played] == [{}] * len(played)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_honest_days_of_other_companies_break_no_rule(asked, tmp_path, seed):
    alarms = {}
    for number, day in enumerate(days(seed, 40)):
        alarms |= asked.look(tmp_path, day, delta=number % 2 == 1).broken
    assert alarms == {}


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda one: one.says)
def test_a_corrupted_day_is_found(asked, played, tmp_path, corruption):
    looks = (corruption.looked_at(asked, tmp_path, day, corruption.as_changes) for day in reversed(played))
    found = next(look for look in looks if look is not None).broken
    assert corruption.rule in found
    assert SOURCE in found[corruption.rule][0]


def test_every_rule_is_proven_by_a_corruption():
    assert {one.rule for one in CORRUPTIONS} == set(plausibility_rules())
    queries = {path.stem for path in PLAUSIBILITY.glob("[!_]*.sql")}
    assert queries == set(plausibility_rules())


def test_every_rule_can_stand_inside_a_sentence():
    for name, said in plausibility_rules().items():
        assert said["says"][0].islower() and not said["says"].endswith("."), name
        assert said["mend"].endswith("."), name


def test_every_table_that_a_rule_names_is_compared():
    for name, said in plausibility_rules().items():
        named = [part["table"] for part in said.get("parts", ({"table": said["table"]},))]
        assert set(named) <= set(COMPARED), name


def test_what_somebody_wrote_is_not_written_down_again(asked, played, tmp_path):
    day = played[-1]
    deals = {key: {**row, "lost_reason": "Ada was rude"} for key, row in day.today["crm_deals"].items()}
    asked.look(tmp_path, day, {**day.today, "crm_deals": deals})
    now = asked.connection.execute("select distinct now.lost_reason from runs.changes_crm_deals").fetchall()
    assert now == [("told",)]


def test_every_rule_about_changes_holds_where_there_is_nothing(asked, played):
    for table in COMPARED:
        asked.connection.execute(
            f"insert into raw.{table} (_source, _delivery_id) values ('{SOURCE}', 'new')"
        )
    assert write_changes(asked.connection, ["before"], [SOURCE]) == set(COMPARED)
    for table in COMPARED:
        asked.connection.execute(f"delete from raw.{table}")
        asked.connection.execute(f"delete from runs.changes_{table}")
    asked.connection.execute("delete from raw.snapshots")
    assert asked.rules_broken(played[-1].at, COMPARED) == {}
    asked.connection.execute("delete from runs.published_deliveries")
    assert asked.rules_broken(played[-1].at, COMPARED) == {}


def test_every_rule_of_the_marts_holds_where_there_is_nothing_but_that_there_is_something(copy):
    with open_build(copy) as connection:
        named = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in named:
            connection.execute(f'delete from "{schema}"."{table}"')
    results = check(copy.build_file, "marts", suites_marts.rules(read_manifest()))
    assert len(results) > 100
    assert [one.rule.name for one in results if one.success is not True] == ["the_warehouse_has_customers"]
    assert [one.blocks for one in results if not one.success] == [True]


def test_what_is_delivered_first_has_nothing_before_it(asked, played, tmp_path):
    day = played[-1]
    first = replace(day, yesterday={})
    assert asked.look(tmp_path, first).broken == {}


def test_a_list_that_comes_empty_breaks_the_rules_that_can_tell(asked, played, tmp_path):
    found = asked.look(tmp_path, played[-1], {table: {} for table in COMPARED}).broken
    assert set(found) == {"invoices_of_past_months_stay", "known_answers_keep_their_score"}


def test_the_rules_of_the_marts_find_what_they_are_for_on_a_small_history(sample):
    """The sample is too small to alarm: fewer than five customers prove nothing."""
    with marts.history(sample.build_file, sample.reporting_currency) as history:
        for on in marts.last_days(3, sample_day()):
            assert history.look(on) == frozenset()


def sample_day():
    from tests.pipeline import SAMPLE_AS_OF

    return SAMPLE_AS_OF.date()


def test_the_page_lists_every_rule_as_it_is():
    text = PAGE.read_text(encoding="utf-8")
    missing = [line for line in rules_part() if line and line not in text]
    assert missing == [], "write it with: make quality"
