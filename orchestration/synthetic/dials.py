"""The dials of the company. Where each magnitude comes from is told in docs/demo-company.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orchestration.errors import ConfigurationError
from orchestration.synthetic.clock import add_months, utc
from orchestration.synthetic.rises import PriceRise

END = utc(2025, 7, 1)


@dataclass(frozen=True, slots=True)
class Size:
    """How many customers sign up, over how many months, and how often product use is counted."""

    name: str
    customers: int
    months: int
    usage_every_days: int

    @property
    def start(self) -> datetime:
        """The first instant of the simulated time (UTC)."""
        return add_months(END, -self.months)


SIZES = {
    size.name: size
    for size in (Size("small", 200, 24, 7), Size("medium", 5_000, 48, 14), Size("large", 250_000, 60, 30))
}


def size_named(name: str) -> Size:
    """The size of that name; ConfigurationError names the known ones."""
    if name not in SIZES:
        raise ConfigurationError(
            f"size '{name}' is not known: choose one of {', '.join(SIZES)} and run again."
        )
    return SIZES[name]


# Acquisition -----------------------------------------------------------------------------------------------
MONTHLY_GROWTH_PERCENT = 2
FOUNDING_SHARE = 0.12
SEASON = (1.10, 1.00, 1.05, 1.00, 0.95, 0.95, 0.80, 0.70, 1.15, 1.15, 1.10, 0.75)
HIGH_TOUCH_SHARE = 0.28
LOW_TOUCH_CHANNELS = (
    ("organic_search", 0.30), ("paid_search", 0.28), ("paid_social", 0.16), ("referral", 0.14),
    ("content", 0.12),
)  # fmt: skip
HIGH_TOUCH_CHANNELS = (("outbound", 0.40), ("reseller", 0.25), ("event", 0.15), ("paid_search", 0.20))
COUNTRY_WEIGHTS = (("FR", 0.42), ("DE", 0.14), ("ES", 0.06), ("GB", 0.14), ("US", 0.20), ("JP", 0.04))
TRIAL_SHARE = 0.45
TRIAL_CARD_SHARE = 0.5
TRIAL_DAYS = 14
TRIAL_CONVERSION = {True: 0.55, False: 0.18}
INCOMPLETE_SHARE = 0.03
SECOND_SUBSCRIPTION_SHARE = 0.07
RETURN_SHARE = 0.15
RETURN_AS_NEW_CUSTOMER_SHARE = 0.2

# One month of a paying subscription: at most one of these happens -----------------------------------------
MONTHLY_HAZARDS = (
    ("cancel", 0.0150), ("end_at_once", 0.0015), ("uncancel", 0.0050), ("seats_up", 0.0500),
    ("seats_down", 0.0120), ("upgrade", 0.0130), ("downgrade", 0.0040), ("to_free", 0.0006),
    ("swap", 0.0020), ("switch_interval", 0.0050), ("switch_currency", 0.0008), ("add_addon", 0.0140),
    ("remove_addon", 0.0040), ("schedule", 0.0050), ("pause", 0.0030), ("retention_trial", 0.0020),
    ("discount", 0.0040),
)  # fmt: skip
DEPARTURES = frozenset(
    {"cancel", "end_at_once", "to_free", "pause", "downgrade", "seats_down", "remove_addon"}
)
ARRIVALS = frozenset({"seats_up", "upgrade", "add_addon", "schedule"})
HEALTH_WEIGHTS = (("good", 0.45), ("fair", 0.35), ("poor", 0.20))
DEPARTURE_FACTOR = {"good": 0.45, "fair": 1.0, "poor": 2.4}
ARRIVAL_FACTOR = {"good": 1.5, "fair": 0.9, "poor": 0.3}
HIGH_TOUCH_DEPARTURE_FACTOR = 0.6
NO_REASON_SHARE = 0.35
FEEDBACK = (
    ("too_expensive", 0.28), ("missing_features", 0.20), ("switched_service", 0.16), ("unused", 0.20),
    ("customer_service", 0.05), ("low_quality", 0.06), ("too_complex", 0.05),
)  # fmt: skip
START_DISCOUNTS = (("none", 0.80), ("once", 0.06), ("repeating", 0.08), ("forever", 0.06))

# Prices: one rise that drives customers away, and one that nobody minds -----------------------------------
PRICE_RISES = (
    PriceRise("starter", utc(2025, 2, 1), Decimal(32), leaves=0.25),
    PriceRise("team", utc(2024, 11, 1), Decimal(21)),
)

# Payments --------------------------------------------------------------------------------------------------
FIRST_ATTEMPT_FAILURE = {"card": 0.030, "sepa_debit": 0.012, "transfer": 0.0}
RECOVERY_SHARE = 0.42
LOST_ENDS_SHARE = 0.45
LOST_UNPAID_SHARE = 0.20
RETRY_DAYS = (3, 7, 12)
SHORT_RETRY_DAYS = (2, 4, 7)
DECLINE_CODES = {
    "card": (
        ("insufficient_funds", 0.45),
        ("card_declined", 0.25),
        ("expired_card", 0.20),
        ("do_not_honor", 0.10),
    ),
    "sepa_debit": (("insufficient_funds", 0.7), ("mandate_cancelled", 0.3)),
}
SEPA_REVERSAL_SHARE = 0.008
REFUND_SHARE = 0.006
DISPUTE_SHARE = 0.0015

# What becomes of bills afterwards: the share of customers to whom it happens, of those to whom it can ------
CORRECTED_SHARE = 0.30
BILLED_TWICE_SHARE = 0.04
REFUND_WITHOUT_NOTE_SHARE = 0.04
DISPUTED_LATER_SHARE = 0.08
DISPUTE_WON_SHARE = 0.5
CREDITS_SHARE = 0.50
COMMITTED_SHARE = 0.7
EXPIRING_CREDITS_SHARE = 0.7
COMMITTED_MONTHS = 3
LATE_SUBSCRIPTION_SHARE = 0.06
LATE_CHANGE_SHARE = 0.15
LATE_INVOICE_SHARE = 0.05
LATE_CREDIT_NOTE_SHARE = 0.60

# Voice and use --------------------------------------------------------------------------------------------
SURVEY_EVERY_DAYS = 91
SURVEY_ANSWER_SHARE = 0.32
PROMOTER_DETRACTOR = {"good": (0.55, 0.06), "fair": (0.36, 0.20), "poor": (0.14, 0.52)}
TICKETS_PER_MONTH = {"good": 0.08, "fair": 0.16, "poor": 0.34}
DECLINE_DAYS = 75
# A first import within two weeks: of who pays half a year later, of who left before, of who never paid.
IMPORT_SHARE = {"stays": 0.75, "leaves": 0.40, "never_paid": 0.30}
LATE_IMPORT_SHARE = 0.40
# Who uses a feature, by whether it is still there at the end: one keeps customers, one does nothing.
FEATURE_SHARE = {"integrations": {True: 0.55, False: 0.25}, "calendar": {True: 0.40, False: 0.40}}
FEATURE_EVERY_DAYS = 28
# Free weeks for who asks to leave, by whether the request is taken back.
OFFER_SHARE = {True: 0.90, False: 0.25}

# Growth ---------------------------------------------------------------------------------------------------
PROSPECTS_PER_CUSTOMER = 2
RESELLERS = ("res_nordlys", "res_atelier", "res_brightside", "res_kanto")
RESELLER_NAMES = {
    "res_nordlys": "Nordlys Partner", "res_atelier": "Atelier du Logiciel",
    "res_brightside": "Brightside Resale", "res_kanto": "Kanto Systems",
}  # fmt: skip
TEAMS = {"FR": "team_paris", "ES": "team_paris", "DE": "team_berlin", "GB": "team_london"}
OTHER_TEAM = "team_atlantic"
