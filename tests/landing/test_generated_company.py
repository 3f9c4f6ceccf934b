"""Every shipped mapping on the files of the synthetic company's systems: canonical rows equal the truth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from zoneinfo import ZoneInfo

import pytest
from truth import Truth, tiers

from orchestration.landing.canonical import canonical_tables
from orchestration.synthetic.canonical import rows_known
from orchestration.synthetic.catalogue import EXPONENT
from orchestration.synthetic.changes import ItemChange, item_changes
from orchestration.synthetic.company import simulate
from orchestration.synthetic.demo import is_french_billing
from orchestration.synthetic.dialects import hubspot, koban, salesforce, sigma
from orchestration.synthetic.dialects.ads import AdSpend
from orchestration.synthetic.dialects.chargebee import Chargebee
from orchestration.synthetic.dialects.french import FrenchBilling
from orchestration.synthetic.dialects.gocardless import GoCardless
from orchestration.synthetic.dialects.stripe import Stripe, standing_items
from orchestration.synthetic.dialects.surveys import Delighted
from orchestration.synthetic.events import Row
from orchestration.synthetic.nights import Archive, Dialect, Night
from orchestration.synthetic.oracle_inputs import Policies, read_inputs

PARIS = ZoneInfo("Europe/Paris")
# A charge that the bank took back stays succeeded in Stripe; the reversal tells of it.
STRIPE_OUTCOME = {"charged_back": "succeeded"}


@dataclass(frozen=True)
class Case:
    """A system: how it writes, the mapping that reads it, and what must come of it."""

    dialect: Dialect
    mapping: str
    tables: dict[str, Truth]
    zone: str = "UTC"


@pytest.fixture(scope="module")
def company():
    return simulate("small", 1)


@pytest.fixture(scope="module")
def events(company):
    return [event for life in company.lives() for event in life]


@pytest.fixture(scope="module")
def night(company, events):
    """The company's last night. No system of the demo disputes a payment in it, so one is added."""
    (found,) = Archive(events).nights([company.end])
    paid = next(row for row in found.rows("payments") if row["outcome"] == "succeeded")
    key = (f"di_{str(paid['payment_id'])[3:]}",)
    found.tables["reversals"][key] = {
        "reversal_id": key[0], "payment_id": paid["payment_id"], "kind": "dispute",
        "status": "needs_response",
        "amount": paid["amount"], "currency": paid["currency"],
        "occurred_at": paid["attempted_at"] + timedelta(days=9),
    }  # fmt: skip
    return found


def items_standing(night: Night) -> Iterable[Row]:
    for subscription in night.rows("subscriptions"):
        yield from standing_items(subscription, night)


def subscription_of(row: Row, night: Night) -> Row:
    return night.tables["subscriptions"][(row["subscription_id"],)]


def first_seen(row: Row, night: Night):
    versions = night.of("subscription_items", row["subscription_id"])
    return min(v["valid_from"] for v in versions if v["item_id"] == row["item_id"])


def asked_to_end(row: Row, _: Night):
    """Systems without a date of request show the end itself."""
    return row.get("cancel_requested_at") or row.get("ended_at")


def scheduled_end(row: Row, _: Night):
    return None if row.get("ended_at") else row.get("ends_at")


def paris_day(moment: datetime | None) -> datetime | None:
    """The first instant of the day in Paris."""
    if moment is None:
        return None
    return datetime.combine(moment.astimezone(PARIS).date(), time(), PARIS).astimezone(UTC)


def months(row: Row) -> tuple[str, int]:
    """Stripe and Chargebee have no quarter."""
    if row["interval_unit"] == "quarter":
        return "month", 3 * row["interval_count"]
    return row["interval_unit"], row["interval_count"]


