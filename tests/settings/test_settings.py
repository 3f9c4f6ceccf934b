import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from orchestration.build.manifest import read_manifest
from orchestration.errors import ConfigurationError
from orchestration.machine.project import PROJECT
from orchestration.quality.changes import COMPARED
from orchestration.quality.suites import marts, plausibility, raw
from orchestration.settings import accepting, dbt_vars, load_company, parse_as_of, respondent_salt
from orchestration.settings.rules import SETTINGS, rule_names

MINIMAL = {
    "name": "acme",
    "reporting_currency": "EUR",
    "reporting_timezone": "Europe/Paris",
    "extracts": "extracts",
    "warehouse": "out/warehouse",
    "sources": [{"name": "billing", "mapping": "canonical"}],
}


def write(folder: Path, **changes: object) -> Path:
    path = folder / "company.yml"
    path.write_text(json.dumps({**MINIMAL, **changes}))
    return path


def refused(folder: Path, **changes: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_company(write(folder, **changes))
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_relative_paths_are_resolved_against_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    company = load_company(
        write(tmp_path, sources=[{"name": "a", "mapping": "maps/a.yml"}, {"name": "b", "mapping": "stripe"}])
    )
    assert company.extracts == tmp_path / "extracts"
    assert company.build_file == tmp_path / "out/warehouse/.work/build.duckdb"
    assert [source.mapping for source in company.sources] == [str(tmp_path / "maps/a.yml"), "stripe"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reporting_curency": "EUR"}, "unknown key 'reporting_curency'; did you mean 'reporting_currency'?"),
        ({"policies": {"min_m": 5}}, "unknown key 'min_m' in policies; did you mean 'min_n'?"),
        (
            {"sources": [{"name": "a", "maping": "b"}]},
            "unknown key 'maping' in sources[1]; did you mean 'mapping'?",
        ),
        ({"quality": {"zzz": 1}}, "unknown key 'zzz' in quality; valid here: customer_mrr_tolerance,"),
        ({"schedule": {"crn": "0 3 * * *"}}, "unknown key 'crn' in schedule; did you mean 'cron'?"),
        ({"publish": {"kep": 3}}, "unknown key 'kep' in publish; did you mean 'keep'?"),
        ({"publish": {"parqet": "true"}}, "unknown key 'parqet' in publish; did you mean 'parquet'?"),
        ({"publish": {"parquet": "zstd"}}, "publish.parquet: write true or false"),
        ({"path": "/tmp"}, "unknown key 'path'"),
        ({"accepted_drops": ["a"]}, "unknown key 'accepted_drops'"),
        ({"reporting_currency": "EURO"}, "reporting_currency: 'EURO' is not an ISO 4217 currency code"),
        ({"reporting_timezone": "Europe/Pari"}, "did you mean 'Europe/Paris'?"),
        ({"schedule": {"cron": "61 3 * * *"}}, "is not a cron expression"),
        ({"schedule": {"cron": "0 3 * *"}}, "is not a cron expression"),
        ({"schedule": {"cron": "0 0 3 * * *"}}, "is not a cron expression of five fields"),
        ({"schedule": {"cron": "0 3 30 2 *"}}, "is not a cron expression"),
        ({"schedule": {"cron": "0 3 31 4 *"}}, "is not a cron expression"),
        ({"schedule": {"cron": "every night"}}, "is not a cron expression"),
        ({"schedule": {"cron": ""}}, "is not a cron expression"),
        ({"sources": [{"name": "a b", "mapping": "c"}]}, "sources[1].name"),
        ({"sources": []}, "sources"),
        ({"sources": [{"name": "a", "mapping": "b"}] * 2}, "two sources are called 'a'"),
        ({"policies": {"discounts": "repeating"}}, "policies.discounts"),
        ({"policies": {"gross_margin": "80"}}, "policies.gross_margin"),
        ({"policies": {"pause_max_days": "none"}}, "policies.pause_max_days"),
        ({"preset": "baremetrics"}, "preset"),
        ({"health_weights": {"usge": 10}}, "unknown key 'usge' in health_weights; did you mean 'usage'?"),
        ({"health_weights": {"usage": -1}}, "health_weights.usage"),
        (
            {"health_weights": dict.fromkeys(("usage", "payment", "nps", "tickets", "tenure"), 0)},
            "every weight is 0",
        ),
        ({"policies": {"counted_statuses": "active"}}, "write active+past_due, and as you wish"),
        ({"policies": {"counted_statuses": "active+past_due+ended"}}, "is not a list of statuses"),
        ({"policies": {"churn_date": "request"}}, "policies.churn_date"),
        ({"closed_through": "2025-05-30"}, "is not the end of a month"),
        ({"name": ""}, "name"),
    ],
)
def test_a_wrong_setting_is_refused_with_what_to_do(tmp_path, changes, said):
    assert said in refused(tmp_path, **changes)


