"""The demo: a company's extracts in the dialects of its systems, with the company file that reads them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from orchestration.errors import ConfigurationError
from orchestration.synthetic.canonical import CanonicalWriter, rows_known
from orchestration.synthetic.company import Company, simulate
from orchestration.synthetic.dialects.ads import AdSpend
from orchestration.synthetic.dialects.french import FrenchBilling
from orchestration.synthetic.dialects.hubspot import HubSpot, record_id
from orchestration.synthetic.dialects.stripe import Stripe
from orchestration.synthetic.dialects.surveys import Delighted, People
from orchestration.synthetic.dials import END, PRICE_RISES, RESELLERS
from orchestration.synthetic.events import Event, Kind
from orchestration.synthetic.nights import Archive, Dialect, Night, monthly_then_nightly
from orchestration.synthetic.slips import made_slips
from orchestration.synthetic.stays import tell_stays
from orchestration.synthetic.webinar import tell_webinar

AS_OF = f"{END:%Y-%m-%dT%H:%M:%SZ}"
"""The instant at which the demo's time ends: the as-of of its night."""

COMPANY = """\
# A made-up company (size {size}, seed {seed}) with two billing systems. Edit the extracts and run again:
#   saas-metrics run --company company.yml
name: demo
reporting_currency: EUR
# The French billing export has dates without times, so days must be French ones.
reporting_timezone: Europe/Paris
extracts: extracts
warehouse: warehouse
sources:
  - {{name: stripe, mapping: stripe}}
  - {{name: facturation, mapping: dotsha_fr}}
  - {{name: hubspot, mapping: hubspot}}
  - {{name: delighted, mapping: delighted}}
  - {{name: google_ads, mapping: google_ads}}
  - {{name: meta_ads, mapping: meta_ads}}
  - {{name: finance, mapping: canonical}}
  - {{name: product, mapping: canonical}}
# Its time ends there: later nights would find no exchange rates.
schedule: {{as_of: {as_of}}}
policies:
  gross_margin: 0.8
# What a reseller keeps of the MRR of its customers, by its id in dim_resellers.
commission: {{"hubspot:{reseller}": 0.2}}
# What a new customer is to do first; its use of the product tells how soon it does.
activation: {{feature: import, within_days: 14}}
# What the comments of the survey are about.
themes: {{price: [expensive], features: [exports], support: [support], speed: [slow], time: [hours]}}
"""
STATES = frozenset({"customers", "subscriptions"})
DATED = frozenset({"prices", "usage_record_summaries"})
BILLS = frozenset(
    {
        "invoices",
        "charges",
        "refunds",
        "disputes",
        "credit_notes",
        "invoice_payments",
        "credit_grants",
        "credit_balance_transactions",
    }
)
CANONICAL = {
    "finance": ("fx_rates", "acquisition_costs", "company_costs", "tickets"),
    "product": ("product_usage",),
}
NIGHTS = 7
FRENCH_ONLY = frozenset({"month", "quarter", "year"})
# What the French system has no column for: such customers are billed in Stripe.
NOT_FRENCH = frozenset(
    {
        Kind.DISCOUNT_ONCE, Kind.DISCOUNT_REPEATING, Kind.DISCOUNT_FOREVER, Kind.USAGE_METERED,
        Kind.INCOMPLETE,
        Kind.CUSTOMER_MERGED, Kind.CURRENCY_SWITCHED, Kind.TRIAL_WITH_CARD, Kind.TRIAL_WITHOUT_CARD,
        Kind.RETENTION_TRIAL,
    }
)  # fmt: skip


def write_demo(folder: Path, size: str, seed: int) -> Path:
    """Write extracts and company.yml into `folder` and give the path of the company file.

    Raises ConfigurationError, with nothing written, for an unknown size, a folder that is not empty, or
    one that can't be written.
    """
    company = simulate(size, seed, leaks=True, rises=PRICE_RISES)
    target = folder / "company.yml"
    _claim(folder)
    write_extracts(company, folder / "extracts")
    target.write_text(
        COMPANY.format(size=size, seed=seed, as_of=AS_OF, reseller=record_id(RESELLERS[0])), encoding="utf-8"
    )
    return target


