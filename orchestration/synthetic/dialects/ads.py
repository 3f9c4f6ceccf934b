"""Google Ads and Meta: daily spend by campaign, the last days restated each night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from orchestration.synthetic.dialects.writing import csv_bytes
from orchestration.synthetic.events import Row, Value
from orchestration.synthetic.nights import Night

GOOGLE_HEADER = (
    "customer_id", "date", "campaign_id", "campaign_name", "cost_micros", "currency_code", "clicks",
    "impressions",
)  # fmt: skip
META_HEADER = (
    "account_id", "campaign_id", "campaign_name", "date_start", "date_stop", "spend", "account_currency",
    "clicks",
    "impressions",
)  # fmt: skip
WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class AdSpend:
    """One ad network; `meta` writes Meta's insights, else Google's report. What is younger than a day is
    still too low.
    """

    meta: bool = False

    def snapshot(self, night: Night) -> dict[str, bytes]:
        """All days."""
        return self._file(night, date.min)

    def delta(self, night: Night) -> dict[str, bytes]:
        """The trailing window that is loaded again."""
        return self._file(night, night.on - WINDOW)

    def _file(self, night: Night, since: date) -> dict[str, bytes]:
        channel = "paid_social" if self.meta else "paid_search"
        rows = [
            r for r in night.rows("ad_spend") if r["channel"] == channel and str(r["spend_on"]) >= str(since)
        ]
        make = self._meta if self.meta else self._google
        name = "meta_ads_daily.csv" if self.meta else "google_ads_campaign_daily.csv"
        header = META_HEADER if self.meta else GOOGLE_HEADER
        return {name: csv_bytes(header, [make(row, self._amount(row, night)) for row in rows])}

    def _amount(self, row: Row, night: Night) -> Decimal:
        final = Decimal(str(row["amount"]))
        if str(row["spend_on"]) < str(night.on - timedelta(days=1)):
            return final
        return (final * Decimal("0.96")).quantize(Decimal("0.01"))

    def _google(self, row: Row, amount: Decimal) -> list[Value]:
        return [
            row["account_id"], row["spend_on"], row["campaign_id"], row["campaign_name"],
            int(amount * 1_000_000),
            row["currency"], row["clicks"], row["impressions"],
        ]  # fmt: skip

    def _meta(self, row: Row, amount: Decimal) -> list[Value]:
        return [
            row["account_id"], row["campaign_id"], row["campaign_name"], row["spend_on"], row["spend_on"],
            f"{amount:.2f}", row["currency"], row["clicks"], row["impressions"],
        ]  # fmt: skip