def stripe(legacy: bool) -> dict[str, Truth]:
    def charge(row: Row, _: Night) -> str:
        return f"ch_{row['payment_id'][3:]}"

    def bridged(night: Night) -> Iterable[Row]:
        """Before basil a charge named its invoice; since then an invoice payment shows the last charge."""
        if legacy:
            outcomes = ("succeeded", "charged_back")
            rows = night.rows("invoice_payments")
            return [r for r in rows if night.tables["payments"][(r["payment_id"],)]["outcome"] in outcomes]
        return [
            row for row in night.rows("invoice_payments")
            if night.tables["invoices"][(row["invoice_id"],)]["status"] == "paid"
            and night.of("invoice_payments", row["invoice_id"])[-1] is row
        ]  # fmt: skip

    def on_show(night: Night) -> Iterable[Row]:
        """The old shape has room for one discount of a subscription."""
        rows = night.rows("discounts")
        last = {row["subscription_id"]: row for row in rows}
        return list(last.values()) if legacy else rows

    return {
        "customers": Truth(
            "customer_id name email country currency created_at crm_account_id acquisition_channel "
            "acquisition_campaign segment reseller_id"
        ),
        "prices": Truth(
            "price_id product_name plan_name currency unit_amount billing_scheme usage_type is_addon",
            {
                "product_id": lambda r, _: f"prod_{r['product_id']}",
                "interval_unit": lambda r, _: months(r)[0],
                "interval_count": lambda r, _: months(r)[1],
                "tiers": lambda r, _: tiers(r["tiers"]),
            },
        ),
        "subscriptions": Truth(
            "subscription_id customer_id currency status created_at started_at trial_started_at "
            "trial_ended_at card_on_file_at_start resumes_at ended_at end_reason end_feedback "
            "collection_method",
            {"cancel_requested_at": asked_to_end, "ends_at": scheduled_end},
        ),
        "subscription_items": Truth(
            "subscription_id item_id price_id plan_name currency unit_amount billing_scheme usage_type",
            {
                "valid_from": first_seen,
                "valid_to": lambda r, n: subscription_of(r, n).get("ended_at"),
                "customer_id": lambda r, n: subscription_of(r, n)["customer_id"],
                "status": lambda r, n: subscription_of(r, n)["status"],
                "product_id": lambda r, _: f"prod_{r['product_id']}",
                "quantity": lambda r, _: r["quantity"] if r["usage_type"] == "licensed" else 0,
                "interval_unit": lambda r, _: months(r)[0],
                "interval_count": lambda r, _: months(r)[1],
                "cancel_at_period_end": lambda r, n: scheduled_end(subscription_of(r, n), n) is not None,
            },
            items_standing,
        ),
        "discounts": Truth(
            "discount_id subscription_id percent_off amount_off currency duration starts_at ends_at",
            rows=on_show,
        ),
        "invoices": Truth(
            "invoice_id number customer_id subscription_id currency status reason issued_at due_at "
            "finalized_at paid_at voided_at subtotal discount_total tax_total total amount_paid amount_due "
            "attempt_count next_attempt_at"
        ),
        "invoice_lines": Truth(
            "invoice_id line_id subscription_id item_id price_id is_proration quantity amount_ex_tax "
            "discount_amount tax_amount currency service_end_at",
            {
                # Since basil a line does not say that it is usage; its price does.
                "kind": lambda r, _: "recurring" if r["kind"] == "usage" and not legacy else r["kind"],
                "unit_amount": lambda r, _: r["unit_amount"] if r["item_id"] or not legacy else None,
                "service_start_at": lambda r, n: (
                    r["service_start_at"] or n.tables["invoices"][(r["invoice_id"],)]["issued_at"]
                ),
            },
        ),
        "invoice_payments": Truth(
            "invoice_id currency",
            {
                "payment_id": charge,
                "amount_applied": lambda r, _: r["amount_applied"],
                "applied_at": lambda r, n: (
                    n.tables["payments"][(r["payment_id"],)]["attempted_at"]
                    if legacy
                    else n.tables["invoices"][(r["invoice_id"],)]["paid_at"]
                ),
            },
            bridged,
        ),
        "payments": Truth(
            "customer_id amount currency attempted_at method",
            {
                "payment_id": charge,
                "outcome": lambda r, _: STRIPE_OUTCOME.get(r["outcome"], r["outcome"]),
                "settled_at": lambda r, _: r["settled_at"] if r["outcome"] != "pending" else None,
                "failure_code": lambda r, _: r["failure_code"] if r["outcome"] == "failed" else None,
            },
        ),
        "reversals": Truth(
            "kind status amount currency occurred_at",
            {
                "reversal_id": lambda r, _: (
                    f"{'du' if r['kind'] == 'dispute' else 're'}_{r['payment_id'][3:]}"
                ),
                "payment_id": charge,
            },
        ),
        "credit_notes": Truth(
            "credit_note_id invoice_id customer_id status amount_ex_tax tax currency issued_at voided_at",
            {"reason": lambda r, _: "order_change"},
        ),
    }


