"""Each critical rule of the gates is proven by corrupting what was built in the way the rule forbids."""

from datetime import UTC, datetime

import pytest

from orchestration.build.manifest import parsed
from orchestration.machine.duckdb_files import open_build
from orchestration.quality.gate import check
from orchestration.quality.suites import raw
from tests.pipeline import mart_rules

AS_OF = datetime(2025, 7, 1, tzinfo=UTC)

ANY_LEDGER_ROW = "ledger_id = (select min(ledger_id) from marts.fct_mrr_ledger where mrr_delta_native > 0)"
LAST_MONTH = "period_month = (select max(period_month) from marts.fct_mrr_monthly)"
NEW = "movement_id = (select min(movement_id) from marts.fct_mrr_movements where movement_type = 'new')"
CHURN = "movement_id = (select min(movement_id) from marts.fct_mrr_movements where movement_type = 'churn')"
FULL_MONTH = """
    segment_type = 'all' and period_month = (
        select max(period_month) from marts.fct_churn_monthly
        where segment_type = 'all' and customer_churn_rate is not null and churned_customers > 0
    )
"""

# what is broken: (table whose rules are run, rule that must stop it, statement that corrupts the build)
MARTS = {
    "a month closes a cent too high": (
        "fct_mrr_monthly",
        "monthly_roll_forward_closes",
        f"update marts.fct_mrr_monthly set closing_mrr = closing_mrr + 0.01 where {LAST_MONTH}",
    ),
    "a month has no closing figure": (
        "fct_mrr_monthly",
        "monthly_roll_forward_closes",
        "create or replace table marts.fct_mrr_monthly as select * replace ("
        f"case when {LAST_MONTH} then null else closing_mrr end as closing_mrr) from marts.fct_mrr_monthly",
    ),
    "MRR is negative": (
        "fct_mrr_monthly",
        "months_are_plausible",
        f"update marts.fct_mrr_monthly set closing_mrr = -1 where {LAST_MONTH}",
    ),
    "ARR is not twelve times MRR": (
        "fct_mrr_monthly",
        "months_are_plausible",
        f"update marts.fct_mrr_monthly set arr = arr + 1 where {LAST_MONTH}",
    ),
    "a month is missing": (
        "fct_mrr_monthly",
        "months_follow_each_other",
        "delete from marts.fct_mrr_monthly where period_month = date '2025-03-01'",
    ),
    "a month is there twice": (
        "dim_dates",
        "declared_keys_hold",
        f"insert into marts.fct_mrr_monthly select * from marts.fct_mrr_monthly where {LAST_MONTH}",
    ),
    "a segment lost money": (
        "fct_mrr_monthly",
        "segments_add_up_to_the_total",
        f"update marts.fct_mrr_monthly set closing_mrr = 0 where segment_type = 'country' and {LAST_MONTH}",
    ),
    "a movement is missing": (
        "fct_mrr_monthly",
        "movements_add_up_to_the_months",
        f"delete from marts.fct_mrr_movements where {NEW}",
    ),
    "the total says more than the customers": (
        "fct_customer_mrr_monthly",
        "customers_add_up_to_the_total",
        "update marts.fct_mrr_monthly set closing_mrr = closing_mrr + 1, new_mrr = new_mrr + 1 "
        f"where segment_type = 'all' and {LAST_MONTH}",
    ),
    "a customer's month does not close": (
        "fct_customer_mrr_monthly",
        "customer_roll_forward_closes",
        "update marts.fct_customer_mrr_monthly set fx_mrr = fx_mrr + 0.0001 "
        "where customer_id = (select min(customer_id) from marts.fct_customer_mrr_monthly)",
    ),
    "a customer's month is missing": (
        "fct_customer_mrr_monthly",
        "customer_months_follow_each_other",
        "delete from marts.fct_customer_mrr_monthly where period_month = date '2025-03-01'",
    ),
    "a customer's month is there twice": (
        "dim_dates",
        "declared_keys_hold",
        "insert into marts.fct_customer_mrr_monthly select * from marts.fct_customer_mrr_monthly",
    ),
    "a movement is there twice": (
        "dim_dates",
        "declared_keys_hold",
        f"insert into marts.fct_mrr_movements select * from marts.fct_mrr_movements where {NEW}",
    ),
    "a movement of no known type": (
        "dim_customers",
        "declared_values_hold",
        f"update marts.fct_mrr_movements set movement_type = 'upsell' where {NEW}",
    ),
    "an expansion that shrinks": (
        "fct_mrr_movements",
        "movements_have_the_sign_of_their_type",
        f"update marts.fct_mrr_movements set movement_type = 'expansion' where {CHURN}",
    ),
    "a movement that does not add up": (
        "fct_mrr_movements",
        "movements_have_the_sign_of_their_type",
        f"update marts.fct_mrr_movements set mrr_delta = mrr_delta + 1 where {NEW}",
    ),
    "two churns in a row": (
        "fct_mrr_movements",
        "churn_and_return_alternate",
        "insert into marts.fct_mrr_movements select * replace ('again' as movement_id, "
        f"movement_date + 1 as movement_date) from marts.fct_mrr_movements where {CHURN}",
    ),
    "a customer that is new twice": (
        "fct_mrr_movements",
        "one_start_per_customer",
        "insert into marts.fct_mrr_movements select * replace ('again' as movement_id, "
        f"movement_date + 1 as movement_date) from marts.fct_mrr_movements where {NEW}",
    ),
    "a movement of tomorrow": (
        "fct_mrr_movements",
        "no_movement_lies_in_the_future",
        f"update marts.fct_mrr_movements set movement_date = date '2025-07-02' where {NEW}",
    ),
    "a movement of nobody": (
        "fct_mrr_movements",
        "movements_are_of_known_customers",
        f"update marts.fct_mrr_movements set customer_id = 'canonical:nobody' where {NEW}",
    ),
    "a driver that explains too much": (
        "fct_mrr_ledger",
        "drivers_add_up_to_the_delta",
        "update marts.fct_mrr_ledger set price_effect_native = price_effect_native + 0.01 "
        f"where {ANY_LEDGER_ROW}",
    ),
    "a driver that explains too much in the reporting currency": (
        "fct_mrr_ledger",
        "drivers_add_up_to_the_delta",
        f"update marts.fct_mrr_ledger set price_effect = price_effect + 0.01 where {ANY_LEDGER_ROW}",
    ),
    "a ledger row of another customer's movement": (
        "fct_mrr_ledger",
        "ledger_rows_name_the_movement_of_their_day",
        f"update marts.fct_mrr_ledger set movement_id = 'canonical:x/2025-01-01' where {ANY_LEDGER_ROW}",
    ),
    "a ledger row that names no movement although there is one": (
        "fct_mrr_ledger",
        "ledger_rows_name_the_movement_of_their_day",
        f"update marts.fct_mrr_ledger set movement_id = null where {ANY_LEDGER_ROW}",
    ),
    "a movement of more than its ledger rows": (
        "fct_mrr_movements",
        "ledger_rows_add_up_to_their_movement",
        f"update marts.fct_mrr_movements set mrr_delta = mrr_delta + 0.01 where {NEW}",
    ),
    "a movement without a ledger row": (
        "fct_mrr_movements",
        "ledger_rows_add_up_to_their_movement",
        "delete from marts.fct_mrr_ledger where movement_id = "
        "(select min(movement_id) from marts.fct_mrr_movements)",
    ),
    "a ledger row that moves a customer on a day without a movement": (
        "fct_mrr_movements",
        "ledger_rows_add_up_to_their_movement",
        f"insert into marts.fct_mrr_ledger select * replace ('again' as ledger_id, null as movement_id, "
        f"date '2025-06-29' as effective_date) from marts.fct_mrr_ledger where {ANY_LEDGER_ROW}",
    ),
    "a ledger row at another rate than the day's": (
        "fct_mrr_ledger",
        "ledger_amounts_are_native_ones_at_the_rate_of_the_day",
        f"update marts.fct_mrr_ledger set mrr_after = mrr_after + 0.01 where {ANY_LEDGER_ROW}",
    ),
    "a ledger state that does not follow": (
        "fct_mrr_ledger",
        "ledger_states_follow_their_deltas",
        f"update marts.fct_mrr_ledger set mrr_after_native = mrr_after_native + 1 where {ANY_LEDGER_ROW}",
    ),
    "a finding on a line of no file": (
        "fct_mrr_findings",
        "findings_name_the_file_of_their_line",
        "insert into marts.fct_mrr_findings (finding_id, finding_type, severity, what_it_means, what_to_do,"
        " source_name, source_line) values ('new', 'new', 'warning', 'Something.', 'Look.', 'stripe', 3)",
    ),
    "an expansion of a customer who is gone": (
        "fct_mrr_movements",
        "churn_and_return_alternate",
        "insert into marts.fct_mrr_movements select * replace ('again' as movement_id, "
        "movement_date + 1 as movement_date, 'expansion' as movement_type) "
        f"from marts.fct_mrr_movements where {CHURN}",
    ),
    "a closing balance without a next month": (
        "fct_customer_mrr_monthly",
        "customer_months_follow_each_other",
        "delete from marts.fct_customer_mrr_monthly where period_month = date '2025-07-01'",
    ),
    "a month of the company without its customers": (
        "fct_customer_mrr_monthly",
        "customers_add_up_to_the_total",
        "delete from marts.fct_customer_mrr_monthly where period_month = date '2025-03-01'",
    ),
    "a customer too many in the total": (
        "fct_customer_mrr_monthly",
        "customers_add_up_to_the_total",
        "update marts.fct_mrr_monthly set closing_customers = closing_customers + 1 "
        f"where segment_type = 'all' and {LAST_MONTH}",
    ),
    "a type of segment that a month lacks": (
        "fct_mrr_monthly",
        "segments_add_up_to_the_total",
        f"delete from marts.fct_mrr_monthly where segment_type = 'country' and {LAST_MONTH}",
    ),
    "a foreign amount taken as it is where no rate is known": (
        "fct_mrr_ledger",
        "ledger_amounts_are_native_ones_at_the_rate_of_the_day",
        "delete from marts.dim_fx_rates; "
        "update marts.fct_mrr_ledger set mrr_before = mrr_before_native, mrr_after = mrr_after_native",
    ),
    "movements that no ledger row tells": (
        "fct_mrr_ledger",
        "ledger_equals_movements",
        "delete from marts.fct_mrr_ledger where customer_id = "
        "(select min(customer_id) from marts.dim_customers where currency = 'EUR' and mrr > 0)",
    ),
    "a bridge that lacks a type": (
        "fct_mrr_netting_bridge",
        "the_day_grain_is_that_of_the_months",
        "delete from marts.fct_mrr_netting_bridge where movement_type = 'new'",
    ),
    "a ledger row without its file": (
        "dim_dates",
        "declared_keys_hold",
        "create or replace table marts.fct_mrr_ledger as "
        "select * replace (null as source_file) from marts.fct_mrr_ledger",
    ),
    "a ledger row is there twice": (
        "dim_dates",
        "declared_keys_hold",
        f"insert into marts.fct_mrr_ledger select * from marts.fct_mrr_ledger where {ANY_LEDGER_ROW}",
    ),
    "the ledger knows more than the movements": (
        "fct_mrr_ledger",
        "ledger_equals_movements",
        "delete from marts.fct_mrr_movements where customer_id in "
        "(select customer_id from marts.dim_customers where currency = 'EUR')",
    ),
    "a ledger row that names the line of another subscription": (
        "fct_mrr_ledger",
        "ledger_rows_are_told_by_the_line_they_name",
        f"update marts.fct_mrr_ledger set source_line = source_line + 1 where {ANY_LEDGER_ROW}",
    ),
    "a ledger row that names a delivery which never came": (
        "fct_mrr_ledger",
        "ledger_rows_are_told_by_the_line_they_name",
        f"update marts.fct_mrr_ledger set recorded_at = recorded_at + interval 1 hour where {ANY_LEDGER_ROW}",
    ),
    "an end that names a line which says active": (
        "fct_mrr_ledger",
        "ledger_rows_are_told_by_the_line_they_name",
        "update raw.subscriptions set status = 'active', ended_at = null where subscription_id = 'sub_3'; "
        "update raw.subscription_items set status = 'active', valid_to = null "
        "where subscription_id = 'sub_3'",
    ),
    "a start that names a line with another quantity": (
        "fct_mrr_ledger",
        "ledger_rows_are_told_by_the_line_they_name",
        "update raw.subscription_items set quantity = '99' where _source = 'canonical'",
    ),
    "a change that was known before it held, and nobody scheduled": (
        "fct_mrr_ledger",
        "ledger_rows_are_known_when_they_hold",
        "update marts.fct_mrr_ledger set effective_at = recorded_at + interval 36 hour "
        f"where {ANY_LEDGER_ROW}",
    ),
    "an item from before a list that lacked it": (
        "fct_mrr_ledger",
        "items_start_after_the_lists_without_them",
        """
        insert into raw.subscriptions select * replace (timestamp '2025-06-30' as _extracted_at)
        from raw.subscriptions where subscription_id = 'sub_3';
        insert into raw.snapshots select * replace (timestamp '2025-06-30' as _extracted_at)
        from raw.snapshots where _source = 'stripe' and canonical_table = 'subscription_items'
        """,
    ),
    "an item that ended before a delivery which still showed it": (
        "fct_mrr_ledger",
        "items_end_after_the_deliveries_with_them",
        """
        insert into raw.subscription_items
        select * replace (timestamp '2025-06-29' as _extracted_at, 'active' as status, null as valid_to)
        from raw.subscription_items where subscription_id = 'sub_3';
        insert into staging.stg_subscription_observations
        select * replace (timestamp '2025-06-29' as recorded_at, 'active' as status)
        from staging.stg_subscription_observations where subscription_id = 'stripe:sub_3'
        """,
    ),
    "churn of no kind": (
        "fct_churn_monthly",
        "kinds_of_churn_add_up",
        f"update marts.fct_churn_monthly set unknown_customers = unknown_customers + 1 where {FULL_MONTH}",
    ),
    "a churn rate above one": (
        "fct_churn_monthly",
        "churn_rates_lie_between_0_and_1",
        f"update marts.fct_churn_monthly set customer_churn_rate = 1.5 where {FULL_MONTH}",
    ),
    "gross retention above net": (
        "fct_churn_monthly",
        "gross_retention_is_at_most_net",
        "update marts.fct_churn_monthly set nrr = grr - 0.1, net_mrr_churn_rate = 1.1 - grr "
        f"where {FULL_MONTH}",
    ),
    "a churn rate outside its bounds": (
        "fct_churn_monthly",
        "churn_rate_lies_within_its_bounds",
        f"update marts.fct_churn_monthly set customer_churn_rate_low = 0.99 where {FULL_MONTH}",
    ),
    "churn of customers that were not there": (
        "fct_churn_monthly",
        "churn_starts_from_the_customers_of_the_month",
        f"update marts.fct_churn_monthly set starting_customers = starting_customers + 1 where {FULL_MONTH}",
    ),
    "a churn without its event": (
        "fct_churn_events",
        "every_churn_has_its_event",
        "delete from marts.fct_churn_events where customer_id = "
        "(select min(customer_id) from marts.fct_churn_events)",
    ),
    "a churn of no known class": (
        "dim_customers",
        "declared_values_hold",
        "update marts.fct_churn_events set churn_class = 'perhaps'",
    ),
    "a year that keeps more than churn leaves": (
        "fct_churn_annual",
        "yearly_retention_is_what_churn_leaves",
        "insert into marts.fct_churn_annual (period_month, segment_type, segment_value, is_total, "
        "starting_customers, churned_customers, customer_churn_rate, retention_rate, grr, nrr) "
        "values (date '2025-06-01', 'all', 'x', true, 10, 1, 0.1, 0.5, 1, 1)",
    ),
    "a key that two rows share": (
        "dim_dates",
        "declared_keys_hold",
        "insert into marts.dim_dates select * from marts.dim_dates limit 1",
    ),
    "a state that nobody declared": (
        "dim_customers",
        "declared_values_hold",
        "insert into marts.fct_payment_recovery (invoice_id, state, first_failed_at) "
        "values ('canonical:i', 'perhaps', timestamp '2025-01-01')",
    ),
    "a status that nobody declared": (
        "dim_customers",
        "declared_values_hold",
        "update marts.dim_customers set status = 'perhaps'",
    ),
    "a link by a rule that is not in the list": (
        "dim_customers",
        "declared_values_hold",
        "insert into marts.fct_identity_links (customer_id, crm_account_id, rule) "
        "values ('canonical:c', 'canonical:a', 'a rule of ours')",
    ),
    "a cohort's base that changes": (
        "fct_cohort_retention",
        "cohort_base_never_changes",
        "update marts.fct_cohort_retention set cohort_customers = cohort_customers + 1 "
        "where months_since = 1",
    ),
    "a cohort that grows": (
        "fct_cohort_retention",
        "no_cohort_keeps_more_than_it_had",
        "update marts.fct_cohort_retention set active_customers = cohort_customers + 1 "
        "where months_since = 0",
    ),
    "a start outside its cohort": (
        "fct_cohort_retention",
        "every_start_is_in_its_cohort",
        "update marts.dim_customers set cohort_month = date '2001-01-01' where customer_id = "
        "(select min(customer_id) from marts.dim_customers where cohort_month is not null)",
    ),
    "a score of eleven": (
        "fct_nps_responses",
        "scores_lie_between_0_and_10",
        "update marts.fct_nps_responses set score = 11",
    ),
    "a detractor called promoter": (
        "fct_nps_responses",
        "category_follows_the_score",
        "update marts.fct_nps_responses set score = 3, category = 'promoter'",
    ),
    "a respondent's address": (
        "fct_nps_responses",
        "respondents_are_hashed",
        "update marts.fct_nps_responses set respondent_id = 'ada@example.org'",
    ),
    "an answer too many": (
        "fct_nps_monthly",
        "answers_add_up",
        "update marts.fct_nps_monthly set responses = responses + 1",
    ),
    "an NPS above a hundred": (
        "fct_nps_monthly",
        "nps_and_response_rate_lie_in_range",
        "update marts.fct_nps_monthly set nps = 120",
    ),
    "more references match than there are": (
        "fct_reference_match",
        "no_more_references_match_than_there_are",
        "insert into marts.fct_reference_match (pair, source_name, reference_rows, matched_rows)"
        " values ('deal > account', 'crm', 1, 2)",
    ),
    "a trial converted before it began": (
        "fct_trials",
        "trials_convert_after_they_began",
        "update marts.fct_trials set is_converted = true, first_mrr_on = trial_started_on - 1",
    ),
    "more trials converted than began": (
        "fct_trial_conversion_monthly",
        "trials_by_card_add_up",
        "update marts.fct_trial_conversion_monthly set converted = trials + 1",
    ),
    "a stage left before it was entered": (
        "fct_funnel_entries",
        "stages_are_entered_in_order",
        "insert into marts.fct_funnel_entries (journey_id, stage, entered_at, advanced_at) "
        "values ('canonical:l', 'lead', timestamp '2025-01-02', timestamp '2025-01-01')",
    ),
    "a funnel month without its entries": (
        "fct_funnel_monthly",
        "funnel_counts_are_those_of_the_entries",
        "insert into marts.fct_funnel_monthly (period_month, stage, segment_type, segment_value, is_total, "
        "entered) values (date '2025-01-01', 'lead', 'all', 'all', true, 1)",
    ),
    "a channel that spent too much": (
        "fct_unit_economics_monthly",
        "channels_add_up_to_the_company",
        "update marts.fct_unit_economics_monthly "
        "set sales_marketing_cost = coalesce(sales_marketing_cost, 0) + 1 where channel = 'all'",
    ),
    "an up-sell of money that is not there": (
        "fct_expansion_monthly",
        "up_sell_and_cross_sell_are_the_expansion",
        "update marts.fct_expansion_monthly set upsell_mrr = upsell_mrr + 0.0001",
    ),
    "a team that contributes too much": (
        "fct_mrr_contribution_monthly",
        "contributions_add_up_to_the_company",
        "update marts.fct_mrr_contribution_monthly set closing_mrr = closing_mrr + 1 "
        "where dimension = 'team' and period_month = date '2025-06-01'",
    ),
    "more attempts failed than were made": (
        "fct_invoices",
        "attempts_hold_the_failed_ones",
        "insert into marts.fct_invoices (invoice_id, attempts, failed_attempts) values ('canonical:i', 1, 2)",
    ),
    "an invoice recovered without money": (
        "fct_payment_recovery",
        "recovered_is_when_the_money_came",
        "insert into marts.fct_payment_recovery (invoice_id, state, first_failed_at) "
        "values ('canonical:i', 'recovered', timestamp '2025-01-01')",
    ),
    "a failed invoice that became nothing": (
        "fct_payment_recovery_monthly",
        "recovered_lost_and_open_add_up",
        "insert into marts.fct_payment_recovery_monthly (period_month, method, is_total, failed_invoices, "
        "recovered_invoices, lost_invoices, open_invoices) "
        "values (date '2025-01-01', 'all', true, 3, 1, 1, 0)",
    ),
    "a payment without an outcome": (
        "fct_payments_monthly",
        "outcomes_of_payments_add_up",
        "insert into marts.fct_payments_monthly (period_month, method, is_total, attempts, succeeded, "
        "failed, charged_back, pending) values (date '2025-01-01', 'all', true, 2, 1, 0, 0, 0)",
    ),
    "a day that the calendar lacks": (
        "dim_dates",
        "days_follow_each_other",
        "delete from marts.dim_dates where date_day = date '2025-03-01'",
    ),
    "a price that nobody listed": (
        "dim_prices",
        "prices_of_the_ledger_are_listed",
        f"update marts.fct_mrr_ledger set price_id = 'source:unheard_of' where {ANY_LEDGER_ROW}",
    ),
    "a product that nobody listed": (
        "dim_products",
        "products_of_prices_are_listed",
        "insert into marts.dim_prices (price_id, source_name, currency, product_id) "
        "values ('source:x', 'source', 'EUR', 'source:unheard_of')",
    ),
    "a reseller that nobody listed": (
        "dim_resellers",
        "resellers_of_customers_are_listed",
        "update marts.dim_customers set reseller_id = 'crm:unheard_of'",
    ),
    "a customer that shows another account than its own": (
        "fct_identity_links",
        "customers_show_their_account",
        "update marts.dim_customers set crm_account_id = 'crm:another'",
    ),
    "an exception of an unknown code": (
        "fct_identity_exceptions",
        "exceptions_say_what_to_do",
        "insert into marts.fct_identity_exceptions (exception_id, code) values ('x', 'unheard_of')",
    ),
    "a source whose customers are in no total": (
        "fct_identity_match_rate",
        "sources_and_routes_make_up_all",
        "insert into marts.fct_identity_match_rate (source_name, sales_route, is_total, customers, "
        "linked_customers, total_mrr, linked_mrr) "
        "values ('lost', 'all', true, 1, 0, 0, 0), ('lost', 'direct', false, 1, 0, 0, 0)",
    ),
    "a bridge that starts beside the month": (
        "fct_mrr_netting_bridge",
        "the_day_grain_is_that_of_the_months",
        "update marts.fct_mrr_netting_bridge set day_grain_mrr = day_grain_mrr + 1 "
        "where movement_type = 'new'",
    ),
    "a step that changes nothing": (
        "fct_definition_bridge",
        "steps_change_something_for_a_reason",
        "insert into marts.fct_definition_bridge (period_month, customer_id, from_preset, to_preset, reason, "
        "mrr_difference) values (date '2025-01-01', 'source:x', 'default', 'chartmogul', 'pause', 0)",
    ),
    "a card with half of the MRR at risk": (
        "fct_card_expiries",
        "a_card_carries_all_of_the_mrr_or_none",
        "insert into marts.fct_card_expiries (customer_id, card_expires_month, has_other_method, mrr, "
        "mrr_at_risk) values ('source:x', date '2025-07-01', false, 10, 5)",
    ),
    "a rate of nothing": (
        "dim_fx_rates",
        "rates_are_above_zero_and_as_old_as_they_say",
        "insert into marts.dim_fx_rates by name select date '2025-01-01' as rate_day, 'USD' as base, "
        "'EUR' as quote, 0 as rate, date '2025-01-01' as rate_on",
    ),
    "less than nothing at risk": (
        "fct_revenue_leakage",
        "money_at_risk_is_never_negative",
        "insert into marts.fct_revenue_leakage by name "
        "select 'x' as finding_id, 'underbilled' as finding_type, 'c' as customer_id, -1 as amount_at_risk",
    ),
    "a quarter's cohort that lost a customer": (
        "fct_cohort_retention_quarterly",
        "quarters_hold_their_months_of_cohorts",
        "update marts.fct_cohort_retention_quarterly set cohort_customers = cohort_customers - 1 "
        "where quarters_since = 1",
    ),
    "a day without rolling churn": (
        "fct_churn_rolling",
        "rolling_churn_is_of_those_who_were_there",
        "delete from marts.fct_churn_rolling where churn_day = date '2025-06-15'",
    ),
    "customers that rise from the dead": (
        "fct_survival",
        "survival_only_falls",
        "insert into marts.fct_survival (segment_type, segment_value, is_total, tenure_months, "
        "survival_rate) values ('all', 'x', true, 1, 0.5), ('all', 'x', true, 2, 0.6)",
    ),
    "a component that nobody knows and nobody names": (
        "fct_customer_health",
        "missing_components_are_named",
        "update marts.fct_customer_health set tenure_score = null",
    ),
    "a tenth that lost more than all": (
        "fct_customer_health_lift",
        "the_worst_tenth_is_part_of_the_whole",
        "update marts.fct_customer_health_lift set churned_mrr_in_worst_decile = churned_mrr_90d + 1",
    ),
    "more lost in 90 days than in 180": (
        "fct_nps_retention",
        "losses_ahead_grow_with_the_days",
        "update marts.fct_nps_retention set churned_90d = customers + 1",
    ),
    "more satisfied than asked": (
        "fct_csat_monthly",
        "the_satisfied_are_among_the_answers",
        "insert into marts.fct_csat_monthly (period_month, survey, responses, satisfied) "
        "values (date '2025-01-01', 's', 1, 2)",
    ),
    "a ticket of no channel": (
        "fct_tickets_monthly",
        "tickets_of_the_channels_make_up_all",
        "insert into marts.fct_tickets_monthly (period_month, channel, is_total, opened_tickets, "
        "solved_tickets) values (date '2025-01-01', 'all', true, 1, 0)",
    ),
    "a customer is there twice": (
        "dim_dates",
        "declared_keys_hold",
        "insert into marts.dim_customers select * from marts.dim_customers limit 1",
    ),
    "a customer of no known status": (
        "dim_customers",
        "declared_values_hold",
        "update marts.dim_customers set status = 'gone'",
    ),
    "a warehouse without any customer": (
        "dim_customers",
        "the_warehouse_has_customers",
        "delete from marts.dim_customers",
    ),
    "an address among the domains": (
        "dim_customers",
        "no_email_addresses",
        "update marts.dim_customers set email_domain = 'ada@example.org'",
    ),
    "a name in the open file": (
        "dim_customers",
        "no_names_in_the_open_file",
        "update marts.dim_customers set name = 'Ada Ltd'",
    ),
    "a churned customer that pays": (
        "dim_customers",
        "paying_customers_are_active",
        "update marts.dim_customers set status = 'churned' where mrr > 0",
    ),
    "a customer that pays too much": (
        "dim_customers",
        "customers_pay_what_their_last_month_closed_with",
        "update marts.dim_customers set mrr = mrr + 1 where mrr > 0",
    ),
}

