"""Sources that come and go, mappings that are mended: the marts are as if it had always been so."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from pipeline import once_for_all_workers, write_canonical, write_company

from orchestration.build.scope import find_scope
from orchestration.run.steps import Run
from orchestration.settings import Company, load_company
from tests.runs.company import FIRST_NIGHT, customer, item, rate, subscription
from tests.runs.comparing import Differences, build, differing_rows, rebuild

SECOND_NIGHT = FIRST_NIGHT + timedelta(days=1)
THIRD_NIGHT = FIRST_NIGHT + timedelta(days=2)
SOURCES = ("billing", "second", "survey", "rates")


def tables(source: str, day: int) -> dict[str, list[dict[str, object]]]:
    """What a source delivers on a day of June 2024."""
    names = [f"{source}{number}" for number in range(8)]
    if source == "rates":
        return {"fx_rates": [rate(f"2024-06-{one:02d}", "1.1") for one in range(1, day + 1)]}
    if source == "survey":
        return {
            "survey_responses": [
                {"response_id": f"r{number}", "survey": "nps", "survey_type": "nps", "score": number % 11,
                 "respondent": f"{number}@x.example", "customer_id": f"billing{number % 8}",
                 "responded_at": f"2024-05-{number + 1:02d}"}
                for number in range(12)
            ]
        }  # fmt: skip
    return {
        "customers": [customer(name) for name in names],
        "subscriptions": [subscription(name, "2024-01-10") for name in names],
        "subscription_items": [item(name, "2024-01-10", 100 + day, currency="USD") for name in names],
    }


def make(folder: Path, *names: str, days: int = 1) -> Company:
    """A company of these sources, each with a delivery for every day."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = [{"name": name, "mapping": "canonical"} for name in names]
    company = write_company(folder, sources=sources, respondent_salt="of all of them")
    for name in names:
        for day in range(9, 9 + days):
            write_canonical(company.extracts / name / f"2024-06-{day:02d}", tables(name, day))
    return company


@pytest.fixture(scope="module")
def whole(tmp_path_factory, worker_id) -> Path:
    """A company of all sources after its first run."""
    base = tmp_path_factory.getbasetemp()
    base = base if worker_id == "master" else base.parent
    return once_for_all_workers(
        base / "sources-of-a-run", lambda folder: build(make(folder, *SOURCES), FIRST_NIGHT)
    )


@pytest.fixture
def company(whole, tmp_path) -> Company:
    shutil.copytree(whole, tmp_path / "company")
    return load_company(tmp_path / "company" / "company.yml")


def only(company: Company, *names: str) -> Company:
    """The company with company.yml naming these of its sources."""
    return replace(company, sources=tuple(one for one in company.sources if one.name in names))


def differences(company: Company, other: Company, folder: Path) -> Differences:
    """By mart, the rows that only one of two companies has."""
    folder.mkdir()
    for one, name in ((company, "run"), (other, "rebuild")):
        shutil.copy(one.build_file, folder / f"{name}.duckdb")
    return differing_rows(folder)


def in_staging(company: Company, source: str) -> int:
    with duckdb.connect(str(company.build_file), read_only=True) as connection:
        named = connection.execute(
            "select table_schema, table_name from information_schema.columns "
            "where column_name = 'source_name' and table_schema in ('staging', 'intermediate', 'marts')"
        ).fetchall()
        return sum(
            connection.execute(
                f"select count(*) from {schema}.{table} where source_name = ?", [source]
            ).fetchall()[0][0]
            for schema, table in named
        )


# Two whole runs each; that nothing of such a source is left behind staging, the run below sees too.
@pytest.mark.slow
@pytest.mark.parametrize("gone", ["second", "survey", "rates"])
def test_without_a_source_the_marts_are_those_of_a_company_that_never_had_it(company, tmp_path, gone):
    left = only(company, *(name for name in SOURCES if name != gone))
    assert find_scope(left, SECOND_NIGHT, full_refresh=False).reason == "settings or models changed"
    build(left, SECOND_NIGHT)
    assert in_staging(left, gone) == 0
    never = make(tmp_path / "never", *(name for name in SOURCES if name != gone))
    Run(never, FIRST_NIGHT).land()
    build(never, SECOND_NIGHT)
    assert differences(left, never, tmp_path / "beside") == {}