def to_the_cent(row: Row, _: Night):
    """Chargebee's unit amounts are whole minor units."""
    smallest = Decimal(1).scaleb(-EXPONENT[row["currency"]])
    return row["unit_amount"] and row["unit_amount"].quantize(smallest, ROUND_DOWN)


def chargebee() -> dict[str, Truth]:
    status = {"unpaid": "past_due"}
    return {
        "customers": Truth("customer_id name email country currency created_at crm_account_id"),
        "subscriptions": Truth(
            "subscription_id customer_id currency created_at started_at trial_started_at trial_ended_at "
            "paused_at resumes_at ended_at end_feedback",
            {
                "status": lambda r, _: status.get(r["status"], r["status"]),
                "ends_at": scheduled_end,
                "cancel_requested_at": lambda r, _: (
                    None if r.get("ended_at") else r.get("cancel_requested_at")
                ),
                "end_reason": lambda r, _: (
                    None
                    if r["status"] != "ended"
                    else "involuntary"
                    if r.get("end_reason") == "involuntary"
                    else "voluntary"
                ),
            },
        ),
        "subscription_items": Truth(
            "subscription_id price_id currency billing_scheme usage_type",
            {
                "item_id": lambda r, _: r["price_id"],
                "valid_from": lambda r, n: subscription_of(r, n)["started_at"],
                "valid_to": lambda r, n: subscription_of(r, n).get("ended_at"),
                "customer_id": lambda r, n: subscription_of(r, n)["customer_id"],
                "status": lambda r, n: status.get(*[subscription_of(r, n)["status"]] * 2),
                "plan_name": lambda r, _: r["price_id"],
                "unit_amount": lambda r, _: r["unit_amount"] if r["usage_type"] == "licensed" else None,
                "quantity": lambda r, _: r["quantity"] if r["usage_type"] == "licensed" else 0,
                "interval_unit": lambda r, n: months(next(iter(standing_items(subscription_of(r, n), n))))[0],
                "interval_count": lambda r, n: months(next(iter(standing_items(subscription_of(r, n), n))))[
                    1
                ],
            },
            items_standing,
        ),
        "discounts": Truth(
            "discount_id subscription_id percent_off amount_off currency duration starts_at ends_at"
        ),
        "invoices": Truth(
            "invoice_id customer_id subscription_id currency status issued_at due_at paid_at voided_at "
            "subtotal tax_total total amount_paid amount_due",
            {"number": lambda r, _: r["invoice_id"]},
        ),
        "invoice_lines": Truth(
            "invoice_id line_id subscription_id price_id kind quantity amount_ex_tax discount_amount "
            "tax_amount currency service_start_at service_end_at",
            {"is_proration": lambda r, _: False, "unit_amount": to_the_cent},
        ),
        "payments": Truth(
            "payment_id customer_id amount currency attempted_at settled_at method failure_code",
            {"outcome": lambda r, _: STRIPE_OUTCOME.get(r["outcome"], r["outcome"])},
        ),
        "invoice_payments": Truth("invoice_id payment_id amount_applied currency applied_at"),
    }