RAW = {
    "a row without its price's currency": (
        "subscription_items",
        "required_columns_are_filled",
        "update raw.subscription_items set currency = null where _line = 2",
    ),
    "a currency nobody knows": (
        "subscription_items",
        "currencies_are_known",
        "update raw.subscription_items set currency = 'EURO' where _line = 2",
    ),
    "an interval nobody knows": (
        "subscription_items",
        "codes_are_known",
        "update raw.subscription_items set interval_unit = 'fortnight' where _line = 2",
    ),
    "a date of the year 25": (
        "subscription_items",
        "dates_are_plausible",
        "update raw.subscription_items set valid_from = '0025-01-01 00:00:00' where _line = 2",
    ),
    "a date that is none": (
        "subscription_items",
        "dates_are_plausible",
        "update raw.subscription_items set valid_from = 'soon' where _line = 2",
    ),
}


def broken(company, schema, table):
    rules = mart_rules() if schema == "marts" else raw.rules(company, AS_OF)
    about = [rule for rule in rules if rule.table == table]
    return {result.rule.name: result for result in check(company.build_file, schema, about) if result.blocks}


@pytest.mark.parametrize("mutation", MARTS)
def test_the_mart_gate_stops(copy, mutation):
    table, rule, statement = MARTS[mutation]
    with open_build(copy) as connection:
        connection.execute(statement)
    found = broken(copy, "marts", table)
    assert rule in found
    assert found[rule].success is False and found[rule].unexpected_count > 0
    assert found[rule].rule.says in found[rule].message and found[rule].rule.mend in found[rule].message


