"""Hostile timelines: what no company should do and some do, drawn by Hypothesis, one customer each.

Instants come from a small pool, so that things happen at once: runs on which the clocks change, the leap
day, the ends of months and years on both sides of midnight, and one day with dozens of changes.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pipeline import write_canonical, write_company

from orchestration.run.steps import Run
from orchestration.settings import Company
from orchestration.synthetic.company import simulate

AS_OF = datetime(2025, 6, 20, 9, 0, tzinfo=UTC)
CURRENCY, ZONE = "JPY", "Europe/Paris"
NIGHTS = (datetime(2025, 6, 18, 3, tzinfo=UTC), datetime(2025, 6, 19, 3, tzinfo=UTC), AS_OF)
Row = dict[str, Any]
Tables = dict[str, list[Row]]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


POOL = tuple(
    map(_at, (
        "2023-08-01T00:00:00", "2023-09-30T21:59:59", "2023-09-30T22:00:00", "2023-10-29T00:30:00",
        "2023-10-29T01:30:00", "2023-12-31T22:59:59", "2023-12-31T23:00:00", "2023-12-31T23:30:00",
        "2024-01-01T00:00:00", "2024-02-28T23:30:00", "2024-02-29T12:00:00", "2024-02-29T23:00:00",
        "2024-03-31T00:59:59", "2024-03-31T01:00:00", "2024-03-31T22:30:00", "2024-06-15T08:00:00",
        "2024-07-31T22:00:00", "2024-10-27T00:59:59", "2024-10-27T01:00:00", "2024-11-30T23:00:00",
        "2024-12-31T23:00:00", "2025-01-31T22:59:59", "2025-02-28T23:00:00", "2025-03-30T01:00:00",
        "2025-05-31T21:59:59", "2025-05-31T22:00:00", "2025-06-30T22:30:00",
    ))
)  # fmt: skip
BUSY_DAY = _at("2024-06-15T22:00:00")
instants = st.one_of(
    st.sampled_from(POOL),
    st.integers(0, 690 * 24 * 60).map(
        lambda minutes: _at("2023-07-05T00:00:00") + timedelta(minutes=minutes)
    ),
)
busy_instants = st.integers(0, 24 * 3600 - 1).map(lambda seconds: BUSY_DAY + timedelta(seconds=seconds))

statuses = st.sampled_from(
    ("active",) * 4 + ("paused",) * 3 + ("past_due", "trialing", "unpaid", "incomplete", "ended", "ended")
)
quantities = st.sampled_from([Decimal(text) for text in ("1", "1", "2", "3", "7", "0", "2.5", "1000")])
prices = st.sampled_from(
    [Decimal(text) for text in ("10", "99", "9.99", "33.333333", "0", "0.0001", "1234.5678", "99999.99")]
)
intervals = st.sampled_from(
    (("month", 1),) * 4 + (("year", 1), ("quarter", 1), ("day", 14), ("week", 1), ("month", 7), ("year", 3))
)
currencies = st.sampled_from(("EUR",) * 3 + ("USD", "GBP", "JPY"))


@dataclass(frozen=True)
class Timeline:
    """One customer (and those merged into it) as canonical rows, the merged ones under their own ids."""

    customer_id: str
    tables: Mapping[str, Sequence[Row]]

    def __len__(self) -> int:
        return sum(map(len, self.tables.values()))

    def text(self) -> str:
        """Its rows as one can paste them into a test."""
        lines = []
        for table, rows in self.tables.items():
            for row in rows:
                shown = ", ".join(f"{k}={_short(v)}" for k, v in row.items() if v is not None)
                lines.append(f"    {table}: {shown}")
        return "\n".join(lines)


def _short(value: Any) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else str(value)


@st.composite
def _versions(draw: st.DrawFn, subscription_id: str, item_id: str) -> list[Row]:
    """The dated versions of one item: some terms stay from one to the next, others change at once."""
    busy = draw(st.integers(0, 19)) == 0
    moments = draw(
        st.lists(busy_instants, min_size=40, max_size=45, unique=True) if busy
        else st.lists(instants, min_size=1, max_size=6, unique=True)
    )  # fmt: skip
    terms: Row = {
        "status": "active", "currency": draw(currencies), "quantity": draw(quantities),
        "unit_amount": draw(prices), "interval": draw(intervals), "cancel_at_period_end": False,
    }  # fmt: skip
    changes = {
        "status": statuses, "quantity": quantities, "unit_amount": prices, "interval": intervals,
        "currency": currencies, "cancel_at_period_end": st.booleans(),
    }  # fmt: skip
    metered = draw(st.integers(0, 14)) == 0
    rows = []
    for number, at in enumerate(sorted(moments)):
        if number or draw(st.booleans()):
            resumes = terms["status"] != "active" and draw(st.booleans())
            name = draw(st.sampled_from(("status", "status", *changes)))
            terms = {**terms, name: "active" if name == "status" and resumes else draw(changes[name])}
        ends = draw(st.integers(0, 9)) == 0
        unit, count = terms["interval"]
        rows.append(
            {"subscription_id": subscription_id, "item_id": item_id, "valid_from": at,
             "valid_to": at + timedelta(hours=draw(st.integers(1, 2_000))) if ends else None,
             "status": terms["status"], "plan_name": f"plan {item_id[-1]}", "product_id": f"p{item_id[-1]}",
             "currency": terms["currency"], "unit_amount": terms["unit_amount"],
             "quantity": terms["quantity"], "billing_scheme": "per_unit",
             "usage_type": "metered" if metered else "licensed", "interval_unit": unit,
             "interval_count": count, "cancel_at_period_end": terms["cancel_at_period_end"]}
        )  # fmt: skip
    return rows


@st.composite
def _discount(draw: st.DrawFn, discount_id: str, items: Sequence[Row]) -> Row:
    """A discount on one of the items, its subscription or its customer."""
    target = draw(st.sampled_from(items))
    level = draw(st.sampled_from(("item_id", "subscription_id", "customer_id")))
    starts = draw(instants)
    duration = draw(st.sampled_from(("forever", "repeating", "once")))
    ends = duration == "repeating" or (duration == "forever" and draw(st.integers(0, 3)) == 0)
    is_percent = draw(st.booleans())
    return {
        "discount_id": discount_id, "item_id": None, "subscription_id": None, "customer_id": None,
        level: target[level],
        "percent_off": draw(st.sampled_from((10, 33, 50, 100))) if is_percent else None,
        "amount_off": None if is_percent else draw(st.sampled_from(("5", "0.03", "20", "100000"))),
        "currency": None if is_percent else draw(st.sampled_from((target["currency"],) * 4 + ("USD",))),
        "duration": duration, "starts_at": starts,
        "ends_at": starts + timedelta(days=draw(st.sampled_from((1, 27, 28, 29, 84, 90, 336, 400)))) if ends
        else None,
    }  # fmt: skip


@st.composite
def timelines(draw: st.DrawFn) -> Tables:
    """One customer under the id `c`, perhaps with a duplicate `d` that was merged into it."""
    tables: Tables = {
        "customers": [{"customer_id": "c", "country": "FR"}], "subscriptions": [], "subscription_items": [],
        "discounts": [], "crm_merges": [],
    }  # fmt: skip
    merged = draw(st.integers(0, 9)) == 0
    if merged:
        tables["customers"].append({"customer_id": "d", "country": "US"})
        tables["crm_merges"].append(
            {"object": "customer", "merged_id": "d", "survivor_id": "c", "merged_at": draw(instants)}
        )
    items: list[Row] = []
    for number in range(draw(st.integers(1, 2))):
        subscription_id, owner = f"s{number}", "d" if merged and number else "c"
        for place in range(draw(st.sampled_from((1, 1, 2)))):
            rows = draw(_versions(subscription_id, f"i{number}{place}"))
            tables["subscription_items"] += rows
            items += [{**row, "customer_id": owner} for row in rows]
        asked = draw(instants) if draw(st.integers(0, 7)) == 0 else None
        first = min(row["valid_from"] for row in items if row["subscription_id"] == subscription_id)
        tables["subscriptions"].append(
            {"subscription_id": subscription_id, "customer_id": owner, "status": "active",
             "started_at": first, "cancel_requested_at": asked}
        )  # fmt: skip
    for number in range(draw(st.sampled_from((0, 0, 1, 2, 3)))):
        tables["discounts"].append(draw(_discount(f"d{number}", items)))
    return tables


IDS = ("customer_id", "subscription_id", "item_id", "discount_id", "merged_id", "survivor_id")


def named(tables: Mapping[str, Sequence[Row]], name: str) -> Timeline:
    """A timeline whose ids all begin with `name`, so that many of them make one company."""
    return Timeline(
        f"{name}-c",
        {
            table: [
                {k: f"{name}-{v}" if k in IDS and v is not None else v for k, v in row.items()}
                for row in rows
            ]
            for table, rows in tables.items()
        },
    )


def draw_timelines(count: int) -> list[Timeline]:
    """`count` timelines, the same ones in every run."""
    found: list[Tables] = []

    @settings(
        max_examples=count, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(timelines())
    def collect(tables: Tables) -> None:
        found.append(tables)

    collect()
    return [named(tables, f"h{number:04d}") for number, tables in enumerate(found)]


def _item(at: str, **columns: Any) -> Row:
    terms = {
        "subscription_id": "s0", "item_id": "i00", "valid_from": _at(at), "valid_to": None,
        "status": "active", "plan_name": "plan 0", "product_id": "p0", "currency": "EUR",
        "unit_amount": Decimal(120), "quantity": Decimal(1), "billing_scheme": "per_unit",
        "usage_type": "licensed", "interval_unit": "month", "interval_count": 1,
        "cancel_at_period_end": False,
    }  # fmt: skip
    return {**terms, **columns}


def example(name: str, items: list[Row], **discount: Any) -> Timeline:
    """A hand-written timeline of one item, and of one discount for ever on it where there is any."""
    first = items[0]["valid_from"]
    tables: Tables = {
        "customers": [{"customer_id": "c", "country": "FR"}],
        "subscriptions": [
            {"subscription_id": "s0", "customer_id": "c", "status": "active", "started_at": first}
        ],
        "subscription_items": items,
        "discounts": [],
        "crm_merges": [],
    }
    if discount:
        standard = {"discount_id": "d0", "item_id": "i00", "duration": "forever", "starts_at": first}
        tables["discounts"].append({**standard, **discount})
    return named(tables, name)


FREE_BEFORE_TRIAL = example(
    "free-before-trial",
    [_item("2024-01-10T00:00:00"), _item("2024-03-10T00:00:00", status="trialing")],
    percent_off=100, ends_at=_at("2024-04-01T00:00:00"),
)  # fmt: skip
AMOUNT_OFF_WITHOUT_CURRENCY = example(
    "amount-without-currency", [_item("2024-01-10T00:00:00")], amount_off="20"
)
EXAMPLES = (FREE_BEFORE_TRIAL, AMOUNT_OFF_WITHOUT_CURRENCY)


def together(timelines: Sequence[Timeline]) -> Tables:
    """All timelines as one company."""
    tables: Tables = defaultdict(list)
    for timeline in timelines:
        for table, rows in timeline.tables.items():
            tables[table] += rows
    return dict(tables)


def rates() -> list[Row]:
    """The daily rates of a simulated company: none at weekends."""
    return [dict(event.values) for event in simulate("small", 1).world() if event.table == "fx_rates"]


def deliveries(tables: Tables) -> list[Tables]:
    """The same rows in three shuffled deltas: some come twice, some come wrong and are put right later."""
    draw = random.Random(20250620)
    parts: list[Tables] = [defaultdict(list), defaultdict(list), defaultdict(list)]
    for table, rows in tables.items():
        for row in rows:
            run = draw.randrange(3)
            parts[run][table].append(row)
            if run and draw.random() < 0.3:
                wrong = {"quantity": Decimal(77), "status": "active"} if table == "subscription_items" else {}
                parts[run - 1][table].append({**row, **wrong})
    for part in parts:
        for rows in part.values():
            draw.shuffle(rows)
    return parts


def landed(folder: Path, timelines: Sequence[Timeline]) -> Company:
    """Two sources of the same truth: `ordered` in one delivery, `shuffled` in three on three runs."""
    tables = together(timelines)
    write_canonical(folder / "extracts" / "ordered", {**tables, "fx_rates": rates()})
    for run, part in zip(NIGHTS, deliveries(tables), strict=True):
        write_canonical(folder / "extracts" / "shuffled" / f"{run:%Y-%m-%d}", part)
    company = write_company(
        folder, reporting_currency=CURRENCY, reporting_timezone=ZONE,
        sources=[
            {"name": "ordered", "mapping": "canonical"},
            {"name": "shuffled", "mapping": "canonical", "options": {"delivery": "delta"}},
        ],
    )  # fmt: skip
    for run in NIGHTS:
        Run(company, run).land()
    return company
