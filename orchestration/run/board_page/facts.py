"""The facts of a board page, gathered from the release that a run published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from orchestration.machine.duckdb_files import open_published
from orchestration.publish.manifest import OPEN, ReleaseManifest, release_folder
from orchestration.run.board_page.figures import QuarterTile, quarter_name, quarter_tiles
from orchestration.run.morning_page.charts import Column, Size, bar_chart
from orchestration.run.morning_page.drawings import Drawing
from orchestration.run.morning_page.reading import Cohort, Published, Row
from orchestration.run.morning_page.words import whole
from orchestration.settings import Company

QUARTERS_SHOWN = 9
"""Complete ones: the last, and two years before it."""
MOVEMENTS = {
    "new_arr": "new", "expansion_arr": "expansion", "reactivation_arr": "reactivation",
    "contraction_arr": "contraction", "churned_arr": "churn", "fx_arr": "exchange rates",
}  # fmt: skip
_SIZES: tuple[Size, ...] = ("desk", "phone")

_PERIODS = """
    select * from marts.fct_arr_waterfall where period_type = ? order by period_start
"""
# Figures of a quarter that are those of its last month.
_OF_LAST_MONTH = (
    "select period_month, closing_customers, cac_payback_months from marts.fct_company_monthly",
    "select period_month, ltv_60m from marts.fct_unit_economics_monthly where is_total",
    "select period_month, starting_customers, customer_churn_rate, grr, nrr"
    " from marts.fct_churn_annual where is_total",
    "select period_month, nrr_with_usage, starting_customers as usage_customers"
    " from marts.fct_usage_retention_monthly where period_months = 12",
    "select period_month, customers, top_1_share, top_5_share, top_10_share, top_20_share, herfindahl_index"
    " from marts.fct_customer_concentration_monthly",
)
_EFFICIENCY = "select * from marts.fct_efficiency_quarterly"
_RENEWED = """
    select
        quarters.period_start,
        cast(sum(months.due_subscriptions - months.open_subscriptions) as bigint) as settled_subscriptions,
        sum(months.due_subscriptions - months.open_subscriptions - months.churned_subscriptions)
            / nullif(sum(months.due_subscriptions - months.open_subscriptions), 0) as renewal_rate,
        sum(months.kept_mrr) / nullif(sum(months.due_mrr - months.open_mrr), 0) as gross_renewal_rate,
        sum(months.mrr_after) / nullif(sum(months.due_mrr - months.open_mrr), 0) as net_renewal_rate
    from marts.fct_arr_waterfall as quarters
    inner join marts.fct_renewals_monthly as months
        on months.is_total and months.period_month >= quarters.period_start
        and months.period_month < quarters.period_start + interval 3 month
    where quarters.period_type = 'quarter'
    group by quarters.period_start
"""
_BANDS = """
    select
        segment_type, segment_value, starting_customers, customer_churn_rate, customer_churn_rate_low,
        customer_churn_rate_high, starting_mrr, grr, nrr
    from marts.fct_retention_bands_monthly
    where period_months = 12 and period_month = ? and not is_total
    order by segment_type, segment_position
"""
_DUE = """
    select
        period_month, count(*) as terms, sum(due_mrr) as due_mrr,
        coalesce(sum(due_mrr) filter (where renewal_risk = 'cancel_requested'), 0) as cancel_requested,
        coalesce(sum(due_mrr) filter (where renewal_risk = 'at_risk'), 0) as at_risk,
        coalesce(sum(due_mrr) filter (where renewal_risk = 'watch'), 0) as watch,
        coalesce(sum(due_mrr) filter (where renewal_risk = 'healthy'), 0) as healthy,
        coalesce(sum(due_mrr) filter (where renewal_risk = 'unknown'), 0) as unknown
    from marts.fct_renewals
    where outcome = 'open' and months_ahead between 0 and 11
    group by period_month
    order by period_month