def test_every_mistake_is_told_at_once(tmp_path):
    message = refused(tmp_path, reporting_currency="EURO", policies={"min_n": 0}, nam="x")
    assert "EURO" in message and "policies.min_n" in message and "'nam'" in message


def test_a_missing_setting_is_named(tmp_path):
    path = tmp_path / "company.yml"
    path.write_text("name: acme\n")
    with pytest.raises(ConfigurationError, match=r"reporting_currency is missing"):
        load_company(path)


def test_a_key_written_twice_is_refused_with_its_line(tmp_path):
    path = tmp_path / "company.yml"
    path.write_text("name: acme\nname: other\n")
    with pytest.raises(ConfigurationError, match=r"line 2: the key 'name' is written twice"):
        load_company(path)


def test_scalars_that_yaml_would_change_stay_text(tmp_path):
    path = tmp_path / "company.yml"
    path.write_text(
        "name: no\nreporting_currency: ALL\nextracts: 012\nwarehouse: 1:30\npublish_customer_names: yes\n"
        "closed_through: 2024-02\nsources:\n  - {name: on, mapping: canonical}\npolicies:\n"
        "publish: {parquet: true}\n"
    )
    company = load_company(path)
    assert company.name == "no" and company.publish.parquet is True
    assert company.extracts.name == "012" and company.warehouse.name == "1:30"
    assert company.sources[0].name == "on"
    assert company.publish_customer_names is True
    assert company.closed_through.isoformat() == "2024-02-29"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"name": "acme {{ env_var('STRIPE_API_KEY') }}"}, "name: "),
        ({"respondent_salt": "{% do 1 %}"}, "respondent_salt: "),
        ({"benchmarks": [{"metric": "trial_conversion_rate", "population": "card", "band": "{# x",
                          "from_rate": 0}]}, "benchmarks.0.band: "),
        ({"name": "acme \x1b[31m"}, "name: 'acme \\x1b"),
    ],
    ids=["template", "statement", "comment", "terminal"],
)  # fmt: skip
def test_a_setting_is_a_text_and_no_code(tmp_path, changes, where):
    assert f"leave out {{{{, {{%, {{# and control characters.\n  {where}" in refused(tmp_path, **changes)


def test_a_yaml_bomb_is_refused_before_it_is_written_out(tmp_path):
    levels = [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, 40)]
    path = tmp_path / "company.yml"
    path.write_text("\n".join(["x0: &x0 [lol]", *levels]))
    with pytest.raises(ConfigurationError, match=r"values once its aliases \(`\*name`\) are written out"):
        load_company(path)


def test_an_alias_that_repeats_a_part_is_read(tmp_path):
    path = tmp_path / "company.yml"
    path.write_text(json.dumps({**MINIMAL, "name": "NAME"}).replace('"NAME"', "&name acme")[:-1]
                    + ', "respondent_salt": *name}')  # fmt: skip
    assert load_company(path).respondent_salt == "acme"


