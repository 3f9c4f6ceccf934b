"""Koban: a French CRM's exports of accounts and opportunities (cp1252, `;`, decimal comma, local times)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orchestration.synthetic.dialects.french import PARIS, amount, french_day
from orchestration.synthetic.dialects.writing import csv_bytes
from orchestration.synthetic.events import Row, Value
from orchestration.synthetic.nights import Night

ACCOUNTS = (
    "Code", "Nom", "Type", "Code externe", "SIRET", "N° TVA", "Compte comptable", "Email", "Site web",
    "Ville",
    "Modifié le",
)  # fmt: skip
DEALS = (
    "Numéro", "Libellé", "Code compte", "Étape", "Montant HT", "Probabilité", "Créée le", "Clôture prévue",
    "Signée le", "Perdue le", "Motif de perte", "Commercial",
)  # fmt: skip
STAGE = {
    "discovery": ("Découverte", 20), "proposal": ("Proposition", 40), "negotiation": ("Négociation", 70),
    "closed_won": ("Gagnée", 100), "closed_lost": ("Perdue", 0),
}  # fmt: skip
REASON = {
    "price": "Prix", "no_budget": "Budget", "competitor": "Concurrent", "timing": "Calendrier",
    "no_answer": "Sans réponse",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Koban:
    """The system knows accounts and opportunities, and only exports all of them."""

    def snapshot(self, night: Night) -> dict[str, bytes]:
        """`comptes.csv` and `opportunites.csv`."""
        accounts = [self._account(row) for row in night.rows("crm_accounts")]
        deals = [self._deal(row) for row in night.rows("crm_deals")]
        return {
            "comptes.csv": csv_bytes(ACCOUNTS, accounts, ";", "cp1252", "\r\n"),
            "opportunites.csv": csv_bytes(DEALS, deals, ";", "cp1252", "\r\n"),
        }

    def delta(self, night: Night) -> dict[str, bytes]:
        """The whole export, on a night on which something changed."""
        return self.snapshot(night) if night.changed("crm_accounts") or night.changed("crm_deals") else {}

    def _account(self, row: Row) -> list[Value]:
        siren, updated = row["legal_id"], row["updated_at"]
        code = f"K{str(row['crm_account_id'])[4:]}"
        assert isinstance(updated, datetime)
        return [
            code, str(row["name"]).upper(), "Client" if row["lifecycle"] == "customer" else "Prospect",
            row["billing_customer_id"], f"{siren}00012" if siren else None, vat_number(siren),
            f"411{str(row['name'])[:5].upper()}" if row["billing_customer_id"] else None, row["email"],
            row["website"], None, f"{updated.astimezone(PARIS):%d/%m/%Y %H:%M}",
        ]  # fmt: skip

    def _deal(self, row: Row) -> list[Value]:
        stage, probability = STAGE[str(row["stage"])]
        return [
            f"OPP-{str(row['deal_id'])[5:]}", row["name"], f"K{str(row['crm_account_id'])[4:]}", stage,
            amount(Decimal(str(row["amount"])), "EUR"), f"{probability} %", french_day(row["created_at"]),
            f"{row['expected_close_on']:%d/%m/%Y}", french_day(row.get("won_at")),
            french_day(row.get("lost_at")),
            REASON.get(str(row.get("lost_reason"))), row["owner"],
        ]  # fmt: skip


def vat_number(siren: Value) -> str | None:
    """The French VAT number of a company number."""
    if siren is None:
        return None
    return f"FR{(12 + 3 * (int(str(siren)) % 97)) % 97:02d}{siren}"
