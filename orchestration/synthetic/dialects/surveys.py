"""Delighted: the CSV export of survey responses, and the people whom it asks."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime

from orchestration.synthetic.dialects.writing import csv_bytes, epoch, json_lines
from orchestration.synthetic.events import Row, Value
from orchestration.synthetic.nights import Key, Night

HEADER = (
    "Response ID", "Score", "Comment", "Email", "Name", "Survey Type", "Created At", "Company ID (property)",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class People:
    """The people as the API lists them: of the surveys sent to each it shows when the last one went out."""

    def snapshot(self, night: Night) -> dict[str, bytes]:
        """Everybody who was asked."""
        people = [
            {
                "id": person_id(row["respondent"]), "name": None, "email": row["respondent"],
                "created_at": epoch(row["sent_at"]), "phone_number": None,
                "last_sent_at": epoch(row["sent_at"]), "last_responded_at": None,
                "next_survey_scheduled_at": None,
            }
            for row in last_sends(night)
        ]  # fmt: skip
        return {"people.jsonl": json_lines(people)} if people else {}

    def delta(self, night: Night) -> dict[str, bytes]:
        """Everybody again, on a night on which somebody was asked."""
        return self.snapshot(night) if night.changed("survey_sends") else {}


@dataclass(frozen=True, slots=True)
class Delighted:
    """All responses in a snapshot, those since the night before in a delta; all people in both."""

    def snapshot(self, night: Night) -> dict[str, bytes]:
        """Every response and everybody who was asked."""
        responses = self._file(night, list(night.tables.get("survey_responses", {})))
        return {"delighted.csv": responses} | People().snapshot(night)

    def delta(self, night: Night) -> dict[str, bytes]:
        """The new and corrected responses."""
        changed = night.changed("survey_responses")
        files = {"delighted.delta.csv": self._file(night, changed)} if changed else {}
        return files | People().delta(night)

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


def person_id(respondent: Value) -> str:
    """The number that Delighted gives a person: one for each address."""
    return str(zlib.crc32(str(respondent).encode()))


def last_sends(night: Night) -> list[Row]:
    """The last survey sent to each person."""
    last: dict[Value, Row] = {}
    for row in sorted(night.rows("survey_sends"), key=lambda row: str(row["sent_at"])):
        last[row["respondent"]] = row
    return list(last.values())