def test_a_respondent_is_hashed_with_a_random_salt_that_its_owner_keeps(tmp_path):
    company = load_company(write(tmp_path))
    salt = respondent_salt(company)
    path = company.warehouse / "respondents.salt"
    assert re.fullmatch("[0-9a-f]{64}", salt) and path.stat().st_mode & 0o777 == 0o600
    assert respondent_salt(company) == salt
    assert respondent_salt(replace(company, warehouse=tmp_path / "other")) != salt
    own = replace(company, respondent_salt="it's ours")
    assert respondent_salt(own) == hashlib.sha256(b"it's ours").hexdigest()


def test_explicit_policies_override_the_preset(tmp_path):
    preset = load_company(write(tmp_path, preset="chartmogul")).policies
    assert (preset.mrr_start, preset.discounts) == ("first_paid_invoice", "all")
    assert preset.counted_statuses == "active+past_due+retention_trial+paused+unpaid"
    stripe = load_company(write(tmp_path, preset="stripe_dashboard")).policies
    assert (stripe.discounts, stripe.churn_date) == ("forever", "cancel_request")
    assert stripe.counted_statuses == "active+past_due"
    explicit = load_company(write(tmp_path, preset="chartmogul", policies={"discounts": "forever"})).policies
    assert (explicit.mrr_start, explicit.discounts) == ("first_paid_invoice", "forever")


def test_settings_become_dbt_vars(tmp_path):
    company = load_company(
        write(tmp_path, policies={"past_due_max_days": "60", "reactivation_window_days": "none"})
    )
    # One hour before the new year in UTC is already the new year in Paris.
    variables = dbt_vars(company, datetime(2024, 12, 31, 23, 30, tzinfo=UTC))
    assert variables["as_of"] == "2024-12-31 23:30:00"
    assert variables["constant_currency_date"] == "2025-01-01"
    assert variables["past_due_max_days"] == 60
    assert variables["reactivation_window_days"] is None
    assert variables["gross_margin"] == 0.8
    assert variables["weeks_per_year"] == 52 and isinstance(variables["weeks_per_year"], int)
    json.dumps(variables)


def test_margins_commissions_themes_and_the_first_key_action_become_dbt_vars(tmp_path):
    company = load_company(
        write(
            tmp_path, policies={"gross_margin": {"Solo": "0.07", "default": "0.8"}},
            commission={"crm:r1": "0.2"}, themes={"price": "expensiv*", "help": ["help desk", "support"]},
            activation={"feature": "import"},
        )
    )  # fmt: skip
    variables = dbt_vars(company, datetime(2025, 1, 1, tzinfo=UTC))
    assert variables["gross_margin"] == {"Solo": 0.07, "default": 0.8}
    assert variables["commission"] == {"crm:r1": 0.2}
    assert variables["themes"] == {"price": ["expensiv*"], "help": ["help desk", "support"]}
    assert variables["activation"] == {"feature": "import", "within_days": 14}
    json.dumps(variables)
    plain = dbt_vars(load_company(write(tmp_path)), datetime(2025, 1, 1, tzinfo=UTC))
    assert (plain["activation"], plain["themes"], plain["commission"]) == (None, {}, {})


def test_health_weights_become_a_dbt_var_and_the_project_has_the_same_defaults(tmp_path):
    some = load_company(write(tmp_path, health_weights={"usage": "12.5", "nps": 0}))
    assert dbt_vars(some, datetime(2025, 1, 1, tzinfo=UTC))["health_weights"] == {
        "usage": 12.5, "payment": 20, "nps": 0, "tickets": 15, "tenure": 10
    }  # fmt: skip
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    defaults = dbt_vars(load_company(write(tmp_path)), datetime(2025, 1, 1, tzinfo=UTC))
    assert project["health_weights"] == defaults["health_weights"]


def test_as_of_is_an_instant_in_utc():
    assert parse_as_of("2025-07-01T02:00:00+02:00") == datetime(2025, 7, 1, tzinfo=UTC)
    assert parse_as_of("2025-07-01") == datetime(2025, 7, 1, tzinfo=UTC)
    with pytest.raises(ConfigurationError, match="is not an instant"):
        parse_as_of("yesterday")