def gocardless() -> dict[str, Truth]:
    def debits(night: Night) -> list[Row]:
        return [row for row in night.rows("payments") if row["method"] == "sepa_debit"]

    def charged_on(row: Row):
        return datetime.combine((row["attempted_at"] + timedelta(days=4)).date(), time())

    taken = ("succeeded", "charged_back")
    return {
        "payments": Truth(
            "amount currency outcome attempted_at method",
            {
                "payment_id": lambda r, _: f"PM{r['payment_id'][3:]}",
                "settled_at": lambda r, _: charged_on(r) if r["outcome"] in taken else None,
            },
            debits,
        ),
        "invoice_payments": Truth(
            "currency",
            {
                "invoice_id": lambda r, n: n.of("invoice_payments", r["payment_id"])[0]["invoice_id"],
                "payment_id": lambda r, _: f"PM{r['payment_id'][3:]}",
                "amount_applied": lambda r, _: r["amount"],
                "applied_at": lambda r, _: charged_on(r),
            },
            lambda night: [row for row in debits(night) if row["outcome"] in taken],
        ),
    }


def hubspot_export() -> dict[str, Truth]:
    def minute(value):
        return value and value.replace(second=0)

    def source(row: Row, name: str) -> str:
        return hubspot.SOURCE_LABEL[hubspot.SOURCE[row[name]]]

    return {
        "crm_accounts": Truth(
            "name lifecycle domain website legal_id owner billing_customer_id",
            {
                "crm_account_id": lambda r, _: hubspot.record_id(r["crm_account_id"]),
                "created_at": lambda r, _: minute(r["created_at"]),
                "updated_at": lambda r, _: minute(r["updated_at"]),
            },
        ),
        "crm_contacts": Truth(
            "email lifecycle campaign",
            {
                "contact_id": lambda r, _: hubspot.record_id(r["contact_id"]),
                "crm_account_id": lambda r, _: r["crm_account_id"] and hubspot.record_id(r["crm_account_id"]),
                "created_at": lambda r, _: minute(r["created_at"]),
                "original_source": lambda r, _: source(r, "original_source"),
            },
        ),
        "crm_deals": Truth(
            "name outcome amount currency deal_type lost_reason owner team",
            {
                "deal_id": lambda r, _: hubspot.record_id(r["deal_id"]),
                "crm_account_id": lambda r, _: hubspot.record_id(r["crm_account_id"]),
                "pipeline": lambda r, _: "Sales Pipeline",
                "stage": lambda r, _: hubspot.EXPORT_LABEL[r["stage"]],
                "created_at": lambda r, _: minute(r["created_at"]),
                "won_at": lambda r, _: minute(r.get("won_at")),
                "lost_at": lambda r, _: minute(r.get("lost_at")),
                "expected_close_on": lambda r, _: (
                    r.get("won_at") or r.get("lost_at") or r["expected_close_on"]
                ).strftime("%Y-%m-%d"),
                "channel": lambda r, _: source(r, "channel"),
            },
        ),
    }


def hubspot_records() -> dict[str, Truth]:
    """HubSpot keeps no lead of its own: a contact is one, as long as it lives."""

    def rid(column: str):
        return lambda r, _: r[column] and hubspot.record_id(r[column])

    def source(column: str):
        return lambda r, _: hubspot.SOURCE[r[column]]

    def lead(column: str):
        return lambda r, n: hubspot.leads_by_email(n)[r["email"]][column]

    def stage(row: Row, _: Night) -> str:
        return hubspot.STAGE_ID[row["stage"]]

    def pipeline(row: Row, _: Night) -> str:
        return hubspot.PIPELINE_ID

    export = hubspot_export()
    return {
        "crm_accounts": Truth(
            export["crm_accounts"].columns + " reseller_id created_at updated_at",
            {
                "crm_account_id": rid("crm_account_id"),
                "owner": lambda r, _: hubspot.owner_id(r["owner"]),
            },
        ),
        "crm_contacts": Truth(
            "email lifecycle campaign created_at",
            {
                "contact_id": rid("contact_id"),
                "crm_account_id": rid("crm_account_id"),
                "original_source": source("original_source"),
            },
        ),
        "crm_leads": Truth(
            "email campaign created_at",
            {
                "lead_id": rid("contact_id"),
                "crm_account_id": rid("crm_account_id"),
                "channel": source("original_source"),
                "marketing_qualified_at": lead("marketing_qualified_at"),
                "sales_qualified_at": lead("sales_qualified_at"),
                "converted_at": lead("converted_at"),
            },
            lambda night: night.rows("crm_contacts"),
        ),
        "crm_deals": Truth(
            "name outcome amount currency deal_type created_at won_at lost_at lost_reason team campaign "
            "reseller_id",
            {
                "deal_id": rid("deal_id"),
                "crm_account_id": rid("crm_account_id"),
                "pipeline": pipeline,
                "stage": stage,
                "expected_close_on": export["crm_deals"].derived["expected_close_on"],
                "owner": lambda r, _: hubspot.owner_id(r["owner"]),
                "channel": source("channel"),
            },
        ),
        "crm_deal_stages": Truth(
            "entered_at", {"deal_id": rid("deal_id"), "stage": stage, "pipeline": pipeline}
        ),
        "crm_stages": Truth(
            "label outcome",
            {
                "pipeline": pipeline,
                "stage": stage,
                "position": lambda r, _: r["position"] - 1,
                "probability": lambda r, _: r["probability"],
            },
        ),
    }


