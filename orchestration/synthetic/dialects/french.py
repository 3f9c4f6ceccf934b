"""A French billing export: cp1252, `;`, decimal comma, NBSP thousands, dd/mm/yyyy, a `Total` row at the
end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from orchestration.synthetic.catalogue import EXPONENT
from orchestration.synthetic.dialects.stripe import standing_items
from orchestration.synthetic.dialects.writing import csv_bytes
from orchestration.synthetic.events import Row, Value
from orchestration.synthetic.nights import Night

HEADER = (
    "N° abonnement", "Ligne", "Code client", "Raison sociale", "SIREN", "E-mail facturation", "Offre",
    "Quantité",
    "Prix unitaire HT", "Devise", "Périodicité", "Statut", "Date de début", "Fin de période d’essai",
    "Date de résiliation", "Date de fin", "Motif de résiliation",
)  # fmt: skip
PERIOD = {"month": "Mensuelle", "quarter": "Trimestrielle", "year": "Annuelle"}
STATUS = {
    "active": "Actif", "trialing": "Essai", "past_due": "Impayé", "unpaid": "Suspendu", "paused": "Suspendu",
    "ended": "Résilié", "incomplete": "Brouillon",
}  # fmt: skip
REASON = {"voluntary": "Demande client", "involuntary": "Impayé"}
PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class FrenchBilling:
    """A system with monthly, quarterly and yearly plans at a plain unit price; it knows dates, not times."""

    def snapshot(self, night: Night) -> dict[str, bytes]:
        """All subscriptions of all customers, one row an item; no file before the first of them."""
        if not night.rows("subscriptions"):
            return {}
        rows: list[list[Value]] = []
        total = Decimal(0)
        for subscription in night.rows("subscriptions"):
            customer = night.tables["customers"][(subscription["customer_id"],)]
            for line, item in enumerate(standing_items(subscription, night), start=1):
                price, quantity = Decimal(str(item["unit_amount"])), Decimal(str(item["quantity"]))
                total += price * quantity
                rows.append(self._row(subscription, customer, item, line))
        footer: list[Value] = ["Total", *[""] * 7, amount(total, "EUR"), *[""] * 8]
        name = f"abonnements_{night.on:%Y%m%d}.csv"
        return {name: csv_bytes(HEADER, [*rows, footer], delimiter=";", encoding="cp1252", end="\r\n")}

    def delta(self, night: Night) -> dict[str, bytes]:
        """The system only exports everything: the whole file, on a night on which something changed."""
        changed = night.changed("subscriptions") + night.changed("subscription_items")
        return self.snapshot(night) if changed else {}

    def _row(self, subscription: Row, customer: Row, item: Row, line: int) -> list[Value]:
        ended = subscription["status"] == "ended"
        requested = subscription.get("cancel_requested_at") or (
            subscription.get("ended_at") if ended else None
        )
        reason = REASON.get(str(subscription.get("end_reason")))
        currency = str(item["currency"])
        return [
            subscription["subscription_id"], line, subscription["customer_id"], customer["name"],
            customer["legal_id"], customer["email"], item["plan_name"], int(str(item["quantity"])),
            amount(Decimal(str(item["unit_amount"])), currency), currency, PERIOD[str(item["interval_unit"])],
            STATUS[str(subscription["status"])], french_day(subscription["started_at"]),
            french_day(subscription.get("trial_ended_at")), french_day(requested),
            french_day(subscription.get("ended_at")), reason,
        ]  # fmt: skip


def amount(value: Decimal, currency: str) -> str:
    """`1 249,00`, with a no-break space between the thousands."""
    return f"{value:,.{EXPONENT[currency]}f}".replace(",", "\u00a0").replace(".", ",")


def french_day(value: Value) -> str | None:
    """dd/mm/yyyy of an instant, in Paris."""
    return f"{value.astimezone(PARIS):%d/%m/%Y}" if isinstance(value, datetime) else None
