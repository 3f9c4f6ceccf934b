"""The rows below a customer's part of a figure, each with the file and the line that told it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import duckdb

from orchestration.explain.figure import Evidence, Input

_HELD = """
    select
        max(effective_date), 'holds ' || coalesce(max_by(plan_name, effective_at), item_id),
        sum({delta}), currency, null,
        max_by(source_name, effective_at), max_by(source_file, effective_at),
        max_by(source_line, effective_at)
    from fct_mrr_ledger
    where customer_id = $customer and effective_date {until}
    group by subscription_id, item_id, currency
    having sum({delta}) <> 0
    order by 3 desc, subscription_id, item_id
"""
_QUERIES: Mapping[Evidence, str] = MappingProxyType(
    {
        "held_at_start": _HELD.format(delta="mrr_delta_native", until="< $first_month"),
        "held_at_end": _HELD.format(delta="mrr_delta_native", until="<= $last_day"),
        "committed": _HELD.format(delta="committed_mrr_delta_native", until="<= $last_day"),
        "pending": """
            select
                max(effective_date), 'is to end: ' || coalesce(max_by(plan_name, effective_at), item_id),
                sum(committed_mrr_delta_native - mrr_delta_native), currency, null,
                max_by(source_name, effective_at), max_by(source_file, effective_at),
                max_by(source_line, effective_at)
            from fct_mrr_ledger
            where effective_date <= $last_day
            group by subscription_id, item_id, currency
            having sum(committed_mrr_delta_native - mrr_delta_native) <> 0
            order by 3, subscription_id, item_id
        """,
        "end_requests": """
            with requests as (
                select * from fct_end_requests where customer_id = $customer and period_month = $month
            )
            select
                requested_on, 'asked to end: ' || plan
                || coalesce(', ended on ' || ended_on, '')
                || if(is_saved, ', saved', ''),
                null, null, mrr_at_request, source_name, source_file, source_line
            from requests
            union all
            select
                offered_on, 'offered a discount or a trial: ' || plan,
                null, null, null, offer_source_name, offer_source_file, offer_source_line
            from requests
            where offered_on is not null
            union all
            select
                requests.withdrawn_on, 'taken back: ' || requests.plan,
                null, null, null, ledger.source_name, ledger.source_file, ledger.source_line
            from requests
            inner join fct_mrr_ledger as ledger
                on requests.subscription_id = ledger.subscription_id
                and requests.withdrawn_on = ledger.effective_date
                and ledger.committed_mrr_delta_native > 0
            order by all
        """,
        "feature_use": """
            select
                first_used_on, 'first use of ' || feature || ' in the month, of ' || events || ' in all'
                || if(churned_90d = 1, ', left within 90 days', ''),
                null, null, mrr, source_name, source_file, source_line
            from fct_feature_customers_monthly
            where customer_id = $customer and period_month = $month and feature = $segment_value
        """,
        "onboarding": """
            select
                onboarding.started_on,
                'began, ' || replace(onboarding.activation_state, '_', ' ')
                || coalesce('; first ' || onboarding.feature || ' on ' || onboarding.first_used_on, '')
                || case
                    when onboarding.is_retained_90d then '; there after 90 days'
                    when not onboarding.is_retained_90d then '; gone after 90 days'
                    else ''
                end,
                null, null, null,
                if(used.source_file is null, customers.source_name, used.source_name),
                coalesce(used.source_file, customers.source_file),
                if(used.source_file is null, customers.source_line, used.source_line)
            from fct_onboarding as onboarding
            inner join dim_customers as customers on onboarding.customer_id = customers.customer_id
            left join fct_feature_customers_monthly as used
                on onboarding.customer_id = used.customer_id
                and onboarding.feature = used.feature
                and onboarding.first_used_on = used.first_used_on
            where onboarding.customer_id = $customer and onboarding.period_month = $month
        """,
        "said": """
            select
                said_on, if(said_as = 'churn', 'left: ', 'answered as ' || category || ': ') || theme,
                null, null, mrr, source_name, source_file, source_line
            from fct_feedback_themes
            where
                coalesce(customer_id, 'no customer') = $customer
                and period_month = $month
                and theme = $segment_value
                and said_as in (select unnest($types))
            order by 1, said_id
        """,
        "movements": """
            select
                ledger.effective_date,
                movements.movement_type || ', ' || coalesce(ledger.plan_name, ledger.item_id),
                ledger.mrr_delta_native, ledger.currency, ledger.mrr_delta,
                ledger.source_name, ledger.source_file, ledger.source_line
            from fct_mrr_movements as movements
            inner join fct_mrr_ledger as ledger on movements.movement_id = ledger.movement_id
            where
                movements.customer_id = $customer
                and movements.period_month between $from_month and $month
                and movements.movement_type in (select unnest($types))
            order by 1, abs(ledger.mrr_delta_native) desc, ledger.ledger_id
        """,
        "lives": """
            select
                churned_on, 'left: ' || churn_class || coalesce(', ' || reason, ''), -mrr_lost, null, null,
                source_name, source_file, source_line
            from fct_churn_events
            where customer_id = $customer and period_month between $from_month and $month
            order by 1
        """,
        "answers": """
            select
                responded_on, 'answered ' || score || ', ' || category, null, null, null,
                split_part(survey, ':', 1), source_file, source_line
            from fct_nps_responses
            where
                coalesce(customer_id, 'no customer') = $customer
                and survey = $survey
                and not is_excluded
                and responded_on <= $last_day
                and responded_on > $last_day - cast($nps_window_days as integer)
            qualify row_number() over (
                partition by respondent_id order by responded_at desc, response_id desc
            ) = 1
            order by 1, response_id
        """,
        "trials": """
            select
                trial_started_on, 'trial until ' || trial_ended_on || if(is_converted, ', converted', ''),
                null, null, null, split_part(customer_id, ':', 1), source_file, source_line
            from fct_trials
            where customer_id = $customer and trial_month = $month
            order by 1, subscription_id
        """,
        "failed_invoices": """
            select
                cast(recovery.first_failed_at as date), recovery.invoice_id || ', ' || recovery.state,
                recovery.amount_native, recovery.currency, recovery.amount,
                split_part(recovery.customer_id, ':', 1), invoices.source_file, invoices.source_line
            from fct_payment_recovery as recovery
            left join fct_invoices as invoices on recovery.invoice_id = invoices.invoice_id
            where recovery.customer_id = $customer and recovery.billed_month = $month
            order by 1, recovery.invoice_id
        """,
        "revenue": """
            select
                recognition_month, revenue_class || ', ' || coalesce(plan_name, line_id),
                amount_native, currency, amount,
                split_part(customer_id, ':', 1), source_file, source_line
            from fct_revenue_recognition
            where customer_id = $customer and recognition_month = $month
            order by abs(amount) desc, invoice_id, line_id, revenue_class
        """,
        "obligations": """
            select
                booking_month, 'still to be earned, ' || coalesce(max(plan_name), line_id),
                sum(amount_native), currency, sum(amount),
                split_part(customer_id, ':', 1), max(source_file), max(source_line)
            from fct_revenue_recognition
            where customer_id = $customer and booking_month <= $month and recognition_month > $month
            group by customer_id, invoice_id, line_id, booking_month, currency
            having sum(amount) <> 0
            order by abs(sum(amount)) desc, invoice_id, line_id
        """,
        "renewals": """
            select
                renewals.term_end_on,
                'term of a ' || renewals.term || ' ends, ' || renewals.outcome
                || coalesce(', ' || renewals.renewal_risk, ''),
                null, null, renewals.due_mrr,
                subscriptions.source_name,
                coalesce(invoices.source_file, subscriptions.source_file),
                if(
                    invoices.source_file is null, subscriptions.source_line, invoices.source_line
                )
            from fct_renewals as renewals
            inner join dim_subscriptions as subscriptions
                on renewals.subscription_id = subscriptions.subscription_id
            left join fct_invoices as invoices on renewals.invoice_id = invoices.invoice_id
            where renewals.customer_id = $customer and renewals.period_month = $month
            order by 1, renewals.subscription_id
        """,
        "factors": """
            select
                origin_month,
                'cohorts ' || cohort_ages || ' months old: a month keeps '
                || printf('%.1f', 100 * kept_factor) || ' %, makes '
                || printf('%.1f', 100 * development_factor) || ' % (' || customer_months
                || ' customer months, weight ' || printf('%.2f', weight) || ') of',
                null, null, origin_mrr, null, null, null
            from fct_forecast_factors
            where
                origin_month = (select max(origin_month) from fct_mrr_forecast)
                and segment_type = $segment_type
                and segment_value = $segment_value
            order by age_band
        """,
        "usage": """
            select
                recognition_month, 'usage of ' || coalesce(plan_name, line_id),
                amount_native, currency, amount,
                split_part(customer_id, ':', 1), source_file, source_line
            from fct_revenue_recognition
            where
                customer_id = $customer
                and revenue_kind = 'usage'
                and revenue_class = 'earned'
                and recognition_month between $month - interval 2 month and $month
            order by 1, invoice_id, line_id
        """,
        "price_changes": """
            select
                met_on,
                plan || coalesce(
                    ', a unit from ' || rtrim(rtrim(cast(unit_price_before as varchar), '0'), '.')
                    || ' to ' || rtrim(rtrim(cast(unit_price_after as varchar), '0'), '.')
                    || ' ' || currency,
                    ', another price'
                ) || if(churned_90d = 1, ', left within 90 days', ''),
                null, null, mrr_effect, source_name, source_file, source_line
            from fct_price_change_customers
            where customer_id = $customer and period_month = $month
            order by 1, price_change_id
        """,
    }
)


@dataclass(frozen=True)
class Row:
    """One row that tells of a customer's part of a figure; money natively and in the reporting currency."""

    on: date | None
    what: str
    amount_native: Decimal | None
    currency: str | None
    amount: Decimal | None
    source_name: str | None
    source_file: str | None
    source_line: int | None
    text: str | None = None
    """The line, where it was asked for and its file is still there."""


def rows_below(
    connection: duckdb.DuckDBPyConnection,
    inputs: tuple[Input, ...],
    customer: str,
    values: Mapping[str, object],
    limit: int,
) -> list[Row]:
    """The rows below a part of some inputs, a customer's or that of the whole company, each kind once."""
    kinds = dict.fromkeys(kind for one in inputs for kind in one.evidence)
    types = sorted({kind for one in inputs for kind in one.movement_types})
    given = {**values, "customer": customer, "types": types}
    rows: list[Row] = []
    for kind in kinds:
        query = _QUERIES[kind]
        rows += [Row(*row) for row in connection.execute(query, named_in(query, given)).fetchmany(limit)]
    return rows


def named_in(query: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Of some values, those that a query names: DuckDB takes no others."""
    return {name: values[name] for name in re.findall(r"\$(\w+)", query) if name in values}