def salesforce_objects() -> dict[str, Truth]:
    def sf(column: str):
        return lambda r, _: salesforce.sf_id(r[column])

    def closed_day(column: str):
        return lambda r, _: r.get(column) and datetime.combine(r[column].date(), time())

    return {
        "crm_accounts": Truth(
            "name website legal_id owner billing_customer_id reseller_id created_at updated_at",
            {
                "crm_account_id": sf("crm_account_id"),
                "lifecycle": lambda r, _: "Customer - Direct" if r["lifecycle"] == "customer" else "Prospect",
            },
        ),
        "crm_contacts": Truth(
            "email created_at original_source campaign",
            {"contact_id": sf("contact_id"), "crm_account_id": sf("crm_account_id")},
        ),
        "crm_leads": Truth(
            "email created_at channel campaign marketing_qualified_at sales_qualified_at disqualified_reason",
            {
                "lead_id": sf("lead_id"),
                "crm_account_id": lambda r, _: (
                    salesforce.sf_id(r["crm_account_id"]) if r["converted_at"] else None
                ),
                "converted_at": closed_day("converted_at"),
                "converted_deal_id": sf("converted_deal_id"),
            },
        ),
        "crm_deals": Truth(
            "name outcome amount currency deal_type created_at lost_reason owner team channel campaign "
            "reseller_id",
            {
                "deal_id": sf("deal_id"),
                "crm_account_id": sf("crm_account_id"),
                "stage": lambda r, _: salesforce.STAGE_NAME[r["stage"]],
                "won_at": closed_day("won_at"),
                "lost_at": closed_day("lost_at"),
                "expected_close_on": lambda r, _: (
                    r.get("won_at") or r.get("lost_at") or r["expected_close_on"]
                ).strftime("%Y-%m-%d"),
            },
        ),
        "crm_deal_stages": Truth(
            "entered_at",
            {
                "deal_id": sf("deal_id"),
                "stage": lambda r, _: salesforce.STAGE_NAME[r["stage"]],
            },
        ),
        "crm_merges": Truth(
            "merged_at",
            {
                "object": lambda r, _: "account",
                "merged_id": sf("merged_id"),
                "survivor_id": sf("survivor_id"),
            },
            lambda night: [r for r in night.rows("crm_merges") if r["object"] == "account"],
        ),
    }


def koban_export() -> dict[str, Truth]:
    def code(column: str):
        return lambda r, _: f"K{r[column][4:]}"

    def local_day(column: str):
        return lambda r, _: paris_day(r.get(column))

    return {
        "crm_accounts": Truth(
            "email website billing_customer_id",
            {
                "crm_account_id": code("crm_account_id"),
                "name": lambda r, _: r["name"].upper(),
                "lifecycle": lambda r, _: "customer" if r["lifecycle"] == "customer" else "prospect",
                "legal_id": lambda r, _: r["legal_id"] and f"{r['legal_id']}00012",
                "vat_id": lambda r, _: koban.vat_number(r["legal_id"]),
                "accounting_code": lambda r, _: (
                    r["billing_customer_id"] and f"411{r['name'][:5].upper()}".strip()
                ),
                "updated_at": lambda r, _: r["updated_at"].replace(second=0),
            },
        ),
        "crm_deals": Truth(
            "name outcome amount expected_close_on owner",
            {
                "deal_id": lambda r, _: f"OPP-{r['deal_id'][5:]}",
                "crm_account_id": code("crm_account_id"),
                "stage": lambda r, _: koban.STAGE[r["stage"]][0],
                "currency": lambda r, _: "EUR",
                "created_at": local_day("created_at"),
                "won_at": local_day("won_at"),
                "lost_at": local_day("lost_at"),
                "lost_reason": lambda r, _: koban.REASON.get(r.get("lost_reason")),
            },
        ),
    }


