"""Delighted: the CSV export of survey responses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orchestration.synthetic.dialects.writing import csv_bytes
from orchestration.synthetic.events import Value
from orchestration.synthetic.nights import Key, Night

HEADER = (
    "Response ID", "Score", "Comment", "Email", "Name", "Survey Type", "Created At", "Company ID (property)",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delighted:
    """All responses in a snapshot, those since the night before in a delta."""

    def snapshot(self, night: Night) -> dict[str, bytes]:
        """Every response."""
        return {"delighted.csv": self._file(night, list(night.tables.get("survey_responses", {})))}

    def delta(self, night: Night) -> dict[str, bytes]:
        """The new and corrected responses."""
        changed = night.changed("survey_responses")
        return {"delighted.delta.csv": self._file(night, changed)} if changed else {}

    def _file(self, night: Night, keys: list[Key]) -> bytes:
        rows: list[list[Value]] = []
        for key in keys:
            row = night.tables["survey_responses"][key]
            at = row["responded_at"]
            assert isinstance(at, datetime)
            customer = night.tables["customers"].get((row["customer_id"],), {})
            rows.append([
                row["response_id"], row["score"], row["comment"], row["respondent"], customer.get("name"),
                row["survey_type"], f"{at:%Y-%m-%d %H:%M:%S} UTC", row["customer_id"],
            ])  # fmt: skip
        return csv_bytes(HEADER, rows)