@pytest.mark.slow
def test_a_run_upon_kept_rows_that_count_nowhere_is_a_rebuild(company, tmp_path):
    left = only(company, "billing", "rates")
    build(left, SECOND_NIGHT)
    assert in_staging(left, "billing") > 0 == in_staging(left, "second") == in_staging(left, "survey")
    rows = tables("billing", 11)
    rows["subscription_items"][0]["unit_amount"] = 250
    write_canonical(
        left.extracts / "billing" / "2024-06-11", {"subscription_items": rows["subscription_items"]}
    )
    build(left, THIRD_NIGHT)
    rebuild(left, THIRD_NIGHT, tmp_path / "beside")
    assert differing_rows(tmp_path / "beside") == {}


@pytest.mark.slow
def test_a_source_that_comes_back_counts_as_if_it_had_never_gone(company, tmp_path):
    build(only(company, "billing", "rates"), SECOND_NIGHT)
    build(company, THIRD_NIGHT)
    always = make(tmp_path / "always", *SOURCES)
    Run(always, FIRST_NIGHT).land()
    build(always, THIRD_NIGHT)
    assert differences(company, always, tmp_path / "beside") == {}


def _mended(company: Company, text: Callable[[str], str]) -> Company:
    mapping = company.path.parent / "observed.yml"
    mapping.write_text(text(mapping.read_text(encoding="utf-8")), encoding="utf-8")
    return company


OBSERVED = """
files:
  - table: subscription_items
    match: "items*.csv"
    delivery: {delivery}
    key: [subscription_id, item_id]
    columns:
      subscription_id: {{from: ref}}
      item_id: {{const: "1"}}
      customer_id: {{from: ref}}
      valid_from: {{from: since, type: date}}
      status: {{const: active}}
      currency: {{const: USD}}
      unit_amount: {{from: price}}
      quantity: {{const: "1"}}
      interval_unit: {{const: {unit}}}
      interval_count: {{const: "1"}}
"""


# Three whole runs each. That a mended mapping leaves the rows of raw as if it had always been so, and has all
# of the marts built anew, are tests of landing (test_mended_mapping.py).
@pytest.mark.slow
@pytest.mark.parametrize("delivery", ["full_snapshot", "delta"])
def test_a_mended_mapping_moves_nothing(tmp_path, delivery):
    """A customer that left between two snapshots has left once, at a twelfth of what was read before."""
    built = {}
    for name, unit in (("mended", "month"), ("right", "year")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "observed.yml").write_text(OBSERVED.format(unit=unit, delivery=delivery), encoding="utf-8")
        company = write_company(folder, sources=[{"name": "observed", "mapping": "observed.yml"}])
        (company.extracts / "observed").mkdir(parents=True)
        for day, refs in ((9, "abcdefgh"), (10, "abcdefg"), (11, "abcdefgi")):
            rows = "".join(f"{ref},2024-01-10,{1200 + 12 * day}\n" for ref in refs)
            path = company.extracts / "observed" / f"items_202406{day:02d}.csv"
            path.write_text("ref,since,price\n" + rows, encoding="utf-8")
            if day == 10 and name == "right":
                Run(company, FIRST_NIGHT).land()
            elif day == 10:
                build(company, FIRST_NIGHT)
                _mended(company, lambda text: text.replace("month", "year"))
        build(company, THIRD_NIGHT)
        built[name] = company
    assert differences(built["mended"], built["right"], tmp_path / "beside") == {}
    with duckdb.connect(str(built["mended"].build_file), read_only=True) as connection:
        kinds = connection.execute(
            "select movement_type, count(*) from marts.fct_mrr_movements where movement_type <> 'expansion' "
            "group by 1 order by 1"
        ).fetchall()
    assert kinds == ([("churn", 1), ("new", 9)] if delivery == "full_snapshot" else [("new", 9)])