"""
_AT_RISK = """
    select
        renewal.customer_id, customer.name, renewal.term_end_on, renewal.term, renewal.due_mrr,
        renewal.renewal_risk, renewal.health_score
    from marts.fct_renewals as renewal
    left join marts.dim_customers as customer on customer.customer_id = renewal.customer_id
    where renewal.months_ahead >= 0 and renewal.renewal_risk in ('cancel_requested', 'at_risk', 'watch')
    order by
        case renewal.renewal_risk when 'cancel_requested' then 0 when 'at_risk' then 1 else 2 end,
        renewal.due_mrr desc, renewal.term_end_on, renewal.subscription_id
"""


@dataclass(frozen=True)
class BoardFacts:
    """All that a board page shows. Lists are whole: the page says how many it leaves out."""

    company: Company
    release: ReleaseManifest
    quarters: tuple[Row, ...]
    """The last complete fiscal quarters, oldest first, each with all its figures."""
    running: Row | None
    """The quarter that is not over."""
    years: tuple[Row, ...]
    tiles: tuple[QuarterTile, ...]
    arr: Drawing | None
    bands: Mapping[str, Sequence[Row]]
    """Retention of twelve months to the end of the quarter, by the type of its bands."""
    cohorts: tuple[Cohort, ...]
    """Retention of each quarter's new customers by their age."""
    due: tuple[Row, ...]
    """What is due in each month to come."""
    at_risk: tuple[Row, ...]

    @property
    def quarter(self) -> Row | None:
        """The last complete quarter."""
        return self.quarters[-1] if self.quarters else None

    def has(self, *columns: str) -> bool:
        """Whether one of these columns is known of any of the quarters."""
        return any(row.get(column) is not None for row in self.quarters for column in columns)


def gather_board(company: Company, release: ReleaseManifest) -> BoardFacts:
    """The facts of a release that is published, from its open file."""
    with open_published(release_folder(company, release) / OPEN, company.limits) as connection:
        published = Published(connection)
        periods = published.rows(_PERIODS, "quarter")
        complete = _with_figures(published, [row for row in periods if not row["is_partial"]])
        shown = complete[-QUARTERS_SHOWN:]
        return BoardFacts(
            company=company,
            release=release,
            quarters=tuple(shown),
            running=next((row for row in periods if row["is_partial"]), None),
            years=tuple(published.rows(_PERIODS, "fiscal_year")),
            tiles=quarter_tiles(complete, company.policies.min_n),
            arr=_drawing(shown) if shown else None,
            bands=_bands(published.rows(_BANDS, last_month(shown[-1])) if shown else []),
            cohorts=tuple(published.cohorts()),
            due=tuple(published.rows(_DUE)),
            at_risk=tuple(published.rows(_AT_RISK)),
        )


def last_month(quarter: Row) -> date:
    """The first day of a quarter's last month."""
    start: date = quarter["period_start"]
    year, place = divmod(start.year * 12 + start.month + 1, 12)
    return date(year, place + 1, 1)


def _with_figures(published: Published, quarters: Sequence[Row]) -> list[Row]:
    by_month: dict[date, dict[str, Any]] = {}
    for query in _OF_LAST_MONTH:
        for row in published.rows(query):
            by_month.setdefault(row["period_month"], {}).update(row)
    by_quarter: dict[date, dict[str, Any]] = {}
    for query in (_EFFICIENCY, _RENEWED):
        for row in published.rows(query):
            by_quarter.setdefault(row["period_start"], {}).update(row)
    return [
        {**by_month.get(last_month(row), {}), **by_quarter.get(row["period_start"], {}), **row}
        for row in quarters
    ]


def _bands(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["segment_type"], []).append(row)
    return found


def _drawing(quarters: Sequence[Row]) -> Drawing:
    columns = [
        Column(
            quarter_name(row),
            # Each movement has the colour that its MRR has on the morning page.
            tuple((name.replace("_arr", "_mrr"), float(row[name])) for name in MOVEMENTS),
            says=f"{quarter_name(row)}: "
            + ", ".join(f"{words} {row[name]:+,.0f}" for name, words in MOVEMENTS.items() if row[name]),
        )
        for row in quarters
    ]
    legend = [
        (name.replace("_arr", "_mrr"), words)
        for name, words in MOVEMENTS.items()
        if any(row[name] for row in quarters)
    ]
    charts = tuple(bar_chart(columns, size, whole) for size in _SIZES)
    return Drawing(charts, tuple(legend), "What moved ARR in each quarter")
