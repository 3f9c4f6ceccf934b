"""What the page asks the published file: one query for each of its tables."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from orchestration.closes.told import NO_BALANCE

Row = Mapping[str, Any]
_TABLE = re.compile(r"\b(?:marts|audit)\.\w+")
_YEAR = "period_month > ? - interval 12 month and period_month <= ?"

_SEGMENTS = """
    select
        at_end.segment_type, at_end.segment_value, at_end.closing_mrr, at_end.closing_customers,
        at_end.closing_mrr - coalesce(before.closing_mrr, 0) as difference,
        annual.starting_customers, annual.nrr, annual.grr
    from marts.fct_mrr_monthly as at_end
    left join marts.fct_mrr_monthly as before
        on before.segment_type = at_end.segment_type and before.segment_value = at_end.segment_value
        and before.period_month = at_end.period_month - interval 1 month
    left join marts.fct_churn_annual as annual
        on annual.segment_type = at_end.segment_type and annual.segment_value = at_end.segment_value
        and annual.period_month = at_end.period_month
    where at_end.period_month = ? and not at_end.is_total and at_end.closing_mrr > 0
    order by at_end.segment_type, at_end.closing_mrr desc, at_end.segment_value
"""
_FORECAST = """
    select
        period_month, expected_mrr, low_80, high_80, reason, kept_mrr, expansion_mrr, new_mrr, known_mrr,
        backtest_origins, mean_error, three_month_rule_mrr, three_month_rule_mean_error,
        is_three_month_rule_better
    from marts.fct_mrr_forecast
    where is_total and horizon_months <= 3
    order by horizon_months
"""
_COHORTS = """
    select
        cohort_quarter, quarters_since, cohort_customers, active_customers, logo_retention, revenue_retention
    from marts.fct_cohort_retention_quarterly
    where is_total and active_customers is not null
    order by cohort_quarter, quarters_since
"""
_CHURNED = """
    select
        churn.customer_id, customer.name, churn.churned_on, churn.mrr_lost, churn.churn_class, churn.reason,
        churn.source_file, churn.source_line
    from marts.fct_churn_events as churn
    left join marts.dim_customers as customer on customer.customer_id = churn.customer_id
    where churn.period_month >= ? and not churn.is_short_pause
    order by churn.churned_on desc, churn.mrr_lost desc, churn.customer_id
"""
_REASONS = f"""
    select churn_class, reason, count(*) as events, sum(mrr_lost) as mrr_lost
    from marts.fct_churn_events
    where {_YEAR} and not is_short_pause
    group by churn_class, reason
    order by events desc, mrr_lost desc, churn_class, reason
"""
_NPS = """
    select survey, responses, promoters, passives, detractors, nps, nps_standard_error, response_rate
    from marts.fct_nps_monthly
    where is_total and period_month = ?
    order by responses desc, survey
"""
_FUNNEL = f"""
    select
        stage, position, cast(sum(entered) as bigint) as entered, cast(sum(advanced) as bigint) as advanced,
        cast(sum(won) as bigint) as won
    from marts.fct_funnel_monthly
    where {_YEAR} and is_total
    group by stage, position
    order by position, stage
"""
_CHANNELS = """
    select channel, sales_marketing_cost, new_customers, new_mrr, cac, cac_payback_months, ltv, ltv_to_cac
    from marts.fct_unit_economics_monthly
    where period_month = ? and not is_total and (sales_marketing_cost is not null or new_customers > 0)
    order by sales_marketing_cost desc nulls last, channel
"""
_DUNNING = """
    select
        recovery.customer_id, customer.name, recovery.invoice_id, recovery.amount, recovery.first_failed_at,
        recovery.attempts, recovery.failure_code
    from marts.fct_payment_recovery as recovery
    left join marts.dim_customers as customer on customer.customer_id = recovery.customer_id
    where recovery.state = 'open'
    order by recovery.amount desc, recovery.invoice_id
"""
_CARDS = """
    select
        card.customer_id, customer.name, card.card_expires_month, card.months_until_expiry,
        card.next_invoice_on, card.mrr_at_risk
    from marts.fct_card_expiries as card
    left join marts.dim_customers as customer on customer.customer_id = card.customer_id
    where card.months_until_expiry <= 1 and card.mrr_at_risk > 0
    order by card.mrr_at_risk desc, card.customer_id
"""
_LEAKAGE = """
    select
        leak.finding_type, leak.customer_id, customer.name, leak.subscription_id, leak.invoice_id,
        leak.expected, leak.actual, leak.amount_at_risk, leak.since
    from marts.fct_revenue_leakage as leak
    left join marts.dim_customers as customer on customer.customer_id = leak.customer_id
    order by leak.amount_at_risk desc, leak.finding_id
"""
_CALLS = """
    select health.*, customer.name
    from marts.fct_customer_health as health
    left join marts.dim_customers as customer on customer.customer_id = health.customer_id
    where health.period_month = (select max(period_month) from marts.fct_customer_health)
        and health.band in ('at_risk', 'watch')
    order by case health.band when 'at_risk' then 0 else 1 end, health.mrr desc, health.customer_id