def sigma_tables(changes: list[ItemChange]) -> dict[str, Truth]:
    """MRR comes as changes; each state is rounded to the smallest unit."""

    def delta(change: ItemChange) -> Decimal:
        whole = sigma.smallest(change.after, change.currency) - sigma.smallest(change.before, change.currency)
        return Decimal(whole).scaleb(-EXPONENT[change.currency])

    def row(change: ItemChange) -> Row:
        version = change.version
        return {
            "change_id": f"{version.item_id}:{sigma.shown(change.at)}:{change.event_type}",
            "subscription_id": version.subscription_id, "item_id": version.item_id,
            "customer_id": change.customer_id, "product_id": f"prod_{version.product_id}",
            "price_id": version.price_id, "occurred_at": change.at, "mrr_delta": delta(change),
            "quantity_delta": Decimal(int(change.quantity_delta)), "currency": change.currency,
            "kind": change.event_type,
        }  # fmt: skip

    rows = [row(change) for change in changes]
    return {
        "customers": Truth("customer_id name email country currency created_at"),
        "subscriptions": Truth(
            "subscription_id customer_id status created_at started_at trial_started_at trial_ended_at "
            "ended_at end_reason end_feedback collection_method",
            {"cancel_requested_at": asked_to_end, "ends_at": scheduled_end},
        ),
        "subscription_changes": Truth(" ".join(rows[0]), rows=lambda _: rows),
    }


def french_export() -> dict[str, Truth]:
    """Days of Paris, no times; what is unpaid or paused is suspended."""
    status = {"unpaid": "paused"}

    def day(column: str):
        return lambda r, n: paris_day(subscription_of(r, n).get(column))

    def state(row: Row, night: Night) -> str:
        found = subscription_of(row, night)["status"]
        return status.get(found, found)

    return {
        "customers": Truth("customer_id name email legal_id"),
        "subscriptions": Truth(
            "subscription_id customer_id currency end_reason",
            {
                "status": state,
                "started_at": day("started_at"),
                "trial_started_at": lambda r, _: (
                    paris_day(r["started_at"]) if r.get("trial_ended_at") else None
                ),
                "trial_ended_at": day("trial_ended_at"),
                "cancel_requested_at": lambda r, n: paris_day(asked_to_end(r, n)),
                "ended_at": day("ended_at"),
            },
        ),
        "subscription_items": Truth(
            "subscription_id plan_name currency unit_amount quantity interval_unit interval_count",
            {
                "item_id": lambda r, n: standing_items(subscription_of(r, n), n).index(r) + 1,
                "valid_from": day("started_at"),
                "valid_to": day("ended_at"),
                "customer_id": lambda r, n: subscription_of(r, n)["customer_id"],
                "status": state,
                "billing_scheme": lambda r, _: "per_unit",
                "usage_type": lambda r, _: "licensed",
            },
            items_standing,
        ),
    }


def delighted() -> dict[str, Truth]:
    return {
        "survey_responses": Truth(
            "response_id survey_type score comment respondent responded_at customer_id",
            {"survey": lambda r, _: r["survey_type"]},
        )
    }


def ad_spend(channel: str) -> dict[str, Truth]:
    def amount(row: Row, night: Night) -> Decimal:
        """What is younger than a day is still too low, and restated later."""
        if row["spend_on"] < night.on - timedelta(days=1):
            return row["amount"]
        return (row["amount"] * Decimal("0.96")).quantize(Decimal("0.01"))

    return {
        "ad_spend": Truth(
            "account_id campaign_id spend_on channel currency clicks impressions campaign_name",
            {"amount": amount},
            lambda night: [row for row in night.rows("ad_spend") if row["channel"] == channel],
        )
    }


