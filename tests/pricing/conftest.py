"""A published file with one plan whose every price can be reckoned by hand."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import Company, load_company

# Customer, item, plan, currency, interval, scheme, unit price, MRR, ending, start, end of term, end.
ITEMS = [
    ("a", "a1", "Team", "EUR", "month", "per_unit", 29, 58, False, date(2024, 1, 2), date(2025, 7, 20), None),
    ("b", "b1", "Team", "EUR", "month", "per_unit", 29, "26.10", False, date(2024, 2, 29), None, None),
    ("b", "b2", "Team", "EUR", "month", "per_unit", 25, 25, False, date(2025, 6, 1), date(2025, 8, 1), None),
    ("c", "c1", "Team", "EUR", "month", "per_unit", 35, 35, False, date(2025, 1, 1), date(2025, 8, 1), None),
    ("d", "d1", "Team", "EUR", "month", "per_unit", 29, 29, True, date(2025, 1, 1), date(2025, 8, 1), None),
    ("e", "e1", "Team", "EUR", "month", "per_unit", 29, 29, False, date(2025, 1, 1), date(2025, 8, 1),
     date(2025, 8, 1)),
    ("f", "f1", "Team", "EUR", "year", "per_unit", 290, "24.1667", False, date(2025, 3, 1), None, None),
    ("g", "g1", "Team", "USD", "month", "per_unit", 32, 29, False, date(2025, 3, 1), None, None),
    ("h", "h1", "Team", "EUR", "month", "volume", None, 90, False, date(2025, 3, 1), None, None),
    ("h", "h2", "Tiers", "EUR", "month", "tiered", None, 90, False, date(2025, 3, 1), None, None),
]  # fmt: skip
REACTION = (
    "rise/Team", "plan", "Team", "rise", 20, 20, 0.25, 0.05, 0.2, 0.01, 0.4, 0.0, -0.1, 0.1, 60, None,
)  # fmt: skip
UNTOLD = ("rise", "all", "all", "rise", 3, 3, *[None] * 8, 60, "too_few")


@pytest.fixture
def company(tmp_path: Path) -> Company:
    (tmp_path / "extracts" / "billing").mkdir(parents=True)
    path = tmp_path / "company.yml"
    path.write_text(
        "name: acme\nreporting_currency: EUR\nextracts: extracts\nwarehouse: warehouse\n"
        "sources:\n  - {name: billing, mapping: canonical}\n"
    )
    found = load_company(path)
    found.published_file.parent.mkdir(parents=True)
    with duckdb.connect(str(found.published_file), config={"storage_compatibility_version": "v1.2.0"}) as db:
        _fill(db)
    return found


def _fill(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("create schema marts; create schema audit")
    db.execute("create table audit.releases as select 'r1' as release_id, "
               "timestamp '2025-07-01' as as_of, timestamp '2025-07-01' as published_at")  # fmt: skip
    db.execute(
        "create table marts.dim_subscription_items (customer_id varchar, subscription_id varchar, item_id"
        " varchar, plan varchar, currency varchar, billing_interval varchar, billing_scheme varchar,"
        " quantity decimal(18, 6), unit_price decimal(26, 12), mrr decimal(18, 4), is_ending boolean)"
    )
    db.execute(
        "create table marts.dim_subscriptions (subscription_id varchar, started_on date, term_end_on date,"
        " ends_on date)"
    )
    db.execute("create table marts.dim_prices (plan_name varchar, usage_type varchar)")
    db.execute("insert into marts.dim_prices values ('Calls', 'metered')")
    for customer, item, plan, currency, interval, scheme, price, mrr, ending, start, term, end in ITEMS:
        db.execute(
            "insert into marts.dim_subscription_items values (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)",
            [customer, f"sub_{item}", item, plan, currency, interval, scheme, price, mrr, ending],
        )
        db.execute(
            "insert into marts.dim_subscriptions values (?, ?, ?, ?)", [f"sub_{item}", start, term, end]
        )
    db.execute(
        "create table marts.fct_price_changes (price_change_id varchar, scope varchar, plan varchar, "
        " direction varchar, customers bigint, compared_customers bigint, churn_rate_90d double,"
        " comparison_churn_rate_90d double, churn_difference_90d double, churn_difference_90d_low double,"
        " churn_difference_90d_high double, contraction_difference_90d double,"
        " contraction_difference_90d_low double, contraction_difference_90d_high double,"
        " comparison_customers bigint, untold_reason varchar)"
    )
    for row in (REACTION, UNTOLD):
        db.execute(f"insert into marts.fct_price_changes values ({', '.join('?' * len(row))})", list(row))
