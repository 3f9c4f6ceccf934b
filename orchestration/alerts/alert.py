"""What is told, one event of one company, without a row, a customer or an address in it; and who takes it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from orchestration.settings.alerts import Event

Said = Event | Literal["test"]
HEADLINES: dict[Said, str] = {
    "failed": "the run failed",
    "refused": "the run was refused",
    "published_with_warnings": "published with warnings",
    "restated": "closed months are restated",
    "did_not_run": "the figures are overdue",
    "test": "a test, nothing happened",
}


@dataclass(frozen=True)
class Alert:
    """One event; instants are ISO text in UTC."""

    event: Said
    company: str
    at: str
    """When it was told."""
    as_of: str
    """The instant of the run, or the one at which it was due."""
    cause: str
    """One line."""
    release: str
    """The release in force; empty where nothing is published."""
    what_to_do: str
    run_id: str = ""
    quality_page: str = ""

    @property
    def headline(self) -> str:
        """The company and the event in words."""
        return f"{self.company}: {HEADLINES[self.event]}"

    @property
    def text(self) -> str:
        """The whole alert for a person, a line each thing."""
        in_force = f"In force: release {self.release}" if self.release else "Nothing is published"
        lines = [
            f"{self.headline} (as of {self.as_of})",
            self.cause,
            f"{in_force}.",
            f"What to do: {self.what_to_do}",
        ]
        return "\n".join(lines + ([f"Quality page: {self.quality_page}"] if self.quality_page else []))

    def as_json(self) -> dict[str, Any]:
        """Every field and the text, as a command is given it."""
        return asdict(self) | {"text": self.text}


class NotTaken(Exception):
    """A receiver did not take an alert; the message says why in a few words, and holds no secret."""


class Receiver(Protocol):
    """Whoever takes an alert."""

    @property
    def name(self) -> str:
        """What it is called in the log: command, webhook or email."""

    def send(self, alert: Alert, seconds: float) -> None:
        """Hand the alert over within so many seconds. Raises NotTaken."""


def instant(at: datetime) -> str:
    """An aware instant as ISO text in UTC, to the second."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def one_line(text: str, most: int = 300) -> str:
    """The first line of a text, cut where it is very long."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return first if len(first) <= most else f"{first[: most - 1]}…"


def verb(name: str, company_path: Path) -> str:
    """A call of the command line, to copy."""
    return f"saas-metrics {name} --company {company_path}"