CASES = {
    "Stripe": Case(Stripe(), "stripe", stripe(legacy=False)),
    "Stripe 2022": Case(Stripe(legacy=True), "stripe", stripe(legacy=True)),
    "Chargebee": Case(Chargebee(), "chargebee", chargebee()),
    "GoCardless": Case(GoCardless(), "gocardless", gocardless()),
    "HubSpot's exports": Case(hubspot.HubSpotExport("UTC"), "hubspot", hubspot_export()),
    "HubSpot's records": Case(hubspot.HubSpot(), "hubspot", hubspot_records()),
    "Salesforce": Case(salesforce.Salesforce(), "salesforce", salesforce_objects()),
    "Koban": Case(koban.Koban(), "koban_fr", koban_export(), "Europe/Paris"),
    "Delighted": Case(Delighted(), "delighted", delighted()),
    "Google Ads": Case(AdSpend(), "google_ads", ad_spend("google_ads")),
    "Meta": Case(AdSpend(meta=True), "meta_ads", ad_spend("meta_ads")),
}


def compare(landing, tables: dict[str, Truth], night: Night) -> None:
    """The landed rows in force equal the truth, and what the system does not know is empty."""
    assert landing.rows("select code, column_name, message from audit.rejects limit 5") == []
    fed = {name for (name,) in landing.rows("select distinct canonical_table from audit.deliveries")}
    assert fed == set(tables)
    for table, truth in tables.items():
        names, expected = truth.expected(table, night)
        found = landing.rows(f"select {', '.join(names)} from raw.{table} where not _is_deleted")
        if "tiers" in names:
            place = names.index("tiers")
            found = [(*row[:place], tiers(row[place]), *row[place + 1 :]) for row in found]
        assert expected, table
        assert_same(table, names, sorted(found, key=str), expected)
        unknown = set(canonical_tables()[table].names) - set(names)
        for column in unknown:
            assert landing.rows(f"select distinct {column} from raw.{table}") in ([(None,)], []), column


def assert_same(table: str, names: list[str], found: list[tuple], expected: list[tuple]) -> None:
    if found == expected:
        return
    only_found, only_true = (
        sorted(set(found) - set(expected), key=str),
        sorted(set(expected) - set(found), key=str),
    )
    differing = [
        name
        for place, name in enumerate(names)
        if sorted(str(row[place]) for row in found) != sorted(str(row[place]) for row in expected)
    ]
    raise AssertionError(
        f"{table}: {len(found)} rows landed, {len(expected)} are true; columns that differ: {differing}\n"
        f"names: {names}\nlanded: {only_found[:3]}\ntrue:   {only_true[:3]}"
    )


def put_all(landing, source: str, files: dict[str, bytes], folder: str = "") -> None:
    for name, content in files.items():
        landing.put(source, folder + name, content)


@pytest.mark.parametrize("name", CASES)
def test_a_systems_files_become_the_companys_canonical_rows(landing, night, name):
    case = CASES[name]
    landing.reporting_timezone = case.zone
    landing.source("system", case.mapping)
    put_all(landing, "system", case.dialect.snapshot(night))
    landing.run("2025-07-02")
    compare(landing, case.tables, night)


def test_sigmas_changes_become_the_companys_changes(landing, company, events, night):
    inputs = read_inputs(rows_known(events, company.end))
    changes = item_changes(inputs, Policies(), company.end)
    landing.source("sigma", "stripe_sigma")
    put_all(landing, "sigma", sigma.Sigma(changes).snapshot(night))
    landing.run("2025-07-02")
    compare(landing, sigma_tables(changes), night)


def test_the_french_export_becomes_the_companys_canonical_rows(landing, company):
    lives = [life for life in company.customers() if is_french_billing(life)]
    (night,) = Archive([event for life in lives for event in life]).nights([company.end])
    landing.reporting_timezone = "Europe/Paris"
    landing.source("facturation", "dotsha_fr")
    put_all(landing, "facturation", FrenchBilling().snapshot(night))
    landing.run("2025-07-02")
    compare(landing, french_export(), night)