def _claim(folder: Path) -> None:
    """Make the folder, or refuse it."""
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"{folder} is a file: name a folder that is empty or not there yet.")
    try:
        if folder.exists() and any(folder.iterdir()):
            raise ConfigurationError(
                f"{folder} is not empty, and nothing in it was touched: name another folder with --dir, or "
                f"run the company that is there: `saas-metrics run --company {folder / 'company.yml'}`."
            )
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"the demo can't be written to {folder} ({error.strerror}): name another folder with --dir."
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigurationError(
            f"the demo can't be written to {folder} (no permission): name another folder with --dir."
        )


def write_extracts(company: Company, extracts: Path) -> None:
    """All sources of the demo: billing night by night, the others as one export at the end."""
    world = company.world()
    stripe, french, rest = _split(company)
    slips = made_slips(stripe, company.end)
    invited, trials = tell_webinar(company.seed, company.size)
    stays = tell_stays(stripe)
    stripe_events = [*(event for events in stripe for event in events), *slips.billing, *trials, *stays]
    first, last = company.start.date(), company.end.date() - timedelta(days=1)
    moments = monthly_then_nightly(first, last, NIGHTS)
    everyone = [*world, *stripe_events, *french, *rest, *slips.crm, *invited]
    # Subscriptions show only how they stand, so they are read again and again; the rest is dated by itself.
    # Bills are read at the end of the last month but one, and what changed since then at the end: so what
    # was entered late comes late.
    states = Stripe(objects=STATES, crm_id=record_id)
    _deliver(states, extracts / "stripe", Archive([*world, *stripe_events]), moments)
    _deliver(Stripe(objects=DATED), extracts / "stripe", Archive([*world, *stripe_events]), moments[-1:])
    month_ends = Archive([*world, *stripe_events]).nights([moments[-1 - NIGHTS], moments[-1]])
    _write_changes(Stripe(objects=BILLS), extracts / "stripe", month_ends)
    _deliver(FrenchBilling(), extracts / "facturation", Archive(french), moments)
    # So do the people of a survey: each shows the last one sent to it.
    _deliver(People(), extracts / "delighted", Archive(everyone), moments)
    (final,) = Archive(everyone).nights(moments[-1:])
    for dialect, name in (
        (HubSpot(), "hubspot"), (Delighted(), "delighted"), (AdSpend(), "google_ads"),
        (AdSpend(meta=True), "meta_ads"),
    ):  # fmt: skip
        _write(extracts / name, final.on, dialect.snapshot(final))
    tables = rows_known(everyone, company.end)
    for ticket in tables.get("tickets", []):
        # The help desk knows e-mail addresses, not the ids of the billing systems.
        ticket["customer_id"] = None
    for name, delivered in CANONICAL.items():
        writer = CanonicalWriter(extracts / name, delivered)
        writer.write(tables)
        writer.close()


def _split(company: Company) -> tuple[list[list[Event]], list[Event], list[Event]]:
    """The lives of those billed in Stripe, and the events of those billed in France and of prospects."""
    stripe: list[list[Event]] = []
    french: list[Event] = []
    for events in company.customers():
        if is_french_billing(events):
            french.extend(events)
        else:
            stripe.append(events)
    return stripe, french, [event for events in company.prospects() for event in events]


def is_french_billing(events: Iterable[Event]) -> bool:
    """Whether a customer is one of the older French accounts that never moved to Stripe."""
    for event in events:
        values = event.values
        if event.kind in NOT_FRENCH:
            return False
        if event.table == "customers" and values.get("country") != "FR":
            return False
        if event.table == "subscription_items" and (
            values["unit_amount"] is None
            or values["interval_unit"] not in FRENCH_ONLY
            or values["usage_type"] != "licensed"
        ):
            return False
    return True


def _deliver(dialect: Dialect, folder: Path, archive: Archive, moments: list[datetime]) -> None:
    """The full snapshot of each night on which something changed."""
    for night in archive.nights(moments):
        if night.touched:
            _write(folder, night.on, dialect.snapshot(night))


def _write_changes(dialect: Dialect, folder: Path, nights: Iterator[Night]) -> None:
    """The full snapshot of the first night, and what changed on each of the others."""
    for number, night in enumerate(nights):
        _write(folder, night.on, dialect.delta(night) if number else dialect.snapshot(night))


def _write(folder: Path, on: date, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / on.isoformat() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
