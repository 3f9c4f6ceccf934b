"""The published worked examples, through landing and every model that their figures rest on."""

import json
from collections import defaultdict
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pipeline import once_for_all_workers, write_canonical, write_company
from timelines import canonical_rows, golden_cases, moment

from orchestration.run.steps import Run
from tests.equivalence.warehouses import build_marts

# G21 asks for churn at the cancel request: that is committed MRR here, tested with the ledger.
CASES = [
    case for case in golden_cases() if "timeline" in case and "churn_timing" not in case.get("config", {})
]
MARTS = ("fct_mrr_ledger", "fct_mrr_movements", "fct_customer_mrr_monthly")
_TYPES = ("new", "expansion", "contraction", "churn", "reactivation", "fx")
_MONTH = (
    "opening_mrr, closing_mrr, new_mrr, expansion_mrr, contraction_mrr, churned_mrr, reactivation_mrr, fx_mrr"
)


def cents(value: Any) -> str:
    return str(Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def configuration(case: dict[str, Any]) -> str:
    return json.dumps(case.get("config", {}), sort_keys=True)


def build(folder: Path, config: dict[str, Any], cases: list[dict[str, Any]]) -> None:
    """All cases of one configuration, as one company: a customer of a case is `<case>-<customer>`."""
    zone, base = config.get("tz", "UTC"), config.get("base", "USD")
    tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in cases:
        events = [{**event, "c": f"{case['id']}-{event['c']}"} for event in case["timeline"]]
        for table, rows in canonical_rows(events, zone).items():
            tables[table] += rows
    last = {row["subscription_id"]: row["status"] for row in tables["subscription_items"]}
    for row in tables["subscriptions"]:
        row["status"] = last[row["subscription_id"]]
    for row in tables["discounts"]:
        row["currency"] = "USD" if row["amount_off"] else None
    tables["fx_rates"] = [
        {"rate_on": day, "base": currency, "quote": base, "rate": rate}
        for currency, rates in config.get("fx", {}).items()
        for day, rate in rates.items()
    ]
    write_canonical(folder / "extracts" / "source", tables)
    policies: dict[str, Any] = {"fx_max_age_days": 4000}
    if "discounts" in config:
        policies["discounts"] = "all"
    if "reactivation_window_days" in config:
        policies["reactivation_window_days"] = config["reactivation_window_days"]
    company = write_company(folder, reporting_currency=base, reporting_timezone=zone, policies=policies)
    instants = [moment(event["at"], zone) for case in cases for event in case["timeline"]]
    instants += [row["ends_at"] for row in tables["discounts"] if row["ends_at"]]
    as_of = max(instants) + timedelta(days=40)
    Run(company, as_of).land()
    build_marts(company, as_of, MARTS)


@pytest.fixture(scope="session")
def marts(tmp_path_factory: pytest.TempPathFactory, worker_id: str):
    """A connection to the marts of a case's configuration; each configuration is built once."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    opened: dict[str, duckdb.DuckDBPyConnection] = {}

    def connect(case: dict[str, Any]) -> duckdb.DuckDBPyConnection:
        config = configuration(case)
        if config not in opened:
            alike = [other for other in CASES if configuration(other) == config]
            folder = shared / f"golden-{alike[0]['id']}"
            once_for_all_workers(folder, lambda folder: build(folder, json.loads(config), alike))
            opened[config] = duckdb.connect(folder / "warehouse" / ".work" / "build.duckdb", read_only=True)
        return opened[config]

    return connect


def customer_of(case: dict[str, Any], customer_id: str) -> str:
    return customer_id.removeprefix(f"source:{case['id']}-")


def months(connection: duckdb.DuckDBPyConnection, case: dict[str, Any]) -> list[tuple[Any, ...]]:
    return connection.execute(
        f"select period_month, customer_id, {_MONTH} from marts.fct_customer_mrr_monthly "
        "where starts_with(customer_id, ?) order by 1, 2",
        [f"source:{case['id']}-"],
    ).fetchall()


@pytest.mark.parametrize(
    "case", [case for case in CASES if "daily" in case["expect"]], ids=lambda case: case["id"]
)
def test_movements_by_day(marts, case):
    found = marts(case).execute(
        "select movement_date, customer_id, movement_type, mrr_delta from marts.fct_mrr_movements "
        "where starts_with(customer_id, ?) order by 1, 2, 3",
        [f"source:{case['id']}-"],
    )
    assert [
        [str(day), customer_of(case, customer), kind, cents(delta)]
        for day, customer, kind, delta in found.fetchall()
    ] == case["expect"]["daily"]


@pytest.mark.parametrize(
    "case", [case for case in CASES if "event" in case["expect"]], ids=lambda case: case["id"]
)
def test_changes_by_instant(marts, case):
    found = marts(case).execute(
        "select effective_date, mrr_before_native, mrr_after_native, mrr_delta_native "
        "from marts.fct_mrr_ledger where starts_with(customer_id, ?) order by effective_at",
        [f"source:{case['id']}-"],
    )
    kinds = []
    for day, before, after, delta in found.fetchall():
        kind = "new" if not before else "churn" if not after else "expansion" if delta > 0 else "contraction"
        kinds.append([str(day), kind, cents(delta)])
    assert kinds == [[day, kind, delta] for day, _, kind, delta in case["expect"]["event"]]


@pytest.mark.parametrize(
    "case", [case for case in CASES if "monthly" in case["expect"]], ids=lambda case: case["id"]
)
def test_changes_by_month(marts, case):
    seen, found = set(), []
    for month, customer, opening, closing, *_ in months(marts(case), case):
        if closing != opening:
            started = "reactivation" if customer in seen else "new"
            moved = "expansion" if closing > opening else "contraction"
            kind = started if not opening else "churn" if not closing else moved
            found.append([str(month), customer_of(case, customer), kind, cents(closing - opening)])
        if closing:
            seen.add(customer)
    assert found == case["expect"]["monthly"]


@pytest.mark.parametrize(
    "case", [case for case in CASES if "waterfall" in case["expect"]], ids=lambda case: case["id"]
)
def test_roll_forward_by_month(marts, case):
    found: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for month, _, opening, closing, *parts in months(marts(case), case):
        named = zip(("start", "end", *_TYPES), (opening, closing, *parts), strict=True)
        for name, value in named:
            found[str(month)[:7]][name] += value
    for month, expected in case["expect"]["waterfall"]:
        shown = {k: cents(v) for k, v in found[month].items() if v or k in ("start", "end")}
        assert shown == {name: cents(value) for name, value in expected.items()}
