"""Whether the room of finance stands: it asks for what arrived, for months, and for instants that pass.

So a run in which nothing arrived, the month is the same and no such instant has come leaves its tables as the
last build made them. Whose MRR changes as time passes keeps its revenue, and its segments where it had MRR.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb

FINANCE = tuple(f"path:models/{layer}/finance" for layer in ("intermediate", "marts", "rules"))
"""The models of the room, as dbt selects them."""
# Without a day of its own an invoice is given up on the day it was due.
_GIVEN_UP_WHEN_DUE = "case when status = 'uncollectible' and uncollectible_at is null then due_at end"
# What decides by the as-of instant whether a row counts.
_INSTANTS = {
    "invoices": ("issued_at", "finalized_at", "voided_at", "uncollectible_at", _GIVEN_UP_WHEN_DUE),
    "credit_notes": ("issued_at", "voided_at"),
    "payments": ("attempted_at",),
    "reversals": ("occurred_at",),
    "credit_transactions": ("occurred_at", "expires_at"),
    "commitments": ("starts_at",),
    "subscriptions": ("ended_at",),
    "identity_links": ("valid_from",),
    "usage_records": ("used_at",),
    "fx_rates": ("rate_on",),
}
# Two segments of a customer come with its first MRR.
_WITHOUT_MRR_BEFORE = """
    runs.affected_customers as affected
    semi join intermediate.int_customers__customers as customers on affected.id = customers.customer_id
    anti join intermediate.int_movements__first_movements as firsts on affected.id = firsts.customer_id
"""


def finance_stands(
    connection: duckdb.DuckDBPyConnection, built_as_of: datetime, as_of: datetime, zone: ZoneInfo
) -> bool:
    """Whether nothing of finance can differ from what the last build made, both instants in UTC.

    Reads `runs.new_deliveries` and `runs.affected_customers`.
    """
    before, now = (moment.astimezone(zone) for moment in (built_as_of, as_of))
    if (before.year, before.month) != (now.year, now.month):
        return False
    if _exists(connection, "runs.new_deliveries") or _exists(connection, _WITHOUT_MRR_BEFORE):
        return False
    passed = {"since": built_as_of.replace(tzinfo=None), "until": as_of.replace(tzinfo=None)}
    return not any(
        _exists(connection, f"raw.{table} where {' or '.join(map(_has_passed, columns))}", passed)
        for table, columns in _INSTANTS.items()
    )


def _has_passed(column: str) -> str:
    return f"cast({column} as timestamp) > $since and cast({column} as timestamp) <= $until"


def _exists(
    connection: duckdb.DuckDBPyConnection, rows: str, values: dict[str, datetime] | None = None
) -> bool:
    return bool(connection.execute(f"select 1 from {rows} limit 1", values).fetchall())