@pytest.mark.parametrize("mutation", RAW)
def test_the_raw_gate_stops(copy, mutation):
    table, rule, statement = RAW[mutation]
    with open_build(copy) as connection:
        connection.execute(statement)
    found = broken(copy, "raw", table)
    assert set(found) == {rule}
    assert {"_file", "_line"} <= set(found[rule].sample[0])
    assert len(found[rule].sample) <= 20


def test_what_was_built_breaks_no_critical_rule(sample):
    rules = [rule for rule in mart_rules() if rule.severity == "critical"]
    assert [result.message for result in check(sample.build_file, "marts", rules) if not result.success] == []


def test_every_critical_rule_of_the_marts_is_proven():
    """By a mutation, or by a unit test of its view."""
    proven = {(table, rule) for table, rule, _ in MARTS.values()}
    critical = {(rule.table, rule.name) for rule in mart_rules() if rule.severity == "critical"}
    assert proven <= critical
    tested = {test.model for test in parsed().unit_tests.values()}
    assert {name for _, name in critical - proven} - tested == set()


def test_a_newer_version_of_a_row_heals_the_gate(copy):
    with open_build(copy) as connection:
        connection.execute("update raw.subscription_items set currency = 'EURO' where _line = 2")
        connection.execute(
            "insert into raw.subscription_items select * replace ('EUR' as currency, "
            "_extracted_at + interval 1 day as _extracted_at) from raw.subscription_items where _line = 2"
        )
    assert broken(copy, "raw", "subscription_items") == {}


def test_a_rule_that_cannot_be_checked_blocks_and_is_told_apart(copy):
    with open_build(copy) as connection:
        connection.execute("alter table marts.dim_customers drop column email_domain")
    found = broken(copy, "marts", "dim_customers")
    assert set(found) == {"no_email_addresses"}
    assert found["no_email_addresses"].success is None
    assert "could not be checked" in found["no_email_addresses"].message