@pytest.mark.parametrize(
    "text", ["1970-01-01", "1999-12-31T23:59:59Z", "9999-01-01T00:00:00Z", "9999-12-31T23:30:00-01:00"]
)
def test_an_instant_at_which_no_extract_was_made_is_refused(text):
    with pytest.raises(ConfigurationError, match="before 2000 or more than ten years from now"):
        parse_as_of(text)


SEASONAL = "ended_subscriptions_stay_ended"


def test_a_rule_has_the_severity_and_threshold_that_the_company_gives_it(tmp_path):
    rules = {
        SEASONAL: {"severity": "warning", "threshold": "0.3"},
        "sources_are_fresh": {"severity": "critical"},
    }
    quality = load_company(write(tmp_path, quality={"rules": rules})).quality
    assert quality.rules[SEASONAL].severity == "warning" and quality.threshold(SEASONAL) == Decimal("0.3")
    assert quality.rules["sources_are_fresh"].severity == "critical"
    assert quality.threshold("labels_are_known") == Decimal("0.3")


def test_a_threshold_with_a_key_of_its_own_is_the_same_limit_under_the_name_of_its_rule(tmp_path):
    rules = {"mrr_moved_within_reason": {"threshold": 0.2, "severity": "critical"}}
    company = load_company(write(tmp_path, quality={"rules": rules}))
    assert company.quality.max_mrr_jump == Decimal("0.2")
    assert dbt_vars(company, datetime(2025, 1, 1, tzinfo=UTC))["max_mrr_jump"] == 0.2


@pytest.mark.parametrize(
    ("quality", "said"),
    [
        ({"rules": {"ended_subscription_stay_ended": {"threshold": 1}}}, f"did you mean {SEASONAL}"),
        ({"rules": {"zzz": {"threshold": 1}}}, "no rule is called so; did you mean"),
        ({"rules": {SEASONAL: {"severity": "error"}}}, "severity is 'error'; write critical"),
        ({"rules": {SEASONAL: {"threshold": "much"}}}, "threshold is 'much'; write a number from 0 to 1"),
        ({"rules": {SEASONAL: {"threshold": 2}}}, "write a number from 0 to 1: share of the ended"),
        ({"rules": {SEASONAL: {"treshold": 1}}}, "unknown key 'treshold'"),
        ({"rules": {SEASONAL: {}}}, "says nothing"),
        ({"rules": [SEASONAL]}, "names rules"),
        ({"rules": {"declared_keys_hold": {"threshold": 1}}}, "this rule has no threshold"),
        ({"rules": {"monthly_roll_forward_closes": {"threshold": 1}}}, "this rule has no threshold"),
        (
            {"max_mrr_jump": 0.1, "rules": {"mrr_moved_within_reason": {"threshold": 0.2}}},
            "quality.max_mrr_jump are the same limit",
        ),
        ({"rules": {"mrr_moved_within_reason": {"threshold": 7}}}, "max_mrr_jump"),
    ],
)
def test_a_wrong_setting_of_a_rule_is_refused_with_what_to_do(tmp_path, quality, said):
    assert said in refused(tmp_path, quality=quality)


def test_the_rules_that_can_be_set_are_those_of_the_gates(tmp_path):
    """A rule that is in no list of names could be neither set nor accepted."""
    company = load_company(write(tmp_path))
    instant = datetime(2025, 1, 1, tzinfo=UTC)
    asked = [
        *raw.rules(company, instant),
        *plausibility.rules(company, instant, None, frozenset(COMPARED)),
        *marts.rules(read_manifest()),
    ]
    assert {rule.name for rule in asked} == rule_names()
    assert set(SETTINGS) < rule_names()


def test_a_rule_that_there_is_not_can_not_be_accepted(tmp_path):
    company = load_company(write(tmp_path))
    assert accepting(company, ["billing"], [SEASONAL]).accepted_changes == {SEASONAL}
    with pytest.raises(ConfigurationError, match=f"did you mean {SEASONAL}"):
        accepting(company, [], ["ended_subscriptions_stay"])