"""
_DEFERRED = """
    select
        opening, billed, recognised, credited, voided, written_off, closing, due_within_12_months, due_later,
        unbilled_closing
    from marts.fct_deferred_revenue_monthly
    where is_total and period_month = ?
"""
_RESTATED = """
    select
        period_month, 'MRR at its end' as what, '' as currency,
        coalesce(sum(difference) filter (where column_name = 'closing_mrr'), 0) as difference,
        string_agg(distinct cause, ', ' order by cause) as causes, count(distinct customer_id) as customers
    from marts.fct_mrr_restatements
    group by period_month
    union all
    select
        period_month, 'revenue', currency, sum(difference), string_agg(distinct cause, ', ' order by cause),
        count(distinct customer_id)
    from marts.fct_revenue_restatements
    where cause <> 'adjusted'
    group by period_month, currency
    order by period_month desc, what, currency
"""
_RESTATEMENTS = f"""
    select
        period_month as month, customer_id, column_name as what, difference, cause,
        coalesce(detail, '') as detail, coalesce(source_file, '') as source_file, source_line
    from marts.fct_mrr_restatements
    where {NO_BALANCE}
    order by period_month desc, abs(difference) desc, customer_id, column_name
"""
_WARNED = """
    select gate, table_name, column_name, severity, success, observed, message, accepted
    from audit.quality_results
    where run_id = ? and success is distinct from true
    order by severity, gate, table_name, expectation
"""


@dataclass(frozen=True)
class Cohort:
    """The customers of one quarter, and how many of them and of their MRR were left quarter by quarter."""

    quarter: date
    customers: int
    quarters: tuple[Row, ...]


class Published:
    """A published file, asked for the rows of the page.

    Of a table that it lacks there are none: an earlier version had fewer, and a company may build a part.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Ask an open connection to the file."""
        self._connection = connection
        self._tables = {
            f"{schema}.{table}"
            for schema, table in connection.execute(
                "select schema_name, table_name from duckdb_tables()"
            ).fetchall()
        }

    def rows(self, query: str, *parameters: object) -> list[Row]:
        """The rows of a query; none where it asks a table that the file lacks."""
        if not self._tables.issuperset(_TABLE.findall(query)):
            return []
        found = self._connection.execute(query, list(parameters))
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def months(self) -> dict[date, Row]:
        """What fct_company_monthly says of each month, oldest first."""
        rows = self.rows("select * from marts.fct_company_monthly order by period_month")
        return {row["period_month"]: row for row in rows}

    def segments(self, at: date) -> list[Row]:
        """MRR at a month's end by each kind of segment, the largest first."""
        return self.rows(_SEGMENTS, at)

    def cohorts(self) -> list[Cohort]:
        """Retention of the customers of each quarter, oldest first."""
        found: dict[date, list[Row]] = {}
        for row in self.rows(_COHORTS):
            found.setdefault(row["cohort_quarter"], []).append(row)
        return [
            Cohort(of, quarters[0]["cohort_customers"], tuple(quarters)) for of, quarters in found.items()
        ]

    def forecast(self) -> list[Row]:
        """The next three months of the company."""
        return self.rows(_FORECAST)

    def churned(self, since: date) -> list[Row]:
        """Who left in a month or after it."""
        return self.rows(_CHURNED, since)

    def reasons(self, at: date) -> list[Row]:
        """Why customers left in the twelve months that end with one."""
        return self.rows(_REASONS, at, at)

    def surveys(self, at: date) -> list[Row]:
        """Each survey's score in a month."""
        return self.rows(_NPS, at)

    def funnel(self, at: date) -> list[Row]:
        """The stages that were entered in the twelve months that end with one."""
        return self.rows(_FUNNEL, at, at)

    def channels(self, at: date) -> list[Row]:
        """What each channel cost and brought in a month."""
        return self.rows(_CHANNELS, at)

    def dunning(self) -> list[Row]:
        """Invoices whose payment failed and is still asked for."""
        return self.rows(_DUNNING)

    def cards(self) -> list[Row]:
        """Cards that have expired, or do so this month or the next, with nothing else to pay by."""
        return self.rows(_CARDS)

    def leakage(self) -> list[Row]:
        """Money that may be lost."""
        return self.rows(_LEAKAGE)

    def calls(self) -> list[Row]:
        """Customers who are not well, those at risk first."""
        return self.rows(_CALLS)

    def deferred(self, at: date) -> Row | None:
        """How deferred revenue moved in a month."""
        return next(iter(self.rows(_DEFERRED, at)), None)

    def restated_months(self) -> list[Row]:
        """Each closed month whose MRR or revenue is another now, revenue in each currency."""
        return self.rows(_RESTATED)

    def restatements(self) -> list[Row]:
        """Movements of closed months that are others now."""
        return self.rows(_RESTATEMENTS)

    def names(self, customers: Sequence[str]) -> dict[str, str]:
        """The names of customers, where the open file has them."""
        query = (
            "select customer_id, name from marts.dim_customers "
            "where list_contains(?, customer_id) and name is not null"
        )
        return {row["customer_id"]: row["name"] for row in self.rows(query, list(set(customers)))}

    def warned(self, run_id: str) -> list[Row]:
        """Rules that did not hold in the run."""
        return self.rows(_WARNED, run_id)
